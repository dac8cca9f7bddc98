"""Rows of training that a log has none of: what they can hide where only moments are known.

A spread that training has and a log has not may be that of a few rows far out, whose like the log
lacks by chance. A share p of such rows is missed by n rows with probability (1 - p)^n. Moments of
the log are in standard deviations from the mean, both of training.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

FARTHEST = 50.0
"""Standard deviations from the mean within which training's values are taken to lie: a flag that
is set in one row of 2,500 is as far. Rarer ones, and values farther out, are in few features that
a model can learn from."""


def least_share(mean: float, std: float) -> float:
    """Return the least share of training whose like is not in a log with these moments.

    Training has a mean of 0 and a standard deviation of 1. By the mean alone, Cantelli's
    inequality; by the spread, all that is missed lies at `FARTHEST`. 0 where nothing need be.
    """
    square = mean**2 + std**2
    by_mean = mean**2 / (1 + mean**2)
    by_spread = (1 - square) / (FARTHEST**2 - square) if square < 1 else 0.0
    return max(by_mean, by_spread)


def chance_of_missing(share: float, rows: float) -> float:
    """Return the probability that so many rows have none of a share of a distribution."""
    return math.exp(rows * math.log1p(-share)) if share < 1 else 0.0


def log_narrowing(square: float, rows: float, chance: float) -> float:
    """Return -ln of a log's spread about training's mean with all that it may have missed added.

    `square` is the log's mean square. Added is, at `FARTHEST`, the share that so many rows miss
    with probability `chance`. Below 0 where that makes the log as wide as training, or wider.
    """
    missed = min(-math.log(chance) / rows, 1.0)
    return -0.5 * math.log((1 - missed) * square + missed * FARTHEST**2)


@dataclass(frozen=True, slots=True)
class MissedPower:
    """Whether so many rows do not miss a share of training by chance: a power of 0 or 1."""

    share: float
    level: float

    def __call__(self, n: float, alpha: float, effect: float) -> float:  # noqa: ARG002  # a protocol
        return float(chance_of_missing(self.share, n) < self.level)


@dataclass(frozen=True, slots=True)
class NarrowPower:
    """Whether so many rows would prove a narrower spread: a power of 0 or 1.

    As in `LoweredPower`, the lowered effect must reach a share of the effect.
    """

    square: float
    """Mean square of the log about training's mean."""
    chance: float
    warning_share: float

    def __call__(self, n: float, alpha: float, effect: float) -> float:  # noqa: ARG002  # a protocol
        lowered = log_narrowing(self.square, n, self.chance)
        return float(lowered >= self.warning_share * effect)
