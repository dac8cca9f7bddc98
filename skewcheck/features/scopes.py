"""Normalization over a scope of the data: statistics of rows, windows, batches and series.

What is computed of a row depends on the rows of its scope alone, not on how a log is divided into
batches. Beside each result stands the error of an implementation in float32: that of a sum of n
numbers grows with the square root of n (Higham and Mary, SIAM J. Sci. Comput. 41 (2019), A2815),
and the statistics' errors pass through the division.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skewcheck.features.steps.rounding import ROUNDING, UNIT, FloatArray
from skewcheck.features.steps.scopes import NORMS, Standardize
from skewcheck.logs.arrays import IntArray

MAX_HALF_WIDTH = 0.05
"""Error of a result, in units of the spread, beyond which equality with it is no evidence."""
SUM_ERROR = 2.0**-53 / 1e-7
"""Rounding of a sum of numbers, of its size, over the relative error of a variance that is small
enough to be overlooked."""
CELLS = 1 << 21
"""Numbers of windows that are looked at once: rows times length."""


@dataclass(frozen=True, slots=True)
class Results:
    """Results per row, NaN without any; and how far one in float32 may be from it.

    The error is NaN where it is too large, or the scope of equal values, to tell anything.
    """

    values: FloatArray
    error: FloatArray

    @classmethod
    def empty(cls, rows: int) -> Results:
        """Return results of rows without a complete scope."""
        return cls(np.full(rows, np.nan), np.full(rows, np.nan))


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of a scope of each row: what is subtracted, what is divided by, and what they are of."""

    centre: FloatArray
    spread: FloatArray
    largest: FloatArray
    """Largest magnitude in the scope."""
    lost: FloatArray
    """What printing may have lost of a value in it."""
    rows: FloatArray
    """Number of values in it."""

    def take(self, places: IntArray) -> Statistics:
        """Return the statistics at places."""
        return Statistics(*(getattr(self, name)[places] for name in self.__slots__))


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def of_windows(step: Standardize, windows: FloatArray, lost: FloatArray) -> Statistics:
    """Return the statistics of each row of a matrix (scopes x values); NaN where one is NaN."""
    n = np.full(len(windows), float(windows.shape[1]))
    largest = np.abs(windows).max(1)
    if step.method == "minmax":
        centre = windows.min(1)
        spread = windows.max(1) - centre
    elif step.method in NORMS:
        centre = np.zeros(len(windows))
        norms = {"l1": np.abs(windows).sum(1), "max": largest}
        spread = norms.get(step.method, np.sqrt((windows * windows).sum(1)))
    else:
        centre = windows.mean(1)
        deviations = windows - centre[:, None]
        freedom = windows.shape[1] - step.ddof
        squares = (deviations * deviations).sum(1)
        spread = np.sqrt(squares / freedom) if freedom else np.full(len(windows), np.nan)
    return Statistics(centre, spread, largest, lost, n)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def results(step: Standardize, x: FloatArray, lost: FloatArray, statistics: Statistics) -> Results:
    """Return x normalized by the statistics of its scope."""
    s = statistics
    divided = divisor(step, s.spread)
    centred = x - s.centre
    values = np.where(divided > 0, np.divide(centred, divided), centred * 0.0)
    grown = UNIT * (5 + np.sqrt(s.rows)) if step.method in ("zscore", "l1", "l2") else ROUNDING
    of_statistics = grown * (s.largest + s.spread) + 2 * s.lost
    if step.method in NORMS:
        of_statistics = grown * s.spread + np.sqrt(s.rows) * s.lost
    numerator = ROUNDING * (np.abs(x) + np.abs(s.centre)) + lost
    numerator += 0.0 if step.method in NORMS else of_statistics
    least = divisor(step, np.maximum(s.spread - of_statistics, 0.0))
    most = divisor(step, s.spread + of_statistics)
    ends = [(np.abs(centred) + numerator) / least, (np.abs(centred) - numerator) / most]
    error = np.maximum(ends[0] - np.abs(values), np.abs(values) - ends[1])
    error[~(least > 0) | ~(error <= MAX_HALF_WIDTH)] = np.nan
    if step.method in NORMS:  # 0 is 0 whatever rounds
        error[(s.largest == 0) & (s.lost == 0)] = 0.0
    finite = np.isfinite(values)
    return Results(np.where(finite, values, np.nan), np.where(finite, error, np.nan))


def divisor(step: Standardize, spread: FloatArray) -> FloatArray:
    """Return what is divided by, of the spread of scopes."""
    if step.epsilon_in == "floor":
        return np.maximum(spread, step.epsilon)
    if step.epsilon_in == "variance":
        return np.hypot(spread, np.sqrt(step.epsilon))
    return spread + step.epsilon


