"""What a test could have shown: how probably an effect of some size is significant.

Each function returns a Power: rows of the log, alpha, effect -> probability. Rows are those that
the test is of (present ones for a distribution), after division by a design effect.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import betainc, chdtri, chndtr, kolmogi, ndtr, ndtri

from skewcheck.features.types import IntArray
from skewcheck.statistics.two_sample import POOLED

Power = Callable[[float, float, float], float]

LIKELY = 0.8
"""A test is worth its name if it shows what it looks for with this probability."""
MOST = 1e12
"""More rows than any log has: what they cannot show, the reference is too small for."""


def together(n: float, m: float) -> float:
    """Return nm/(n + m): the rows of one sample that tell as much as two of n and m."""
    return n * m / (n + m)


def of_ks(m: float) -> Power:
    """Return the power of the KS test against m rows.

    D at the place of the largest difference is at least normal around the effect, with a variance
    of at most 1/(4N), N = nm/(n + m): a lower bound, as Massey's for one sample (Annals of
    Mathematical Statistics 21 (1950), p. 440).
    """

    def power(n: float, alpha: float, effect: float) -> float:
        critical = kolmogi(alpha)
        return float(ndtr(2 * (effect * np.sqrt(together(n, m)) - critical)))

    return power


def of_mannwhitney(reference: IntArray) -> Power:
    """Return the power of the rank test: normal, with the variance and the ties of the reference.

    Noether, JASA 82 (1987), p. 645, where the variance is that without a shift.
    """
    m = float(reference.sum())
    ties = float(1 - ((reference / m) ** 3).sum())

    def power(n: float, alpha: float, effect: float) -> float:
        # All rows tied: whatever moves is seen.
        error = np.sqrt(max(ties, 1e-12) / (12 * together(n, m)))
        return float(ndtr(effect / error + ndtri(alpha / 2)))

    return power


def of_chi2(reference: IntArray, unlisted: float, distance: Callable[[float], float]) -> Power:
    """Return the power of the chi-square test of homogeneity, pooled as it is.

    By the noncentral chi-square distribution (Cohen, Statistical Power Analysis (1988), chapter
    7), whose noncentrality is N = nm/(n + m) times `distance(effect)`, the sum of
    (q - p)^2 / p. `unlisted` are reference rows of levels that are always pooled. 0 where
    all are.
    """
    m = float(reference.sum()) + unlisted
    shares = reference[reference > 0] / m

    def power(n: float, alpha: float, effect: float) -> float:
        own = shares * min(n, m) >= POOLED
        if not own.any():
            return 0.0
        # What moves away from a single level makes a cell of its own.
        degrees = max(int(own.sum()) + bool(unlisted or not own.all()) - 1, 1)
        noncentrality = together(n, m) * distance(effect)
        return float(1 - chndtr(chdtri(degrees, alpha), degrees, noncentrality))

    return power


def by_psi(effect: float) -> float:
    """Return the chi-square distance of two distributions with this PSI: to second order, PSI.

    Both are sums of (q - p)^2 / p and of terms of third order: ln(q/p) is (q - p)/p and less.
    """
    return effect


def by_linf(reference: IntArray, unlisted: float) -> Callable[[float], float]:
    """Return the least chi-square distance of a level's share that changes by an effect.

    That is where all others keep their proportions: effect^2 / (p (1 - p)), here for the level
    which is hardest to see. Its p is taken halfway to where it would be.
    """
    most = float(reference.max()) / (float(reference.sum()) + unlisted)

    def distance(effect: float) -> float:
        p = min(most + effect / 2, max(most, 0.5))
        return effect**2 / max(p * (1 - p), 1e-12)

    return distance


def of_share(p_value: Callable[[float, float], float], own: float) -> Power:
    """Return the power of a one-sided test of a share, exact for a binomial number of rows.

    `p_value` takes such rows, and all; `own` is the share that is no effect. Where nine tenths of
    all logs have enough such rows, nine tenths is told: nobody asks for more.
    """

    def power(n: float, alpha: float, effect: float) -> float:
        share = min(own + effect, 1.0)
        usual = math.floor(n * share - 1.3 * math.sqrt(n * share * (1 - share)))
        if usual > 0 and p_value(usual, n) <= alpha:
            return max(LIKELY, 0.9)
        if p_value(n, n) > alpha:
            return 0.0
        low, high = 0.0, n  # p is above alpha at low, and is not at high
        while high - low > max(1.0, 1e-6 * n):
            middle = np.ceil((low + high) / 2)
            low, high = (middle, high) if p_value(middle, n) > alpha else (low, middle)
        return float(betainc(high, max(n - high, 0.0) + 1, share))

    return power


def lowered(spread: float, noise: float, warns: float) -> Power:
    """Return the power of an effect less `spread` to stay above the part `warns` of itself.

    Both `spread` and the effect's standard error `noise` are those of a single row, and errors
    are normal (central limit theorem). Nothing is significant here: alpha has no say.
    """

    def power(n: float, alpha: float, effect: float) -> float:  # noqa: ARG001  # one signature
        return float(ndtr(((1 - warns) * effect * np.sqrt(n) - spread) / noise))

    return power


def needed(power: Power, n: float, alpha: float, effect: float, deff: float = 1.0) -> float:
    """Return the rows that show an effect with a probability of 0.8; inf where none suffice.

    To two digits, rounded up. `n` are rows that do not. `deff` rows of the log, of as many in each
    cluster, are worth one of those.
    """
    if power(MOST, alpha, effect) < LIKELY:
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
