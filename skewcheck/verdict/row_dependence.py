"""Whether rows depend on each other, and what they are then worth: by clusters, or by samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.clusters import BLOCK, bins_of, measured, places_of_sample
from skewcheck.counts.feature_plan import FeaturePlan, NumericSide, Side
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
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.results.notes import Note
from skewcheck.results.tests import JudgedTest
from skewcheck.statistics.design_effect import COMMON, RARE, Spread, of_clusters, spread
from skewcheck.text.errors import UsageError

SURE = 1e-3
"""The chance that rows which are independent are told not to be."""
SMALL = 0.05
"""A p-value that may be too small, before any correction."""
ALIKE = 1.5
"""A design effect below this makes no p-value a lie."""
APART = 1.2
"""Times the design effect in the middle, from which on the largest is worth telling as well."""
REPEATED = 0.05
"""Share of rows that repeat others, beyond which p-values are a lie."""
_VALUES = frozenset({"raw", "served", "feature"})
"""Kinds of columns that hold values of features, not where a row stands."""


def design_effects(plan: Plan, profile: Profile) -> list[float]:
    """Return each feature's design effect by the plan's clusters, at least 1; 1 without any."""
    if plan.cluster is None:
        return [1.0] * len(plan.features)
    tables = zip(plan.features, profile.clusters.tables, strict=True)
    return [of_clusters(measured(one), table) for one, table in tables]


def cluster_notes(
    plan: Plan, profile: Profile, effects: Sequence[float], divided: bool
) -> list[Note]:
    """Return what the rows are worth, by the feature in the middle and the one with the least.

    Windows and segments have the design effect of the whole log. Where each has some rows of every
    cluster theirs is smaller; where it has few clusters, that of so few is not in it.

    UsageError where the cluster's column is null in every row.
    """
    if plan.cluster is None:
        return []
    clusters, column = profile.clusters, {"column": plan.cluster}
    if not clusters.values:
        raise UsageError(
            f"--cluster: {plan.cluster} is null in all {profile.rows:,} rows;"
            " name a column that tells which rows belong together"
        )
    notes = [Note("cluster_by_part", column)] if divided else []
    if clusters.nulls:
        notes.append(Note("rows_without_cluster", {**column, "rows": clusters.nulls}))
    if clusters.values == 1:
        return [Note("single_cluster", column), *notes]
    by_effect = sorted(
        (effect, one.feature.name)
        for effect, one in zip(effects, plan.features, strict=True)
        if measured(one) is not None
    )
    middle, (most, name) = by_effect[len(by_effect) // 2][0], by_effect[-1]
    worth: dict[str, object] = {
        **column, "rows": profile.rows, "effective": profile.rows / middle,
        # Many values are counted by hash, to a few per cent.
        "values": min(clusters.values, profile.rows), "approximate": clusters.values >= GROUPS,
    }  # fmt: skip
    if most > APART * middle:
        worth |= {"least": name, "least_effective": profile.rows / most}
    return [Note("cluster_rows", worth), *notes]


def dependence_notes(
    plan: Plan, profile: Profile, tests: Mapping[str, Sequence[JudgedTest]]
) -> list[Note]:
    """Return what makes p-values too small where no cluster is named; none if nothing does.

    A p-value that is not small is none that is too small: the hours of some whole days come in
    runs, and are yet distributed as training's.
    """
    if plan.cluster is not None:
        return []
    small = {
        name
        for name, some in tests.items()
        if any(test.p_value is not None and test.p_value <= SMALL for test in some)
    }
    similar = _alike(plan, profile, small)
    if similar is not None:
        column, name, effect = similar
        return [
            Note("similar_rows", {
                "column": column, "feature": name, "rows": profile.rows,
                "effective": max(profile.rows / effect, 1),
            })
        ]  # fmt: skip
    neighbours = _in_runs(plan, profile, small)
    if neighbours is not None:
        name, effect = neighbours
        left = max(BLOCK / effect, 1)
        return [Note("similar_neighbours", {"feature": name, "block": BLOCK, "effective": left})]
    share = max(_repeats(plan, profile.sample), _repeats(plan, profile.runs))
    return [Note("repeated_rows", {"share": share})] if share > REPEATED else []


def _in_runs(plan: Plan, profile: Profile, small: Set[str]) -> tuple[str, float] | None:
    """Return the feature of which consecutive rows are most surely alike, and how much."""
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
    spreads = {
        one.feature.name: spread(
            side, _crossed(side, values[kept], groups, len(starts)), COMMON, successive=True,
        )
        for one in plan.features
        if (side := measured(one)) is not None
        and one.feature.name in small
        and (values := rows.columns.get(feature_column(one.feature.name))) is not None
    }  # fmt: skip
    return _surest(spreads, 1)


def _in_order(profile: Profile, files: FloatArray, rows: FloatArray) -> IntArray:
    """Return the order in which rows were logged: the n-th row of the i-th file."""
    codes = np.array([code_of(name) for name in profile.files])
    by_code = np.argsort(codes)
    places = np.searchsorted(codes, files, sorter=by_code).clip(0, len(codes) - 1)
    order: IntArray = np.lexsort((rows, by_code[places]))
    return order


def _surest(spreads: dict[str, Spread], tried: int) -> tuple[str, float] | None:
    """Return the feature with the largest of the design effects that are sure and matter."""
    alike = {
        name: of_feature.effect
        for name, of_feature in spreads.items()
        if of_feature.effect > ALIKE and tried * len(spreads) * of_feature.p_value < SURE
    }
    return max(alike.items(), key=lambda item: item[1]) if alike else None


def _crossed(side: Side, values: NDArray[np.generic], groups: IntArray, number: int) -> IntArray:
    width, bins = bins_of(side, values)
    table: IntArray = np.bincount(groups * width + bins, minlength=number * width)
    return table.reshape(number, width)


def _alike(plan: Plan, profile: Profile, small: Set[str]) -> tuple[str, str, float] | None:
    """Return the column whose rows are alike most, the feature that shows it, and how much.

    In a sample there are fewer rows of each cluster; the effect grows as they do. Clusters are
    told apart from their neighbours in the log: those of one day differ from another day's where
    the whole log drifts, and that is no dependence.
    """
    if not plan.likely or not small:
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
        along = np.argsort(np.bincount(names, place[present], number) / sizes, kind="stable")
        groups = np.argsort(along)[names]
        spreads = {
            one.feature.name: spread(
                side,
                _crossed(side, places_of_sample(side, values[present]), groups, number),
                RARE, successive=True,
            )
            for one in plan.features
            if (side := measured(one)) is not None
            and one.feature.name in small
            and (values := rows.columns.get(_sampled(one))) is not None
        }  # fmt: skip
        surest = _surest(spreads, len(plan.likely))
        if surest is not None:
            name, effect = surest
            whole = 1 + (effect - 1) * max(profile.rows / len(codes), 1.0)
            best = max(best or (column, name, 0.0), (column, name, whole), key=lambda key: key[2])
    return best


def _sampled(plan: FeaturePlan) -> SampleColumn:
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
        for column in (feature_column(name), _sampled(one))
        if column in rows.columns
    }
    column = min(chances, key=chances.__getitem__, default=None)
    if column is None or chances[column] > REPEATED / 5:
        return 0.0
    values = rows.columns[column]
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    # A value that is in many rows is a default, or stuck: that the others repeat is no matter.
    again = (times[place] > 1) & (times[place] <= max(2, n * RARE)) & ~np.isnan(values)
    if again.sum() <= REPEATED * n:
        return 0.0
    every = [v[again] for name, v in rows.columns.items() if name.kind in _VALUES]
    every = [np.where(np.isnan(v), np.inf, v) for v in every]  # nulls are alike, too
    _, place, times = np.unique(
        np.column_stack(every), axis=0, return_inverse=True, return_counts=True
    )
    repeated = int((times[place] > 1).sum())
    # Places and prices are drawn from a stock, too: then what stands beside them differs.
    return repeated / n if repeated > again.sum() / 2 else 0.0


def _collision(side: NumericSide) -> float:
    """Return the chance that two training rows had the same value; 1 where it is not known."""
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
