"""Between Arrow and NumPy without `pa.array`, `pa.scalar` and `to_numpy`.

Those import pandas if they can, which takes longer than many an audit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

N = TypeVar("N", bound=np.generic)


def to_numpy(array: pa.Array, dtype: type[N]) -> NDArray[N]:
    """Return numbers as a read-only view of the array, whose type must be `dtype`.

    Where there are nulls, whatever lies there shows.
    """
    if not len(array):
        return np.empty(0, dtype)
    every = np.frombuffer(array.buffers()[1], dtype)
    return every[array.offset : array.offset + len(array)]


def to_bools(array: pa.Array) -> NDArray[np.bool_]:
    """Return booleans, False for a null."""
    if not len(array):
        return np.empty(0, np.bool_)
    packed = np.frombuffer(array.buffers()[1], np.uint8)
    bits = np.unpackbits(packed, count=array.offset + len(array), bitorder="little")
    values = bits[array.offset :].view(np.bool_)
    return values & present(array) if array.null_count else values


def present(array: pa.Array) -> NDArray[np.bool_]:
    """Return which values are no nulls, of an array that has a bitmap of them: not of unions."""
    packed = array.buffers()[0]
    if packed is None or not len(array):
        return np.full(len(array), array.null_count == 0)
    bits = np.unpackbits(
        np.frombuffer(packed, np.uint8), count=array.offset + len(array), bitorder="little"
    )
    return bits[array.offset :].view(np.bool_)


def from_numpy(
    values: NDArray[np.float64] | NDArray[np.float32] | NDArray[np.int64] | NDArray[np.int32],
    valid: NDArray[np.bool_] | None = None,
) -> pa.Array:
    """Return the values as an array, without a copy; null where `valid` is False."""
    kind = pa.from_numpy_dtype(values.dtype)
    buffer = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, len(values), [_bitmap(valid), buffer])


def taken(array: pa.Array, rows: NDArray[np.int64]) -> pa.Array:
    """Return the values of an array in these rows.

    Numbers, and numbers of categories, by NumPy: `Array.take` imports pyarrow.compute, which takes
    longer than reading a small log.
    """
    kind = array.type
    if pa.types.is_dictionary(kind):
        return pa.DictionaryArray.from_arrays(taken(array.indices, rows), array.dictionary)
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        return array.take(from_numpy(rows))
    values = to_numpy(array, np.dtype(kind.to_pandas_dtype()).type)[rows]
    valid = _bitmap(present(array)[rows] if array.null_count else None)
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(values)])


def from_texts(texts: Sequence[str | None]) -> pa.Array:
    """Return the texts as an array; they must have a UTF-8 form (UnicodeEncodeError)."""
    raw = [b"" if text is None else text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, raw)], dtype=np.int32)
    valid = np.array([text is not None for text in texts], np.bool_)
    buffers = [_bitmap(valid), pa.py_buffer(offsets), pa.py_buffer(b"".join(raw))]
    return pa.Array.from_buffers(pa.string(), len(raw), buffers)


def is_bytes(kind: pa.DataType) -> bool:
    """Return whether arrays of that type hold bytes that nothing marks as text, in any layout."""
    return str(kind).startswith(("binary", "large_binary", "fixed_size_binary"))


def is_text_or_boolean(kind: pa.DataType) -> bool:
    """Return whether a column of that type holds labels, not numbers."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_boolean(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
    )


def scalar(value: float | int | str | None) -> pa.Scalar:
    """Return a value as a float64, int64 or string scalar; None is a null string."""
    match value:
        case int():
            return from_numpy(np.array([value], np.int64))[0]
        case float():
            return from_numpy(np.array([value], np.float64))[0]
        case _:
            return from_texts([value])[0]


def _bitmap(valid: NDArray[np.bool_] | None) -> pa.Buffer | None:
    return None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
