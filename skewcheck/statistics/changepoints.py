"""Changepoints of a series of distributions, overdispersion between windows, and trends.

Pure functions over counts of shape (windows, bins), int64, in the order of time; no window is
empty. Without thresholds or verdicts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import chdtri, ndtr, xlogy

from skewcheck.features.types import FloatArray, IntArray

MIN_ROWS_PER_BIN = 5
"""Rows per bin that a run must have for the likelihood ratio to be near a chi-square: the usual
rule of five for expected counts."""
LAGS = (1, 2, 4)
"""Distances of two compared windows: neighbours, and further apart where dependence or a season
changes slowly."""
MIN_WINDOWS_PER_LAG = 12
"""A lag above 1 is at most a twelfth of the series: else few and overlapping pairs are compared."""
MIN_WINDOWS = 4
"""Windows below which neither a dispersion nor a trend is estimated: the median of fewer than three
differences is one of them, and Mann-Kendall of three values cannot be significant."""
MAX_MEAN_DISPERSION = 3.0
"""Dispersion of the means that chance explains: the median of few squares of one degree of freedom
exceeds it in one of twenty series of 24 windows."""


def dispersion(counts: IntArray, ordered: int = 0, lags: Sequence[int] = ()) -> float:
    """Return the dispersion factor between windows: 1 for independent rows, else above it.

    The median of the two-sample chi-squares of window pairs, over the median of that distribution:
    the median is robust to the few pairs with a changepoint between them. The largest of several
    distances (`lags`), as rows that depend on each other, or a season, may change slowly; and,
    where the first `ordered` bins are in order, that of the mean bin, which dependence moves more
    than any other figure, if it is too large for chance. It divides log-likelihoods and the rows
    that a test counts on: quasi-likelihood, McCullagh and Nelder, Generalized Linear Models, 2nd
    ed. (1989), sections 4.5 and 9.2.

    1 for fewer than four windows or fewer than two bins with rows.
    """
    used = counts[:, counts.sum(0) > 0].astype(np.float64)
    if len(used) < MIN_WINDOWS or used.shape[1] < 2:
        return 1.0
    lags = lags or [lag for lag in LAGS if lag == 1 or lag * MIN_WINDOWS_PER_LAG <= len(used)]
    of_shares = max(_share_dispersion(used, lag) for lag in lags)
    of_means = max(_mean_dispersion(counts[:, :ordered].astype(np.float64), lag) for lag in lags)
    return max(1.0, of_shares, of_means if of_means > MAX_MEAN_DISPERSION else 1.0)


def _share_dispersion(used: FloatArray, lag: int) -> float:
    """Return the median chi-square of windows `lag` apart, over its expected median."""
    earlier, later = used[:-lag], used[lag:]
    both, n, m = earlier + later, earlier.sum(1), later.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        differences = (earlier / n[:, None] - later / m[:, None]) ** 2 / both
    statistic = n * m * np.nan_to_num(differences).sum(1)
    degrees = (both > 0).sum(1) - 1
    # Windows that share a single bin do not differ at all.
    return float(np.median(statistic / chdtri(np.maximum(degrees, 1), 0.5)))


def _mean_dispersion(bins: FloatArray, lag: int) -> float:
    """Return the same of the mean bin number of a row, a chi-square of one degree of freedom."""
    number, rows, all_rows = np.arange(bins.shape[1]), bins.sum(1), bins.sum()
    if bins.shape[1] < 2 or not all_rows:
        return 1.0
    share = bins.sum(0) / all_rows
    variance = float(share @ number**2 - (share @ number) ** 2)
    filled = rows > 0
    if variance <= 0 or filled.sum() <= lag:
        return 1.0
    mean, error = (bins[filled] @ number) / rows[filled], variance / rows[filled]
    statistic = (mean[:-lag] - mean[lag:]) ** 2 / (error[:-lag] + error[lag:])
    return float(np.median(statistic) / chdtri(1, 0.5))


def penalty(counts: IntArray, alpha: float, dispersion: float) -> float:
    """Return the log-likelihood that a further run must gain: the penalty of a changepoint.

    A changepoint in counts of one distribution then has at most the probability alpha: half the
    chi-square quantile of B - 1 degrees at alpha over the number of places (Wilks, Annals of
    Mathematical Statistics 9 (1938), p. 62; Bonferroni), times the dispersion factor. Infinite
    for fewer than two windows or bins with rows.
    """
    bins = int((counts.sum(0) > 0).sum())
    if bins < 2 or len(counts) < 2:
        return np.inf
    return dispersion * float(chdtri(bins - 1, alpha / (len(counts) - 1))) / 2


def runs(counts: IntArray, cost: float) -> tuple[int, ...]:
    """Return the first windows of the runs of one distribution, ascending, 0 first.

    The segmentation of w windows with the largest multinomial log-likelihood less `cost` a run:
    dynamic programming over w^2/2 runs (Auger and Lawrence, Bulletin of Mathematical Biology 51
    (1989), section 2; Jackson et al., IEEE Signal Processing Letters 12 (2005), equation 6). A run
    has at least `MIN_ROWS_PER_BIN` rows per bin with rows; where no segmentation has, or `cost` is
    infinite, all windows are one run.
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
        gain[rows[stop] - rows[:stop] < MIN_ROWS_PER_BIN * used.shape[1]] = -np.inf
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


def posterior(counts: IntArray, begins: int, ends: int, dispersion: float) -> FloatArray:
    """Return the posterior probabilities of the place of one changepoint; they sum to 1.

    The changepoint lies in windows begins .. ends - 1: entry i, from 0, is the probability that it
    is before window begins + 1 + i. The prior is uniform, the likelihood that with both
    distributions fitted (Smith, Biometrika 62 (1975), section 2, has them given);
    log-likelihoods are divided by the dispersion factor.
    """
    total = np.cumsum(counts[begins:ends], 0, dtype=np.float64)
    log = _log_likelihood(total[:-1]) + _log_likelihood(total[-1] - total[:-1])
    weight = np.exp((log - log.max()) / dispersion)
    shares: FloatArray = weight / weight.sum()
    return shares


def trend(values: Sequence[float]) -> tuple[float, float]:
    """Return the slope of a series per step (Theil-Sen) and the two-sided p-value of no trend.

    The median of all slopes of two points (Sen, JASA 63 (1968), p. 1379); Mann-Kendall, S with
    its variance for ties and a correction for continuity (Kendall, Rank Correlation Methods, 4th
    ed. (1970), sections 4.5 and 4.9). NaN and infinite values are left out; (0, 1) for fewer than
    four others.
    """
    y = np.asarray(values, np.float64)
    at = np.flatnonzero(np.isfinite(y))
    if len(at) < MIN_WINDOWS:
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
    """Tell whether one step between two constants fits a series better than a straight line.

    By least squares; NaN and infinite values are left out, and fewer than three others are no
    step. A line leaves 1/4 of a step's variance, and so does the best step of a line's.
    """
    y = np.asarray(values, np.float64)
    at = np.flatnonzero(np.isfinite(y))
    if len(at) < 3:
        return False
    y = y[at] - y[at].mean()
    n, total = np.arange(1, len(y)), np.cumsum(y)[:-1]
    # The sum of squares that a step before each place explains, and that of the line.
    step = total**2 * (1 / n + 1 / (len(y) - n))
    x = at - at.mean()
    return float(step.max()) > float((x @ y) ** 2 / (x @ x))
