"""How exact the numbers of a foreign file are, so that redundant ones can be compared."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from skewcheck.logs.arrays import digits

FLOAT32 = 2.0**-23
"""Spacing of float32 numbers around 1: two roundings to the nearest."""
FLOAT64 = 1e-12
"""Relative error of a short computation in float64, or of numbers written with 15 digits."""
MIN_WRITTEN = 1e-6
"""Relative error of written numbers at least: they may come from float32 arithmetic."""
MAX_WRITTEN = 1e-3
"""Relative error of written numbers at most: `2` may be exact, and two digits compare nothing."""


def stored_error(values: Iterable[float]) -> float:
    """Return the relative error of numbers that belong together: that of float32 if all are such.

    A number is one of float32 if it is one exactly, or as its shortest decimal.
    """
    with np.errstate(over="ignore"):
        singles = [(x, np.float32(x)) for x in values]
    return FLOAT32 if all(x in (float(f), float(str(f))) for x, f in singles) else FLOAT64


def written_error(x: float) -> float:
    """Return by how much a number may be off that somebody wrote as text, at most, in its unit.

    That is half a unit of its last digit, within `MIN_WRITTEN` and `MAX_WRITTEN` of it: 0.5774 may
    stand for the root of 1/3.
    """
    if not np.isfinite(x) or x == 0:
        return 0.0
    half = 0.5 * 10.0 ** -digits(np.array([float(x)])).decimals
    return abs(x) * min(max(half / abs(x), MIN_WRITTEN), MAX_WRITTEN)
