"""Dependence between rows: counts per group of clusters, which can be added."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from skewcheck.counts.rows import GROUPS
from skewcheck.counts.sample import KeyArray
from skewcheck.features.types import IntArray


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
