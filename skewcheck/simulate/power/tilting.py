"""Exponential tilting: the training distribution reweighted to another mean or spread.

Of all distributions with a given mean, the one with weights exp(t z) is nearest to training in
Kullback-Leibler divergence (Csiszar, Annals of Probability 3 (1975), theorem 3.1): the hardest to
detect. For a normal feature that is a shift of all values. It has no values that training has not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skewcheck.features.propagate import propagate
from skewcheck.features.reference_moments import centers, moments
from skewcheck.features.steps import Impute, Step
from skewcheck.features.types import FloatArray, IntArray, NumericReference

BISECTIONS = 60
"""Halvings of the range of t, which then is known to the last bits of float64."""
MAX_EXPONENT = 1e6
"""Exponent of a weight beyond which no reweighting has the wanted mean: exp of it overflows long
before, so that one value has all the weight."""


@dataclass(frozen=True, slots=True)
class TrainingDistribution:
    """A training distribution by cells in ascending order, and where these lie."""

    counts: IntArray
    """Rows of each cell, 2k + 1 of them, as `Histogram.interleaved`."""
    z: FloatArray
    """Standard deviations from the mean, after the training normalization."""

    @property
    def shares(self) -> FloatArray:
        """Shares of the finite rows, 2k + 1 of them."""
        shares: FloatArray = self.counts / self.counts.sum()
        return shares

    def shifted(self, by: float) -> FloatArray | None:
        """Return the shares of a distribution whose mean is `by` standard deviations higher.

        None where no reweighting of training's values has such a mean.
        """
        return _tilted(self.shares, self.z, lambda q: float(q @ self.z), by)

    def wider(self, ratio: float) -> FloatArray | None:
        """Return the shares with `ratio` times training's root mean square of z, or None."""
        square = self.z**2
        return _tilted(self.shares, square, lambda q: float(q @ square), ratio**2)


def normalized_reference(
    reference: NumericReference, steps: tuple[Step, ...]
) -> NumericReference | None:
    """Return a reference propagated through the steps but those that fill nulls, or None."""
    propagated = propagate(reference, [step for step in steps if not isinstance(step, Impute)])
    return None if propagated is None else propagated.reference


def training_distribution(normalized: NumericReference) -> TrainingDistribution | None:
    """Return a propagated reference as a distribution; None where it has no spread."""
    histogram = normalized.histogram
    values = np.empty(2 * len(histogram) + 1)
    values[::2], values[1::2] = centers(normalized), histogram.edges
    mean, std = moments(normalized)
    if not std > 0:
        return None
    return TrainingDistribution(histogram.interleaved, (values - mean) / std)


def _tilted(
    shares: FloatArray, direction: FloatArray, measure: Callable[[FloatArray], float], goal: float
) -> FloatArray | None:
    """Return shares weighted by exp(t direction), with t so that `measure` of them is the goal.

    `measure` grows with t. None where no t gives the goal.
    """
    reach = float(np.abs(direction[shares > 0]).max(initial=0.0))
    if not reach:
        return None
    low, high = -50.0 / reach, 50.0 / reach
    if not measure(_weighted(shares, direction, low)) <= goal:
        return None
    while measure(_weighted(shares, direction, high)) < goal:
        high *= 2
        if high * reach > MAX_EXPONENT:
            return None
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        below = measure(_weighted(shares, direction, middle)) < goal
        low, high = (middle, high) if below else (low, middle)
    return _weighted(shares, direction, high)


def _weighted(shares: FloatArray, direction: FloatArray, t: float) -> FloatArray:
    """Return shares times exp(t direction), normalized to a sum of 1."""
    exponent = np.where(shares > 0, t * direction, -np.inf)
    weights = shares * np.exp(exponent - exponent.max())
    tilted: FloatArray = weights / weights.sum()
    return tilted
