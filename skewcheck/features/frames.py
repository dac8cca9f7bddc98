"""Columns of DataFrames as arrays, and arrays as their columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.logs.arrays import label
from skewcheck.logs.arrays.arrow import from_texts

if TYPE_CHECKING:
    import pandas as pd


def with_columns(
    frame: pd.DataFrame, columns: Mapping[str, NDArray[np.float64] | NDArray[np.object_]]
) -> pd.DataFrame:
    """Return a copy of a DataFrame whose columns of these names are replaced, others appended."""
    import pandas as pd  # an optional dependency, which the caller has

    # Inserted one by one, a hundred columns make a fragmented frame, of which pandas warns.
    added = pd.DataFrame({k: v for k, v in columns.items() if k not in frame}, frame.index)
    added.columns.name, added.attrs = frame.columns.name, frame.attrs
    replaced = {name: array for name, array in columns.items() if name in frame}
    return pd.concat([frame, added], axis=1).assign(**replaced)


def array_of(column: pd.Series) -> pa.Array:
    """Return a column of a DataFrame as an Arrow array; mixed types become text, as in an audit."""
    try:
        array = pa.Array.from_pandas(column)
    except pa.ArrowException:
        is_null = column.isna()
        return from_texts(
            [None if null else label(value) for value, null in zip(column, is_null, strict=True)]
        )
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
