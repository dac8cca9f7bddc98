"""Rounding error of float32 arithmetic: how far a correct server may be from the exact result.

A server may compute in float32, in any order of operations (`(x - m) / s`, `x / s - m / s`, `x * (1
/ s) + b`). Each operand of an addition then carries a few roundings of relative size 2**-24; five
of them bound every known order (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed.,
section 2.2, lemma 3.1, with n = 5).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Interval = tuple[FloatArray, FloatArray]

UNIT = 2.0**-24
"""Unit roundoff of float32."""
UNDERFLOW = 2.0**-126
"""The least normal float32: what is smaller loses digits, or is 0 where a processor flushes it."""
ROUNDING = 5 * UNIT
"""Relative rounding error allowed for each operand of an addition."""


def widened(low: FloatArray, high: FloatArray, error: FloatArray | float) -> Interval:
    """Return the interval [low - error, high + error]; a non-finite error counts as 0."""
    if not np.isfinite(error).all():
        error = np.where(np.isfinite(error), error, 0.0)
    return low - error, high + error


def magnitude(low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the largest absolute value in each interval; NaN if an end is NaN."""
    return np.maximum(np.abs(low), np.abs(high))
