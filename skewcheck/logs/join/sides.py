"""What tells the sides of a join apart: the files of records, or a column.

A side has one record of an id. Whatever divides the records so that most ids have one on each of
two sides may be what divides them; the simplest such does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import PurePath

import numpy as np
import pyarrow as pa

from skewcheck.logs.arrays import IntArray, labels
from skewcheck.logs.arrays.arrow import from_numpy, is_text_or_boolean, present, to_numpy
from skewcheck.logs.columns import Path, pick, type_of
from skewcheck.logs.file import File
from skewcheck.logs.join.concat import common_type
from skewcheck.logs.join.ids import codes_of
from skewcheck.logs.join.partitions import ID, MARK, ORDER, JoinFile, file_of

MAX_SIDES = 8
"""Sides of one join: a column of more levels says something else."""
ENOUGH = 0.9
"""Share of the most ids with records on two sides that a simpler division must have."""
FEW_DUPLICATES = 0.05
"""Share of the records up to which several of one id on one side are repeated ones."""
MAX_PATHS = 2_000
"""Columns and fields that are looked at, those that are least deep."""
FIRST = 10_000
"""Records by which columns are passed over that have too many levels, or none."""
_NO_WORD = re.compile(r"[\W\d_]+$")


@dataclass(frozen=True, slots=True)
class Telling:
    """What says on which side each record is."""

    by_file: tuple[int, ...] = ()
    """The side of each file; none where a column says it."""
    column: Path | None = None
    levels: tuple[str | None, ...] | None = None
    """Its values by side; None where it matters whether there is one: if so, it is side 1 unless
    `begins` says otherwise."""
    begins: bool = False
    """Whether records with a value are side 0."""

    @property
    def sides(self) -> int:
        """How many there are."""
        if self.by_file:
            return max(self.by_file) + 1
        return 2 if self.levels is None else len(self.levels)

    def in_order(self, order: Sequence[int]) -> Telling:
        """Return the same with its sides in another order."""
        if self.by_file:
            return replace(self, by_file=tuple(order.index(side) for side in self.by_file))
        if self.levels is None:
            return replace(self, begins=self.begins == (order[0] == 0))
        return replace(self, levels=tuple(self.levels[side] for side in order))

    def of(self, table: pa.Table) -> IntArray:
        """Return the side of each record of a partition; -1 where there is none for it."""
        if self.by_file:
            orders = to_numpy(table.column(ORDER).combine_chunks(), np.int64)
            return np.array(self.by_file, np.int64)[file_of(orders)]
        column = _values(table, self.column)
        if column is None:
            column = pa.nulls(table.num_rows, pa.string())
        if self.levels is None:
            return np.where(present(column) == self.begins, 0, 1).astype(np.int64)
        found = labels(column)
        places = {level: side for side, level in enumerate(self.levels)}
        sides = [places.get(level, -1) for level in found.levels]
        return np.array([*sides, places.get(None, -1)], np.int64)[found.codes]


def telling(files: Sequence[JoinFile], tables: Sequence[pa.Table]) -> Telling | None:
    """Return what tells the sides apart, by some partition; None where no id has two records."""
    if not tables:
        return None
    orders = np.concatenate([to_numpy(t.column(ORDER).combine_chunks(), np.int64) for t in tables])
    ids = pa.chunked_array([chunk for t in tables for chunk in t.column(ID).chunks])
    codes = codes_of(ids.combine_chunks())
    repeated = int(np.count_nonzero(np.bincount(codes) > 1))
    if not repeated:
        return None
    scored: list[tuple[_Score, Telling]] = []
    for candidate in sorted(_by_file(files), key=lambda c: c.sides):
        score = _score(candidate, tables, codes)
        if score.pairs >= ENOUGH * repeated and not score.many:
            return _ordered(candidate, tables, orders)
        scored.append((score, candidate))
    scored += [(_score(c, tables, codes), c) for c in _by_column(tables)]
    most = max((score.pairs for score, _ in scored), default=0)
    likely = [(score, c) for score, c in scored if score.pairs >= ENOUGH * most > 0]
    if not likely:
        return None
    best = min(likely, key=lambda pair: (pair[0].many, pair[0].sides, pair[0].duplicates))
    return _ordered(best[1], tables, orders)


@dataclass(frozen=True, slots=True)
class _Score:
    """How well a division makes one record of each id a side."""

    pairs: int
    """Ids with records on two sides."""
    duplicates: int
    """Records of an id that has another one on its side."""
    many: bool
    """Whether these are more than repeated records are."""
    sides: int


def _score(candidate: Telling, tables: Sequence[pa.Table], codes: IntArray) -> _Score:
    sides = np.concatenate([candidate.of(table) for table in tables])
    known = sides >= 0
    pairs = np.unique(codes[known] * (MAX_SIDES + 1) + sides[known])
    with_side = np.bincount(pairs // (MAX_SIDES + 1))
    duplicates = int(np.count_nonzero(known)) - len(pairs)
    return _Score(
        int(np.count_nonzero(with_side > 1)), duplicates,
        duplicates > FEW_DUPLICATES * len(codes), candidate.sides,
    )  # fmt: skip


def _by_file(files: Sequence[JoinFile]) -> Iterator[Telling]:
    """Yield divisions of the files: by folder, by name without its numbers, by their columns."""
    opened = [part.file for part in files]
    keys: list[list[object]] = [
        [str(PurePath(file.path).parent) for file in opened],
        [stem(file) for file in opened],
        [frozenset(file.schema()) for file in opened],
    ]
    if len(files) == 2:
        keys.append(list(range(2)))
    for of_files in keys:
        places = {key: place for place, key in enumerate(dict.fromkeys(of_files))}
        if 1 < len(places) <= MAX_SIDES:
            yield Telling(tuple(places[key] for key in of_files))


def stem(file: File) -> str:
    """Return the name of a file without what tells it from its siblings: days and numbers."""
    name = PurePath(file.name).name.partition(".")[0]
    return _NO_WORD.sub("", name)


def _by_column(tables: Sequence[pa.Table]) -> Iterator[Telling]:
    """Yield columns, and fields of records, of few levels; and those that only some have."""
    paths = list(islice(_paths(tables), MAX_PATHS))
    for path in paths:
        levels = _levels(path, tables)
        if levels is not None and 1 < len(levels) <= MAX_SIDES:
            yield Telling(column=path, levels=tuple(levels))
    for path in paths:
        columns = [column for t in tables if (column := _values(t, path)) is not None]
        filled = sum(len(column) - column.null_count for column in columns)
        if 0 < filled < sum(table.num_rows for table in tables):
            yield Telling(column=path)


def _paths(tables: Sequence[pa.Table]) -> Iterator[Path]:
    """Yield all columns and, behind them, the fields of those that are records."""
    types: dict[str, pa.DataType] = {}
    for table in tables:
        for field in table.schema:
            if field.name.startswith(MARK):
                kind = types.get(field.name, pa.null())
                types[field.name] = common_type([kind, field.type])
    level = [(Path(name[1:]), kind) for name, kind in types.items()]
    while level:
        yield from (path for path, _ in level)
        level = [
            (Path(path.column, (*path.steps, field.name)), field.type)
            for path, kind in level if pa.types.is_struct(kind)
            for field in kind
        ]  # fmt: skip


def _values(table: pa.Table, path: Path | None) -> pa.Array | None:
    """Return a column, or a field of records; None where a table has no such."""
    if path is None or f"{MARK}{path.column}" not in table.schema.names:
        return None
    column = table.column(f"{MARK}{path.column}").combine_chunks()
    try:
        type_of({path.column: column.type}, path)
    except (KeyError, AttributeError):
        return None
    return pick(column, path)


def _levels(path: Path, tables: Sequence[pa.Table]) -> list[str | None] | None:
    """Return the distinct values of a column; None where they are too many, or no words."""
    found: dict[str | None, None] = {}
    for first in (True, False):
        for table in tables:
            column = _values(table, path)
            if column is None:
                found[None] = None
                continue
            if pa.types.is_null(column.type):
                column = column.cast(pa.string())
            if not (is_text_or_boolean(column.type) or pa.types.is_integer(column.type)):
                return None
            column = labels(column.slice(0, FIRST) if first else column)
            occurring = np.unique(column.codes)
            found |= {None if c < 0 else column.levels[c]: None for c in occurring}
            if len(found) > MAX_SIDES:
                return None
    return list(found)


def _ordered(found: Telling, tables: Sequence[pa.Table], orders: IntArray) -> Telling:
    """Return the same with the sides in the order of their first records."""
    sides = np.concatenate([found.of(table) for table in tables])
    last = np.iinfo(np.int64).max
    first = [int(orders[sides == side].min(initial=last)) for side in range(found.sides)]
    return found.in_order(sorted(range(found.sides), key=first.__getitem__))


def sample(tables: Iterator[pa.Table], most: int) -> list[pa.Table]:
    """Return the first tables, up to some bytes."""
    found: list[pa.Table] = []
    size = 0
    for table in tables:
        found.append(table)
        size += table.nbytes
        if size >= most:
            break
    return found


def rows_of(column: IntArray) -> pa.Array:
    """Return places as Arrow takes them: null for -1."""
    return from_numpy(np.maximum(column, 0), column >= 0)
