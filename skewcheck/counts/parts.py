"""Parts of a log, windows of time and segments, counted in the same pass as the whole of it.

What is kept of a part is coarse: counts at about a hundred of the reference's edges, or of its
most frequent levels. All of it adds up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.coarse import Coarse, CoarseLevels, CoarseNumbers
from skewcheck.counts.dimensions import (
    MOST_VALUES,
    Dimension,
    Key,
    Values,
    fewest,
    heaviest,
    limited,
)
from skewcheck.counts.windows import Windows
from skewcheck.features.types import IntArray
from skewcheck.logs.arrays import Labels, Numbers
from skewcheck.logs.batch import Batch

if TYPE_CHECKING:
    from skewcheck.features.strata import Parts as PartsOfYear

Table = NDArray[np.int64] | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Parts:
    """One dimension: p parts by key. Tables have a row per part, and add up.

    With more than `MOST_VALUES` segments, some rows of a kept one may be among the others: those
    of the batches in which it was not among the heaviest.
    """

    dimension: Dimension
    keys: tuple[Key, ...] = ()
    rows: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    outside: int = 0
    """Rows that are in no part: without a time."""
    features: tuple[Mapping[str, Table], ...] = ()
    """Per feature the tables of its `Coarse`, and `compared` and `mismatched` for parity."""
    pooled: frozenset[str] = frozenset()
    """Segments that were counted among the others, as `fewest` keeps them."""
    strata: IntArray = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    """Per part the numbers of `strata.stratum_table`, where the plan has strata."""

    def __add__(self, other: Parts) -> Parts:
        """Add the parts of what follows, in the same dimension."""
        if not self.keys or not other.keys:
            counted = self if self.keys else other
            return replace(counted, outside=self.outside + other.outside)
        keys, places = self._united(other)

        def both(a: Table, b: Table) -> Table:
            total: Table = np.zeros((len(keys), *a.shape[1:]), a.dtype)
            for place, table in zip(places, (a, b), strict=True):
                if len(keys) > MOST_VALUES:
                    # Several values may have become one: `+=` counts the last of them only.
                    np.add.at(total, place, table)
                else:
                    total[place] += table
            return total

        features = tuple(
            {name: both(a[name], b[name]) for name in a}
            for a, b in zip(self.features, other.features, strict=True)
        )
        rows = both(self.rows, other.rows).astype(np.int64)
        outside, pooled = self.outside + other.outside, self.pooled | other.pooled
        left = {*self.keys, *other.keys}.difference(keys)
        pooled = fewest(pooled | {str(key) for key in left}) if pooled or left else pooled
        strata = np.zeros((0, 0), np.int64)
        if len(self.strata) and len(other.strata):
            strata = both(self.strata, other.strata).astype(np.int64)
        return Parts(self.dimension, keys, rows, outside, features, pooled, strata)

    def _united(self, other: Parts) -> tuple[tuple[Key, ...], tuple[IntArray, IntArray]]:
        """Return all keys in order, and where those of each side went."""
        keys: tuple[Key, ...]
        if isinstance(self.dimension, Values):
            counted: dict[Key, int] = {}
            for side in (self, other):
                for key, rows in zip(side.keys, side.rows.tolist(), strict=True):
                    counted[key] = counted.get(key, 0) + rows
            keys = heaviest(counted)
        else:
            both = {key for key in (*self.keys, *other.keys) if isinstance(key, int)}
            keys = tuple(sorted(both))
            limited(len(keys), self.dimension.asked)
        index = {key: i for i, key in enumerate(keys)}
        last = len(keys) - 1  # where the others are, if any
        mine, theirs = (
            np.array([index.get(key, last) for key in side.keys]) for side in (self, other)
        )
        return keys, (mine, theirs)


@dataclass(frozen=True, slots=True)
class Division:
    """Into which parts a log is divided, and what is counted of each of a plan's features."""

    dimensions: tuple[Dimension, ...]
    coarse: tuple[Coarse | None, ...]

    @property
    def segments(self) -> tuple[str, ...]:
        """Return the columns whose values are parts."""
        return tuple(
            dimension.column for dimension in self.dimensions if isinstance(dimension, Values)
        )


@dataclass(frozen=True, slots=True)
class Column:
    """What is counted of one feature in a batch: its column, and the rows that fail parity."""

    coarse: Coarse | None
    read: Numbers | Labels | None
    compared: bool = False
    fails: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))


def parts_of(
    dimension: Dimension, columns: Sequence[Column], batch: Batch, strata: PartsOfYear | None
) -> Parts:
    """Count a batch by part: rows are put in the order of their parts, each sorted by itself.

    `strata` are the parts of week and year by which training is known; None where it is not.
    """
    keyed = dimension.keyed(batch)
    keys, places = keyed.keys, keyed.places
    if not keys:
        return Parts(dimension, outside=batch.rows)
    order = None
    if (places[1:] < places[:-1]).any() or places[0] < 0:
        # Radix sort, which NumPy has for 16 bits.
        order = np.argsort(places.astype(np.int16), kind="stable")
        order = order[int((places < 0).sum()) :]
    rows = np.bincount(places[places >= 0], minlength=len(keys))
    cuts = np.concatenate(([0], np.cumsum(rows)))
    features = tuple(_tables(column, places, order, cuts, batch) for column in columns)
    made = Parts(dimension, keys, rows, batch.rows - int(cuts[-1]), features, keyed.pooled)
    if strata is None:
        return made
    from skewcheck.counts.strata import stratum_table  # few features have a rhythm

    return replace(made, strata=stratum_table(strata, batch.times, places, len(keys)))


