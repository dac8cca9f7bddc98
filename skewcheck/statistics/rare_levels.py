"""Tests of rare levels: the missing mass of a training sample, and growth of one level's share."""

from __future__ import annotations

import numpy as np
from scipy.special import betainc

from skewcheck.features.types import IntArray


def growth(reference: IntArray, serving: IntArray, m: int, n: int, deff: float = 1.0) -> float:
    """Return the least one-sided p-value that the share of a category has not grown.

    `reference` and `serving` are the rows of each category, of m and of n rows in all. For each
    category by itself the conditional test of two Poisson rates (Przyborowski and
    Wilenski, Biometrika 31 (1940)): of all its rows in both samples, serving's are binomial with
    n / (n + m). Conservative for shares, but little where they are small, and continuous in the
    design effect `deff`, which divides serving's rows. Uncorrected: the caller corrects for the
    number of categories. 1 without a category in serving.
    """
    grown = serving > 0
    p = betainc(serving[grown] / deff, reference[grown] + 1, n / (n + deff * m))
    return float(p.min(initial=1.0))


def missed(
    seen: IntArray, m: int, k: float, n: float, singles: float, doubles: float, deff: float = 1.0
) -> float:
    """Return the p-value of k of n rows of categories without a row in a training sample of m.

    A category of Poisson rate t in training is missed with probability exp(-t) and then brings
    t n/m rows, all at once: no binomial has that variance. But for any 0 < s < 1 the mean of
    (1 + s m/n)^k times the product over seen categories of 1 - s^r, r its training rows, is 1
    whatever the rates: each category's factor is exp(-t) (exp(st) + sum_r (1 - s^r) t^r/r!) = 1.
    So is the average over several s: an e-value, whose inverse is a p-value (Vovk and Wang, Annals
    of Statistics 49 (2021), section 2). For small s it is the normal bound with the variance
    f1 + 2 f2 of the missing mass (Esty, Annals of Statistics 11 (1983), theorem 1).

    `seen` are the training rows of each category with more than two; `singles` and `doubles` are
    the numbers of categories with one and with two. `deff` is the design effect that k and n are
    divided by. 1 for k = 0.
    """
    if not k:
        return 1.0
    k, n = k / deff, n / deff
    s = 0.9 * 0.5 ** np.arange(10)
    log_e = k * np.log1p(s * m / n) + singles * np.log1p(-s) + doubles * np.log1p(-(s**2))
    rows, times = np.unique(seen, return_counts=True)
    log_e += np.log1p(-(s[:, None] ** rows)) @ times
    return float(np.exp(-max(np.logaddexp.reduce(log_e) - np.log(len(s)), 0.0)))


def rare(rows: IntArray, other: int) -> tuple[float, float, IntArray]:
    """Return equivalent numbers of levels with one and two rows, and the rows of all others.

    `rows` are those of each listed level, all positive; `other` are those of unlisted levels.

    With every level listed, the share of new levels is that of those seen once (Good, Biometrika
    40 (1953), equation 9). Where levels seen less than c times are not listed, it is that of the
    rows of those seen up to c times (his equation 7, summed): the unlisted ones and those with c
    rows. A part of those seen c times may be unlisted, too, and weighs what those seen c + 1 times
    do. The variance f1 + 2 f2 becomes that share and c (c + 1) times those seen c + 1 times.
    """
    c = int(rows.min(initial=rows.max(initial=1))) if other else 1
    at, above = c * int((rows == c).sum()), (c + 1) * int((rows == c + 1).sum())
    singles = other + at + above * other / max(other + at, 1)
    return singles, above * c / 2, rows[rows > c + 1]
