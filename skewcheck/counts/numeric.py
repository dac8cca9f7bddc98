"""What is counted of a numeric column: rows below, at and between edges known before the pass."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.gaps import Gaps
from skewcheck.counts.moments import Moments
from skewcheck.counts.windows import Group, Windows, float32
from skewcheck.features.histogram import Histogram
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.logs.arrays import Digits


@dataclass(frozen=True, slots=True)
class NumericCounts:
    """A numeric column, counted; `+` gives the counts of both."""

    rows: int
    nulls: int
    mistyped: int
    nonfinite: int
    moments: Moments
    histogram: Histogram
    """Of the finite values: rows in the window of each of k edges, and between the windows."""
    low: FloatArray
    high: FloatArray
    """The widest window [low, high] in which any row may belong to each edge; k of them."""
    negative_infinite: int = 0
    """Of the rows in `nonfinite`, those with -inf."""
    widened: int = 0
    """Rows of a float64 column whose values float32 holds, and no shorter type."""
    gaps: Gaps = field(default_factory=Gaps)
    """Of the rows between the windows, those in gaps of training."""

    @classmethod
    def zero(cls, edges: FloatArray, gaps: Gaps | None = None) -> NumericCounts:
        """Return the counts of no rows at these edges."""
        low, high = np.full(len(edges), np.inf), np.full(len(edges), -np.inf)
        return cls(0, 0, 0, 0, Moments(), Histogram.zero(edges), low, high, gaps=gaps or Gaps())

    @classmethod
    def of(
        cls, values: NDArray[np.generic], windows: Windows, *, mistyped: int = 0
    ) -> NumericCounts:
        """Count values of any real type; NaN stands for a null or mistyped one.

        One sort, and two searches for the edges: NaN sorts last, infinities to the ends.
        """
        if windows.narrow and values.dtype != np.float32:
            with np.errstate(over="ignore"):
                values = values.astype(np.float32)
        ascending = np.sort(values)
        stop = len(ascending)
        nulls = infinite = start = 0
        if ascending.dtype.kind == "f":
            numbers = int(np.searchsorted(ascending, np.array(np.nan, ascending.dtype)))
            nulls = len(ascending) - numbers - mistyped
            start = int(np.searchsorted(ascending[:numbers], -np.inf, "right"))
            stop = int(np.searchsorted(ascending[:numbers], np.inf, "left"))
            infinite = numbers - (stop - start)
            ascending = ascending[start:stop]
        low, high = _positions(ascending, windows.disjoint())
        cuts = np.concatenate(([0], np.column_stack((low, high)).ravel(), [len(ascending)]))
        lengths = np.diff(cuts)
        sums = np.zeros(len(lengths))
        filled = lengths > 0
        if filled.any():
            starts = cuts[:-1][filled]
            sums[filled] = np.add.reduceat(ascending, starts, dtype=np.float64)
        gaps = windows.gaps.counted(ascending, low, high)
        # The sorted copy has served its purpose: a new array would be a megabyte of new memory.
        scratch = ascending if ascending.dtype == np.float64 else None
        return cls(
            len(values), nulls, mistyped, infinite, Moments.of(ascending, scratch),
            # A view would keep all the sums, of which half are needed.
            Histogram(windows.edges, lengths[1::2], lengths[::2], sums[::2].copy()),
            windows.low, windows.high, start, 0, gaps,
        )  # fmt: skip

    def __add__(self, other: NumericCounts) -> NumericCounts:
        """Add counts at the same edges."""
        return NumericCounts(
            self.rows + other.rows,
            self.nulls + other.nulls,
            self.mistyped + other.mistyped,
            self.nonfinite + other.nonfinite,
            self.moments + other.moments,
            self.histogram + other.histogram,
            # Parts counted in the same windows share them: a profile is not to grow.
            self.low if self.low is other.low else np.minimum(self.low, other.low),
            self.high if self.high is other.high else np.maximum(self.high, other.high),
            self.negative_infinite + other.negative_infinite,
            self.widened + other.widened,
            self.gaps + other.gaps,
        )

    @property
    def finite(self) -> int:
        """Rows with a finite value."""
        return self.moments.n


def count_numbers(
    values: NDArray[np.generic], windows: Windows, digits: Digits | None, *, mistyped: int = 0
) -> NumericCounts:
    """Count a column as `Windows.by_width` groups it; `digits` are those of a column of text."""
    groups = windows.by_width(values, digits)
    # What is mistyped is NaN, which is in the last group.
    wrong = [0] * (len(groups) - 1) + [mistyped]
    return reduce(add, (_of_group(g, values, n) for g, n in zip(groups, wrong, strict=True)))


def _of_group(group: Group, values: NDArray[np.generic], mistyped: int) -> NumericCounts:
    counts = NumericCounts.of(group.of(values), group.windows, mistyped=mistyped)
    if group.reach is not None:
        counts = replace(counts, low=group.reach.low, high=group.reach.high)
    return replace(counts, widened=counts.rows if group.widened else 0)


def _positions(ascending: NDArray[np.generic], windows: Windows) -> tuple[IntArray, IntArray]:
    """Return how many values lie below each window, and how many not above it."""
    low, high = windows.low, windows.high
    if ascending.dtype.kind in "iu":
        # Compared as integers: an int64 beyond 2**53 has no float64 of its own.
        info = np.iinfo(np.int64)
        low, high = np.ceil(low), np.floor(high)
        first, last = _as_int64(low, info.min, info.max), _as_int64(high, info.min, info.max)
        below = np.searchsorted(ascending, first, "left")
        up_to = np.searchsorted(ascending, last, "right")
        below = np.where(low >= 2.0**63, len(ascending), below)
        up_to = np.where(high < -(2.0**63), 0, up_to)
    elif ascending.dtype == np.float32:
        below = np.searchsorted(ascending, float32(low), "left")
        up_to = np.searchsorted(ascending, float32(high), "right")
    else:
        below = np.searchsorted(ascending, low, "left")
        up_to = np.searchsorted(ascending, high, "right")
    # Edges that are one value in a narrower type: the first of them takes it.
    below[1:] = np.maximum(below[1:], up_to[:-1])
    return below, np.maximum(up_to, below)


def _as_int64(values: FloatArray, least: int, greatest: int) -> IntArray:
    inside = np.clip(values, -(2.0**63), np.nextafter(2.0**63, 0))
    whole = inside.astype(np.int64)
    return np.where(values >= 2.0**63, greatest, np.where(values < -(2.0**63), least, whole))
