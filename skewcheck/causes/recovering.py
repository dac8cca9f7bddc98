"""A line through rows with raw and served values, robust against rows of other mechanisms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.steps.rounding import ROUNDING, UNIT
from skewcheck.features.types import FloatArray

RANSAC_PAIRS = 400
"""Pairs of rows that are tried: a line of a tenth of the rows is found with probability 0.98, one
of a fifth always."""
NEAR_PAIRS = 100
"""Further pairs, a quarter of the rows apart."""
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
    off = np.abs(served - slope[:, None] * x - start[:, None])
    on_line = off <= 4 * _rounding(x, served, slope[:, None], start[:, None], tolerance)
    return _sharpened(x, served, tolerance, on_line[int(np.argmax(on_line.sum(1)))])


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
