"""Counts of the rows of a batch, per group of clusters and bin."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.counts.bins import MOST_BINS, bins_of
from skewcheck.counts.clusters import Clusters
from skewcheck.counts.measured import measured, places
from skewcheck.counts.plan import Plan
from skewcheck.counts.reading import Read
from skewcheck.counts.rows import GROUPS
from skewcheck.counts.sample import KeyArray, mixed
from skewcheck.counts.sides import Side
from skewcheck.features.types import IntArray
from skewcheck.logs.arrays import labels, numbers


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


def clusters_of(
    plan: Plan, reads: Sequence[tuple[Read, Read]], clusters: BatchClusters
) -> Clusters:
    """Count a batch."""
    first = clusters.groups * MOST_BINS
    tables = tuple(
        _table(measured(feature_plan), raw if feature_plan.raw else served, first)
        for feature_plan, (raw, served) in zip(plan.features, reads, strict=True)
    )
    hashes = np.unique(clusters.hashes)[:GROUPS]
    return Clusters(hashes, tables, len(clusters.groups) - len(clusters.hashes))


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


def _table(side: Side | None, column: Read, first: NDArray[np.uint16]) -> IntArray:
    if side is None:
        return np.zeros((GROUPS, 0), np.int64)
    width, bins = bins_of(side, places(side, column, len(first)))
    table: IntArray = np.bincount(first + bins, minlength=GROUPS * MOST_BINS)
    return table.reshape(GROUPS, MOST_BINS)[:, :width].copy()
