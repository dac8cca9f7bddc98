"""Power functions of the tests, and the sample size that a test needs.

Each class is a `PowerFunction`. `n` are rows of the log that the test is of (present ones for a
distribution), divided by a design effect; `m` are rows of the reference. All are frozen and can be
pickled.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from scipy.special import betainc, chdtri, chndtr, kolmogi, ndtr, ndtri

from skewcheck.features.types import IntArray
from skewcheck.statistics.rare_levels import missed
from skewcheck.statistics.two_sample import POOLED, exceedance, excess


class PowerFunction(Protocol):
    """The power of a test as a function of sample size, level and effect."""

    def __call__(self, n: float, alpha: float, effect: float) -> float:
        """Return the probability that the test of n rows with this effect is significant at alpha.

        `n` > 0, 0 < alpha < 1; the effect is in the unit of the test's threshold.
        """
        ...


TARGET_POWER = 0.8
"""The power that a test must have at its threshold, or else it is inconclusive: the convention of
Cohen, Statistical Power Analysis (1988), section 2.4."""
MAX_SHARE_POWER = 0.9
"""The largest power that is computed of a test of a share: above the target, where a cheap bound
decides."""
MAX_ROWS = 1e12
"""More rows than any log has: where they are too few, the reference is too small."""


def effective_size(n: float, m: float) -> float:
    """Return nm/(n + m): the size of one sample with the standard error of two of n and m rows."""
    return n * m / (n + m)


@dataclass(frozen=True, slots=True)
class KsPower:
    """The power of the KS test against m rows.

    D is at least the difference of the distribution functions where it is largest in truth, which
    is normal around the effect with a variance of at most 1/(4N), N = nm/(n + m): a lower bound, as
    Massey's for one sample (Annals of
    Mathematical Statistics 21 (1950), p. 440).
    """

    m: float

    def __call__(self, n: float, alpha: float, effect: float) -> float:
        critical = kolmogi(alpha)
        return float(ndtr(2 * (effect * np.sqrt(effective_size(n, self.m)) - critical)))


@dataclass(frozen=True, slots=True)
class RankPower:
    """The power of the Mann-Whitney test: normal, with the ties of the reference.

    Noether, JASA 82 (1987), p. 645: the variance is that of the null hypothesis. The effect is
    |P(serving > reference) - 1/2|.
    """

    m: float
    ties: float
    """1 less the sum of the cubed shares of the reference's cells: 0 where all rows are tied."""

    @classmethod
    def of(cls, reference: IntArray) -> RankPower:
        """Return the power against a reference by cells, at least one row in all."""
        m = float(reference.sum())
        return cls(m, float(1 - ((reference / m) ** 3).sum()))

    def __call__(self, n: float, alpha: float, effect: float) -> float:
        # Where all rows are tied the variance is 0, and any shift is significant.
        error = np.sqrt(max(self.ties, 1e-12) / (12 * effective_size(n, self.m)))
        return float(ndtr(effect / error + ndtri(alpha / 2)))


class Distance(Protocol):
    """The chi-square distance of two distributions as a function of an effect size."""

    def __call__(self, effect: float) -> float:
        """Return the sum of (q - p)^2 / p over the bins."""
        ...


@dataclass(frozen=True, slots=True)
class PsiDistance:
    """The chi-square distance of two distributions with this PSI: to second order, PSI.

    Both are sums of (q - p)^2 / p and of terms of third order: ln(q/p) is (q - p)/p and less.
    """

    def __call__(self, effect: float) -> float:
        return effect


@dataclass(frozen=True, slots=True)
class LevelDistance:
    """The least chi-square distance at which a level's share differs by an effect.

    That is where all others keep their proportions: effect^2 / (p (1 - p)), here for the level
    with the largest p (1 - p). Its p is taken halfway between both distributions.
    """

    largest_share: float
    """The largest share of a level."""

    @classmethod
    def of(cls, reference: IntArray, unlisted: float) -> LevelDistance:
        """Return the distance from the rows of each listed level and those of all others."""
        return cls(float(reference.max()) / (float(reference.sum()) + unlisted))

    def __call__(self, effect: float) -> float:
        p = min(self.largest_share + effect / 2, max(self.largest_share, 0.5))
        return effect**2 / max(p * (1 - p), 1e-12)


