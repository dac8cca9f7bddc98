"""Design effects: the variance of a clustered sample's shares over that of independent rows.

The design effect is the variance of a mean over what as many independent rows would have: Kish,
Survey Sampling (1965), section 8.2. `n` rows are worth `n` divided by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtri, stdtrit

from skewcheck.counts.sides import CategoricalSide, Side
from skewcheck.features.types import FloatArray, IntArray

MIN_SHARE = 0.01
"""Share of the rows below which no test alarms, so that the design effect of such a share is not
needed."""
MIN_SHARE_OF_RUNS = 0.1
"""The same for runs of 64 rows: with a smaller share, counts in 64 rows are too few for the
chi-square approximation."""
CRITICAL_LEVEL = 1e-4
"""About the level of a single test of a whole audit: alpha 0.01 over a hundred tests. Where there
are few clusters, the correction by Student's quantile is made there."""


@dataclass(frozen=True, slots=True)
class ScoreEffects:
    """Design effects of several scores of one feature, and p-values of independent rows."""

    effects: FloatArray
    """One per score."""
    p_values: FloatArray
    """One per score; small where the effect is above 1."""

    @property
    def effect(self) -> float:
        """The largest design effect, since a test may look at any score; 1 without a score."""
        return float(self.effects.max(initial=1.0))

    @property
    def p_value(self) -> float:
        """The least p-value, after Bonferroni's correction; 0 without a score."""
        return min(1.0, len(self.p_values) * float(self.p_values.min(initial=1.0)))


def of_clusters(side: Side | None, table: IntArray) -> float:
    """Return the design effect of a feature from rows per cluster and bin, nulls in the last.

    At least 1, and 1 for a feature without a column or without rows.
    """
    if side is None or not table.size:
        return 1.0
    effect = of_scores(side, table, MIN_SHARE).effect
    return _with_few_clusters(effect, table.sum(1, dtype=np.float64))


def of_means(sizes: FloatArray, sums: FloatArray, variance: float) -> float:
    """Return the design effect of a mean, from each cluster's rows and sum of values.

    `variance` is that of the values. By the residuals of a ratio, as `_effects` has it for counts.
    With fewer than two clusters, or without variance, all rows are worth one.
    """
    groups, rows = int((sizes > 0).sum()), float(sizes.sum())
    if groups < 2 or not variance > 0:
        return max(rows, 1.0)
    residuals = sums - sizes * (sums.sum() / rows)
    effect = groups / (groups - 1) * float((residuals**2).sum()) / (rows * variance)
    return _with_few_clusters(effect, sizes)


def _with_few_clusters(effect: float, sizes: FloatArray) -> float:
    """Return a design effect, at least 1, that makes up for its own error with few clusters.

    Times the squared ratio of Student's quantile and the normal one, so that tests may use the
    latter. Student's has as many degrees of freedom as there are clusters, less one (Wolter,
    Introduction to Variance Estimation, 2nd ed. (2007), chapter 2). Clusters of unequal sizes
    count as (sum n)^2 / sum n^2 equal ones, which Kish (1965) has for unequal weights.
    """
    clusters = sizes.sum() ** 2 / max(float((sizes**2).sum()), 1.0)
    if clusters <= 1 + 1e-9:
        return max(float(sizes.sum()), 1.0)
    quantiles = stdtrit(clusters - 1, CRITICAL_LEVEL / 2), ndtri(CRITICAL_LEVEL / 2)
    correction = float(quantiles[0] / quantiles[1]) ** 2
    return float(np.clip(effect * correction, 1.0, max(sizes.sum(), 1.0)))


def of_scores(
    side: Side, table: IntArray, min_share: float, *, successive: bool = False
) -> ScoreEffects:
    """Return the design effects of a feature's scores, from rows per cluster and bin.

    `table` is clusters x bins, the last bin that of nulls. Scores whose mean is not between
    `min_share` and 1 less that are left out; `successive`, clusters are in the order of the log.
    """
    present, nulls = table[:, :-1], np.zeros((table.shape[1], 1))
    nulls[-1] = 1.0
    scored = [
        (present, _scores(side, present, min_share)),
        (table, _common(table, nulls, min_share)),
    ]
    results = [_effects(counts, scores, successive) for counts, scores in scored if scores.size]
    if not results:
        return ScoreEffects(np.empty(0), np.empty(0))
    effects = np.concatenate([effect for effect, _ in results])
    return ScoreEffects(effects, np.concatenate([p for _, p in results]))


def _scores(side: Side, table: IntArray, min_share: float) -> FloatArray:
    """Return the scores of each bin, bins x scores; constant scores are left out.

    For numbers, indicators of the value being at or below each cut, and their sum: roughly the
    rank, of which the Mann-Whitney test is. For levels, the indicator of each.
    """
    bins = table.shape[1]
    if isinstance(side, CategoricalSide):
        return _common(table, np.eye(bins), min_share)
    below = np.triu(np.ones((bins, bins)))[:, :-1]
    rank = below.sum(1, keepdims=True)
    rows = table.sum(0)
    varies = rows.max(initial=0) < rows.sum()
    return np.hstack((_common(table, below, min_share), rank[:, : int(varies)]))


def _common(table: IntArray, scores: FloatArray, min_share: float) -> FloatArray:
    """Return the 0/1 scores whose share is neither below `min_share` nor above 1 less that."""
    rows = table.sum(0)
    share = rows @ scores / max(rows.sum(), 1)
    return scores[:, (share >= min_share) & (share <= 1 - min_share)]


def _effects(
    table: IntArray, scores: FloatArray, successive: bool
) -> tuple[FloatArray, FloatArray]:
    """Return each score's design effect, and the p-value of independent rows.

    The mean is a ratio, its variance that of the clusters' residuals: Cochran, Sampling
    Techniques, 3rd ed. (1977), chapters 6 and 11. Without dependence, (G - 1) times the effect is
    about a chi-square with G - 1 degrees of freedom. `successive`, the variance is that of the
    differences of neighbours, which trends and changepoints do not enter, with about two thirds of
    the degrees of freedom (von Neumann and others, Ann. Math. Statist. 12 (1941), p. 153).
    Ones for fewer than three clusters.
    """
    table = table[table.sum(1) > 0]
    sizes, groups = table.sum(1, dtype=np.float64), len(table)
    if groups < 3:
        return np.ones(scores.shape[1]), np.ones(scores.shape[1])
    share = table.sum(0) / sizes.sum()
    mean = share @ scores
    variance = share @ scores**2 - mean**2
    sums = table @ scores
    if successive:
        differences = np.diff(sums / sizes[:, None], axis=0) ** 2
        both = 1 / sizes[:-1] + 1 / sizes[1:]
        # Changepoints of the whole log are few: the largest differences are trimmed.
        kept = np.sort(differences / both[:, None], axis=0)[: groups - 1 - groups // 16]
        effects = kept.sum(0) / (groups - 1) / variance
        freedom = 2 * (groups - 1) ** 2 / (3 * groups - 4)
    else:
        residuals = sums - sizes[:, None] * mean
        effects = groups / (groups - 1) * (residuals**2).sum(0) / (sizes.sum() * variance)
        freedom = min(groups, sizes.sum() ** 2 / (sizes**2).sum()) - 1
    return effects, np.asarray(chdtrc(max(freedom, 1e-9), freedom * effects), np.float64)
