"""Which records of the same id become one row, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.logs.arrays import FloatArray, IntArray
from skewcheck.logs.arrays.arrow import N, to_numpy
from skewcheck.logs.join.ids import codes_of
from skewcheck.logs.join.partitions import BUFFERED, ID, ORDER, TIME, file_of
from skewcheck.logs.join.sides import Telling, rows_of


@dataclass(frozen=True, slots=True)
class Match:
    """Joined rows of some records, in the order of the records that begin them."""

    records: IntArray
    """Of each row (rows x sides) the place of the record; -1 where a side has none."""
    orders: IntArray
    """Of each row that of the record which begins it."""
    joined: IntArray
    unmatched: IntArray
    duplicate: IntArray
    late: IntArray
    """Orders of the records that begin no row."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What records are matched by, one value each."""

    ids: IntArray
    sides: IntArray
    orders: IntArray
    times: FloatArray | None

    @classmethod
    def of(cls, tables: Sequence[pa.Table], found: Telling) -> Keys:
        """Return the keys of the records of tables, one table behind the other."""
        ids = pa.chunked_array([chunk for t in tables for chunk in t.column(ID).chunks])
        timed = TIME in tables[0].schema.names
        return cls(
            codes_of(ids.combine_chunks()),
            np.concatenate([found.of(table) for table in tables]),
            np.concatenate([_numbers(table, ORDER, np.int64) for table in tables]),
            np.concatenate([_numbers(t, TIME, np.float64) for t in tables]) if timed else None,
        )

    def first(self) -> IntArray:
        """Return the places of the first record of each id on each side that is known."""
        places = np.lexsort((self.orders, self.sides, self.ids))
        places = places[self.sides[places] >= 0]
        ids, sides = self.ids[places], self.sides[places]
        new = np.ones(len(places), np.bool_)
        new[1:] = (ids[1:] != ids[:-1]) | (sides[1:] != sides[:-1])
        return np.asarray(places[new])


def matched(keys: Keys, sides: int, within: float | None) -> Match:
    """Return the rows of ids with records on two sides, the first one of each side.

    `within` seconds the earliest and the latest known time of a row may lie apart.
    """
    first = keys.first()
    records = np.full((int(keys.ids.max(initial=-1)) + 1, sides), -1, np.int64)
    records[keys.ids[first], keys.sides[first]] = first
    several = np.count_nonzero(records >= 0, axis=1) > 1
    late = several & _apart(records, keys.times, within)
    rows = records[several & ~late]
    begins = rows[np.arange(len(rows)), np.argmax(rows >= 0, axis=1)]
    ordered = np.argsort(keys.orders[begins], kind="stable")
    rest = np.ones(len(keys.ids), np.bool_)
    rest[first] = False
    unknown = keys.sides < 0
    used = rows[rows >= 0]
    is_joined = np.zeros(len(keys.ids), np.bool_)
    is_joined[used] = True
    is_joined[begins] = False
    alone = records[~several]
    unmatched = np.concatenate([np.flatnonzero(unknown), alone[alone >= 0]])
    of_late = records[late]
    return Match(
        rows[ordered],
        keys.orders[begins[ordered]],
        keys.orders[is_joined],
        keys.orders[unmatched],
        keys.orders[rest & ~unknown],
        keys.orders[of_late[of_late >= 0]],
    )


def _apart(records: IntArray, times: FloatArray | None, within: float | None) -> NDArray[np.bool_]:
    """Return which ids have records whose times are known and lie too far apart."""
    if times is None or within is None:
        return np.zeros(len(records), np.bool_)
    of_records = np.where(records >= 0, np.append(times, np.nan)[records], np.nan)
    earliest = np.where(np.isnan(of_records), np.inf, of_records).min(axis=1, initial=np.inf)
    latest = np.where(np.isnan(of_records), -np.inf, of_records).max(axis=1, initial=-np.inf)
    return np.asarray(latest - earliest > within)


def first_records(tables: Iterator[pa.Table], found: Telling) -> tuple[list[pa.Table], IntArray]:
    """Return the records of a group, and the orders of repeated ones that were left out of it.

    These are as soon as a group gets too large: an id that all records have must not fill the
    memory.
    """
    kept: list[pa.Table] = []
    left_out: list[IntArray] = []
    size, most = 0, 2 * BUFFERED
    for table in tables:
        kept.append(table)
        size += table.nbytes
        if size > most:
            keys = Keys.of(kept, found)
            first = np.sort(keys.first())
            rest = np.ones(len(keys.ids), np.bool_)
            rest[first] = False
            rest &= keys.sides >= 0
            left_out.append(keys.orders[rest])
            kept = list(_without(kept, rest))
            size = sum(table.nbytes for table in kept)
            most = max(most, 2 * size)
    return kept, np.concatenate([np.zeros(0, np.int64), *left_out])


def _without(tables: Sequence[pa.Table], rest: NDArray[np.bool_]) -> Iterator[pa.Table]:
    start = 0
    for table in tables:
        places = np.flatnonzero(~rest[start : start + table.num_rows])
        start += table.num_rows
        if len(places):
            yield table.take(rows_of(places)).combine_chunks()


def by_file(orders: IntArray, files: int) -> IntArray:
    """Return how many of some records each file has."""
    return np.bincount(file_of(orders), minlength=files)


def _numbers(table: pa.Table, name: str, kind: type[N]) -> NDArray[N]:
    return to_numpy(table.column(name).combine_chunks(), kind)