def _tables(
    column: Column, places: IntArray, order: IntArray | None, cuts: IntArray, batch: Batch
) -> Mapping[str, Table]:
    tables: dict[str, Table] = {}
    parts = len(cuts) - 1
    if column.compared:
        inside = places[column.fails]
        tables["compared"] = np.diff(cuts)
        tables["mismatched"] = np.bincount(inside[inside >= 0], minlength=parts)
    elif column.coarse is not None and column.coarse.paired:
        tables["compared"] = tables["mismatched"] = np.zeros(parts, np.int64)
    if isinstance(column.coarse, CoarseNumbers):
        values = column.read.values if isinstance(column.read, Numbers) else None
        if values is None:
            values = np.full(batch.rows, np.nan)
        ordered = values if order is None else values.take(order)
        tables |= _numeric(column.coarse, batch, ordered, cuts)
    elif isinstance(column.coarse, CoarseLevels):
        levels = column.coarse.places(column.read, batch.rows)
        kept = places >= 0
        wide = column.coarse.width
        flat = np.bincount(places[kept] * wide + levels[kept], minlength=parts * wide)
        tables["levels"] = flat.reshape(parts, wide)
    return tables


def _numeric(
    coarse: CoarseNumbers, batch: Batch, ordered: NDArray[np.generic], cuts: IntArray
) -> dict[str, Table]:
    """Count the parts of a column, its float32 values and the others each in their windows."""
    groups = coarse.windows.by_width(ordered, batch.digits.get(coarse.columns[0]))
    totals: dict[str, Table] = {}
    for group in groups:
        of_part = np.diff(cuts)
        if group.rows is not None:
            of_part = np.add.reduceat(group.rows, cuts[:-1], dtype=int)
        filled = of_part > 0
        inner_cuts = np.append(0, np.cumsum(of_part[filled]))
        windows = _kept(group.windows, coarse.kept)
        tables = numeric_tables(group.of(ordered), inner_cuts, windows, coarse.centre)
        for name, table in tables.items():
            total = totals.setdefault(name, np.zeros((len(filled), *table.shape[1:]), table.dtype))
            total[filled] += table
    return totals


def _kept(windows: Windows, kept: IntArray) -> Windows:
    """Return where a value counts as on a kept edge, as if all edges were counted and merged."""
    whole = windows.disjoint()
    return Windows(whole.edges[kept], whole.low[kept], whole.high[kept], whole.narrow)


def numeric_tables(
    ordered: NDArray[np.generic], cuts: IntArray, windows: Windows, centre: float
) -> dict[str, Table]:
    """Count p parts that follow each other, rows cuts[i] to cuts[i + 1], none of them empty.

    `at` (p x k), `between` (p x (k + 1)); `nulls` (NaN) and `infinite`; `total` is the sum of the
    deviations from `centre`.
    """
    single = windows.narrow or ordered.dtype == np.float32
    with np.errstate(over="ignore"):
        values = ordered.astype(np.float32 if single else np.float64)
        low, high = windows.low.astype(values.dtype), windows.high.astype(values.dtype)
        # What is not above an edge is below the next number: one search for both.
        above = np.nextafter(high, np.array(np.inf, values.dtype))
    needles = np.column_stack((low, above)).ravel()
    ranks = np.empty((len(cuts) - 1, len(needles)), np.int64)
    for i, (start, stop) in enumerate(pairwise(cuts.tolist())):
        part = values[start:stop]
        part.sort()
        ranks[i] = part.searchsorted(needles)
    # Edges that are one value in a narrower type: the first of them takes it.
    ranks = np.maximum.accumulate(ranks, 1)
    below, up_to = ranks[:, ::2], ranks[:, 1::2]
    starts = cuts[:-1]
    nulls = lowest = highest = np.zeros(len(starts), np.int64)
    # Sorted, what is not finite stands at the ends.
    if not np.isfinite(values[[starts, cuts[1:] - 1]]).all():
        nulls, lowest, highest = (
            np.add.reduceat(odd, starts, dtype=np.int64)
            for odd in (np.isnan(values), values == -np.inf, values == np.inf)
        )
        values[~np.isfinite(values)] = 0.0
    numbers = np.diff(cuts) - nulls
    # Where each interval between the edges begins and ends; infinities are in none.
    begins = np.column_stack((lowest, up_to))
    stops = np.column_stack((below, numbers - highest))
    finite = numbers - lowest - highest
    with np.errstate(over="ignore"):
        total = np.add.reduceat(values, starts, dtype=np.float64)
    return {
        "at": up_to - below,
        "between": stops - begins,
        "nulls": nulls,
        "infinite": lowest + highest,
        "total": total - finite * centre,
    }
