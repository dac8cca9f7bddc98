"""Counts of numbers at edges and between them: what is known of a distribution after one pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.logs.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Rows at k edges and in the k + 1 open intervals below, between and above them.

    Histograms at the same edges can be added. Neither NaN nor infinities are counted. Its length
    is k: a histogram without edges, of a distribution that is not known, is false.
    """

    edges: FloatArray
    """Values, ascending and distinct; k of them."""
    at: IntArray
    """Rows at each edge; k of them."""
    between: IntArray
    """Rows in the open intervals below, between and above the edges; k + 1 of them."""
    sums: FloatArray
    """Sums of the values counted by `between`; k + 1 of them."""

    @classmethod
    def zero(cls, edges: FloatArray) -> Histogram:
        """Return the histogram of no rows at these edges."""
        return cls.discrete(edges, np.zeros(len(edges), np.int64))

    @classmethod
    def discrete(cls, edges: FloatArray, at: IntArray) -> Histogram:
        """Return the histogram of rows at the edges alone."""
        k = len(edges)
        return cls(edges, at, np.zeros(k + 1, np.int64), np.zeros(k + 1))

    @classmethod
    def empty(cls) -> Histogram:
        """Return the histogram of a distribution that is not known: no edge and no row."""
        return cls.zero(np.empty(0))

    def __len__(self) -> int:
        """Return the number of edges."""
        return len(self.edges)

    def __add__(self, other: Histogram) -> Histogram:
        """Add rows that were counted at the same edges; ValueError for other edges."""
        edges = self.edges
        if edges is not other.edges and not np.array_equal(edges, other.edges):
            raise ValueError("histograms at different edges cannot be added")
        return Histogram(
            edges, self.at + other.at, self.between + other.between, self.sums + other.sums
        )

    def __eq__(self, other: object) -> bool:
        """Return whether edges, counts and sums are the same numbers; NaN equals nothing."""
        if not isinstance(other, Histogram):
            return NotImplemented
        return all(
            np.array_equal(mine, theirs)
            for mine, theirs in (
                (self.edges, other.edges), (self.at, other.at),
                (self.between, other.between), (self.sums, other.sums),
            )
        )  # fmt: skip

    @property
    def total(self) -> int:
        """All rows."""
        return int(self.at.sum() + self.between.sum())

    @property
    def interleaved(self) -> IntArray:
        """Rows of the 2k + 1 cells in ascending order: an interval, an edge, ... an interval."""
        return interleaved(self.at, self.between)

    @property
    def below(self) -> IntArray:
        """Rows less than each edge; k of them."""
        return self.up_to - self.at

    @property
    def up_to(self) -> IntArray:
        """Rows less than or equal to each edge; k of them."""
        counts: IntArray = np.cumsum(self.at + self.between[:-1])
        return counts

    @property
    def shares(self) -> FloatArray:
        """The distribution function after each of the 2k + 1 cells; 0 of no rows.

        That is just below the first edge, at it, just below the second ... and 1.
        """
        shares: FloatArray = np.cumsum(self.interleaved) / max(self.total, 1)
        return shares

    def merged(self, first: IntArray, edges: FloatArray) -> Histogram:
        """Return the same rows with groups of neighbouring edges as one edge each.

        `first` are the places of the first edge of each group, ascending from 0, and `edges` what
        stands for each; rows between edges of a group count at it.
        """
        inner = np.ones(len(self.between), bool)
        inner[first] = inner[-1] = False
        at = self.at + np.where(inner, self.between, 0)[:-1]
        return Histogram(edges, np.add.reduceat(at, first), self.between[~inner], self.sums[~inner])

    def coarsened(self, kept: IntArray) -> Histogram:
        """Return the same rows at the edges in the places `kept`, ascending, alone.

        Rows at other edges count in the interval about them, with their edge as value.
        """
        starts = np.concatenate(([0], np.column_stack((2 * kept + 1, 2 * kept + 2)).ravel()))
        rows = np.add.reduceat(self.interleaved, starts)
        values = np.empty(2 * len(self) + 1)
        values[::2], values[1::2] = self.sums, self.edges * self.at
        sums = np.add.reduceat(values, starts)[::2]
        return Histogram(self.edges[kept], rows[1::2], rows[::2], sums)


def interleaved(at: NDArray[np.generic], between: NDArray[np.generic]) -> IntArray:
    """Return counts at k edges and in the k + 1 intervals between in order, along the last axis."""
    cells = np.empty((*at.shape[:-1], 2 * at.shape[-1] + 1), np.int64)
    cells[..., ::2], cells[..., 1::2] = between, at
    return cells
