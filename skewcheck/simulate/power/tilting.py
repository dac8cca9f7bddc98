"""Worlds that moved by a given amount: the training distribution, reweighted.

Of all distributions whose mean is so much higher, the one with weights exp(t z) is nearest to
training in Kullback-Leibler divergence (Csiszar, Annals of Probability 3 (1975), theorem 3.1): the
hardest to see. For a normal feature it is every value moved alike; and it never leaves the values
that the feature can have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skewcheck.features.propagate import centers, moments, propagate
from skewcheck.features.steps import Impute, Step
from skewcheck.features.types import FloatArray, IntArray, NumericReference

STEPS = 60
"""Halvings: the sought number is known to 1e-12 of its range."""


@dataclass(frozen=True, slots=True)
class World:
    """A training distribution: cells in ascending order, and where they lie."""

    counts: IntArray
    """Rows of each cell, 2k + 1 of them, as `Histogram.interleaved`."""
    z: FloatArray
    """Standard deviations from the mean, after the training normalization."""

    @property
    def shares(self) -> FloatArray:
        """Shares of the finite rows."""
        found: FloatArray = self.counts / self.counts.sum()
        return found

    def shifted(self, by: float) -> FloatArray | None:
        """Return the shares of a world whose mean is `by` standard deviations higher.

        None where no reweighting of training's values has such a mean.
        """
        return _tilted(self.shares, self.z, lambda q: float(q @ self.z), by)

    def wider(self, ratio: float) -> FloatArray | None:
        """Return the shares of a world whose spread about training's mean is `ratio` times it."""
        square = self.z**2
        return _tilted(self.shares, square, lambda q: float(q @ square), ratio**2)


def world(reference: NumericReference, steps: tuple[Step, ...]) -> World | None:
    """Return the distribution that steps make of a reference; None for one value or none."""
    bare = [step for step in steps if not isinstance(step, Impute)]
    pushed = propagate(reference, bare)
    if pushed is None:
        return None
    histogram = pushed.reference.histogram
    values = np.empty(2 * len(histogram) + 1)
    values[::2], values[1::2] = centers(pushed.reference), histogram.edges
    mean, std = moments(pushed.reference)
    if not std > 0:
        return None
    return World(histogram.interleaved, (values - mean) / std)


def _tilted(
    shares: FloatArray, direction: FloatArray, measure: Callable[[FloatArray], float], goal: float
) -> FloatArray | None:
    """Weight shares by exp(t direction) so that a measure, which grows with t, is the goal."""
    reach = float(np.abs(direction[shares > 0]).max(initial=0.0))
    if not reach:
        return None
    low, high = -50.0 / reach, 50.0 / reach
    if not measure(_weighted(shares, direction, low)) <= goal:
        return None
    while measure(_weighted(shares, direction, high)) < goal:
        high *= 2
        if high * reach > 1e6:
            return None
    for _ in range(STEPS):
        middle = (low + high) / 2
        below = measure(_weighted(shares, direction, middle)) < goal
        low, high = (middle, high) if below else (low, middle)
    return _weighted(shares, direction, high)


def _weighted(shares: FloatArray, direction: FloatArray, t: float) -> FloatArray:
    exponent = np.where(shares > 0, t * direction, -np.inf)
    weights = shares * np.exp(exponent - exponent.max())
    tilted: FloatArray = weights / weights.sum()
    return tilted
