"""95 % confidence intervals of statistics over counts.

Each is of what the statistic estimates: its value between the two worlds that both samples are
of. PSI, JS and Wasserstein are never negative, and so too large on average: their intervals lie
about the statistic less that bias, and reach up to the statistic itself at least. `deff` is the
design effect of the log, as in `stats`.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from skewcheck.features.histogram import Histogram
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.statistics.two_sample import NEW_SHARE, PSEUDOCOUNT, floor, js, log_ratio, shares
from skewcheck.statistics.wasserstein import net_areas

Interval = tuple[float, float]
Z = 1.959964
DKW = 1.358
"""The 95 % point of Kolmogorov's distribution."""


def of_ks(d: float, n: float, m: float) -> Interval:
    """Return the two-sample Dvoretzky-Kiefer-Wolfowitz band: 95 % at least, whatever the shape.

    Wei and Dudley, Statistics & Probability Letters 82 (2012), who prove this constant for equal
    samples of 458 rows or more; it is that of the limit for all.
    """
    half = DKW * float(np.sqrt((n + m) / (n * m)))
    return max(d - half, 0.0), min(d + half, 1.0)


def of_share(found: float, n: float) -> Interval:
    """Return the score interval of a share: Wilson, JASA 22 (1927), p. 209. n must be positive."""
    centre = (found + Z**2 / 2 / n) / (1 + Z**2 / n)
    half = Z * np.sqrt(found * (1 - found) / n + Z**2 / 4 / n**2) / (1 + Z**2 / n)
    return max(float(centre - half), 0.0), min(float(centre + half), 1.0)


def of_mannwhitney(reference: IntArray, serving: IntArray, deff: float = 1.0) -> Interval:
    """Return the interval of P(serving > reference) + P(=)/2 from the placements of all rows.

    DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988), p. 837; of two samples
    that are wholly apart, one row of the smaller is taken to be unseen luck.
    """
    n, m = serving.sum(), reference.sum()
    p, q = reference / m, serving / n
    below, above = np.cumsum(p) - p / 2, 1 - np.cumsum(q) + q / 2
    centre = float((q * below).sum())
    variance = (q * (below - centre) ** 2).sum() * deff / n + (p * (above - centre) ** 2).sum() / m
    half = Z * np.sqrt(variance + 1 / min(n / deff, m) ** 2)
    return max(float(centre - half), 0.0), min(float(centre + half), 1.0)


def of_psi(reference: IntArray, serving: IntArray, expected: float, deff: float = 1.0) -> Interval:
    """Return the interval of PSI; `expected` is its bias."""
    filled = reference + serving > 0
    reference, serving = reference[filled], serving[filled]
    p, q = shares(reference), shares(serving)
    log, least = log_ratio(p, q), floor(p, q)
    # The logarithm stays the same where its share is below the floor, or both are of one.
    fixed = (np.minimum(p, q) < least) & (np.maximum(p, q) < NEW_SHARE)
    by_p = np.where(fixed | (p < least), 0.0, 1 - q / p) - log
    by_q = np.where(fixed | (q < least), 0.0, 1 - p / q) + log
    return _divergence(
        float(((q - p) * log).sum()), expected, reference, serving, deff, (by_p, by_q), chance=1.0
    )


def of_js(reference: IntArray, serving: IntArray, deff: float = 1.0) -> Interval:
    """Return the interval of the Jensen-Shannon distance, base 2.

    Where nothing moved its square is about 1/(8 ln 2) (1/n + 1/m) times a chi-square: Menendez and
    others, J. Franklin Institute 334 (1997), p. 307.
    """
    raw, filled = js(reference, serving), reference + serving > 0
    reference, serving = reference[filled], serving[filled]
    p, q = shares(reference), shares(serving)
    middle = (p + q) / 2
    a, b = np.log2(p / middle), np.log2(q / middle)
    chance = 1 / (8 * np.log(2))
    bias = float((len(p) - 1) * (1 / reference.sum() + deff / serving.sum()) * chance)
    square = float((p * a + q * b).sum()) / 2
    low, high = _divergence(square, bias, reference, serving, deff, (a / 2, b / 2), chance)
    # The statistic is of shares that are not smoothed.
    return min(float(np.sqrt(low)), raw), max(min(float(np.sqrt(high)), 1.0), raw)


