"""What a test could have shown: how probably an effect of some size is significant.

Each class is a `Power`, called with rows of the log, alpha and an effect for a probability. Rows
are those that the test is of (present ones for a distribution), after division by a design effect.
All are frozen and can be pickled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import betainc, chdtri, chndtr, kolmogi, ndtr, ndtri

from skewcheck.features.types import IntArray
from skewcheck.statistics.rare_levels import missed
from skewcheck.statistics.two_sample import POOLED, exceedance, excess


class Power(Protocol):
    """How probably a test is significant."""

    def __call__(self, n: float, alpha: float, effect: float) -> float:
        """Return the probability that n rows show an effect at alpha."""
        ...


LIKELY = 0.8
"""A test is worth its name if it shows what it looks for with this probability."""
MOST_ROWS = 1e12
"""More rows than any log has: what they cannot show, the reference is too small for."""


def together(n: float, m: float) -> float:
    """Return nm/(n + m): the rows of one sample that tell as much as two of n and m."""
    return n * m / (n + m)


@dataclass(frozen=True, slots=True)
class KsPower:
    """The power of the KS test against m rows.

    D at the place of the largest difference is at least normal around the effect, with a variance
    of at most 1/(4N), N = nm/(n + m): a lower bound, as Massey's for one sample (Annals of
    Mathematical Statistics 21 (1950), p. 440).
    """

    m: float

    def __call__(self, n: float, alpha: float, effect: float) -> float:
        critical = kolmogi(alpha)
        return float(ndtr(2 * (effect * np.sqrt(together(n, self.m)) - critical)))


@dataclass(frozen=True, slots=True)
class RankPower:
    """The power of the rank test: normal, with the variance and the ties of the reference.

    Noether, JASA 82 (1987), p. 645, where the variance is that without a shift.
    """

    m: float
    ties: float
    """1 less the sum of the cubed shares of the reference's cells: 0 where all rows are tied."""

    @classmethod
    def of(cls, reference: IntArray) -> RankPower:
        """Return the power against a reference by cells."""
        m = float(reference.sum())
        return cls(m, float(1 - ((reference / m) ** 3).sum()))

    def __call__(self, n: float, alpha: float, effect: float) -> float:
        # All rows tied: whatever moves is seen.
        error = np.sqrt(max(self.ties, 1e-12) / (12 * together(n, self.m)))
        return float(ndtr(effect / error + ndtri(alpha / 2)))


class Distance(Protocol):
    """How far apart two distributions with an effect are."""

    def __call__(self, effect: float) -> float:
        """Return the sum of (q - p)^2 / p."""
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
    """The least chi-square distance where a level's share changes by an effect.

    That is where all others keep their proportions: effect^2 / (p (1 - p)), here for the level
    which is hardest to see. Its p is taken halfway to where it would be.
    """

    most: float
    """The largest share of a level."""

    @classmethod
    def of(cls, reference: IntArray, unlisted: float) -> LevelDistance:
        """Return the distance from the rows of each listed level and those of all others."""
        return cls(float(reference.max()) / (float(reference.sum()) + unlisted))

    def __call__(self, effect: float) -> float:
        p = min(self.most + effect / 2, max(self.most, 0.5))
        return effect**2 / max(p * (1 - p), 1e-12)


@dataclass(frozen=True, slots=True, eq=False)
class Chi2Power:
    """The power of the chi-square test of homogeneity, pooled as it is; 0 where all cells are.

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
        # What moves away from a single level makes a cell of its own.
        degrees = max(int(alone.sum()) + bool(self.unlisted or not alone.all()) - 1, 1)
        noncentrality = together(n, m) * self.distance(effect)
        return float(1 - chndtr(chdtri(degrees, alpha), degrees, noncentrality))


class ShareTest(Protocol):
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

    Where nine tenths of all logs have enough such rows, it is nine tenths: nobody asks for more.
    """

    p_value: ShareTest
    usual: float
    """The share that is no effect."""

    def __call__(self, n: float, alpha: float, effect: float) -> float:
        p_value, share = self.p_value, min(self.usual + effect, 1.0)
        often = math.floor(n * share - 1.3 * math.sqrt(n * share * (1 - share)))
        if often > 0 and p_value(often, n) <= alpha:
            return max(LIKELY, 0.9)
        if p_value(n, n) > alpha:
            return 0.0
        low, high = 0.0, n  # p is above alpha at low, and is not at high
        while high - low > max(1.0, 1e-6 * n):
            middle = np.ceil((low + high) / 2)
            low, high = (middle, high) if p_value(middle, n) > alpha else (low, middle)
        return float(betainc(high, max(n - high, 0.0) + 1, share))


@dataclass(frozen=True, slots=True)
class LoweredPower:
    """The power of an effect less `spread` to stay above the part `warns` of itself.

    Both `spread` and the effect's standard error `noise` are those of a single row, and errors
    are normal (central limit theorem). Nothing is significant here: alpha has no say.
    """

    spread: float
    noise: float
    warns: float

    def __call__(self, n: float, alpha: float, effect: float) -> float:  # noqa: ARG002  # a Power
        return float(ndtr(((1 - self.warns) * effect * np.sqrt(n) - self.spread) / self.noise))


def needed(power: Power, n: float, alpha: float, effect: float, deff: float = 1.0) -> float:
    """Return the rows that show an effect with a probability of 0.8; inf where none suffice.

    To two digits, rounded up. `n` are rows that do not. `deff` rows of the log, of as many in each
    cluster, are worth one of those.
    """
    if power(MOST_ROWS, alpha, effect) < LIKELY:
        return float("inf")
    low, high = n, 2 * n
    while power(high, alpha, effect) < LIKELY:
        low, high = high, 2 * high
    while high - low > max(0.005 * high, 1.0):
        middle = (low + high) / 2
        low, high = (middle, high) if power(middle, alpha, effect) < LIKELY else (low, middle)
    high *= deff
    digit = 10.0 ** (np.floor(np.log10(high)) - 1)
    return float(max(np.ceil(high / digit), 1) * digit)
