"""Parquet: a part is a row group, read where the thunk is called."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import takewhile

import pyarrow as pa
import pyarrow.parquet as pq

from skewcheck.logs.batch import ROWS, Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path, picked
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.parquet_texts import Texts, without_large
from skewcheck.logs.storage import arrow_source, is_remote, open_bytes
from skewcheck.logs.trouble import reading, refuse_duplicates, shown, trouble

# What a footer may announce: beyond these it is damaged, or made to exhaust the memory.
STRING = 16 << 20  # bytes, far more than any schema takes
LIST = 1 << 20  # items: columns, row groups
_BUFFER = 1 << 18
"""Bytes of a column that are read at once: without a limit a row group is in memory, packed."""
_TAIL = 64 << 10
"""Bytes at the end of a file that are read first: most footers are shorter."""
_WHOLE = min(96 << 20, (1 << 30) // (os.cpu_count() or 1))
"""Bytes of a remote row group, packed, that are asked for in few requests: a larger one is streamed
as on the disk. Each thread may hold as much, all of them a gigabyte."""
_REMOTE_BUFFER, _BUFFERS = 8 << 20, 64 << 20
"""Bytes of a column that are read at once from another machine, and of all columns: each request
waits for an answer."""
COLUMNS_AT_ONCE = 256
"""Columns that are read at a time where a row group is one batch: what Arrow needs to decode one
takes some 70 kB, five times what 2,000 of its numbers do."""


def open_parquet(path: str, name: str, opened: io.BufferedIOBase | None = None) -> Contents:
    """Open a Parquet file by its footer; `name` is the one for messages. Raises LogError.

    `opened` are its bytes, where they are at hand: opening each of many small files takes as long
    as what is read of it.
    """
    if opened is None:
        with open_bytes(path) as file:
            end, tail = _tail(file, name)
    else:
        end, tail = _tail(opened, name)
    with pq.ParquetFile(
        pa.BufferReader(tail), thrift_string_size_limit=STRING, thrift_container_size_limit=LIST
    ) as parquet:
        footer, columns = parquet.metadata, parquet.schema_arrow
    refuse_duplicates(name, columns.names)
    of_groups = sum(footer.row_group(i).num_rows for i in range(footer.num_row_groups))
    if of_groups != footer.num_rows:
        raise trouble(
            name,
            f"damaged Parquet footer: {footer.num_rows:,} rows by its footer, {of_groups:,} by its"
            " row groups: write it again",
        )
    gap = end - _end_of_data(footer)
    if gap:
        from skewcheck.logs.parquet_damage import refuse_joined  # few writers leave one

        refuse_joined(path, name, footer, gap)
    schema = dict(zip(columns.names, columns.types, strict=True))
    read = _Reader(path, name, footer)
    return Contents(schema, read, footer.num_rows, parts=footer.num_row_groups)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the row groups of a file; another process, to which it is sent, opens it again.

    Footers of many row groups and columns take far more bytes than their place.
    """

    path: str
    name: str
    footer: pq.FileMetaData

    def __call__(self, paths: Mapping[str, Path], wanted: Wanted) -> Iterator[Thunk]:
        return _read(self.path, self.name, self.footer, paths, wanted)

    def __reduce__(self) -> tuple[object, ...]:
        return _reader, (self.path, self.name)


def _reader(path: str, name: str) -> Callable[[Mapping[str, Path], Wanted], Iterator[Thunk]]:
    with reading(name):
        return open_parquet(path, name).read


def _tail(file: io.BufferedIOBase, name: str) -> tuple[int, bytes]:
    """Return where the footer begins, in bytes, and what stands from there to the end."""
    size = file.seek(0, os.SEEK_END)
    first = max(0, size - _TAIL)
    file.seek(first)
    tail = file.read()
    if size < 12 or tail[-4:] != b"PAR1":
        raise trouble(name, "truncated Parquet file, it has no footer: write it again")
    start = size - 8 - int.from_bytes(tail[-8:-4], "little")
    if start < 4:
        raise trouble(name, "damaged Parquet footer, longer than the file: write it again")
    if start < first:
        file.seek(start)
        return start, file.read()
    return start, tail[start - first :]


def _end_of_data(footer: pq.FileMetaData) -> int:
    """Return where the last column ends by the footer, in bytes of the file that it was made for.

    From there to the footer there are indexes, where a writer makes them.
    """
    groups = map(footer.row_group, reversed(range(footer.num_row_groups)))
    group = next((group for group in groups if group.num_rows), None)  # others have no pages
    columns = [] if group is None else map(group.column, range(group.num_columns))
    return max((start_of(c) + c.total_compressed_size for c in columns), default=4)


def start_of(column: pq.ColumnChunkMetaData) -> int:
    """Return where the pages of a column of a row group begin, in bytes."""
    pages: int = column.data_page_offset
    return min(column.dictionary_page_offset or pages, pages)