def _divergence(
    found: float, bias: float, reference: IntArray, serving: IntArray, deff: float,
    slopes: tuple[FloatArray, FloatArray], chance: float,
) -> Interval:  # fmt: skip
    """Return the interval of a divergence whose slopes are those by p and by q.

    The variance is the linear one (Bishop, Fienberg and Holland, Discrete Multivariate Analysis
    (1975), chapter 14) and, since slopes vanish where nothing moved, that of a chi-square whose
    mean is the bias: 2 bias^2 / (B - 1). Of few rows, which show few of the bins, the slopes are
    guesses: the upper end is higher by the square of `Z`, as the score interval of a Poisson mean
    is. `chance` is the divergence of a single degree of freedom times nm/(n + m).
    """
    p, q = shares(reference), shares(serving)
    a, b = slopes
    m, n = float(reference.sum()), float(serving.sum()) / deff
    linear = _variance(p, a) / m + _variance(q, b) / n
    half = float(Z * np.sqrt(linear + 2 * bias**2 / max(len(p) - 1, 1)))
    few = Z**2 * chance * (1 / n + 1 / m)
    return max(found - bias - half, 0.0), max(found - bias + half + few, found)


def _variance(share: FloatArray, values: FloatArray) -> float:
    return float((share * values**2).sum() - (share * values).sum() ** 2)


def of_linf(reference: IntArray, serving: IntArray, m: int, n: int, deff: float = 1.0) -> Interval:
    """Return the interval of the largest change of a share.

    By simultaneous intervals of all changes (Bonferroni; Goodman, Technometrics 7 (1965)): it
    is at least each one's lower end and at most the largest upper one. Variances are
    those of the larger share, smoothed by half a row: that of few rows is no guess at its own.
    """
    p, q = (reference + PSEUDOCOUNT) / (m + 1), (serving + PSEUDOCOUNT) / (n + 1)
    filled = reference + serving > 0
    z = -ndtri(0.025 / max(int(filled.sum()), 1))
    larger = np.minimum(np.maximum(p, q), 0.5)
    error = z * np.sqrt(larger * (1 - larger) * (1 / m + deff / n))
    change = np.abs(serving / n - reference / m)
    low, high = (change - error)[filled].max(), (change + error)[filled].max()
    return max(float(low), 0.0), min(float(high), 1.0)


def of_wasserstein(reference: Histogram, serving: Histogram, deff: float = 1.0) -> Interval:
    """Return the interval of the Wasserstein-1 distance, in the edges' units.

    Linear in F and G, with the sign of F - G as slope (Sommerfeld and Munk, J. Royal Statistical
    Society B 80 (2018), p. 219). Where F - G is nought but for chance it is the absolute value
    of a normal variable, whose mean above |F - G| is the bias (folded normal: Leone, Nelson and
    Nottingham, Technometrics 3 (1961), p. 543). At least one edge.
    """
    area, width, common = net_areas(reference, serving)
    n, m = serving.total / deff, float(reference.total)
    error = width * np.sqrt(common * (1 - common) * (1 / n + 1 / m))
    ratio = np.abs(area) / np.maximum(error, 1e-300)
    chance = 2 * error * np.exp(-(np.minimum(ratio, 30) ** 2) / 2) / np.sqrt(2 * np.pi)
    bias = float((chance - 2 * np.abs(area) * ndtr(-ratio)).sum())
    variance = _weighed(reference, np.sign(area)) / m + _weighed(serving, np.sign(area)) / n
    found, half = float(np.abs(area).sum()), Z * float(np.sqrt(variance))
    # The bias itself is estimated, from differences that chance has made too large: thrice as much
    # at the lower end and none at the upper one keep what is promised (by simulation).
    return max(found - 3 * bias - half, 0.0), found + half


def _weighed(side: Histogram, sign: FloatArray) -> float:
    """Return the variance of the integral of `sign` (one per interval) from a value upwards."""
    steps = np.append(np.cumsum((sign[1:-1] * np.diff(side.edges))[::-1])[::-1], 0.0)
    some = side.between > 0
    mean = side.sums[some] / side.between[some]
    # An interval's rows stand at their mean: below its right end, or above the last edge. They
    # scatter as exponential ones at most: the tail of training may be a single interval.
    left = np.append(side.edges[0], side.edges)[some]
    ends = np.append(side.edges, side.edges[-1])[some]
    inside = np.append(steps, 0.0)[some] + sign[some] * (ends - mean)
    values, weights = np.append(steps, inside), np.append(side.at, side.between[some])
    share = weights / weights.sum()
    away = np.abs(mean - left)
    right = np.where(np.abs(ends - mean) > 0, np.abs(ends - mean), away)
    within = (side.between[some] / weights.sum() * away * np.minimum(away, right)).sum()
    return _variance(share, values - float((share * values).sum())) + float(within)
