"""A line through rows with raw and served values, robust against rows of other mechanisms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.steps.rounding import ROUNDING, UNIT
from skewcheck.features.types import FloatArray, IntArray

RANSAC_PAIRS = 400
"""Pairs of rows that are tried: a line of a tenth of the rows is found with probability 0.98, one
of a fifth always."""
NEAR_PAIRS = 100
"""Further pairs, a quarter of the rows apart."""
FIRST_ROWS, BLOCK = 128, 16
"""Rows by which lines are ordered, and lines whose distances are computed at once: as many as a
processor's cache holds."""
SUM_ERROR = 1e-13
"""Of the largest operand: what float64 sums over the rows leave of a line through 0."""


@dataclass(frozen=True, slots=True)
class Line:
    """served = (x - offset) / scale, and the mask of the rows on it."""

    offset: float
    scale: float
    explained: NDArray[np.bool_]


def fitted(x: FloatArray, served: FloatArray, tolerance: FloatArray | float = 0.0) -> Line | None:
    """Return the line on which most rows lie to the rounding of the arithmetic; None without one.

    RANSAC: lines through random pairs of rows are tried (Fischler and Bolles, CACM 24 (1981),
    section II), the best is fitted by least squares to the rows on it. Rows are finite; the
    generator has a fixed seed. None for fewer than three rows on a line.
    """
    n = len(x)
    if n < 3:
        return None
    random = np.random.default_rng(0)
    order = np.argsort(x, kind="stable")
    # One row of the lower half, one of the upper: a long baseline makes rounding matter little.
    # Rows of one line may all lie in one half: then neighbours at a distance of a quarter do.
    quarter = random.integers(0, n - n // 4, NEAR_PAIRS)
    left = order[np.append(random.integers(0, max(n // 2, 1), RANSAC_PAIRS), quarter)]
    right = order[np.append(random.integers(n // 2, n, RANSAC_PAIRS), quarter + n // 4)]
    distinct = (x[right] > x[left]) & (served[right] != served[left])
    left, right = left[distinct], right[distinct]
    if not len(left):
        return None
    slope = (served[right] - served[left]) / (x[right] - x[left])
    start = served[left] - slope * x[left]
    lines = Lines(x, served, slope, start, tolerance)
    return _sharpened(x, served, tolerance, lines.of_most_rows())


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines through rows: served = slope x + start, by number."""

    x: FloatArray
    served: FloatArray
    slope: FloatArray
    start: FloatArray
    tolerance: FloatArray | float

    def of_most_rows(self) -> NDArray[np.bool_]:
        """Return the mask of the rows on the line of most rows, of equal ones the first.

        No line has more rows than are within its widest rounding, of a few rows and all others, or
        of all rows: lines are counted in this order, and only while one may have more.
        """
        n, few = len(self.x), slice(FIRST_ROWS)
        lines = np.arange(len(self.slope))
        most = self._near(lines, few) + max(n - FIRST_ROWS, 0)
        by_most = np.argsort(-most, kind="stable")
        count, best, on = -1, 0, np.zeros(n, bool)
        for first in range(0, len(by_most), BLOCK):
            block = by_most[first : first + BLOCK]
            if not _may_win(int(most[block[0]]), int(block[0]), count, best):
                break
            near = self._near(block, slice(None))
            for k in np.argsort(-near, kind="stable").tolist():
                line = int(block[k])
                if not _may_win(int(near[k]), line, count, best):
                    continue
                rows = self._on(line)
                if _may_win(int(rows.sum()), line, count, best):
                    count, best, on = int(rows.sum()), line, rows
        return on

    def _near(self, lines: IntArray, rows: slice) -> IntArray:
        """Return how many of some rows are at most the widest rounding of all rows off lines."""
        slope, start = self.slope[lines, None], self.start[lines, None]
        ends = np.abs(self.x).max(keepdims=True), np.abs(self.served).max(keepdims=True)
        widest = 4 * _rounding(*ends, slope, start, np.max(self.tolerance))
        near = np.empty(len(lines), np.int64)
        for first in range(0, len(lines), BLOCK):
            part = slice(first, first + BLOCK)
            off = slope[part] * self.x[rows]
            np.subtract(self.served[rows], off, out=off)
            off -= start[part]
            near[part] = np.count_nonzero(np.abs(off, out=off) <= widest[part], axis=1)
        return near

    def _on(self, line: int) -> NDArray[np.bool_]:
        """Return the rows that rounding leaves on a line."""
        slope, start = self.slope[line], self.start[line]
        off = np.abs(self.served - slope * self.x - start)
        on: NDArray[np.bool_] = off <= 4 * _rounding(
            self.x, self.served, slope, start, self.tolerance
        )
        return on


def _may_win(rows: int, line: int, most: int, best: int) -> bool:
    """Return whether a line of so many rows comes before the best one, of `most` rows."""
    return rows > most or (rows == most and line < best)


def _rounding(
    x: FloatArray, served: FloatArray, slope: FloatArray | float, start: FloatArray | float,
    tolerance: FloatArray | float,
) -> FloatArray:  # fmt: skip
    """Return how far a row may lie off its line by rounding of operands and digits of the log."""
    operands = np.abs(slope * x) + np.abs(start)
    of_sums = SUM_ERROR * operands.max(axis=-1, keepdims=True)
    rounding: FloatArray = ROUNDING * operands + UNIT * np.abs(served) + tolerance + of_sums
    return rounding


def _sharpened(
    x: FloatArray, served: FloatArray, tolerance: FloatArray | float, on: NDArray[np.bool_]
) -> Line | None:
    """Alternate between least squares on the rows of a line and the selection of these rows."""
    slope = start = 0.0
    for _ in range(3):
        if on.sum() < 3:
            return None
        weights = _weights(tolerance, on)
        mean_x, mean_served = (float(np.average(v[on], weights=weights)) for v in (x, served))
        deviations = x[on] - mean_x
        spread = float((weights * deviations * deviations).sum())
        if spread == 0:
            return None
        slope = float((weights * deviations * (served[on] - mean_served)).sum()) / spread
        start = mean_served - slope * mean_x
        if slope == 0:
            return None
        if abs(start) <= SUM_ERROR * np.abs(slope * x).max():
            start = 0.0
        off = np.abs(served - slope * x - start)
        # The fitted line may be off by what the digits lost of the rows that it was fitted to.
        on = off <= _rounding(x, served, slope, start, 2 * tolerance)
    return Line(0.0 - start / slope, 1 / slope, on) if on.sum() >= 3 else None


def _weights(tolerance: FloatArray | float, on: NDArray[np.bool_]) -> FloatArray:
    """Return weights of rows by what their digits lost: 1 where nothing is."""
    lost = np.broadcast_to(tolerance, on.shape)[on]
    middle = float(np.median(lost))
    if not middle:
        return np.ones(len(lost))
    weights: FloatArray = (middle / np.maximum(lost, middle)) ** 2
    return weights
