"""Whether values of a log are those that a function makes of the values that training can have."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from skewcheck.causes.contest.values import Logged, Training
from skewcheck.features.types import FloatArray

MAX_POINTS = 20_000
"""Points of a grid whose images are compared: of more no gap is wider than the noise."""
GAPS = 8.0
"""Noise of a value over the gap between images, from which it shows none."""
MIN_USABLE = 0.5
"""Share of the values that must be known so well."""
MIN_HITS, MAX_STRAYS = 0.98, 0.1
"""Share of them that must be images, and share of others that rules a function out."""
MAX_FACTS = 200.0
"""Logarithm of likelihood of meeting images: more would only hide how the distribution fits."""


class Image:
    """Images of training's possible values; `step` is the grid that the log's values are on."""

    def __init__(self, training: Training, logged: Logged) -> None:
        """Compute the values that training may have: its grid within its range, or all it had."""
        self.logged, self.possible = logged, _possible(training)
        self.distinct, first = np.unique(logged.values, return_index=True)
        self.noise = logged.noise[first]
        step = training.step or 0.0
        on = step > 0 and _met(logged.values, logged.noise, step) >= MIN_HITS
        self.step = step if on else 0.0

    def facts(self, change: Callable[[FloatArray], FloatArray]) -> float | None:
        """Return the logarithm of likelihood of meeting only images; negative if others are there.

        None where images lie too dense, or are not known. By distinct values: rows that repeat one
        are no more evidence.
        """
        if self.possible is None:
            return None
        with np.errstate(all="ignore"):
            images = np.unique(self.logged.shown(change(self.possible)))
        images = images[np.isfinite(images)]
        if len(images) < 3:
            return None
        middles = (images[1:] + images[:-1]) / 2
        gaps = np.diff(images)
        wide = np.minimum(np.append(gaps, gaps[-1]), np.insert(gaps, 0, gaps[0]))
        nearest = np.searchsorted(middles, self.logged.values)
        known = 2 * self.logged.noise * GAPS <= wide[nearest]
        if known.mean() < MIN_USABLE:
            return None
        met = np.abs(self.logged.values - images[nearest]) <= 2 * self.logged.noise
        hits = float(met[known].mean())
        if hits < MIN_HITS:
            return -np.inf if hits < 1 - MAX_STRAYS else None
        nearest = np.searchsorted(middles, self.distinct)
        chance = np.maximum(4 * self.noise, self.step) / wide[nearest]
        met = np.abs(self.distinct - images[nearest]) <= 2 * self.noise
        return min(float(-np.log(np.clip(chance[met], 1e-6, 1.0)).sum()), MAX_FACTS)


def _met(values: FloatArray, noise: FloatArray, step: float) -> float:
    """Return the share of values on a grid."""
    off = np.abs(values - step * np.round(values / step))
    return float((off <= np.minimum(2 * noise, step / GAPS)).mean())


def _possible(training: Training) -> FloatArray | None:
    """Return training's grid in its range, or its distinct values; None where there are more."""
    if training.step is not None:
        low, high = (round(float(training.values[i]) / training.step) for i in (0, -1))
        if high - low >= MAX_POINTS:
            return None
        grid: FloatArray = np.arange(float(low), float(high) + 1) * training.step
        return grid
    return np.unique(training.values) if training.complete else None
