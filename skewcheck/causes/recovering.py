"""The parameters that a server used, from rows that hold both the raw and the served value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.steps.rounding import ROUNDING, UNIT
from skewcheck.features.types import FloatArray

PAIRS = 400
"""Lines tried: a tenth of the rows on one line is found with a chance of 0.98, a fifth always."""


@dataclass(frozen=True, slots=True)
class Line:
    """served = (x - offset) / scale, for the rows that it explains."""

    offset: float
    scale: float
    explained: NDArray[np.bool_]


def fitted(x: FloatArray, served: FloatArray, tolerance: FloatArray | float = 0.0) -> Line | None:
    """Return the line on which most rows lie to the rounding of the arithmetic; None for none.

    Robust against any share of other rows: lines through pairs of rows are tried (Fischler and
    Bolles, CACM 24 (1981), section II), the best is fitted by least squares to the rows on it.
    Rows are finite; the result depends on nothing but the rows.
    """
    n = len(x)
    if n < 3:
        return None
    random = np.random.default_rng(0)
    order = np.argsort(x, kind="stable")
    # One row of the lower half, one of the upper: far apart, so that rounding matters little.
    left = order[random.integers(0, max(n // 2, 1), PAIRS)]
    right = order[random.integers(n // 2, n, PAIRS)]
    apart = (x[right] > x[left]) & (served[right] != served[left])
    left, right = left[apart], right[apart]
    if not len(left):
        return None
    slope = (served[right] - served[left]) / (x[right] - x[left])
    start = served[left] - slope * x[left]
    off = np.abs(served - slope[:, None] * x - start[:, None])
    near = off <= 4 * _rounding(x, served, slope[:, None], start[:, None], tolerance)
    return _sharpened(x, served, tolerance, near[int(np.argmax(near.sum(1)))])


def _rounding(
    x: FloatArray, served: FloatArray, slope: FloatArray | float, start: FloatArray | float,
    tolerance: FloatArray | float,
) -> FloatArray:  # fmt: skip
    """Return how far a row may lie from its line: the operands' rounding, the log's digits."""
    operands = np.abs(slope * x) + np.abs(start)
    rounding: FloatArray = ROUNDING * operands + UNIT * np.abs(served) + tolerance
    return rounding


def _sharpened(
    x: FloatArray, served: FloatArray, tolerance: FloatArray | float, on: NDArray[np.bool_]
) -> Line | None:
    """Fit by least squares the rows on a line, then look again which rows are on it."""
    slope = start = 0.0
    for _ in range(3):
        if on.sum() < 3:
            return None
        center, middle = float(x[on].mean()), float(served[on].mean())
        away = x[on] - center
        spread = float((away * away).sum())
        if spread == 0:
            return None
        slope = float((away * (served[on] - middle)).sum()) / spread
        start = middle - slope * center
        if slope == 0:
            return None
        off = np.abs(served - slope * x - start)
        on = off <= _rounding(x, served, slope, start, tolerance)
    return Line(-start / slope, 1 / slope, on) if on.sum() >= 3 else None
