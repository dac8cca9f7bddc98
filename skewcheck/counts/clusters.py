"""Dependence between rows: counts per cluster, or runs of consecutive rows, for design effects.

The variance between clusters is estimated of few bins per feature: numbers between a few quantiles
of the reference, the most frequent levels, and nulls.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.plan import Plan
from skewcheck.counts.reading import Read
from skewcheck.counts.rows import FILE, GROUPS, ROW, SampleColumn, code_of, feature_column
from skewcheck.counts.sample import KeyArray, Limit, Sample, keys, mixed
from skewcheck.counts.sides import CategoricalSide, NumericSide, Side
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.logs.arrays import Labels, Numbers, labels, numbers
from skewcheck.logs.batch import RowOrigin

QUANTILES = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
"""Quantiles of the reference between which numbers are counted. Each bin costs GROUPS counts per
feature, and with more of them each has fewer rows to estimate a variance of."""
TOP_LEVELS = 9
"""Most frequent levels with a bin of their own: rarer ones have too few rows for a variance."""
MOST_BINS = TOP_LEVELS + 3
"""The most bins that a feature has."""
BLOCK = 64
"""Rows of a run. A power of two: the key of a row holds its place in the run in the last bits."""
RUNS = 64
"""Runs that are kept: 64 runs give the variance between runs to 18 % (standard error)."""


@dataclass(frozen=True, slots=True)
class BatchClusters:
    """The clusters of a batch."""

    groups: NDArray[np.uint16]
    """Each row's group: below GROUPS. A row without a cluster is one by itself."""
    hashes: KeyArray
    """Those of the clusters of all rows that have one."""

    @classmethod
    def of(cls, cluster: pa.Array | None, row_keys: KeyArray) -> BatchClusters:
        """Return the clusters that a column tells; None where the file has none."""
        hashes = row_keys
        clustered = np.empty(0, np.uint64)
        if cluster is not None:
            present, of_values = _hashes(cluster)
            clustered, hashes = of_values[present], np.where(present, of_values, row_keys)
        return cls((hashes % np.uint64(GROUPS)).astype(np.uint16), clustered)


@dataclass(frozen=True, slots=True)
class Clusters:
    """Rows per group of clusters and bin; `+` gives those of both.

    Clusters are put into groups at random (Wolter, Introduction to Variance Estimation, 2nd ed.
    (2007), chapter 2): as those are independent of each other, so are groups, and the spread
    between groups is that between clusters, in a memory that does not grow with their number.
    """

    hashes: KeyArray = field(default_factory=lambda: np.empty(0, np.uint64))
    """The least hashes of clusters, at most GROUPS of them, ascending: they tell how many."""
    tables: tuple[IntArray, ...] = ()
    """Per feature GROUPS x bins, GROUPS x 0 where it has no column; none at all without rows."""
    nulls: int = 0
    """Rows without a cluster."""

    @classmethod
    def of(
        cls, plan: Plan, reads: Sequence[tuple[Read, Read]], clusters: BatchClusters
    ) -> Clusters:
        """Count a batch."""
        first = clusters.groups * MOST_BINS
        tables = tuple(
            _table(measured(feature_plan), raw if feature_plan.raw else served, first)
            for feature_plan, (raw, served) in zip(plan.features, reads, strict=True)
        )
        hashes = np.unique(clusters.hashes)[:GROUPS]
        return cls(hashes, tables, len(clusters.groups) - len(clusters.hashes))

    def __add__(self, other: Clusters) -> Clusters:
        """Add counts of the same plan."""
        tables = self.tables or other.tables
        if self.tables and other.tables:
            tables = tuple(a + b for a, b in zip(self.tables, other.tables, strict=True))
        hashes = np.union1d(self.hashes, other.hashes)[:GROUPS]
        return Clusters(hashes, tables, self.nulls + other.nulls)

    @property
    def values(self) -> int:
        """Clusters seen, without nulls: exactly below GROUPS, else to 3 % (standard error).

        The k-th least of many uniform hashes: Beyer and others, SIGMOD 2007, p. 199.
        """
        k = len(self.hashes)
        return k if k < GROUPS else round((k - 1) * 2.0**64 / float(self.hashes[-1]))