@dataclass(frozen=True, slots=True, eq=False)
class Chi2Power:
    """The power of the chi-square test of homogeneity of pooled cells; 0 where all are pooled.

    By the noncentral chi-square distribution (Cohen, Statistical Power Analysis (1988), chapter
    7), whose noncentrality is N = nm/(n + m) times `distance(effect)`.
    """

    reference: IntArray
    """Rows of each cell."""
    unlisted: float
    """Reference rows of levels that are always pooled."""
    distance: Distance

    def __call__(self, n: float, alpha: float, effect: float) -> float:
        m = float(self.reference.sum()) + self.unlisted
        shares = self.reference[self.reference > 0] / m
        alone = shares * min(n, m) >= POOLED
        if not alone.any():
            return 0.0
        # Rows that leave a single level make a second cell.
        degrees = max(int(alone.sum()) + bool(self.unlisted or not alone.all()) - 1, 1)
        noncentrality = effective_size(n, m) * self.distance(effect)
        return float(1 - chndtr(chdtri(degrees, alpha), degrees, noncentrality))


class ShareTest(Hashable, Protocol):
    """A one-sided test of a share."""

    def __call__(self, k: float, n: float) -> float:
        """Return the p-value of k of n rows."""
        ...


@dataclass(frozen=True, slots=True)
class Excess:
    """`two_sample.excess` against `reference` of m rows."""

    reference: int
    m: int

    def __call__(self, k: float, n: float) -> float:
        return excess(self.reference, self.m, k, n)


@dataclass(frozen=True, slots=True)
class Exceedance:
    """`two_sample.exceedance` of the range of m rows."""

    m: int

    def __call__(self, k: float, n: float) -> float:
        return exceedance(k, n, self.m)


@dataclass(frozen=True, slots=True, eq=False)
class Missed:
    """`rare_levels.missed` of levels that m rows missed."""

    seen: IntArray
    m: int
    singles: float
    doubles: float

    def __call__(self, k: float, n: float) -> float:
        return missed(self.seen, self.m, k, n, self.singles, self.doubles)


@dataclass(frozen=True, slots=True)
class SharePower:
    """The power of a one-sided test of a share, exact for a binomial number of rows.

    Powers above `MAX_SHARE_POWER` are not told apart: they are it.
    """

    p_value: ShareTest
    expected_share: float
    """The share without an effect."""

    def __call__(self, n: float, alpha: float, effect: float) -> float:
        return _share_power(self.p_value, min(self.expected_share + effect, 1.0), n, alpha)


@lru_cache(1_000)  # the features of a file have the same rows, and mostly no nulls or infinities
def _share_power(p_value: ShareTest, share: float, n: float, alpha: float) -> float:
    # The 0.1 quantile of the normal approximation, a little lower.
    low_count = math.floor(n * share - 1.3 * math.sqrt(n * share * (1 - share)))
    if low_count > 0 and p_value(low_count, n) <= alpha:
        return MAX_SHARE_POWER
    if p_value(n, n) > alpha:
        return 0.0
    low, high = 0.0, n  # p is above alpha at low, and is not at high
    while high - low > max(1.0, 1e-6 * n):
        middle = np.ceil((low + high) / 2)
        low, high = (middle, high) if p_value(middle, n) > alpha else (low, middle)
    return float(betainc(high, max(n - high, 0.0) + 1, share))


@dataclass(frozen=True, slots=True)
class LoweredPower:
    """The probability that an effect lowered by a margin still reaches a share of itself.

    Of tests without a p-value, whose effect is lowered by some standard errors: errors are normal
    (central limit theorem), and `alpha` is not used.
    """

    margin: float
    """By what the effect is lowered, times sqrt(n)."""
    standard_error: float
    """Of the effect, times sqrt(n)."""
    warning_share: float
    """The share of the effect that must be reached, from which on the test warns."""

    def __call__(self, n: float, alpha: float, effect: float) -> float:  # noqa: ARG002  # a protocol
        excess = (1 - self.warning_share) * effect * np.sqrt(n) - self.margin
        return float(ndtr(excess / self.standard_error))


def needed(power: PowerFunction, n: float, alpha: float, effect: float, deff: float = 1.0) -> float:
    """Return the sample size with a power of 0.8, rows of the log to two digits, rounded up.

    `n` is a size with less power, in independent rows; `deff` rows of the log are worth one of
    these. Infinite where no size has that power: the reference is too small.
    """
    if power(MAX_ROWS, alpha, effect) < TARGET_POWER:
        return float("inf")
    low, high = n, 2 * n
    while power(high, alpha, effect) < TARGET_POWER:
        low, high = high, 2 * high
    while high - low > max(0.005 * high, 1.0):
        middle = (low + high) / 2
        low, high = (middle, high) if power(middle, alpha, effect) < TARGET_POWER else (low, middle)
    high *= deff
    digit = 10.0 ** (np.floor(np.log10(high)) - 1)
    return float(max(np.ceil(high / digit), 1) * digit)
