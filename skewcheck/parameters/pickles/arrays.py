"""Rebuild NumPy arrays and scalars from the parts that pickle and joblib files store."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from operator import methodcaller

import numpy as np

from skewcheck.parameters.pickles.pickled_object import STATE, PickledObject
from skewcheck.parameters.pickles.stream import Stream, damaged

Array = np.ndarray[tuple[int, ...], np.dtype[np.generic]]

_TYPE_CODE = re.compile(r"b1|[iu][1248]|f(?:2|4|8|16)|c(?:8|16|32)|[SUV]\d{1,8}|O[48]?|[mM]8")
_TIME_UNIT = re.compile(r"generic|[YMWDhms]|[munpfa]s")
_MAX_DIMENSIONS = 32
"""NumPy before 2.0 allows no more."""


def dtype_of(value: object) -> np.dtype[np.generic]:
    """Return the dtype that a pickled `numpy.dtype` describes; record types become raw (`V56`).

    Its state is (version, byte order, base, field names, fields, item size, alignment, flags, unit
    of time): `numpy.dtype.__reduce__`. ParameterError for records that hold objects.
    """
    if not isinstance(value, PickledObject) or (value.module, value.name) != ("numpy", "dtype"):
        raise damaged("an array in it has no dtype")
    code = _text(value.args[0]) if value.args else ""
    state = value.state.get(STATE, (3, "="))
    if not _TYPE_CODE.fullmatch(code) or not isinstance(state, tuple) or len(state) < 2:
        raise damaged("an array in it has a dtype that NumPy does not write")
    if code[0] == "O":
        return np.dtype(object)
    flags = state[7] if len(state) > 7 else 0
    if code[0] == "V" and flags and (not isinstance(flags, int) or flags & 1):
        raise damaged("an array in it has records with objects")
    order = _text(state[1])
    unit = f"[{_unit(state[8])}]" if code[0] in "mM" and len(state) > 8 else ""
    if order not in ("<", ">", "|", "="):
        raise damaged("an array in it has no byte order")
    try:
        return np.dtype(f"{order}{code}{unit}")
    except (TypeError, ValueError) as error:
        raise damaged("an array in it has a dtype that NumPy does not write") from error


def _unit(metadata: object) -> str:
    unit = metadata[1] if isinstance(metadata, tuple) and len(metadata) == 2 else None
    if isinstance(unit, tuple) and len(unit) >= 2:
        name, count = _text(unit[0]), unit[1]
        if _TIME_UNIT.fullmatch(name) and isinstance(count, int) and 1 <= count < 2**31:
            return name if name == "generic" else f"{count}{name}"
    raise damaged("an array in it has no unit of time")


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else ""


def _shape(value: object) -> tuple[int, ...]:
    lengths = value if isinstance(value, tuple) else (value,)
    sizes = [int(n) for n in lengths if isinstance(n, int | np.integer) and 0 <= n < 2**48]
    if len(sizes) != len(lengths) or len(sizes) > _MAX_DIMENSIONS or math.prod(sizes) >= 2**48:
        raise damaged("an array in it has no shape")
    return tuple(sizes)


def _raw_bytes(value: object) -> bytes:
    """Return the bytes of an array; Python 2 stored them as text."""
    if isinstance(value, str) and value.isascii():
        return value.encode("ascii")
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    raise damaged("an array in it has no bytes")


def empty_array() -> Array:
    """Return the array that `_reconstruct` creates and a BUILD instruction then fills."""
    return np.empty((0,), np.int8)


def fill_array(array: Array, state: object, stream: Stream) -> None:
    """Set dtype, shape and values of an empty array in place, as others may refer to it.

    The state is (version, shape, dtype, whether in Fortran order, bytes or list of objects):
    `numpy.ndarray.__reduce__`. Everything is checked before it is passed to NumPy.
    """
    if array.dtype != np.int8 or array.shape != (0,):
        raise damaged("an array in it is filled twice")
    if not isinstance(state, tuple) or len(state) != 5:
        raise damaged("an array in it has no state")
    shape, dtype, fortran, values = _shape(state[1]), dtype_of(state[2]), state[3], state[4]
    if not isinstance(fortran, bool | int):
        raise damaged("an array in it has no order")
    size = math.prod(shape)
    if dtype.hasobject:
        if not isinstance(values, list) or len(values) != size:
            raise damaged("an array in it has not the number of values that its shape says")
        stream.spend(8 * size)
        _set_state(array, (1, shape, dtype, bool(fortran), values))
        return
    values = _raw_bytes(values)
    stream.spend(len(values))
    _check_size(dtype, shape, len(values))
    _set_state(array, (1, shape, dtype, bool(fortran), values))
    _check_characters(array)


def _set_state(array: Array, state: tuple[object, ...]) -> None:
    # Not called as a method: NumPy's type stubs ask for a numpy.bool, which NumPy itself refuses.
    methodcaller("__setstate__", state)(array)


def array_of_bytes(
    content: bytes, offset: int, dtype: np.dtype[np.generic], shape: object, order: object
) -> Array:
    """Return the array whose bytes begin at `offset`, in native byte order.

    A read-only view if the bytes are in that order already. ParameterError unless the content holds
    all of them.
    """
    sizes = _shape(shape)
    size = math.prod(sizes)
    if dtype.hasobject:
        raise damaged("an array of objects in it is raw")
    _check_size(dtype, sizes, min(len(content) - offset, size * dtype.itemsize))
    if not size:
        return np.empty(sizes, dtype)
    flat = np.frombuffer(content, dtype, size, offset)
    array = flat.reshape(sizes[::-1]).T if _text(order) == "F" else flat.reshape(sizes)
    _check_characters(array)
    return array if dtype.isnative else array.astype(dtype.newbyteorder("="))


def scalar(args: Sequence[object], stream: Stream) -> object:
    """Return the NumPy scalar of (dtype, bytes), or the second argument for dtype object."""
    if len(args) != 2:
        raise damaged("a number in it has no value")
    dtype = dtype_of(args[0])
    if dtype.hasobject:
        return args[1]
    if not dtype.itemsize:
        return np.zeros((), dtype)[()]
    content = _raw_bytes(args[1])
    stream.spend(len(content))
    _check_size(dtype, (1,), len(content))
    return array_of_bytes(content, 0, dtype, (1,), "C")[0]


def _check_size(dtype: np.dtype[np.generic], shape: tuple[int, ...], available: int) -> None:
    """Raise ParameterError unless `available` bytes are what dtype and shape need."""
    size = math.prod(shape)
    if size * dtype.itemsize != available:
        raise damaged("an array in it has not the number of values that its shape says")
    if size and not dtype.itemsize:
        raise damaged("an array in it has values without a size")
    if not size and math.prod(max(n, 1) for n in shape) >= 2**48:
        raise damaged("an array in it has no shape")


def has_invalid_characters(array: Array) -> bool:
    """Return whether texts have code points that do not exist, which NumPy reports only when used.

    False for arrays of anything else.
    """
    if array.dtype.kind != "U" or not array.size:
        return False
    kind = np.dtype(np.uint32).newbyteorder(array.dtype.byteorder)
    codes = np.ascontiguousarray(array).reshape(-1).view(kind)
    return bool(np.any((codes > 0x10FFFF) | ((codes >= 0xD800) & (codes <= 0xDFFF))))


def _check_characters(array: Array) -> None:
    if has_invalid_characters(array):
        raise damaged("a text in it has characters that do not exist")
