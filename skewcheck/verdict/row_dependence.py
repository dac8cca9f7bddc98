"""Dependence between rows: design effects by clusters, notes on dependence seen in samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.clusters import BLOCK, bins_of, measured, places_of_sample
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.rows import (
    FILE,
    GROUPS,
    ROW,
    SampleColumn,
    code_of,
    feature_column,
    raw_column,
    segment_column,
    served_column,
)
from skewcheck.counts.sample import Sample
from skewcheck.counts.sides import NumericSide, Side
from skewcheck.features.notes import Note
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.results.tests import JudgedTest
from skewcheck.statistics.design_effect import (
    MIN_SHARE,
    MIN_SHARE_OF_RUNS,
    ScoreEffects,
    of_clusters,
    of_scores,
)
from skewcheck.text.errors import OptionName, UsageError

DEPENDENCE_LEVEL = 1e-3
"""Significance level, family-wise, of a note on dependence: independent rows rarely get one."""
SMALL_P_VALUE = 0.05
"""A p-value up to this, uncorrected, may be one that dependence has made too small."""
MIN_DESIGN_EFFECT = 1.5
"""Design effects up to this are not told: they make a p-value of 1e-4 one of 1.5e-3."""
MIN_EFFECT_RATIO = 1.2
"""The largest design effect is told beside the median one from this ratio on."""
MAX_REPEATED_SHARE = 0.05
"""Share of rows that repeat others, above which it is told."""
MAX_COLLISIONS = MAX_REPEATED_SHARE / 5
"""Repeats are looked for by a feature whose values coincide by chance in fewer rows than this share
of the sample: well below what is told."""
_VALUES = frozenset({"raw", "served", "feature"})
"""Kinds of columns that hold values of features, not where a row stands."""


def design_effects(plan: Plan, profile: Profile) -> list[float]:
    """Return each feature's design effect by the plan's clusters, at least 1.

    Ones where the plan names no column of clusters.
    """
    if plan.cluster is None:
        return [1.0] * len(plan.features)
    tables = zip(plan.features, profile.clusters.tables, strict=True)
    return [of_clusters(measured(feature_plan), table) for feature_plan, table in tables]


def cluster_notes(
    plan: Plan, profile: Profile, effects: Sequence[float], divided: bool
) -> list[Note]:
    """Return notes on effective sample sizes: by the median and by the largest design effect.

    `effects` are the features' design effects, `divided` is whether the log has windows or
    segments: these get the design effect of the whole log. Where each has some rows of every
    cluster theirs is smaller; where one has few clusters, its own correction for few is not in it.

    UsageError where the cluster's column is null in every row.
    """
    if plan.cluster is None:
        return []
    clusters, column = profile.clusters, {"column": plan.cluster}
    if not clusters.values:
        raise UsageError(
            OptionName("cluster"),
            f": {plan.cluster} is null in all {profile.rows:,} rows;"
            " name a column that tells which rows belong together",
        )
    notes = [Note("cluster_by_part", column)] if divided else []
    if clusters.nulls:
        notes.append(Note("rows_without_cluster", {**column, "rows": clusters.nulls}))
    if clusters.values == 1:
        return [Note("single_cluster", column), *notes]
    by_effect = sorted(
        (effect, feature_plan.feature.name)
        for effect, feature_plan in zip(effects, plan.features, strict=True)
        if measured(feature_plan) is not None
    )
    median, (largest, name) = by_effect[len(by_effect) // 2][0], by_effect[-1]
    sizes: dict[str, object] = {
        **column, "rows": profile.rows, "effective": profile.rows / median,
        # The number of many values is estimated from hashes, to a few per cent.
        "values": min(clusters.values, profile.rows), "approximate": clusters.values >= GROUPS,
    }  # fmt: skip
    if largest > MIN_EFFECT_RATIO * median:
        sizes |= {"least": name, "least_effective": profile.rows / largest}
    return [Note("cluster_rows", sizes), *notes]


def dependence_notes(
    plan: Plan, profile: Profile, tests: Mapping[str, Sequence[JudgedTest]]
) -> list[Note]:
    """Return a note on the dependence that makes p-values too small; none where clusters are named.

    The first of these that is significant: rows alike within a column's values, consecutive rows
    alike, repeated rows. Only features with a small p-value are looked at: the hours of whole days
    come in runs, and are yet distributed as in training.
    """
    if plan.cluster is not None:
        return []
    suspects = {
        name
        for name, judged_tests in tests.items()
        if any(t.p_value is not None and t.p_value <= SMALL_P_VALUE for t in judged_tests)
    }
    similar = _similar_within_column(plan, profile, suspects)
    if similar is not None:
        column, name, effect = similar
        return [
            Note("similar_rows", {
                "column": column, "feature": name, "rows": profile.rows,
                "effective": max(profile.rows / effect, 1),
            })
        ]  # fmt: skip
    neighbours = _similar_neighbours(plan, profile, suspects)
    if neighbours is not None:
        name, effect = neighbours
        size = max(BLOCK / effect, 1)
        return [Note("similar_neighbours", {"feature": name, "block": BLOCK, "effective": size})]
    share = max(_repeated_share(plan, profile.sample), _repeated_share(plan, profile.runs))
    return [Note("repeated_rows", {"share": share})] if share > MAX_REPEATED_SHARE else []


def _similar_neighbours(
    plan: Plan, profile: Profile, suspects: Set[str]
) -> tuple[str, float] | None:
    """Return the suspect feature with the largest design effect of runs of rows, and that effect.

    None where no effect is significant.
    """
    rows = profile.runs.rows()
    if not len(rows.keys):
        return None
    first = np.flatnonzero(np.diff(rows.keys // np.uint64(BLOCK), prepend=np.uint64(0)) != 0)
    sizes = np.diff(first, append=len(rows.keys))
    starts = first[sizes >= BLOCK // 2]
    order = _in_order(profile, rows.columns[FILE][starts], rows.columns[ROW][starts])
    block = np.full(len(rows.keys), -1)
    for i, start in enumerate(starts[order].tolist()):
        block[start : start + sizes[np.searchsorted(first, start)]] = i
    kept, groups = block >= 0, block[block >= 0]
    effects = {
        feature_plan.feature.name: of_scores(
            side, _crosstab(side, values[kept], groups, len(starts)), MIN_SHARE_OF_RUNS,
            successive=True,
        )
        for feature_plan in plan.features
        if (side := measured(feature_plan)) is not None
        and feature_plan.feature.name in suspects
        and (values := rows.columns.get(feature_column(feature_plan.feature.name))) is not None
    }  # fmt: skip
    return _largest_significant(effects, 1)


def _in_order(profile: Profile, files: FloatArray, rows: FloatArray) -> IntArray:
    """Return the permutation that sorts rows by file, in the order of the log, and row number."""
    codes = np.array([code_of(name) for name in profile.files])
    by_code = np.argsort(codes)
    places = np.searchsorted(codes, files, sorter=by_code).clip(0, len(codes) - 1)
    order: IntArray = np.lexsort((rows, by_code[places]))
    return order


def _largest_significant(
    effects: Mapping[str, ScoreEffects], tried: int
) -> tuple[str, float] | None:
    """Return the feature with the largest design effect of those significant and not small.

    Bonferroni over the features and the `tried` ways to group rows.
    """
    significant = {
        name: of_feature.effect
        for name, of_feature in effects.items()
        if of_feature.effect > MIN_DESIGN_EFFECT
        and tried * len(effects) * of_feature.p_value < DEPENDENCE_LEVEL
    }
    return max(significant.items(), key=lambda item: item[1]) if significant else None


def _crosstab(side: Side, values: NDArray[np.generic], groups: IntArray, number: int) -> IntArray:
    """Return rows per group and bin, `number` groups x bins."""
    width, bins = bins_of(side, values)
    table: IntArray = np.bincount(groups * width + bins, minlength=number * width)
    return table.reshape(number, width)


def _similar_within_column(
    plan: Plan, profile: Profile, suspects: Set[str]
) -> tuple[str, str, float] | None:
    """Return the column of the largest design effect, the feature that has it, and the effect.

    Each likely column of clusters is tried on the sample of rows; None where no effect is
    significant. Clusters have fewer rows in a sample than in the log: 1 + (m - 1) rho, Kish
    (1965), section 5.4, grows with their mean size m. Clusters are compared with their neighbours
    in the log: those of two days differ where the whole log drifts, and that is no dependence.
    """
    if not plan.likely or not suspects:
        return None
    rows = profile.sample.rows()
    best: tuple[str, str, float] | None = None
    place = np.empty(len(rows.keys))
    place[_in_order(profile, rows.columns[FILE], rows.columns[ROW])] = np.arange(len(place))
    for column in plan.likely:
        codes = rows.columns.get(segment_column(column), np.empty(0))
        present = ~np.isnan(codes)
        _, names, sizes = np.unique(codes[present], return_inverse=True, return_counts=True)
        number = len(sizes)
        # Clusters in the order of the mean place of their rows in the log.
        along = np.argsort(np.bincount(names, place[present], number) / sizes, kind="stable")
        groups = np.argsort(along)[names]
        effects = {
            feature_plan.feature.name: of_scores(
                side,
                _crosstab(side, places_of_sample(side, values[present]), groups, number),
                MIN_SHARE, successive=True,
            )
            for feature_plan in plan.features
            if (side := measured(feature_plan)) is not None
            and feature_plan.feature.name in suspects
            and (values := rows.columns.get(_sampled(feature_plan))) is not None
        }  # fmt: skip
        largest = _largest_significant(effects, len(plan.likely))
        if largest is not None:
            name, effect = largest
            whole = 1 + (effect - 1) * max(profile.rows / len(codes), 1.0)
            best = max(best or (column, name, 0.0), (column, name, whole), key=lambda key: key[2])
    return best


def _sampled(plan: FeaturePlan) -> SampleColumn:
    """Return the column of the sample with the side of a feature that is measured."""
    name = plan.feature.name
    return raw_column(name) if plan.raw else served_column(name)


def _repeated_share(plan: Plan, sample: Sample) -> float:
    """Return the share of the sample's rows that repeat another row, beyond what chance explains.

    0 where no feature has so many distinct values that fewer than one row in a hundred of such a
    sample would share its value with another one.
    """
    rows = sample.rows()
    n = len(rows.keys)
    collisions = {
        column: n * _collision_probability(side)
        for feature_plan in plan.features
        if isinstance(side := measured(feature_plan), NumericSide)
        for column in (feature_column(feature_plan.feature.name), _sampled(feature_plan))
        if column in rows.columns
    }
    column = min(collisions, key=collisions.__getitem__, default=None)
    if column is None or collisions[column] > MAX_COLLISIONS:
        return 0.0
    values = rows.columns[column]
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    # A value in many rows is a default, or stuck: its rows need not repeat each other.
    again = (times[place] > 1) & (times[place] <= max(2, n * MIN_SHARE)) & ~np.isnan(values)
    if again.sum() <= MAX_REPEATED_SHARE * n:
        return 0.0
    columns = [v[again] for name, v in rows.columns.items() if name.kind in _VALUES]
    columns = [np.where(np.isnan(v), np.inf, v) for v in columns]  # nulls equal each other
    _, place, times = np.unique(
        np.column_stack(columns), axis=0, return_inverse=True, return_counts=True
    )
    repeated = int((times[place] > 1).sum())
    # Values may repeat as they are drawn from a list (places, prices): then other columns differ.
    return repeated / n if repeated > again.sum() / 2 else 0.0


def _collision_probability(side: NumericSide) -> float:
    """Return the probability that two training rows have the same value; 1 without a reference."""
    reference = side.reference
    if reference is None or not (m := reference.histogram.total):
        return 1.0
    histogram = reference.histogram
    slots = np.ones(len(histogram.between))
    if histogram:
        width = np.diff(histogram.edges)
        slots[1:-1] = np.maximum(width / reference.step, 1.0) if reference.step else np.inf
        if not reference.step:
            slots[[0, -1]] = np.inf
    return float(((histogram.at / m) ** 2).sum() + ((histogram.between / m) ** 2 / slots).sum())
