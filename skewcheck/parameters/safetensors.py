"""Read safetensors files: 8 bytes of a length, a header in JSON, and the numbers of all tensors."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from skewcheck.features.types import Parameters
from skewcheck.parameters.source import FormatReader, ParameterSource
from skewcheck.parameters.tensors import CODES, Array, Tensor, of_bytes
from skewcheck.text.errors import ParameterError

MAX_HEADER_BYTES = 12 * 2**20
"""Bytes of the header: 100 for a tensor. The format itself allows 100 million."""
MAX_TENSORS = 100_000
"""Tensors of a file: the largest models have some thousands."""
_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64",
        "I32": "int32", "I16": "int16", "I8": "int8", "U64": "uint64", "U32": "uint32",
        "U16": "uint16", "U8": "uint8", "BOOL": "bool",
    }
)  # fmt: skip
"""The type of `tensors.CODES` of each type of the format."""
_METADATA = "__metadata__"


def recognised(source: ParameterSource) -> bool:
    """Return whether a file begins with the length of a header that lies within it, and with it.

    Some lengths look like the start of other formats: 640 like that of a pickle of protocol 2.
    """
    size = int.from_bytes(source.content[:8], "little")
    header = source.content[8 : 8 + size]
    return (
        2 <= size <= len(source.content) - 8
        and header.startswith(b"{")
        and header.rstrip().endswith(b"}")
        and (b'"data_offsets"' in header or b'"__metadata__"' in header)
    )


def read(source: ParameterSource) -> Parameters:
    """Return the parameters that the tensors' names say; ParameterError without any."""
    from skewcheck.parameters.state_dicts import read_tensors

    try:
        tensors = read_header(source.content)
    except ParameterError as error:
        raise source.error(str(error)) from error
    return read_tensors(source, tensors)


def read_header(content: bytes) -> dict[str, object]:
    """Return the tensors by name; ParameterError for a damaged header, or one of too many."""
    size = int.from_bytes(content[:8], "little")
    if size > MAX_HEADER_BYTES:
        raise ParameterError("refused: its header is larger than that of any file of parameters")
    try:
        header = json.loads(content[8 : 8 + size].decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _damaged("its header is no JSON") from error
    if not isinstance(header, dict):
        raise _damaged("its header is no JSON object")
    if len(header) > MAX_TENSORS:
        raise ParameterError(f"refused: it has more than {MAX_TENSORS:,} tensors")
    start = 8 + size
    described = {name: entry for name, entry in header.items() if name != _METADATA}
    tensors = {name: _tensor(content, start, name, entry) for name, entry in described.items()}
    # Each takes bytes of its own: many of the same bytes would grow beyond any memory.
    if sum(math.prod(tensor.shape) for tensor in tensors.values()) > 8 * len(content):
        raise _damaged("tensors in it overlap")
    return {**tensors}


def _tensor(content: bytes, start: int, name: str, entry: object) -> Tensor:
    """Return a tensor; its bytes must lie within the file and be as many as its shape needs."""
    match entry:
        case {"dtype": str(kind), "shape": list(lengths), "data_offsets": [int(first), int(last)]}:
            pass
        case _:
            raise _damaged(f"{name[:80]!r} is described by no type, shape and place")
    shape = tuple(n for n in lengths if type(n) is int and 0 <= n < 2**48)
    if len(shape) != len(lengths) or not 0 <= first <= last <= len(content) - start:
        raise _damaged(f"{name[:80]!r} lies outside of it")
    known = _KINDS.get(kind, "")
    width = np.dtype(CODES[known]).itemsize if known else 0
    if known and math.prod(shape) * width != last - first:
        raise _damaged(f"{name[:80]!r} has not the number of values that its shape says")

    def load() -> Array:
        flat = of_bytes(content[start + first : start + last], known or kind)
        try:
            return flat.reshape(shape) if len(shape) <= 32 else flat
        except ValueError as error:  # no values, and axes whose product is beyond any
            raise _damaged(f"{name[:80]!r} has no values, and a shape of many") from error

    return Tensor(shape, load)


def _damaged(reason: str) -> ParameterError:
    return ParameterError(f"is no whole safetensors file: {reason}; copy it again or save it anew")


READER = FormatReader(recognised, read, decisive=True)
