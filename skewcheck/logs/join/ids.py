"""Ids of records as text, and the partition that each belongs to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from skewcheck.logs.arrays import numbers
from skewcheck.logs.arrays.arrow import from_numpy, from_texts, present, scalar, to_numpy
from skewcheck.logs.arrays.cells import is_text
from skewcheck.logs.arrays.numeric import EXACT
from skewcheck.logs.arrays.texts import as_text
from skewcheck.logs.join.concat import plain

HASHED = 24
"""Last bytes of an id that choose its partition, with its length: those that vary most."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""An odd number near 2^64 over the golden ratio (Knuth, The Art of Computer Programming 3, 6.4)."""


def id_texts(columns: Sequence[pa.Array]) -> pa.Array:
    """Return the ids of records as text: of each the first column that has a value.

    Whole numbers are as integers write them, whatever their type. Null is no id, and neither is
    empty text or NaN.
    """
    texts = [_texts(plain(column)) for column in columns]
    return texts[0] if len(texts) == 1 else pc.coalesce(*texts)


def _texts(array: pa.Array) -> pa.Array:
    kind = array.type
    if pa.types.is_null(kind) or pa.types.is_nested(kind):
        return pa.nulls(len(array), pa.large_string())
    if is_text(kind):
        text, wrong = as_text(array)
        if wrong is not None and wrong.any():
            # No text but numbers of 16 bytes, say: as hexadecimal digits.
            raw = array.cast(pa.large_binary()).to_pylist()
            text = from_texts([None if item is None else item.hex() for item in raw])
        text = text.cast(pa.large_string())
        empty = pc.equal(pc.binary_length(text), scalar(0))
        return pc.if_else(empty, scalar(None).cast(pa.large_string()), text)
    if pa.types.is_floating(kind):
        values = numbers(array).values.astype(np.float64)
        valid = present(array) & ~np.isnan(values)
        whole = values[valid]
        if bool(np.all((np.abs(whole) < EXACT) & (whole == np.floor(whole)))):
            integers = np.where(valid, values, 0).astype(np.int64)
            return from_numpy(integers, valid).cast(pa.large_string())
        array = from_numpy(values, valid)
    return array.cast(pa.large_string())


def partitions_of(ids: pa.Array) -> NDArray[np.uint8]:
    """Return the partition of each id, 0 to 255, none of which is null."""
    ids = ids.cast(pa.large_string())
    offsets = np.frombuffer(ids.buffers()[1], np.int64)[ids.offset : ids.offset + len(ids) + 1]
    data = ids.buffers()[2]
    text = (
        np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    )
    starts, ends = offsets[:-1], offsets[1:]
    places = ends[:, None] - np.arange(1, HASHED + 1)
    letters = np.where(places >= starts[:, None], text[np.maximum(places, 0)], 0).astype(np.uint8)
    words = np.ascontiguousarray(letters).view(np.uint64)
    with np.errstate(over="ignore"):
        mixed = (ends - starts).astype(np.uint64) * _FACTOR
        for i in range(words.shape[1]):
            mixed = (mixed ^ words[:, i]) * _FACTOR
            mixed ^= mixed >> np.uint64(32)
        mixed *= _FACTOR
    return (mixed >> np.uint64(56)).astype(np.uint8)


def codes_of(ids: pa.Array) -> NDArray[np.int64]:
    """Return ids as numbers, the same for the same text."""
    encoded = ids.dictionary_encode()
    return to_numpy(encoded.indices, np.int32).astype(np.int64)
