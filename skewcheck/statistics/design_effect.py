"""Design effects: how much more the shares of a sample vary than those of independent rows.

The design effect is the variance of a mean over what as many independent rows would have: Kish,
Survey Sampling (1965), section 8.2. `n` rows are worth `n` divided by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtri, stdtrit

from skewcheck.counts.feature_plan import CategoricalSide, Side
from skewcheck.features.types import FloatArray, IntArray

RARE = 0.01
"""Share of the rows below which nothing can be an alarm, so that its spread is of no matter."""
COMMON = 0.1
"""Share below which counts in 64 rows are too few for the approximation by a chi-square."""
CRITICAL = 1e-4
"""The level at which a test of a whole audit is significant, or about that: alpha 0.01 over a
hundred tests. Where there are few clusters, p-values must be right there."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Design effects of several scores of one feature, and how sure they are above one."""

    effects: FloatArray
    p_values: FloatArray

    @property
    def effect(self) -> float:
        """The largest: of whatever a test may look at, the least sure."""
        return float(self.effects.max(initial=1.0))

    @property
    def p_value(self) -> float:
        """The least p-value, after Bonferroni's correction."""
        return min(1.0, len(self.p_values) * float(self.p_values.min(initial=1.0)))


def of_clusters(side: Side | None, table: IntArray) -> float:
    """Return the design effect of a feature from rows per cluster and bin."""
    if side is None or not table.size:
        return 1.0
    return _surely(spread(side, table, RARE).effect, table.sum(1, dtype=np.float64))


def of_means(sizes: FloatArray, sums: FloatArray, variance: float) -> float:
    """Return the design effect of a mean of values with this variance, from clusters' sums.

    By the residuals of a ratio, as `_effects` has it for counts.
    """
    groups, rows = int((sizes > 0).sum()), float(sizes.sum())
    if groups < 2 or not variance > 0:
        return max(rows, 1.0)
    residuals = sums - sizes * (sums.sum() / rows)
    effect = groups / (groups - 1) * float((residuals**2).sum()) / (rows * variance)
    return _surely(effect, sizes)


def _surely(effect: float, sizes: FloatArray) -> float:
    """Return a design effect, at least 1, for which the normal quantile is as good as Student's.

    Student's has as many degrees of freedom as there are clusters, less one (Wolter, Introduction
    to Variance Estimation, 2nd ed. (2007), chapter 2): the ratio stands for few clusters. Of
    unequal sizes, they count as (sum n)^2 / sum n^2 equal ones, which Kish (1965) has for
    unequal weights.
    """
    clusters = sizes.sum() ** 2 / max(float((sizes**2).sum()), 1.0)
    if clusters <= 1 + 1e-9:
        return max(float(sizes.sum()), 1.0)
    few = float(stdtrit(clusters - 1, CRITICAL / 2) / ndtri(CRITICAL / 2)) ** 2
    return float(np.clip(effect * few, 1.0, max(sizes.sum(), 1.0)))


def spread(side: Side, table: IntArray, rare: float, *, successive: bool = False) -> Spread:
    """Return the design effects of a feature's scores, from counts per cluster and bin."""
    present, nulls = table[:, :-1], np.zeros((table.shape[1], 1))
    nulls[-1] = 1.0
    parts = [(present, _scores(side, present, rare)), (table, _common(table, nulls, rare))]
    found = [_effects(counts, scores, successive) for counts, scores in parts if scores.size]
    if not found:
        return Spread(np.empty(0), np.empty(0))
    effects = np.concatenate([effect for effect, _ in found])
    return Spread(effects, np.concatenate([p for _, p in found]))


def _scores(side: Side, table: IntArray, rare: float) -> FloatArray:
    """Return bins x scores: what is added up per row. Those of a single value are left out.

    Of numbers, whether they are at or below each cut, and the sum of that: roughly their rank, of
    which the rank test is. Of levels, whether it is that one.
    """
    bins = table.shape[1]
    if isinstance(side, CategoricalSide):
        return _common(table, np.eye(bins), rare)
    below = np.triu(np.ones((bins, bins)))[:, :-1]
    rank = below.sum(1, keepdims=True)
    rows = table.sum(0)
    varies = rows.max(initial=0) < rows.sum()
    return np.hstack((_common(table, below, rare), rank[:, : int(varies)]))


def _common(table: IntArray, scores: FloatArray, rare: float) -> FloatArray:
    rows = table.sum(0)
    share = rows @ scores / max(rows.sum(), 1)
    return scores[:, (share >= rare) & (share <= 1 - rare)]


def _effects(
    table: IntArray, scores: FloatArray, successive: bool
) -> tuple[FloatArray, FloatArray]:
    """Return each score's design effect, and the p-value of independent rows.

    The mean is a ratio, whose variance is that of the clusters' residuals: Cochran, Sampling
    Techniques, 3rd ed. (1977), chapters 6 and 11. Without dependence, (G - 1) times the effect is
    about a chi-square with G - 1 degrees of freedom. `successive`, the variance is that of the
    differences of neighbours, so that trends and changes do not count, with about two thirds of
    the degrees of freedom (von Neumann and others, Ann. Math. Statist. 12 (1941), p. 153).
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
        # A log that changes as a whole does so at few places: the largest differences go.
        kept = np.sort(differences / both[:, None], axis=0)[: groups - 1 - groups // 16]
        effects = kept.sum(0) / (groups - 1) / variance
        freedom = 2 * (groups - 1) ** 2 / (3 * groups - 4)
    else:
        residuals = sums - sizes[:, None] * mean
        effects = groups / (groups - 1) * (residuals**2).sum(0) / (sizes.sum() * variance)
        freedom = min(groups, sizes.sum() ** 2 / (sizes**2).sum()) - 1
    return effects, np.asarray(chdtrc(max(freedom, 1e-9), freedom * effects), np.float64)