def _hashes(cluster: pa.Array) -> tuple[NDArray[np.bool_], KeyArray]:
    """Return which rows have a cluster, and a pseudo-random number for that, the same anywhere.

    Whole numbers are hashed as they are, whether logged as numbers or as text.
    """
    if pa.types.is_integer(cluster.type) and not cluster.null_count:
        values = numbers(cluster).values
        if values.dtype == np.int64:
            return np.ones(len(values), np.bool_), mixed(values.view(np.uint64))
    named = labels(cluster)
    codes = [_code(level) & (2**64 - 1) for level in named.levels]
    hashes = mixed(np.array([*codes, 0], np.uint64))
    return named.codes >= 0, hashes[named.codes]


def _code(level: str) -> int:
    if level.isascii() and level.lstrip("-").isdecimal() and str(int(level[:19])) == level:
        return int(level)
    code = zlib.crc32(level.encode("utf-8", "surrogatepass"))
    return code << 32 | code


def measured(plan: FeaturePlan) -> Side | None:
    """Return the side whose distribution is tested."""
    return plan.raw or plan.served


def _table(side: Side | None, column: Read, first: NDArray[np.uint16]) -> IntArray:
    if side is None:
        return np.zeros((GROUPS, 0), np.int64)
    width, bins = bins_of(side, places(side, column, len(first)))
    table: IntArray = np.bincount(first + bins, minlength=GROUPS * MOST_BINS)
    return table.reshape(GROUPS, MOST_BINS)[:, :width].copy()


def places(side: Side, column: Read, rows: int) -> NDArray[np.generic]:
    """Return numbers, or of a categorical column each row's level: strangers and nulls last."""
    if isinstance(side, NumericSide):
        return column.values if isinstance(column, Numbers) else np.full(rows, np.nan, np.float32)
    stranger = len(side.levels.names)
    if isinstance(column, Labels):
        level_places = side.levels.of_names(column.levels)
        level_places = np.append(np.where(level_places < 0, stranger, level_places), stranger + 1)
        return level_places[column.codes]
    if isinstance(column, Numbers):
        values = column.values.astype(np.float64, copy=False)
        level_places = side.levels.of_numbers(values)
        level_places[level_places < 0] = stranger
        level_places[np.isnan(values)] = stranger + 1
        return level_places
    return np.full(rows, stranger + 1)


def places_of_sample(side: Side, values: FloatArray) -> NDArray[np.generic]:
    """Return what `places` does, of a column of the sample of rows: there strangers are -1.

    NaN where a file lacks the column.
    """
    if isinstance(side, NumericSide) or side.numbers:
        return places(side, Numbers(values), len(values))
    stranger = len(side.levels.names)
    return np.where(values >= 0, values, np.where(values == -1, stranger, stranger + 1))


def bins_of(side: Side, values: NDArray[np.generic]) -> tuple[int, NDArray[np.uint8]]:
    """Return the number of bins and each row's, nulls last, of what `places` returned.

    Numbers are binned by `cuts`; levels as `TOP_LEVELS` says, then all others that training had,
    then unseen ones.
    """
    if isinstance(side, CategoricalSide):
        lookup = _levels(side)
        return int(lookup[-1]) + 1, lookup[values.astype(np.intp, copy=False)]
    edges = cuts(side)
    # Which rows just beside an edge count as below it is of no matter, so float32 will do. For so
    # few edges, comparing with each is quicker than a search.
    with np.errstate(over="ignore"):
        single, edges = values.astype(np.float32, copy=False), edges.astype(np.float32)
    bins = np.isnan(single).view(np.uint8) * np.uint8(len(edges) + 1)
    for edge in edges:
        bins += (single > edge).view(np.uint8)
    return len(edges) + 2, bins


