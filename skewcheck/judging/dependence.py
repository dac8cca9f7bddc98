"""What rows are worth that depend on each other: design effects, of clusters and of runs of rows.

The design effect is the variance of a mean over what as many independent rows would have: Kish,
Survey Sampling (1965), section 8.2. `n` rows are worth `n` divided by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtri, stdtrit

from skewcheck.features import FloatArray, IntArray
from skewcheck.profile import Profile
from skewcheck.profile.clusters import BLOCK, FILE, ROW, bins_of, measured
from skewcheck.profile.plan import CategoricalSide, FeaturePlan, NumericSide, Plan, Side
from skewcheck.profile.rows import raw_column, segment_column, served_column
from skewcheck.profile.sample import Sample

RARE = 0.01
"""Share of the rows below which nothing can be an alarm, so that its spread is of no matter."""
COMMON = 0.1
"""Share below which counts in 64 rows are too few for the approximation by a chi-square."""
CRITICAL = 1e-4
"""The level at which a test of a whole audit is significant, or about that: alpha 0.01 over a
hundred tests. Where there are few clusters, p-values must be right there."""
SURE = 1e-3
"""The chance that rows which are independent are told not to be."""
ALIKE = 1.5
"""A design effect below this makes no p-value a lie."""
REPEATED = 0.05
"""Share of rows that repeat others, beyond which p-values are a lie."""


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


def design_effects(plan: Plan, profile: Profile) -> list[float]:
    """Return each feature's design effect by the plan's clusters, at least 1; 1 without any."""
    if plan.cluster is None:
        return [1.0] * len(plan.features)
    tables = zip(plan.features, profile.clusters.tables, strict=True)
    return [of_clusters(measured(one), table) for one, table in tables]


def of_clusters(side: Side | None, table: IntArray) -> float:
    """Return the design effect of a feature from rows per cluster and bin.

    The normal quantile is as good as Student's with as many degrees of freedom as there are
    clusters, less one (Wolter, Introduction to Variance Estimation, 2nd ed. (2007), section
    2.4): their ratio stands for few clusters. Of unequal sizes, they count as (sum n)^2 / sum n^2
    equal ones, which Kish (1965, section 11.7) has for unequal weights.
    """
    if side is None or not table.size:
        return 1.0
    effect = spread(side, table, RARE).effect
    sizes = table.sum(1, dtype=np.float64)
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
    Techniques, 3rd ed. (1977), equation 11.29. Without dependence, (G - 1) times the effect is
    about a chi-square with G - 1 degrees of freedom. `successive`, the variance is that of the
    differences of neighbours, so that trends do not count; it is that of about two thirds of the
    degrees of freedom (von Neumann and others, Annals of Mathematical Statistics 12 (1941), p. 153).
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
        effects = (differences / both[:, None]).mean(0) / variance
        freedom = 2 * (groups - 1) ** 2 / (3 * groups - 4)
    else:
        residuals = sums - sizes[:, None] * mean
        effects = groups / (groups - 1) * (residuals**2).sum(0) / (sizes.sum() * variance)
        freedom = min(groups, sizes.sum() ** 2 / (sizes**2).sum()) - 1
    return effects, np.asarray(chdtrc(max(freedom, 1e-9), freedom * effects), np.float64)


def warnings(plan: Plan, profile: Profile) -> list[str]:
    """Tell, where no cluster is named, what makes p-values too small; nothing if nothing does."""
    if plan.cluster is not None:
        return []
    advice = "p-values are too small: give --cluster COLUMN or audit fewer rows of each"
    found = _alike(plan, profile)
    if found is not None:
        column, name, effect = found
        return [
            f"rows of one {column} are like each other ({name}: {profile.rows:,} rows are worth"
            f" about {max(profile.rows / effect, 1):,.0f}): p-values are too small; if other values"
            f" of it will be served, give --cluster {column}"
        ]
    block = _in_runs(plan, profile)
    if block is not None:
        name, effect = block
        return [
            f"rows depend on each other ({name}: {BLOCK} consecutive rows are worth about"
            f" {max(BLOCK / effect, 1):.0f}): {advice}"
        ]
    share = max(_repeats(plan, profile.sample), _repeats(plan, profile.runs))
    if share > REPEATED:
        return [f"{share:.0%} of the rows sampled repeat others in every feature: {advice}"]
    return []


def _in_runs(plan: Plan, profile: Profile) -> tuple[str, float] | None:
    """Return the feature of which consecutive rows are most surely alike, and how much."""
    rows = profile.runs.rows()
    if not len(rows.keys):
        return None
    first = np.flatnonzero(np.diff(rows.keys // np.uint64(BLOCK), prepend=np.uint64(0)) != 0)
    sizes = np.diff(first, append=len(rows.keys))
    starts = first[sizes >= BLOCK // 2]
    order = np.lexsort((rows.columns[ROW][starts], rows.columns[FILE][starts]))
    block = np.full(len(rows.keys), -1)
    for i, start in enumerate(starts[order].tolist()):
        block[start : start + sizes[np.searchsorted(first, start)]] = i
    kept, groups = block >= 0, block[block >= 0]
    spreads = {
        one.feature.name: spread(
            side, _crossed(side, rows.columns[one.feature.name][kept], groups, len(starts)),
            COMMON, successive=True,
        )
        for one in plan.features
        if (side := measured(one)) is not None and one.feature.name in rows.columns
    }  # fmt: skip
    return _surest(spreads, 1)


def _surest(spreads: dict[str, Spread], tried: int) -> tuple[str, float] | None:
    """Return the feature with the largest of the design effects that are sure and matter."""
    alike = {
        name: found.effect
        for name, found in spreads.items()
        if found.effect > ALIKE and tried * len(spreads) * found.p_value < SURE
    }
    return max(alike.items(), key=lambda item: item[1]) if alike else None


def _crossed(side: Side, values: FloatArray, groups: IntArray, number: int) -> IntArray:
    width, bins = bins_of(side, values)
    table: IntArray = np.bincount(groups * width + bins, minlength=number * width)
    return table.reshape(number, width)


def _alike(plan: Plan, profile: Profile) -> tuple[str, str, float] | None:
    """Return the column whose rows are alike most, the feature that shows it, and how much.

    In a sample there are fewer rows of each cluster; the effect grows as they do.
    """
    if not plan.candidates:
        return None
    rows = profile.sample.rows()
    best: tuple[str, str, float] | None = None
    for column in plan.candidates:
        codes = rows.columns.get(segment_column(column), np.empty(0))
        known = ~np.isnan(codes)
        _, groups = np.unique(codes[known], return_inverse=True)
        number = int(groups.max(initial=-1)) + 1
        spreads = {
            one.feature.name: spread(side, _crossed(side, values[known], groups, number), RARE)
            for one in plan.features
            if (side := measured(one)) is not None
            and (values := rows.columns.get(_sampled(one))) is not None
        }
        found = _surest(spreads, len(plan.candidates))
        if found is not None:
            name, effect = found
            whole = 1 + (effect - 1) * max(profile.rows / len(codes), 1.0)
            best = max(best or (column, name, 0.0), (column, name, whole), key=lambda one: one[2])
    return best


def _sampled(plan: FeaturePlan) -> str:
    name = plan.feature.name
    return raw_column(name) if plan.raw else served_column(name)


def _repeats(plan: Plan, sample: Sample) -> float:
    """Return the share of the sample's rows that repeat another one, in more than chance.

    Looked for where a feature's values are so many that less than one row in a hundred of such
    a sample would share its with another: then all of the row must have been repeated.
    """
    rows = sample.rows()
    n = len(rows.keys)
    names = {one.feature.name: one for one in plan.features}
    chances = {
        column: n * _collision(side)
        for name, one in names.items()
        if isinstance(side := measured(one), NumericSide)
        for column in (name, _sampled(one))
        if column in rows.columns
    }
    column = min(chances, key=chances.__getitem__, default=None)
    if column is None or chances[column] > REPEATED / 5:
        return 0.0
    known = np.flatnonzero(~np.isnan(rows.columns[column]))
    again = _again(rows.columns[column][known])
    if again.mean() <= REPEATED if len(known) else True:
        return 0.0
    own = {ROW, FILE} | {c for c in rows.columns if c == "time" or c.startswith("by:")}
    every = np.column_stack([v[known][again] for c, v in rows.columns.items() if c not in own])
    _, place, times = np.unique(every, axis=0, return_inverse=True, return_counts=True, equal_nan=True)
    return float((times[place] > 1).sum() / len(known))


def _again(values: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which values occur more than once."""
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    return times[place] > 1


def _collision(side: NumericSide) -> float:
    """Return the chance that two training rows had the same value; 1 where it is not known."""
    known = side.reference
    if known is None or not (m := int(known.at.sum() + known.between.sum())):
        return 1.0
    slots = np.ones(len(known.between))
    if len(known.edges):
        width = np.diff(known.edges)
        slots[1:-1] = np.maximum(width / known.step, 1.0) if known.step else np.inf
        if not known.step:
            slots[[0, -1]] = np.inf
    return float(((known.at / m) ** 2).sum() + ((known.between / m) ** 2 / slots).sum())


def worth(plan: Plan, profile: Profile, effects: Sequence[float]) -> list[str]:
    """Tell what the rows are worth, by the feature in the middle and the one with the least."""
    if plan.cluster is None:
        return []
    named = sorted(zip(effects, [one.feature.name for one in plan.features], strict=True))
    middle, (most, name) = named[len(named) // 2][0], named[-1]
    values = f"{profile.clusters.values:,} values of {plan.cluster}"
    least = f"; {name} about {profile.rows / most:,.0f}" if most > 1.2 * middle else ""
    about = f"about {profile.rows / middle:,.0f} independent ones{least}"
    return [f"{profile.rows:,} rows of {values} are worth {about}"]
