"""Joined rows: made partition by partition, read in the order of the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skewcheck.logs.arrays import IntArray
from skewcheck.logs.arrays.arrow import from_numpy, to_numpy
from skewcheck.logs.batch import ROWS, Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path, picked
from skewcheck.logs.file import Contents, File, Thunk, precision_of
from skewcheck.logs.join.concat import common_type, concatenated
from skewcheck.logs.join.layout import Layout, Out, laid_out
from skewcheck.logs.join.matching import Keys, Match, by_file, first_records, matched
from skewcheck.logs.join.partitions import (
    BUFFERED,
    FILE_SHIFT,
    ID,
    MARK,
    ORDER,
    JoinFile,
    Partitions,
    file_of,
)
from skewcheck.logs.join.records import JoinedRecords
from skewcheck.logs.join.segments import Segment, Segments
from skewcheck.logs.join.sides import Telling, rows_of


@dataclass(frozen=True, slots=True)
class Joined:
    """The result of a join."""

    files: tuple[File, ...]
    """Those whose records begin rows, with the joined rows as theirs."""
    rows: int
    told: tuple[JoinedRecords, ...]
    """What became of all other records, by file."""


class _Buckets:
    """Joined rows by stretches of the log, each of which fits into memory."""

    def __init__(self, records: Sequence[int], wide: int) -> None:
        """Take the number of records of each file, and the bytes of one."""
        self.segments = Segments()
        self.length = min(ROWS, max(1, BUFFERED // max(wide, 1)))
        lengths = [-(-rows // self.length) for rows in records]
        self.starts = np.cumsum([0, *lengths])
        self.places: list[list[Segment]] = [[] for _ in range(int(self.starts[-1]))]
        self.rows = [0] * len(records)
        """Of each file, those that its records begin."""

    def add(self, table: pa.Table, orders: IntArray) -> None:
        """Write rows that are in the order of the log."""
        for number, rows in enumerate(by_file(orders, len(self.rows))):
            self.rows[number] += int(rows)
        numbers = orders & ((1 << FILE_SHIFT) - 1)
        buckets = self.starts[file_of(orders)] + numbers // self.length
        edges = np.flatnonzero(np.diff(buckets, prepend=-1))
        for start, end in zip(edges, [*edges[1:], len(buckets)], strict=True):
            segment = self.segments.write(table.slice(int(start), int(end - start)))
            self.places[int(buckets[start])].append(segment)


def joined(
    files: Sequence[JoinFile], records: Partitions, found: Telling, tables: Sequence[pa.Table],
    names: Sequence[str], id_name: str, within: float | None,
) -> Joined:  # fmt: skip
    """Join records that were divided; `tables` are some that show what columns sides have."""
    layout = laid_out(files, found, tables, names, id_name)
    in_all = sum(records.rows)
    size = sum(segment.size for group in records.groups for segment in group)
    buckets = _Buckets(records.rows, found.sides * size // max(in_all, 1))
    told = list(records.told)
    for group in range(len(records.groups)):
        kept, repeated = first_records(records.tables(group), found)
        match = matched(Keys.of(kept, found), found.sides, within)
        duplicate = np.concatenate([match.duplicate, repeated])
        counts = (match.joined, match.unmatched, duplicate, match.late)
        by_files = (by_file(orders, len(files)) for orders in counts)
        for i, (n, alone, again, apart) in enumerate(zip(*by_files, strict=True)):
            told[i] += JoinedRecords(told[i].file, int(n), int(alone), int(again), int(apart))
        if len(match.orders):
            buckets.add(_rows(kept, found, layout, match), match.orders)
    return Joined(tuple(_files(files, layout, buckets, told)), sum(buckets.rows), tuple(told))


def _rows(tables: Sequence[pa.Table], found: Telling, layout: Layout, match: Match) -> pa.Table:
    """Return the joined rows of a group."""
    sides = [found.of(table) for table in tables]
    first = np.argmax(match.records >= 0, axis=1)
    begins = match.records[np.arange(len(first)), first]
    ids = concatenated([chunk for t in tables for chunk in t.column(ID).chunks])
    columns = {
        ORDER: from_numpy(match.orders),
        f"{MARK}{layout.id_name}": ids.take(rows_of(begins)),
    }
    inside: dict[str, dict[str, pa.Array]] = {}
    for out in layout.outs:
        values = _values(out, tables, sides, match)
        if out.inside is None:
            columns[f"{MARK}{out.called}"] = values
        else:
            inside.setdefault(out.inside, {})[out.called] = values
    for name, fields in inside.items():
        columns[f"{MARK}{name}"] = pa.StructArray.from_arrays(
            list(fields.values()), names=list(fields)
        )
    return pa.table(columns)


def _values(
    out: Out, tables: Sequence[pa.Table], sides: Sequence[IntArray], match: Match
) -> pa.Array:
    """Return a column of joined rows: of each the value of the first side that has one."""
    name, values = f"{MARK}{out.name}", None
    for side in out.sides:
        parts = [
            table.column(name).combine_chunks()
            if name in table.schema.names and bool((own == side).any())
            else pa.nulls(table.num_rows)
            for table, own in zip(tables, sides, strict=True)
        ]
        kind = common_type([out.kind, *(part.type for part in parts)])
        more = concatenated(parts, kind).take(rows_of(match.records[:, side]))
        if values is None or values.null_count == len(values):
            values = more
        elif values.null_count and more.null_count < len(more):
            kind = common_type([values.type, more.type])
            values = pc.coalesce(concatenated([values], kind), concatenated([more], kind))
    return pa.nulls(len(match.orders), out.kind) if values is None else values


def _files(
    files: Sequence[JoinFile], layout: Layout, buckets: _Buckets, told: Sequence[JoinedRecords]
) -> Iterator[File]:
    """Yield the files whose records begin rows; the last one tells of all others."""
    begun = [
        (number, [b for b in buckets.places[int(start) : int(end)] if b])
        for number, (start, end) in enumerate(
            zip(buckets.starts[:-1], buckets.starts[1:], strict=True)
        )
    ]
    begun = [(number, places) for number, places in begun if places]
    for place, (number, places) in enumerate(begun):
        file = files[number].file
        last = tuple(told) if place == len(begun) - 1 else ()
        read = partial(_read, buckets.segments, places, layout, file.name, last)
        contents = Contents(layout.schema, read, buckets.rows[number])
        yield replace(
            file, contents=contents, constants={}, lasting=False, null_values=(), identity=None
        )


def _read(
    segments: Segments, places: Sequence[Sequence[Segment]], layout: Layout, name: str,
    told: tuple[JoinedRecords, ...], paths: Mapping[str, Path], wanted: Wanted,
) -> Iterator[Thunk]:  # fmt: skip
    for i, bucket in enumerate(places):
        last = told if i == len(places) - 1 else ()
        yield partial(_batches, segments, bucket, layout, name, last, paths, wanted)


def _batches(
    segments: Segments, bucket: Sequence[Segment], layout: Layout, name: str,
    told: tuple[JoinedRecords, ...], paths: Mapping[str, Path], wanted: Wanted,
) -> Iterator[Batch]:  # fmt: skip
    """Yield the rows of a bucket in their order."""
    needed = dict.fromkeys(path.column for path in paths.values())
    marked = [f"{MARK}{column}" for column in needed]
    tables = [segments.read(segment, [ORDER, *marked]) for segment in bucket]
    orders = np.concatenate([to_numpy(t.column(ORDER).combine_chunks(), np.int64) for t in tables])
    places = np.argsort(orders, kind="stable")
    columns = [
        concatenated([chunk for t in tables for chunk in t.column(column).chunks])
        .take(from_numpy(places))
        for column in marked
    ]  # fmt: skip
    batch = pa.RecordBatch.from_arrays(columns, names=list(needed))
    numbers = orders[places] & ((1 << FILE_SHIFT) - 1)
    printed = frozenset(r for r, path in paths.items() if path.column in layout.textual)
    found = {
        reference: column.cast(pa.float64())
        if reference in printed & wanted.numbers and pa.types.is_integer(column.type)
        else column
        for reference, column in picked(batch, paths).items()
    }
    rows = Batch(RowOrigin(name, int(numbers[0]), numbers), len(numbers), found, joined=told)
    yield replace(rows, digits=precision_of(rows, wanted.numbers & printed))
