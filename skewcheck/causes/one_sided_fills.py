"""Nulls that were filled with another value than training's, seen in served values alone."""

from __future__ import annotations

import numpy as np

from skewcheck.causes.distributions import shares_of, within_noise
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.causes.mechanism_causes import drift, of_all_rows
from skewcheck.causes.read_off import filled_with
from skewcheck.features.steps import Impute, bounds
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, Cause

MIN_NULLS = 0.01
"""Share of nulls in training: fewer show in no distribution."""
MOST_DIGITS = 3
"""Digits of a fill that somebody typed: other parameters move training's own to a long number."""
MAX_RATIO = 2.0
"""Of the share of the new value and that of training's nulls, either way."""


def causes_of_fills(
    context: FeatureContext, served: FloatArray, tolerance: FloatArray | float
) -> list[Cause]:
    """Return that nulls were filled with another value; empty where that is not seen.

    The value is new, about as frequent as training's nulls, whose own fill is gone by as much, and
    with it in place of training's fill the values are distributed as training's.
    """
    reference, steps = context.reference, context.feature.steps
    if reference is None or not any(isinstance(step, Impute) for step in steps):
        return []
    nulls = reference.nulls / max(reference.rows, 1)
    values, counts = np.unique(served, return_counts=True)
    if nulls < MIN_NULLS or not len(values):
        return []
    shares = counts / len(served)
    new = np.where(shares_of(reference, steps, values) < nulls / 10, shares, 0.0)
    value, share = float(values[new.argmax()]), float(new.max())
    low, high = bounds(steps, np.array([np.nan]), np.array([np.nan]))
    at_fill = (served >= low - tolerance) & (served <= high + tolerance)
    fill = (low + high) / 2
    gone = float(shares_of(reference, steps, fill)[0]) - float(at_fill.mean())
    if not (nulls / MAX_RATIO <= share <= nulls * MAX_RATIO and gone >= nulls / MAX_RATIO):
        return []
    mechanism = filled_with(context.feature, value)
    typed = mechanism is not None and _is_short(mechanism.parameters["value"])
    if mechanism is None or not typed:
        return []
    if not within_noise(mechanism.steps, context, served, tolerance):
        return []
    return [of_all_rows(mechanism, LIKELY, context), drift(round(1 - LIKELY, 2))]


def _is_short(value: object) -> bool:
    return isinstance(value, float) and float(f"{value:.{MOST_DIGITS}g}") == value
