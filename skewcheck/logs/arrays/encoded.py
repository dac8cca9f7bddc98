"""Columns whose values are stored once, however many rows have them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from skewcheck.logs.arrays.arrow import from_numpy, to_numpy


def runs(array: pa.Array) -> pa.Array:
    """Return a run-end encoded array as a dictionary: its values may be long, and are once there.

    Some of them may be null, or occur more than once.
    """
    ends = to_numpy(array.run_ends, array.run_ends.type.to_pandas_dtype())
    rows = np.arange(array.offset, array.offset + len(array))
    places = from_numpy(np.searchsorted(ends, rows, "right").astype(np.int32))
    values = array.values
    if pa.types.is_dictionary(values.type):
        places, values = values.indices.take(places), values.dictionary
    return pa.DictionaryArray.from_arrays(places, values)


def longest(values: pa.Array) -> int:
    """Return the bytes of the longest of texts, 0 without any; of other values what one takes."""
    kind = values.type
    if not len(values):
        return 0
    if "view" in str(kind) or not (
        pa.types.is_large_string(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_string(kind)
        or pa.types.is_binary(kind)
    ):
        return int(values.nbytes)
    wide = "large" in str(kind)
    ends = np.frombuffer(values.buffers()[1], np.int64 if wide else np.int32)
    return int(np.diff(ends[values.offset :][: len(values) + 1]).max())
