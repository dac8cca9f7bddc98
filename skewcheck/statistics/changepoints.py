"""When a distribution changed: pure functions over counts, one row per window, one column per bin.

Windows are in order and none is empty. Nothing here knows thresholds or verdicts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import chdtri, ndtr, xlogy

from skewcheck.features.types import FloatArray, IntArray

LEAST = 5
"""Rows per bin that a run must have for the likelihood ratio to be near a chi-square."""
LAGS = (1, 2, 4)
"""Windows apart, at most a twelfth of all, at which `dispersion` compares two."""
CHANCE = 3.0
"""A median of few squares of one degree of freedom may be this large without any cause: it is in
one of twenty series of 24 windows."""


def dispersion(counts: IntArray, ordered: int = 0, lags: Sequence[int] = ()) -> float:
    """Return how much more windows near each other differ than rows drawn at random would; >= 1.

    The median of the chi-squares of two windows, over the median of that distribution: changes,
    of which there are few, do not count. The largest of several distances (`lags`), as rows that
    depend on each other, or a season, may change slowly; and, where the first `ordered` bins are
    in order, that of the mean of their numbers, which dependence moves more than any other figure,
    where it is too large for chance. It divides log-likelihoods and the rows that a test counts
    on: quasi-likelihood, McCullagh and Nelder, Generalized Linear Models, 2nd ed. (1989), sections
    4.5 and 9.2.
    """
    used = counts[:, counts.sum(0) > 0].astype(np.float64)
    if len(used) < 4 or used.shape[1] < 2:
        return 1.0
    lags = lags or [lag for lag in LAGS if lag == 1 or lag * 12 <= len(used)]
    found = max(_differing(used, lag) for lag in lags)
    moving = max(_moving(counts[:, :ordered].astype(np.float64), lag) for lag in lags)
    return max(1.0, found, moving if moving > CHANCE else 1.0)


def _differing(used: FloatArray, lag: int) -> float:
    one, two = used[:-lag], used[lag:]
    both, n, m = one + two, one.sum(1), two.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = (one / n[:, None] - two / m[:, None]) ** 2 / both
    statistic = n * m * np.nan_to_num(apart).sum(1)
    degrees = (both > 0).sum(1) - 1
    # Windows that share a single bin do not differ at all.
    return float(np.median(statistic / chdtri(np.maximum(degrees, 1), 0.5)))


def _moving(bins: FloatArray, lag: int) -> float:
    """Return the same of the mean place of a row among the bins, a chi-square of one degree."""
    place, rows, all_rows = np.arange(bins.shape[1]), bins.sum(1), bins.sum()
    if bins.shape[1] < 2 or not all_rows:
        return 1.0
    share = bins.sum(0) / all_rows
    variance = float(share @ place**2 - (share @ place) ** 2)
    known = rows > 0
    if variance <= 0 or known.sum() <= lag:
        return 1.0
    mean, each = (bins[known] @ place) / rows[known], variance / rows[known]
    statistic = (mean[:-lag] - mean[lag:]) ** 2 / (each[:-lag] + each[lag:])
    return float(np.median(statistic) / chdtri(1, 0.5))


def penalty(counts: IntArray, alpha: float, extra: float) -> float:
    """Return what a further run must gain in log-likelihood.

    So that one more in counts without any change has at most the chance alpha: half the
    chi-square quantile of B - 1 degrees at alpha over the number of places (Wilks, Annals of
    Mathematical Statistics 9 (1938), p. 62; Bonferroni), times the dispersion `extra`.
    """
    bins = int((counts.sum(0) > 0).sum())
    if bins < 2 or len(counts) < 2:
        return np.inf
    return extra * float(chdtri(bins - 1, alpha / (len(counts) - 1))) / 2


def runs(counts: IntArray, cost: float) -> tuple[int, ...]:
    """Return where runs of windows of one distribution begin, 0 first.

    Of all ways to cut w windows the one of largest multinomial log-likelihood less `cost` a run:
    dynamic programming over w^2/2 runs (Auger and Lawrence, Bulletin of Mathematical Biology 51
    (1989), section 2; Jackson et al., IEEE Signal Processing Letters 12 (2005), equation 6). A run
    has at least `LEAST` rows per bin, unless it is all.
    """
    windows = len(counts)
    if not np.isfinite(cost):
        return (0,)
    used = counts[:, counts.sum(0) > 0]
    total = np.concatenate((np.zeros((1, used.shape[1])), np.cumsum(used, 0)))
    rows = total.sum(1)
    best = np.full(windows + 1, -np.inf)
    best[0] = 0.0
    before = np.zeros(windows + 1, np.int64)
    for stop in range(1, windows + 1):
        gain = best[:stop] + _log_likelihood(total[stop] - total[:stop]) - cost
        gain[rows[stop] - rows[:stop] < LEAST * used.shape[1]] = -np.inf
        before[stop] = int(np.argmax(gain))
        best[stop] = gain[before[stop]]
    if not np.isfinite(best[-1]):
        return (0,)
    starts = [int(before[windows])]
    while starts[-1] > 0:
        starts.append(int(before[starts[-1]]))
    return tuple(reversed(starts))


def _log_likelihood(counts: FloatArray) -> FloatArray:
    """Return the largest multinomial log-likelihood of each row of counts."""
    n = counts.sum(-1)
    likelihood: FloatArray = xlogy(counts, counts).sum(-1) - xlogy(n, n)
    return likelihood


def places(counts: IntArray, begins: int, ends: int, extra: float) -> FloatArray:
    """Return the probability that the change within windows begins .. ends lies before each.

    One change after window `begins`: entry i is for a change before window begins + 1 + i, i from
    0. A posterior with a uniform prior, proportional to the likelihood with both distributions
    fitted: Smith, Biometrika 62 (1975), section 2, in which they are known; log-likelihoods over
    the dispersion.
    """
    part = counts[begins:ends]
    total = np.cumsum(part, 0, dtype=np.float64)
    log = _log_likelihood(total[:-1]) + _log_likelihood(total[-1] - total[:-1])
    weight = np.exp((log - log.max()) / extra)
    shares: FloatArray = weight / weight.sum()
    return shares


def trend(values: Sequence[float]) -> tuple[float, float]:
    """Return the slope of a series per step (Theil-Sen), and the p-value that there is none.

    The median of all slopes of two points (Sen, JASA 63 (1968), p. 1379); Mann-Kendall, S with
    its variance for ties and a correction for continuity (Kendall, Rank Correlation Methods, 4th
    ed. (1970), sections 4.5 and 4.9). NaN is left out; 0 and 1 for fewer than four values.
    """
    y = np.asarray(values, np.float64)
    at = np.flatnonzero(np.isfinite(y))
    if len(at) < 4:
        return 0.0, 1.0
    y = y[at]
    i, j = np.triu_indices(len(y), 1)
    differences = y[j] - y[i]
    slope = float(np.median(differences / (at[j] - at[i])))
    score = float(np.sign(differences).sum())
    n, ties = len(y), np.unique(y, return_counts=True)[1].astype(np.float64)
    variance = n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()
    if variance <= 0:
        return slope, 1.0
    z = (abs(score) - 1) / np.sqrt(variance / 18) if score else 0.0
    return slope, float(2 * ndtr(-z)) if z > 0 else 1.0


def stepped(values: Sequence[float]) -> bool:
    """Tell whether two levels, one after the other, fit a series better than a straight line.

    Least squares; NaN is left out. A line leaves 1/4 of a step's variance, and so does the best
    step of a line's.
    """
    y = np.asarray(values, np.float64)
    at = np.flatnonzero(np.isfinite(y))
    if len(at) < 3:
        return False
    y = y[at] - y[at].mean()
    n, total = np.arange(1, len(y)), np.cumsum(y)[:-1]
    # What a step before each place takes of the sum of squares, and what the line does.
    step = total**2 * (1 / n + 1 / (len(y) - n))
    x = at - at.mean()
    return float(step.max()) > float((x @ y) ** 2 / (x @ x))
