"""Rows in the gaps of training: where a log has values that training never had.

Between two neighbouring edges without a training row in between, training's distribution function
is flat and known; a log's values there are counted between cuts, which say where they lie.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from skewcheck.features.histogram import Histogram
from skewcheck.features.types import FloatArray, IntArray

CELLS = 1_024
"""Parts that the gaps of a feature share by width: it then has about as many cells as one of many
distinct values."""
MAX_CELLS = 64
"""Parts of a gap at most: the area between distribution functions is then known but for one part,
in which they cross."""
MANY_GAPS = 512
"""With at most so many gaps each has two parts at least."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """Rows from each of c cuts on, up to the next cut or to the end of the gap; `+` adds them."""

    interval: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    """The number of the interval between edges that each cut lies in, ascending."""
    cuts: FloatArray = field(default_factory=lambda: np.empty(0))
    rows: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    sums: FloatArray = field(default_factory=lambda: np.empty(0))

    @classmethod
    def of(cls, training: Histogram) -> Gaps:
        """Return cuts of the gaps of a distribution, without rows; none of an unknown one."""
        gaps = np.flatnonzero(training.between[1:-1] == 0) + 1
        if not training.total or not len(gaps):
            return cls()
        left, width = training.edges[gaps - 1], np.diff(training.edges)[gaps - 1]
        with np.errstate(over="ignore", invalid="ignore"):
            parts = np.nan_to_num(CELLS * (width / width.sum()))
        parts = np.clip(parts, 2 if len(gaps) <= MANY_GAPS else 1, MAX_CELLS).astype(np.int64)
        of = np.repeat(np.arange(len(gaps)), parts - 1)
        number = np.arange(len(of)) - np.repeat(np.cumsum(parts - 1) - (parts - 1), parts - 1) + 1
        cuts = left[of] + width[of] * (number / parts[of])
        inside = (cuts > left[of]) & (cuts < training.edges[gaps[of]])
        return cls(gaps[of][inside], cuts[inside]).without_rows()

    def without_rows(self) -> Gaps:
        """Return the same cuts without rows."""
        none = np.zeros(len(self.cuts))
        return replace(self, rows=none.astype(np.int64), sums=none)

    def __add__(self, other: Gaps) -> Gaps:
        """Add rows that were counted at the same cuts."""
        return replace(self, rows=self.rows + other.rows, sums=self.sums + other.sums)

    def refined(
        self, training: Histogram, serving: Histogram, first: IntArray
    ) -> tuple[Histogram, Histogram]:
        """Return both histograms with the cuts as edges, where no row of training lies.

        Of the edges that the cuts were made for, neighbours may have been merged: `first` are the
        places of the first edge of each group. Cuts between merged edges are left out.
        """
        if not len(self.cuts):
            return training, serving
        place = np.minimum(np.searchsorted(first, self.interval), len(first) - 1)
        used = (first[place] == self.interval) & (training.between[place] == 0)
        i, cuts, rows, sums = place[used], self.cuts[used], self.rows[used], self.sums[used]
        none = np.zeros(len(i), np.int64)
        return (
            _with_cuts(training, i, cuts, none, none.astype(np.float64)),
            _with_cuts(serving, i, cuts, rows, sums),
        )


def _with_cuts(
    histogram: Histogram, interval: IntArray, cuts: FloatArray, rows: IntArray, sums: FloatArray
) -> Histogram:
    """Return a histogram with cuts as edges, and the rows from each on in cells of their own."""
    between, totals = histogram.between.copy(), histogram.sums.copy()
    np.subtract.at(between, interval, rows)
    np.subtract.at(totals, interval, sums)
    return Histogram(
        np.insert(histogram.edges, interval, cuts), np.insert(histogram.at, interval, 0),
        np.insert(between, interval + 1, rows), np.insert(totals, interval + 1, sums),
    )  # fmt: skip
