"""Tables in memory: pandas DataFrames, and whatever Arrow can take over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeGuard

import pyarrow as pa

from skewcheck.logs.arrays import label
from skewcheck.logs.arrays.arrow import from_texts
from skewcheck.logs.batch import ROWS, Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path, picked
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.trouble import reading, refuse_duplicates

if TYPE_CHECKING:
    import pandas as pd


def is_table(source: object) -> bool:
    """Return whether `source` is a table in memory; imports nothing to find out."""
    return _is_frame(source) or hasattr(source, "__arrow_c_stream__") or _is_batch(source)


def open_table(source: object, name: str) -> tuple[Contents, int]:
    """Open a DataFrame, an Arrow table or any object with Arrow's stream interface.

    Returns its contents and its size in bytes. The index of a DataFrame is no column. Columns of
    mixed types become text. Raises LogError for duplicate column names.
    """
    with reading(name):
        if _is_frame(source):
            names = [str(column) for column in source.columns]
            refuse_duplicates(name, names)
            columns = [_column(source.iloc[:, place]) for place in range(len(names))]
            table = pa.table(dict(zip(names, columns, strict=True)))
            rows = len(source)
        else:
            table = pa.Table.from_batches([source]) if _is_batch(source) else pa.table(source)
            refuse_duplicates(name, table.schema.names)
            rows = table.num_rows
    schema = dict(zip(table.schema.names, table.schema.types, strict=True))
    return Contents(schema, partial(_read, table, name, rows), rows), table.nbytes


def _is_frame(source: object) -> TypeGuard[pd.DataFrame]:
    return any(
        kind.__name__ == "DataFrame" and kind.__module__.partition(".")[0] == "pandas"
        for kind in type(source).__mro__
    )


def _is_batch(source: object) -> bool:
    return isinstance(source, pa.RecordBatch)


def _column(series: pd.Series) -> pa.Array | pa.ChunkedArray:
    """Return a column of a DataFrame; its floats without a copy, mixed types as text."""
    if series.dtype in ("float64", "float32"):
        return pa.array(series.to_numpy(), from_pandas=False)
    try:
        return pa.array(series, from_pandas=True)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        absent = series.isna()
        return from_texts(
            [None if no else label(value) for value, no in zip(series, absent, strict=True)]
        )


def _read(
    table: pa.Table, name: str, rows: int, paths: Mapping[str, Path], _wanted: Wanted
) -> Iterator[Thunk]:
    needed = table.select(sorted({target.column for target in paths.values()}))
    for start in range(0, rows, ROWS):
        yield partial(_batches, needed, RowOrigin(name, start), min(ROWS, rows - start), paths)


def _batches(
    table: pa.Table, origin: RowOrigin, rows: int, paths: Mapping[str, Path]
) -> Iterator[Batch]:
    part = table.slice(origin.start, rows).combine_chunks()
    for batch in part.to_batches():
        yield Batch(origin, rows, picked(batch, paths))
        return
    yield Batch(origin, rows, {})
