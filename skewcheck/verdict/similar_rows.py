"""Rows that are alike: neighbours in the log, and rows of one value of a column."""

from __future__ import annotations

from collections.abc import Mapping, Set

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.bins import bins_of, places_of_sample
from skewcheck.counts.measured import measured, sampled_column
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.rows import FILE, ROW, code_of, feature_column, segment_column
from skewcheck.counts.runs import BLOCK
from skewcheck.counts.sides import Side
from skewcheck.features.notes import Note
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.statistics.design_effect import MIN_SHARE, MIN_SHARE_OF_RUNS, ScoreEffects, of_scores

DEPENDENCE_LEVEL = 1e-3
"""Significance level, family-wise, of a note on dependence: independent rows rarely get one."""
MIN_DESIGN_EFFECT = 1.5
"""Design effects up to this are not told: they make a p-value of 1e-4 one of 1.5e-3."""


def similar_rows_note(plan: Plan, profile: Profile, suspects: Set[str]) -> Note | None:
    """Return the note on rows that are alike within a column's values, or as neighbours."""
    similar = _within_column(plan, profile, suspects)
    if similar is not None:
        column, name, effect = similar
        return Note(
            "similar_rows",
            {"column": column, "feature": name, "rows": profile.rows,
             "effective": max(profile.rows / effect, 1)},
        )  # fmt: skip
    neighbours = _neighbours(plan, profile, suspects)
    if neighbours is not None:
        name, effect = neighbours
        size = max(BLOCK / effect, 1)
        return Note("similar_neighbours", {"feature": name, "block": BLOCK, "effective": size})
    return None


def _neighbours(plan: Plan, profile: Profile, suspects: Set[str]) -> tuple[str, float] | None:
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


def _within_column(
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
            and (values := rows.columns.get(sampled_column(feature_plan))) is not None
        }  # fmt: skip
        largest = _largest_significant(effects, len(plan.likely))
        if largest is not None:
            name, effect = largest
            whole = 1 + (effect - 1) * max(profile.rows / len(codes), 1.0)
            best = max(best or (column, name, 0.0), (column, name, whole), key=lambda key: key[2])
    return best


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
