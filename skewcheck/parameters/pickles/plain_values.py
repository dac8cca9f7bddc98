"""Plain values of Python and NumPy, built from the arguments that a pickle gives for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from skewcheck.parameters.pickles.arrays import array_of_bytes, dtype_of, empty_array, scalar
from skewcheck.parameters.pickles.pickled_object import PickledObject
from skewcheck.parameters.pickles.stream import Stream, damaged

Constructor = Callable[[tuple[object, ...], Stream], object]


def is_safe_key(value: object) -> bool:
    """Return whether a value may be a dict key or a set member.

    Deep tuples would exhaust the stack when hashed. Huge integers and complex numbers can be chosen
    to collide in their hash, which makes a dict of n keys take n**2 steps.
    """
    if isinstance(value, tuple):
        return all(_is_safe_scalar(part) for part in value)
    return _is_safe_scalar(value)


def _is_safe_scalar(value: object) -> bool:
    if isinstance(value, int):
        return -(2**64) < value < 2**64
    if isinstance(value, np.generic):
        return value.dtype.kind not in "cVO"
    return value is None or isinstance(value, str | bytes | float | PickledObject)


def _elements(args: tuple[object, ...], stream: Stream) -> list[object]:
    if not args:
        return []
    if len(args) > 1 or not isinstance(args[0], list | tuple | set | frozenset):
        raise damaged("a collection in it has no elements")
    stream.spend(64 * len(args[0]))
    return list(args[0])


def _members(args: tuple[object, ...], stream: Stream) -> list[object]:
    elements = _elements(args, stream)
    if not all(map(is_safe_key, elements)):
        raise damaged("a set in it holds what no set can hold")
    return elements


def _dict(args: tuple[object, ...], stream: Stream) -> dict[object, object]:
    """Return a dict of another dict or of pairs; a default factory is left out."""
    source = args[-1] if args else {}
    if isinstance(source, PickledObject | None):  # defaultdict(list)
        source = {}
    if isinstance(source, dict):
        stream.spend(128 * len(source))
        return dict(source)
    result: dict[object, object] = {}
    for pair in _elements((source,), stream):
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not is_safe_key(pair[0]):
            raise damaged("a dict in it has no pairs")
        result[pair[0]] = pair[1]
    return result


def _bytes(args: tuple[object, ...], stream: Stream) -> bytes:
    """Return bytes of bytes, or of Latin-1 text as protocols 0 to 2 write them; never of a size."""
    source = args[0] if args else b""
    codecs = [argument.lower() for argument in args[1:] if isinstance(argument, str)]
    if isinstance(source, bytes | bytearray) and len(args) <= 1:
        stream.spend(len(source))
        return bytes(source)
    if isinstance(source, str) and len(args) == 2 and codecs in (["latin1"], ["latin-1"]):
        stream.spend(len(source))
        try:
            return source.encode("latin-1")
        except UnicodeEncodeError as error:
            raise damaged("bytes in it are none") from error
    raise damaged("bytes in it are none")


def _slice(args: tuple[object, ...], _: Stream) -> slice:
    if not 1 <= len(args) <= 3:
        raise damaged("a slice in it has no ends")
    return slice(*args)


def _complex(args: tuple[object, ...], _: Stream) -> complex:
    real, imaginary = args if len(args) == 2 else (None, None)
    if not isinstance(real, float) or not isinstance(imaginary, float):
        raise damaged("a complex number in it has no parts")
    return complex(real, imaginary)


def _of_buffer(args: tuple[object, ...], stream: Stream) -> object:
    if len(args) != 4 or not isinstance(args[0], bytes | bytearray):
        raise damaged("an array in it has no bytes")
    stream.spend(len(args[0]))
    return array_of_bytes(bytes(args[0]), 0, dtype_of(args[1]), args[2], args[3])


PLAIN_VALUES: Mapping[tuple[str, str], Constructor] = MappingProxyType(
    {
        ("builtins", "set"): lambda args, stream: set(_members(args, stream)),
        ("builtins", "frozenset"): lambda args, stream: frozenset(_members(args, stream)),
        ("builtins", "list"): _elements,
        ("builtins", "tuple"): lambda args, stream: tuple(_elements(args, stream)),
        ("builtins", "dict"): _dict,
        ("builtins", "bytes"): _bytes,
        ("builtins", "bytearray"): lambda args, stream: bytearray(_bytes(args, stream)),
        ("builtins", "slice"): _slice,
        ("builtins", "complex"): _complex,
        ("collections", "OrderedDict"): _dict,
        ("collections", "defaultdict"): _dict,
        ("collections", "Counter"): _dict,
        ("_codecs", "encode"): _bytes,
        ("numpy._core.multiarray", "_reconstruct"): lambda _args, _stream: empty_array(),
        ("numpy._core.multiarray", "scalar"): scalar,
        ("numpy._core.numeric", "_frombuffer"): _of_buffer,
    }
)
"""Names that stand for plain values, and the functions that build these."""