def cuts(side: NumericSide) -> FloatArray:
    """Return at most 7 numbers, ascending, at or below which rows are counted.

    They are the reference's quantiles, and its ends, of which the lower counts as above.
    """
    reference, high = side.reference, side.windows.high
    if reference is None or not len(high) or len(reference.histogram) != len(high):
        return np.empty(0)
    least = np.nextafter(side.windows.low[:1].astype(np.float32), np.float32(-np.inf))
    ends = least.astype(np.float64), high[-1:]
    up_to = reference.histogram.up_to
    if not up_to[-1]:
        return np.unique(np.concatenate(ends))
    wanted = QUANTILES * reference.histogram.total
    at = np.minimum(np.searchsorted(up_to, wanted), len(high) - 1)
    return np.unique(np.concatenate((high[at], *ends)))


def _levels(side: CategoricalSide) -> NDArray[np.uint8]:
    """Return the bin of each level, of strangers and of nulls."""
    counts = side.reference.counts if side.reference else {}
    rows = np.array([counts.get(name, 0) for name in side.levels.names], np.int64)
    top = np.argsort(-rows, kind="stable")[:TOP_LEVELS]
    lookup = np.full(len(rows) + 2, len(top), np.uint8)
    lookup[top] = np.arange(len(top))
    lookup[-2:] = len(top) + 1, len(top) + 2
    return lookup


def _run_keys(origin: RowOrigin, numbers: IntArray) -> KeyArray:
    """Return a key per row: pseudo-random for its block of 64 rows, then its place in there."""
    blocks = keys(replace(origin, kept=numbers // BLOCK), len(numbers))
    return blocks & ~np.uint64(BLOCK - 1) | (numbers % BLOCK).astype(np.uint64)


def _chosen(origin: RowOrigin, rows: int, limit: Limit | None) -> tuple[IntArray, KeyArray]:
    """Return the rows of least key, in their order, with their keys; a key per block finds them."""
    numbers = origin.numbers(rows)
    if rows <= RUNS * BLOCK:
        return np.arange(rows), _run_keys(origin, numbers)
    if origin.kept is None:
        first = np.unique(np.append(0, np.arange(-origin.start % BLOCK, rows, BLOCK)))
    else:
        first = np.flatnonzero(np.diff(numbers // BLOCK, prepend=-1))
    ends = np.append(first, rows)
    of_block = _run_keys(origin, numbers[first] // BLOCK * BLOCK)
    order = np.argsort(of_block)
    if limit is not None:
        order = order[of_block[order] <= limit.key]
    enough = int(np.searchsorted(np.diff(ends)[order].cumsum(), RUNS * BLOCK)) + 1
    blocks = [np.arange(ends[i], ends[i + 1]) for i in np.sort(order[:enough])]
    chosen = np.concatenate(blocks) if blocks else np.empty(0, np.int64)
    row_keys = _run_keys(origin, numbers[chosen])
    kept = np.sort(np.argsort(row_keys)[: RUNS * BLOCK])
    return chosen[kept], row_keys[kept]


def runs(
    plan: Plan, reads: Sequence[tuple[Read, Read]], origin: RowOrigin, rows: int,
    limit: Limit | None = None,
) -> Sample:  # fmt: skip
    """Return a sample of blocks of consecutive rows: each feature's value, and the row's number."""
    chosen, row_keys = _chosen(origin, rows, limit)
    if not len(chosen):
        return Sample(RUNS * BLOCK)
    columns: dict[SampleColumn, NDArray[np.generic]] = {
        ROW: origin.numbers(rows)[chosen], FILE: np.full(len(chosen), code_of(origin.file)),
    }  # fmt: skip
    for one, (raw, served) in zip(plan.features, reads, strict=True):
        side = measured(one)
        if side is not None:
            column = raw if one.raw else served
            values = places(side, _taken(column, chosen), len(chosen))
            columns[feature_column(one.feature.name)] = values
    return Sample.of(row_keys, columns, RUNS * BLOCK, limit)


def _taken(column: Read, rows: IntArray) -> Read:
    if isinstance(column, Numbers):
        return replace(column, values=column.values[rows])
    return None if column is None else replace(column, codes=column.codes[rows])
