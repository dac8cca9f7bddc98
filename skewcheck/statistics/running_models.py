"""Models of the statistics that a value is normalized by, of all rows so far or in their place.

A value normalized by all rows so far depends on the rows before the log through three numbers:
their count n, mean m and variance v. With u = 1/n, and A and B the sums of the first i logged
values and of their squares around m,

    mean_i = m + u A / (1 + u i),
    variance_i = (v + u B) / (1 + u i) - (mean_i - m)^2,

so that more than three rows overdetermine them; u = 0 is constants.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.scopes import Statistics
from skewcheck.features.steps import Standardize
from skewcheck.features.types import FloatArray

MAX_SUMMED = 1e6
"""Rows before the log whose rounding in float32 is allowed for: a sum of more holds no new ones."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of a series with raw and served values, in their order; all are of one length.

    Values are in units of `scale` around `shift`, which stand for the raw values' own.
    """

    step: Standardize
    x: FloatArray
    served: FloatArray
    """What the step over the scope gave, finite."""
    rows: FloatArray
    """Logged rows so far, with this one."""
    sums: FloatArray
    squares: FloatArray
    largest: FloatArray
    lost: FloatArray
    """What printing took of the raw values so far."""
    served_lost: FloatArray
    shift: float
    scale: float
    head: FloatArray
    """Values of the first rows, without gaps."""

    def take(self, places: NDArray[np.intp] | NDArray[np.bool_]) -> Stretch:
        """Return some of the rows."""
        names = ("x", "served", "rows", "sums", "squares", "largest", "lost", "served_lost")
        return replace(self, **{name: getattr(self, name)[places] for name in names})

    def earlier(self) -> Stretch:
        """Return the rows with the sums before each: a server that normalizes, then updates."""
        return replace(
            self, rows=self.rows - 1, sums=self.sums - self.x, squares=self.squares - self.x**2
        )


Model = Callable[[Stretch, FloatArray], Statistics]
"""Statistics (starts x rows) of parameters (starts x parameters)."""


def running(stretch: Stretch, p: FloatArray) -> Statistics:
    """Return the statistics of all rows so far: parameters are m, ln v, ln u."""
    mean, variance, rate = p[:, :1], np.exp(p[:, 1:2]), np.exp(p[:, 2:3])
    total = 1 + rate * stretch.rows
    moved = rate * (stretch.sums - stretch.rows * mean) / total
    around = stretch.squares - 2 * mean * stretch.sums + stretch.rows * mean**2
    left = (variance + rate * around) / total - moved**2
    return _statistics(stretch, mean + moved, left, total / rate)


def centred(stretch: Stretch, p: FloatArray) -> Statistics:
    """Return the running mean, and 1 for the deviation: ln v does not matter."""
    s = running(stretch, p)
    return replace(s, spread=0 * s.spread + 1 / stretch.scale)


def by_variance(stretch: Stretch, p: FloatArray) -> Statistics:
    """Return the running mean, and the variance for the deviation."""
    s = running(stretch, p)
    return replace(s, spread=s.spread**2 * stretch.scale)


def constants(stretch: Stretch, p: FloatArray) -> Statistics:
    """Return the same statistics for all rows: parameters are m, ln v."""
    centre, variance = p[:, :1] + 0 * stretch.rows, np.exp(p[:, 1:2]) + 0 * stretch.rows
    return Statistics(
        centre, np.sqrt(variance), stretch.largest, stretch.lost, 1 + 0 * stretch.rows
    )


def decaying(stretch: Stretch, p: FloatArray) -> Statistics:
    """Return exponentially weighted statistics: parameters are m, ln v, ln of the newest's weight.

    The variance is that of the weighted rows around their weighted mean, as of `pandas.ewm` with
    `adjust=False, bias=True` (Finch, Incremental calculation of weighted mean and variance, 2009).
    Rows must be those of the head.
    """
    mean, variance, alpha = p[:, :1], np.exp(p[:, 1:2]), np.exp(np.minimum(p[:, 2:3], -1e-3))
    ages = np.arange(len(stretch.head))
    places = stretch.rows.astype(np.int64) - 1
    weights = alpha * (1 - alpha) ** ages
    kept = (1 - alpha) ** stretch.rows
    of_rows = [
        np.array([np.convolve(row, x)[places] for row in weights])
        for x in (stretch.head, stretch.head**2)
    ]
    centre = kept * mean + of_rows[0]
    left = kept * (variance + mean**2) + of_rows[1] - centre**2
    return _statistics(stretch, centre, left, 1 / alpha + 0 * stretch.rows)


def _statistics(
    stretch: Stretch, centre: FloatArray, variance: FloatArray, n: FloatArray
) -> Statistics:
    freed = n / np.maximum(n - stretch.step.ddof, 1e-9)
    spread = np.sqrt(np.maximum(variance, 1e-300) * freed)
    # What rounding did to sums long ago is part of the state that is fitted.
    rounded = np.minimum(n, stretch.rows + MAX_SUMMED)
    return Statistics(centre, spread, stretch.largest, stretch.lost, rounded)
