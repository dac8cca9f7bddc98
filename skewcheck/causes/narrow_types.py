"""Narrow types that hold all served values: eight bits, few decimals, float16, bfloat16."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skewcheck.features.steps import Cast, Round, Step, forward
from skewcheck.features.steps.rounding import UNIT
from skewcheck.features.types import FloatArray, NumericReference

MIN_DISTINCT_VALUES = 10
"""Distinct values that must fit a narrow type: fewer fit one of several types by chance."""
FIRST_ROWS = 64
"""Values that are tried first: those that a type does not hold are rarely the last ones."""
LEVELS = 256
"""Values of eight bits."""


def eight_bits(served: FloatArray, tolerance: FloatArray | float = 0.0) -> float | None:
    """Return the scale of which all finite values are whole multiples from -128 to 127.

    The smallest gap is tried as one, two and three scales. None without one, and for fewer than
    MIN_DISTINCT_VALUES or more than LEVELS distinct values.
    """
    values, first = np.unique(served[np.isfinite(served)], return_index=True)
    if not MIN_DISTINCT_VALUES <= len(values) <= LEVELS:
        return None
    lost_digits = (
        tolerance[np.isfinite(served)][first] if isinstance(tolerance, np.ndarray) else tolerance
    )
    resolution = 4 * UNIT * np.abs(values) + lost_digits
    gap = float(np.diff(values).min())
    for parts in (1, 2, 3):
        level = np.round(values * parts / gap)
        if not level.any() or level.min() < -LEVELS // 2 or level.max() >= LEVELS // 2:
            continue
        scale = float(values @ level) / float(level @ level)
        if (np.abs(values - level * scale) <= resolution).all() and (
            resolution < 0.02 * scale
        ).all():
            # Twelve digits are more than the values determine, and show a scale as it was typed.
            return float(f"{scale:.12g}")
    return None


def is_power_of_ten(scale: float) -> bool:
    """Return whether a scale is a power of ten: values on such a grid have few decimals."""
    return bool(abs(np.log10(scale) - np.round(np.log10(scale))) < 1e-6)


def quantized(
    served: FloatArray, steps: Sequence[Step], reference: NumericReference,
    tolerance: FloatArray | float,
) -> str | None:  # fmt: skip
    """Return `int8` where eight bits hold all served values; None otherwise.

    None also where the raw grid or the reference has as few distinct values.
    """
    scale = eight_bits(served, tolerance)
    if scale is None or is_power_of_ten(scale):
        return None
    if reference.step is not None:
        zero, next_value = forward(steps, np.array([0.0, reference.step]))
        if not 2 * abs(next_value - zero) < scale:
            return None
    expected_distinct = len(np.unique(forward(steps, reference.histogram.edges)))
    return "int8" if expected_distinct > 2 * len(np.unique(served)) else None


def narrow(
    served: FloatArray, expected: FloatArray, tolerance: FloatArray | float = 0.0
) -> str | None:
    """Return the narrowest of few decimals, bfloat16 and float16 that holds all served values.

    `expected` are values that a right server serves: a type that holds a tenth of them is no
    finding, nor are fewer than MIN_DISTINCT_VALUES served values that are none of them. None also
    where no type holds all. `tolerance` is what the digits of a text log and the arithmetic lose:
    at least half of the values must be known far finer than the type; only those are compared.
    """
    finite = np.isfinite(served)
    served = served[finite]
    lost_digits = tolerance[finite] if isinstance(tolerance, np.ndarray) else tolerance
    if len(served) < MIN_DISTINCT_VALUES:
        return None
    for target in ("0", "1", "2", "3", "bfloat16", "float16"):
        decimals = int(target) if target.isdigit() else None
        rounding = Round(decimals) if decimals is not None else Cast(target)
        spacing = 10.0**-decimals if decimals is not None else 2.0**-11 * np.abs(served) + 6e-8
        resolution = 4 * UNIT * np.abs(served) + lost_digits
        precise = resolution <= 0.05 * spacing
        if precise.mean() < 0.5:
            continue
        # Most types that do not hold the values do not hold the first ones.
        if any(
            (np.abs(rounding.forward(served[part]) - served[part]) > resolution[part])[
                precise[part]
            ].any()
            for part in (slice(FIRST_ROWS), slice(None))
        ):
            continue
        if len(distinct := np.unique(served[precise])) < MIN_DISTINCT_VALUES:
            continue
        unchanged = np.abs(rounding.forward(expected) - expected) <= 4 * UNIT * np.abs(expected)
        # Values that a right server serves are no evidence.
        distance = _to_nearest(distinct, expected)
        unexpected = int((distance > 1e-6 * (1 + np.abs(distinct))).sum())
        return target if unchanged.mean() < 0.1 and unexpected >= MIN_DISTINCT_VALUES else None
    return None


def _to_nearest(values: FloatArray, others: FloatArray) -> FloatArray:
    """Return the distance of each value from the nearest of the others; NaN where one is NaN."""
    if np.isnan(others).any():
        return np.full(len(values), np.nan)
    known = np.sort(others)
    above = np.searchsorted(known, values).clip(0, len(known) - 1)
    below = (above - 1).clip(0)
    distance: FloatArray = np.minimum(np.abs(values - known[above]), np.abs(values - known[below]))
    return distance
