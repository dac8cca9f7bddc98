"""What is counted of a numeric column: rows below, at and between edges known before the pass."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.cells import Cells, cells_of
from skewcheck.counts.gaps import Gaps
from skewcheck.counts.moments import Moments
from skewcheck.counts.placing import Placed, by_kernel, placed
from skewcheck.counts.windows import Group, Windows, float32
from skewcheck.features.histogram import Histogram
from skewcheck.features.types import FloatArray
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
        """Count values of any real type; NaN stands for a null or mistyped one."""
        values = _as_counted(values, windows)
        cells = cells_of(windows, values.dtype)
        return cls.from_cells(windows, cells, placed(values, cells), mistyped=mistyped)

    @classmethod
    def from_cells(
        cls, windows: Windows, cells: Cells, column: Placed, *, mistyped: int = 0
    ) -> NumericCounts:
        """Put cells together to windows, to what lies between them, and to gaps."""
        rows = np.add.reduceat(column.rows, cells.segments)
        sums = np.add.reduceat(column.sums, cells.segments)
        gaps = windows.gaps
        if len(gaps.cuts):
            # Copies, as a view would keep all cells.
            gaps = replace(gaps, rows=column.rows[cells.of_gaps], sums=column.sums[cells.of_gaps])
        return cls(
            column.moments.n + column.infinite + column.nulls, column.nulls - mistyped, mistyped,
            column.infinite, column.moments,
            Histogram(windows.edges, rows[1::2], rows[::2], sums[::2].copy()),
            windows.low, windows.high, column.negative_infinite, 0, gaps,
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
    counts = None if digits else _of_no_float32(values, windows, mistyped)
    if counts is not None:
        return counts
    groups = windows.by_width(values, digits)
    # What is mistyped is NaN, which is in the last group.
    wrong = [0] * (len(groups) - 1) + [mistyped]
    return reduce(add, (_of_group(g, values, n) for g, n in zip(groups, wrong, strict=True)))


def _of_no_float32(
    values: NDArray[np.generic], windows: Windows, mistyped: int
) -> NumericCounts | None:
    """Count float64 values that are none of float32, in one pass; None where some are."""
    if windows.narrow or not windows.may_be_widened(values.dtype):
        return None
    exact = windows.printed(values.dtype, None)
    cells = cells_of(exact, values.dtype)
    column = by_kernel(values, cells, narrow_too=False)
    return None if column is None else NumericCounts.from_cells(
        exact, cells, column, mistyped=mistyped
    )  # fmt: skip


def _of_group(group: Group, values: NDArray[np.generic], mistyped: int) -> NumericCounts:
    counts = NumericCounts.of(group.of(values), group.windows, mistyped=mistyped)
    if group.reach is not None:
        counts = replace(counts, low=group.reach.low, high=group.reach.high)
    return replace(counts, widened=counts.rows if group.widened else 0)


def _as_counted(values: NDArray[np.generic], windows: Windows) -> NDArray[np.generic]:
    """Return values in one of the types that cells have."""
    if windows.narrow or values.dtype == np.float32:
        return float32(values) if values.dtype != np.float32 else values
    return values.astype(np.int64 if values.dtype.kind in "iub" else np.float64, copy=False)
