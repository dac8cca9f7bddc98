"""Two-sample statistics over counts. Pure functions: reference and serving in, numbers out.

Counts of a numeric feature are cells in ascending order, as `Histogram.interleaved` has them.

`deff` is the design effect of the log: its n rows are worth n / deff independent ones (Kish,
Survey Sampling (1965), section 8.2). Statistics are of the rows as they are, p-values of what
they are worth. Rows of the reference count as independent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, gammaln, kolmogorov, ndtr

from skewcheck.features.types import FloatArray, IntArray

BINS = 10
"""Reference-quantile bins of the population stability index."""
POOLED = 5.0
"""Expected counts below this are too small for the chi-square approximation (Cochran,
Biometrics 10 (1954), p. 420): such categories form one cell."""
PSEUDOCOUNT = 0.5
MAX_RATIO = 50.0
NEW_SHARE = 0.05
"""Half a row would make the logarithm in PSI of a bin that training had empty grow with training's
rows. Instead a share counts as a fiftieth of the other at least, or of `NEW_SHARE` if that is less,
whatever the size of either sample: a bin that is new, or lost, weighs ln 50 = 3.9 times its share,
and alone comes to the customary limit of 0.2 just above 5 percentage points, which tests of shares
call skew. Where no share is less than a fiftieth of the other, PSI is untouched."""
SUMMED = 50
"""Expected counts below this are summed over, one by one, for the mean of PSI."""


@dataclass(frozen=True, slots=True)
class Result:
    """A statistic, the p-value of no difference, and what the statistic would be without one."""

    statistic: float
    p_value: float | None = None
    expected: float = 0.0


def ks(reference: IntArray, serving: IntArray, deff: float = 1.0) -> Result:
    """Two-sample Kolmogorov-Smirnov test from cells in ascending order.

    D is the largest difference of the distribution functions at the cells' ends, which is just
    below and at every edge. It is exact where open intervals are empty, and else at most the
    largest interval's mass too small. p by Kolmogorov's limiting distribution (1933), which
    D sqrt(nm/(n+m)) of two samples has as well (Smirnov, Bulletin Math. de l'Universite de Moscou
    2 (1939)): conservative with ties. Both samples must have rows.
    """
    n, m = serving.sum(), reference.sum()
    d = float(np.abs(np.cumsum(reference) / m - np.cumsum(serving) / n).max())
    n = n / deff
    return Result(d, float(kolmogorov(d * np.sqrt(n * m / (n + m)))))


def mannwhitney(reference: IntArray, serving: IntArray, deff: float = 1.0) -> Result:
    """Rank test of location from cells: the statistic is P(serving > reference) + P(=)/2.

    Normal approximation with the variance corrected for ties (all rows of a cell are tied):
    Lehmann, Nonparametrics (1975), section 1.4; no continuity correction.
    p is 1 where all rows share one cell.
    """
    worth = serving / deff
    n, m = float(worth.sum()), float(reference.sum())
    below = np.cumsum(reference) - reference
    superiority = float(worth @ (below + reference / 2.0) / (n * m))
    ties = reference + worth
    total = n + m
    variance = n * m / 12 * (total + 1 - (ties**3 - ties).sum() / (total * (total - 1)))
    if variance <= 0:
        return Result(superiority, 1.0, 0.5)
    z = (superiority - 0.5) * n * m / np.sqrt(variance)
    return Result(superiority, float(2 * ndtr(-abs(z))), 0.5)


def quantile_bins(reference: IntArray, bins: int = BINS) -> IntArray:
    """Return the bin of each cell: reference quantiles, heavy values alone; ascending from 0.

    A cell with at least 1/bins of the rows is a bin of its own. The others belong to the
    quantile at which they begin, so that equal values never part.
    """
    m = int(reference.sum())
    if not m:
        return np.zeros(len(reference), np.int64)
    filled = reference > 0
    quantile = np.where(filled, (np.cumsum(reference) - reference) * bins // m, 0)
    # An empty cell stays with the bin on its left, unless that is a single heavy value.
    quantile = np.maximum.accumulate(quantile)
    heavy = reference * bins >= m
    begins = (np.diff(quantile) > 0) | heavy[1:] | heavy[:-1]
    return np.concatenate(([0], np.cumsum(begins)))


def binned(counts: IntArray, bins: IntArray) -> IntArray:
    """Add up cells by bin."""
    return np.bincount(bins, counts, int(bins[-1]) + 1).astype(np.int64)


def pooled(
    reference: IntArray, serving: IntArray, unlisted: tuple[int, int] = (0, 0), deff: float = 1.0
) -> tuple[IntArray, IntArray]:
    """Pool categories whose expected count is below 5 in either sample into one last cell.

    The cell is left as it is, however small; there is none where nothing is pooled. Categories
    without any row vanish. Those without a reference row are always pooled: they are the many
    levels that training happened to miss, and by chance alone its rare ones make up for them.
    `unlisted` rows of either sample belong to categories that are pooled, too.
    """
    filled = reference + serving > 0
    reference, serving = reference[filled], serving[filled]
    both = reference + serving / deff
    m, n = reference.sum() + unlisted[0], (serving.sum() + unlisted[1]) / deff
    small = (both / max(m + n, 1) * min(m, n) < POOLED) | (reference == 0)
    rest = reference[small].sum() + unlisted[0], serving[small].sum() + unlisted[1]
    if not any(rest):
        return reference, serving
    return np.append(reference[~small], rest[0]), np.append(serving[~small], rest[1])


def chi2(reference: IntArray, serving: IntArray, deff: float = 1.0) -> Result:
    """Pearson's two-sample chi-square test of homogeneity on (pooled) counts, no correction.

    Pearson, Biometrika 8 (1911), p. 250; with a design effect the first-order correction of Rao
    and Scott, JASA 76 (1981), p. 221. p is 1 for a single cell. Cells without rows count not.
    """
    filled = reference + serving > 0
    table = np.array([reference[filled], serving[filled] / deff], np.float64)
    expected = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
    degrees = table.shape[1] - 1
    if degrees < 1:
        return Result(0.0, 1.0, 0.0)
    statistic = float(((table - expected) ** 2 / expected).sum())
    return Result(statistic, float(chdtrc(degrees, statistic)), float(degrees))


def shares(counts: IntArray) -> FloatArray:
    """Return shares smoothed by half a row per bin: never 0, so that logarithms are finite."""
    smoothed: FloatArray = (counts + PSEUDOCOUNT) / (counts.sum() + PSEUDOCOUNT * len(counts))
    return smoothed


def floor(p: FloatArray, q: FloatArray) -> FloatArray:
    """Return what a share counts as in the logarithm of PSI at least, bin by bin."""
    return np.minimum(np.maximum(p, q), NEW_SHARE) / MAX_RATIO


def log_ratio(p: FloatArray, q: FloatArray) -> FloatArray:
    """Return ln(q / p) of positive shares, neither less than their `floor`."""
    least = floor(p, q)
    return np.log(np.maximum(q, least) / np.maximum(p, least))


def psi(reference: IntArray, serving: IntArray, deff: float = 1.0) -> Result:
    """Population stability index, sum of (q - p) ln(q / p), with the chi-square test's p.

    Bins that are empty on both sides are dropped; the logarithm is that of `log_ratio`. `expected`
    is its mean where nothing moved.
    """
    filled = reference + serving > 0
    reference, serving = reference[filled], serving[filled]
    p, q = shares(reference), shares(serving)
    p_value = chi2(*pooled(reference, serving, deff=deff), deff).p_value
    expected = psi_unmoved(reference, serving, deff)
    return Result(float(((q - p) * log_ratio(p, q)).sum()), p_value, expected)


def psi_unmoved(reference: IntArray, serving: IntArray, deff: float = 1.0) -> float:
    """Return the mean of PSI where both samples are of one distribution, their mean.

    Bin by bin E[(q - p)(ln q - ln p)] of independent p and q, of which chance hardly ever makes
    one less than its `floor`. About (B - 1)(1/n + 1/m), the limit of Yurdakul and Naranjo, J.
    Risk Model Validation 14 (2020), where all bins have many rows; far less where many have few.
    Bins have rows on some side.
    """
    common = (reference + serving / deff) / (reference.sum() + serving.sum() / deff)
    p, log_p, p_log_p = _smoothed_moments(common, float(reference.sum()), 1.0)
    q, log_q, q_log_q = _smoothed_moments(common, float(serving.sum()), deff)
    return max(float((q_log_q - q * log_p - p * log_q + p_log_p).sum()), 0.0)


def _smoothed_moments(
    share: FloatArray, rows: float, deff: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the means of q, ln q and q ln q, where q is a smoothed share of so many rows.

    The count is binomial: summed over where less than 100 are expected, and beyond that by
    Taylor's theorem around its mean, to the fourth central moment (Johnson, Kemp and Kotz,
    Univariate Discrete Distributions (2005), chapter 3).
    """
    n = max(round(rows / deff), 1)
    half, total = PSEUDOCOUNT / deff, n + PSEUDOCOUNT / deff * len(share)
    share = np.minimum(share, 1 - 1e-12)
    mean = (n * share + half) / total
    v = n * share * (1 - share) / total**2
    third = v * (1 - 2 * share) / total
    fourth = v * (1 + 3 * (n - 2) * share * (1 - share)) / total**2
    log = np.log(mean) - v / mean**2 / 2 + third / mean**3 / 3 - fourth / mean**4 / 4
    product = mean * np.log(mean) + v / mean / 2 - third / mean**2 / 6 + fourth / mean**3 / 12
    few = n * share < SUMMED
    if few.any():
        k = np.arange(min(n, 3 * SUMMED) + 1)
        pi = share[few, None]
        choices = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
        weights = np.exp(choices + k * np.log(pi) + (n - k) * np.log1p(-pi))
        weights /= weights.sum(1, keepdims=True)
        q = (k + half) / total
        log[few] = (weights * np.log(q)).sum(1)
        product[few] = (weights * (q * np.log(q))).sum(1)
    return mean, log, product


