"""Records in memory as the contents of a file, in parts of any size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import pyarrow as pa

from skewcheck.logs.batch import Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path, pick
from skewcheck.logs.file import Contents, File, Thunk


def contents(table: pa.Table, part: int, batch: int | None = None) -> Contents:
    """Return a table as a file's contents: parts of so many records, and batches of these."""
    whole = table.combine_chunks().to_batches()[0] if table.num_rows else None

    def read(paths: Mapping[str, Path], _wanted: Wanted) -> Iterator[Thunk]:
        for start in range(0, table.num_rows, part):
            yield partial(batches, paths, start, min(part, table.num_rows - start))

    def batches(paths: Mapping[str, Path], start: int, rows: int) -> Iterator[Batch]:
        assert whole is not None
        for first in range(start, start + rows, batch or part):
            taken = min(batch or part, start + rows - first)
            some = whole.slice(first, taken)
            columns = {name: pick(some.column(path.column), path) for name, path in paths.items()}
            yield Batch(RowOrigin("f", first), taken, columns)

    return Contents(dict(zip(table.schema.names, table.schema.types, strict=True)), read)


def file_of(found: Contents) -> File:
    return File("f", "f", 0, found)


def rows_of(file: File, names: Sequence[str], numbers: bool = False) -> list[dict[str, object]]:
    """Return all rows of a file, with their numbers as `#`."""
    wanted = Wanted(frozenset(names)) if numbers else Wanted(others=frozenset(names))
    rows: list[dict[str, object]] = []
    for part in file.parts(wanted):
        for batch in part():
            columns = {name: batch.columns[name].to_pylist() for name in batch.columns}
            for i, number in enumerate(batch.origin.numbers(batch.rows)):
                rows.append({"#": int(number)} | {name: c[i] for name, c in columns.items()})
    return rows
