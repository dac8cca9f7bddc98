"""Parquet: a part is a row group, read where the thunk is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import takewhile
from pathlib import Path as FilePath

import pyarrow.parquet as pq

from skewcheck.logs.batch import ROWS, Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path, picked
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.trouble import refuse_duplicates, trouble

# What a footer may announce: beyond these it is damaged, or made to exhaust the memory.
_STRING = 16 << 20  # bytes, far more than any schema takes
_LIST = 1 << 20  # items: columns, row groups


def open_parquet(path: str, name: str) -> Contents:
    """Open a Parquet file by its footer; `name` is the one for messages. Raises LogError."""
    _check_footer(path, name)
    with pq.ParquetFile(
        path, thrift_string_size_limit=_STRING, thrift_container_size_limit=_LIST
    ) as file:
        footer, columns = file.metadata, file.schema_arrow
    refuse_duplicates(name, columns.names)
    schema = dict(zip(columns.names, columns.types, strict=True))
    return Contents(schema, partial(_read, path, name, footer), footer.num_rows)


def _check_footer(path: str, name: str) -> None:
    size = FilePath(path).stat().st_size
    with FilePath(path).open("rb") as file:
        file.seek(max(0, size - 8))
        tail = file.read()
    if size < 12 or tail[-4:] != b"PAR1":
        raise trouble(name, "truncated Parquet file, it has no footer: write it again")
    if int.from_bytes(tail[:4], "little") > size - 12:
        raise trouble(name, "damaged Parquet footer, longer than the file: write it again")


def _read(
    path: str, name: str, footer: pq.FileMetaData, paths: Mapping[str, Path], wanted: Wanted
) -> Iterator[Thunk]:
    leaves = {reference: _leaf(target) for reference, target in paths.items()}
    dictionaries = _texts(footer, {leaves[name] for name in wanted.labels & paths.keys()})
    start = 0
    for place in range(footer.num_row_groups):
        yield partial(
            _row_group,
            path,
            footer,
            place,
            RowOrigin(name, start),
            sorted(set(leaves.values())),
            dictionaries,
            paths,
            min(ROWS, wanted.rows),
        )
        start += footer.row_group(place).num_rows


def _row_group(
    path: str,
    footer: pq.FileMetaData,
    place: int,
    origin: RowOrigin,
    leaves: list[str],
    dictionaries: list[str],
    paths: Mapping[str, Path],
    batch_rows: int,
) -> Iterator[Batch]:
    # A handle is not for several threads; with the footer at hand a new one takes 60 µs.
    with pq.ParquetFile(path, metadata=footer, read_dictionary=dictionaries) as file:
        for batch in file.iter_batches(
            batch_size=batch_rows, row_groups=[place], columns=leaves, use_threads=False
        ):
            yield Batch(origin, batch.num_rows, picked(batch, paths))
            origin = RowOrigin(origin.file, origin.start + batch.num_rows)


def _leaf(path: Path) -> str:
    """Return the dotted name under which Parquet keeps the column, or the list it is part of."""
    fields = takewhile(lambda step: isinstance(step, str), path.steps)
    return ".".join([path.column, *map(str, fields)])


def _texts(footer: pq.FileMetaData, leaves: set[str]) -> list[str]:
    """Return the text columns among or below those leaves, which can be read as dictionaries."""
    below = tuple(f"{leaf}." for leaf in leaves)
    columns = map(footer.schema.column, range(footer.num_columns))
    return [
        path
        for path, column in ((column.path, column) for column in columns)
        if (path in leaves or path.startswith(below)) and column.logical_type.type == "STRING"
    ]