def _read(
    path: str, name: str, footer: pq.FileMetaData, paths: Mapping[str, Path], wanted: Wanted
) -> Iterator[Thunk]:
    leaves = {reference: _leaf(target) for reference, target in paths.items()}
    read = sorted(set(leaves.values()))
    wanted_leaves = frozenset(read)
    columns = ((i, footer.schema.column(i).path) for i in range(footer.num_columns))
    flat = [i for i, path_in_schema in columns if path_in_schema in wanted_leaves]
    labels = {leaves[name] for name in wanted.labels & paths.keys()}
    texts = Texts.of(footer, labels, wanted_leaves)
    start = 0
    for place in range(footer.num_row_groups):
        yield partial(
            _row_group,
            path,
            footer,
            place,
            RowOrigin(name, start),
            read,
            flat,
            texts,
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
    flat: list[int],
    texts: Texts,
    paths: Mapping[str, Path],
    batch_rows: int,
) -> Iterator[Batch]:
    group, rows = footer.row_group(place), 0
    _check_counts(origin.file, place, group, flat)
    try:
        again: list[str] | None = texts.dictionaries(path, footer, place)
        while again is not None:
            dictionaries, again = again, None
            for batch in _batches(path, footer, place, leaves, dictionaries, batch_rows, rows):
                again = without_large(dictionaries, batch)
                if again is not None:
                    break
                yield Batch(origin, batch.num_rows, picked(batch, paths))
                origin = RowOrigin(origin.file, origin.start + batch.num_rows)
                rows += batch.num_rows
    except OSError as error:
        from skewcheck.logs.parquet_damage import raise_damaged

        raise_damaged(path, footer, origin.file, place, leaves, error)
    if rows != group.num_rows:
        raise trouble(
            origin.file,
            f"damaged: row group {place} announces {group.num_rows:,} rows and holds {rows:,}:"
            " write it again",
        )


def _batches(
    path: str, footer: pq.FileMetaData, place: int, leaves: list[str], dictionaries: list[str],
    batch_rows: int, skipped: int,
) -> Iterator[pa.RecordBatch]:  # fmt: skip
    """Yield the batches of a row group, without so many of its first rows."""
    # A handle is not for several threads; with the footer at hand a new one takes 60 µs.
    with pq.ParquetFile(
        arrow_source(path), metadata=footer, read_dictionary=dictionaries,
        page_checksum_verification=True, **_buffering(path, footer.row_group(place), leaves),
    ) as file:  # fmt: skip
        whole = footer.row_group(place).num_rows <= batch_rows
        if whole and len(leaves) > COLUMNS_AT_ONCE and {*leaves} <= {*file.schema_arrow.names}:
            batches = _by_columns(file, place, leaves)
        else:
            batches = file.iter_batches(
                batch_size=batch_rows, row_groups=[place], columns=leaves, use_threads=False
            )
        for batch in batches:
            left = min(skipped, batch.num_rows)
            skipped -= left
            if left < batch.num_rows:
                yield batch.slice(left)


def _buffering(path: str, group: pq.RowGroupMetaData, leaves: list[str]) -> dict[str, int]:
    """Return how a row group is fetched: with few requests from another machine."""
    if not is_remote(path):
        return {"pre_buffer": False, "buffer_size": _BUFFER}
    whole, below = frozenset(leaves), tuple(f"{leaf}." for leaf in leaves)
    columns = map(group.column, range(group.num_columns))
    sizes = [
        column.total_compressed_size
        for column in columns
        if column.path_in_schema in whole or column.path_in_schema.startswith(below)
    ]
    if sum(sizes) <= _WHOLE:
        return {"pre_buffer": True, "buffer_size": 0}
    share = _BUFFERS // len(sizes)
    return {"pre_buffer": False, "buffer_size": max(_BUFFER, min(_REMOTE_BUFFER, share))}


def _by_columns(file: pq.ParquetFile, place: int, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Yield a row group as one batch, of which some columns are read at a time; none of no rows."""
    arrays: dict[str, pa.Array] = {}
    for start in range(0, len(columns), COLUMNS_AT_ONCE):
        some = columns[start : start + COLUMNS_AT_ONCE]
        table = file.read_row_group(place, columns=some, use_threads=False).combine_chunks()
        for batch in table.to_batches():
            arrays |= zip(batch.schema.names, batch.columns, strict=True)
    if arrays:
        yield pa.RecordBatch.from_arrays([*arrays.values()], names=[*arrays])


def _check_counts(name: str, place: int, group: pq.RowGroupMetaData, columns: list[int]) -> None:
    """Raise a LogError if a flat column has other values than its row group has rows."""
    for i in columns:
        column = group.column(i)
        if column.num_values != group.num_rows:
            raise trouble(
                name,
                f"damaged: column {shown(column.path_in_schema)!r} has {column.num_values:,} values"
                f" in {group.num_rows:,} rows of row group {place}: write it again",
            )


def _leaf(path: Path) -> str:
    """Return the dotted name under which Parquet keeps the column, or the list it is part of."""
    fields = takewhile(lambda step: isinstance(step, str), path.steps)
    return ".".join([path.column, *map(str, fields)])