def js(reference: IntArray, serving: IntArray) -> float:
    """Return the Jensen-Shannon distance, base 2, of the raw shares: 0 to 1.

    The root of Lin's divergence, IEEE Trans. Information Theory 37 (1991): a metric (Endres and
    Schindelin, the same, 49 (2003)).
    """
    p, q = reference / reference.sum(), serving / serving.sum()
    middle = (p + q) / 2

    def divergence(a: FloatArray) -> float:
        some = a > 0
        return float((a[some] * np.log2(a[some] / middle[some])).sum())

    return float(np.sqrt(max((divergence(p) + divergence(q)) / 2, 0.0)))


def kl(reference: IntArray, serving: IntArray) -> float:
    """Return the divergence of serving from reference, in nats, of smoothed shares.

    Kullback and Leibler, Annals of Mathematical Statistics 22 (1951), p. 79.
    """
    p, q = shares(reference), shares(serving)
    return float((q * np.log(q / p)).sum())


def linf(reference: IntArray, serving: IntArray, m: int, n: int) -> tuple[float, int]:
    """Return the largest difference of a category's share of m and n rows, and which has it."""
    difference = np.abs(serving / n - reference / m)
    i = int(np.argmax(difference))
    return float(difference[i]), i


def excess(reference: int, m: int, serving: float, n: float, deff: float = 1.0) -> float:
    """Return the one-sided p-value that serving's share is not above the reference's.

    Fisher's exact test (Journal of the Royal Statistical Society 98 (1935), p. 39): of all
    `reference + serving` such rows of both samples, serving's number is hypergeometric. What a
    design effect leaves is rounded down to whole rows. Counts are whole numbers.
    """
    k, n = math.floor(serving / deff), max(math.floor(n / deff), 1)
    if not k:
        return 1.0
    both, total = k + reference, n + m
    mean = n * (both / total)
    wide = 40 + 10 * math.sqrt(mean * (m / total) * ((total - both) / max(total - 1, 1)))
    # Ten standard deviations beyond the mean, or beyond k, hold all that a float can tell.
    first = max(k, both - m, math.floor(mean - wide))
    last = min(n, both, math.ceil(max(mean, k) + wide))
    p = math.exp(_ways(n, first) + _ways(m, both - first) - _ways(total, both))
    x = np.arange(float(first), float(last))
    ratios = (n - x) * (both - x) / ((x + 1) * (m - both + x + 1))
    return min(p * (1 + float(ratios.cumprod().sum())), 1.0)


def _ways(n: int, k: int) -> float:
    """Return the logarithm of n over k."""
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def exceedance(outside: float, n: float, m: int, deff: float = 1.0) -> float:
    """Return the probability of so many of n values outside the range of m others, or more.

    All n + m values in random order: k at one end are serving's with probability
    q(k) = C(n, k) / C(n + m, k); both ends together give (k + 1) q(k) - k q(k + 1).
    (On exceedances: Gumbel and von Schelling, Annals of Mathematical Statistics 21 (1950), p. 247.)
    """
    if outside == 0:
        return 1.0
    outside, n = outside / deff, n / deff

    def q(k: float) -> float:
        if k > n:
            return 0.0
        terms = gammaln(n + 1) - gammaln(n - k + 1) + gammaln(n + m - k + 1) - gammaln(n + m + 1)
        return float(np.exp(terms))

    return min(1.0, (outside + 1) * q(outside) - outside * q(outside + 1))


def all_equal(reference: NDArray[np.int64], n: float) -> float:
    """Return the probability that n rows drawn from these counts are all of one value."""
    p = reference[reference > 0] / reference.sum()
    return float((p**n).sum())
