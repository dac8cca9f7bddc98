"""ORC: a part is a stripe, or several small ones, read where the thunk is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import pyarrow as pa
import pyarrow.orc as po

from skewcheck.logs.batch import ROWS, Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path, picked
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.storage import arrow_source
from skewcheck.logs.trouble import refuse_duplicates, trouble

_WIDEST = 128
"""Stands for the bits of a value of text, a list or a struct, which is the last to be counted."""


def open_orc(path: str, name: str) -> Contents:
    """Open an ORC file by its footer; `name` is for messages. Raises LogError."""
    try:
        file = po.ORCFile(arrow_source(path))
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise trouble(
            name, "truncated ORC file, or its footer is damaged: write it again"
        ) from None
    refuse_duplicates(name, file.schema.names)
    schema = dict(zip(file.schema.names, file.schema.types, strict=True))
    return Contents(schema, partial(_read, path, name, schema, file.nstripes), file.nrows)


def _read(
    path: str, name: str, schema: Mapping[str, pa.DataType], stripes: int,
    paths: Mapping[str, Path], _wanted: Wanted,
) -> Iterator[Thunk]:  # fmt: skip
    narrow = min(schema, key=lambda column: _bits(schema[column]), default=None)
    if narrow is None:
        return
    columns = sorted({target.column for target in paths.values()}) or [narrow]
    # Rows are numbered before the thunks are called. Arrow does not tell how many a stripe has, so
    # that a column of few bytes is read of each.
    file = po.ORCFile(arrow_source(path))
    part: list[int] = []
    row = rows = 0
    for stripe in range(stripes):
        part.append(stripe)
        rows += _stripe(file, name, stripe, [narrow]).num_rows if stripes > 1 else 0
        if rows >= ROWS or stripe == stripes - 1:
            yield partial(_batches, path, RowOrigin(name, row), part, columns, paths)
            row, rows, part = row + rows, 0, []


def _bits(kind: pa.DataType) -> int:
    """Return how many bits a value has; those of no fixed width have the most."""
    try:
        return int(kind.bit_width)
    except ValueError:
        return _WIDEST


def _batches(
    path: str, origin: RowOrigin, stripes: Sequence[int], columns: list[str],
    paths: Mapping[str, Path],
) -> Iterator[Batch]:  # fmt: skip
    file = po.ORCFile(arrow_source(path))  # a handle is not for several threads
    read = [_stripe(file, origin.file, stripe, columns) for stripe in stripes]
    for batch in pa.Table.from_batches(read).combine_chunks().to_batches():
        yield Batch(origin, batch.num_rows, picked(batch, paths))
        origin = RowOrigin(origin.file, origin.start + batch.num_rows)


def _stripe(file: po.ORCFile, name: str, stripe: int, columns: list[str]) -> pa.RecordBatch:
    try:
        return file.read_stripe(stripe, columns=columns)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise trouble(name, f"stripe {stripe}: damaged: write the file again") from None
