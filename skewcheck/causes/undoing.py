"""Served values with the training steps undone, and how far they lie from the raw grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skewcheck.features.steps import Step, bounds, inverse, preimage
from skewcheck.features.types import FloatArray


def undone(
    served: FloatArray, steps: Sequence[Step], tolerance: FloatArray | float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Return raw values, with the steps undone, and the noise of each in raw units.

    The noise is the rounding of the arithmetic and of served digits (`tolerance`). Both are NaN
    for nulls, fill values, values at a clip bound and those that cannot be undone.
    """
    raw = inverse(steps, served)
    low, high = bounds(steps, raw, raw)
    rounding = (high - low) / 2 + tolerance
    lowest, highest = preimage(steps, served - rounding, served + rounding)
    noise = (highest - lowest) / 2
    unknown = ~(np.isfinite(raw) & np.isfinite(noise))
    return np.where(unknown, np.nan, raw), np.where(unknown, np.nan, noise)


def off_grid(raw: FloatArray, noise: FloatArray, step: float) -> FloatArray:
    """Return how far each value lies from the grid beyond its noise, in steps; 0 or less is on."""
    in_steps = raw / step
    distance: FloatArray = np.abs(in_steps - np.round(in_steps)) - noise / step
    return distance