State = tuple[float, float, float]
"""Number of rows, their mean, and the sum of their squared deviations from it."""


class Series:
    """One feature's values of one key, in their order, normalized over windows or all so far."""

    def __init__(self, step: Standardize, before: State | None = None) -> None:
        """Take the step, and of a series that goes on the rows `before`."""
        self.step = step
        self.kept = np.empty((2, 0))
        self.count = 0.0
        self.sums = np.zeros(2)
        self.ends = np.array([np.inf, -np.inf])
        self.lost = 0.0
        self.shift = np.nan
        if before is not None:
            self.count, self.shift, squares = before
            self.sums = np.array([0.0, squares])
            spread = np.sqrt(squares / self.count)
            self.ends = np.array([self.shift - spread, self.shift + spread])

    def next(self, x: FloatArray, lost: FloatArray) -> Results:
        """Return the results of the values that follow those before."""
        return self._windows(x, lost) if self.step.over == "window" else self._running(x, lost)

    def _windows(self, x: FloatArray, lost: FloatArray) -> Results:
        length = self.step.length or 1
        values = np.hstack((self.kept, np.stack((x, lost))))
        known = self.kept.shape[1]
        self.kept = values[:, max(values.shape[1] - length + 1, 0) :]
        made = Results.empty(len(x))
        if values.shape[1] < length:
            return made
        views = np.lib.stride_tricks.sliding_window_view(values, length, axis=1)
        start = length - 1 - known  # the row whose window is the first complete one
        at_once = max(CELLS // length, 1)
        for first in range(0, views.shape[1], at_once):
            part = np.ascontiguousarray(views[0, first : first + at_once])
            of_part = of_windows(self.step, part, views[1, first : first + at_once].max(1))
            rows = slice(start + first, start + first + len(part))
            results_of_part = results(self.step, x[rows], lost[rows], of_part)
            made.values[rows], made.error[rows] = results_of_part.values, results_of_part.error
        return made

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    def _running(self, x: FloatArray, lost: FloatArray) -> Results:
        if not len(x):
            return Results.empty(0)
        if self.count == 0:
            self.shift = x[0]
        moved = x - self.shift
        # Sums of one number after the other do not depend on where a batch ends.
        sums = np.cumsum(np.hstack((self.sums[:, None], np.stack((moved, moved * moved)))), axis=1)
        low = np.minimum.accumulate(np.append(self.ends[0], x))
        high = np.maximum.accumulate(np.append(self.ends[1], x))
        widest: FloatArray = np.maximum.accumulate(np.append(self.lost, lost))[1:]
        n = np.arange(1, len(x) + 1, dtype=np.float64) + self.count
        self.count, self.sums, self.lost = float(n[-1]), sums[:, -1], float(widest[-1])
        self.ends = np.array([low[-1], high[-1]])
        low, high = low[1:], high[1:]
        mean: FloatArray = sums[0, 1:] / n
        squares = np.maximum(sums[1, 1:] - sums[0, 1:] * mean, 0.0)
        centre = low if self.step.method == "minmax" else mean + self.shift
        spread = np.sqrt(squares / (n - self.step.ddof))
        spread = high - low if self.step.method == "minmax" else np.where(low == high, 0.0, spread)
        largest: FloatArray = np.maximum(np.abs(low), np.abs(high))
        made = results(self.step, x, lost, Statistics(centre, spread, largest, widest, n))
        made.error[n < 2] = np.nan
        if self.step.method == "zscore":
            # Far from the first value, what is left of the sums is what they were rounded to.
            made.error[SUM_ERROR * n * sums[1, 1:] > squares] = np.nan
        return made

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    def whole(self) -> Statistics:
        """Return the statistics of all values so far, as those of one scope."""
        n, (low, high) = self.count, self.ends
        mean = self.sums[0] / n
        squares = np.maximum(self.sums[1] - self.sums[0] * mean, 0.0)
        spread = np.sqrt(squares / (n - self.step.ddof)) if low < high else low - low
        by_ends = self.step.method == "minmax"
        figures = (low if by_ends else mean + self.shift, high - low if by_ends else spread)
        largest = max(abs(low), abs(high))
        return Statistics(*(np.array([float(x)]) for x in (*figures, largest, self.lost, n)))


def of_row(
    step: Standardize, columns: Sequence[FloatArray], lost: Sequence[FloatArray]
) -> list[Results]:
    """Return the results of each of a row's columns."""
    matrix = np.stack(columns, axis=1)
    statistics = of_windows(step, matrix, np.max(np.stack(lost, axis=1), axis=1))
    return [results(step, x, of_x, statistics) for x, of_x in zip(columns, lost, strict=True)]
