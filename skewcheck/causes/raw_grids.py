"""Whether served values, undone, lie on the raw grid of a feature, and whose grid that may be."""

from __future__ import annotations

import numpy as np

from skewcheck.causes.undoing import off_grid, undone
from skewcheck.features.steps import Step
from skewcheck.features.types import Feature, FloatArray, NumericReference

MIN_SHARE_ON_GRID = 0.98
"""Share of undone values on the raw grid of a right mechanism: a few rows are stragglers."""


def on_raw_grid(
    steps: tuple[Step, ...], step: float, served: FloatArray, tolerance: FloatArray | float
) -> bool | None:
    """Return whether undone values lie on the raw grid; None where fewer than 20 show it."""
    raw, noise = undone(served, steps, tolerance)
    usable = noise <= step / 8
    if usable.sum() < 20:
        return None
    return bool((off_grid(raw[usable], noise[usable], step) <= 1e-9).mean() >= MIN_SHARE_ON_GRID)


def is_own_grid(
    feature: Feature, other: NumericReference, served: FloatArray
) -> bool:  # fmt: skip
    """Return whether another feature's raw grid is also that of a feature's own values.

    False where its own is recorded; of fewer than five values none is. Training's values must lie
    on it, and the served ones, undone by its own steps.
    """
    own = feature.reference
    if not isinstance(own, NumericReference) or own.step is not None or other.step is None:
        return False
    places = own.histogram.edges / other.step
    on = np.abs(places - np.rint(places)) <= 1e-9 * (1 + np.abs(places))
    if own.histogram.at[on].sum() < MIN_SHARE_ON_GRID * own.finite:
        return False
    return on_raw_grid(feature.steps, other.step, served, 0.0) is not False
