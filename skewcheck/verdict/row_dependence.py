"""Notes on dependence between rows that the samples of a log show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from skewcheck.counts.measured import measured, sampled_column
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.rows import feature_column
from skewcheck.counts.sample import Sample
from skewcheck.counts.sides import NumericSide
from skewcheck.features.notes import Note
from skewcheck.results.tests import JudgedTest
from skewcheck.verdict.support import BY_TIME

SMALL_P_VALUE = 0.05
"""A p-value up to this, uncorrected, may be one that dependence has made too small."""
MAX_REPEATED_SHARE = 0.05
"""Share of rows that repeat others, above which it is told."""
MAX_COLLISIONS = MAX_REPEATED_SHARE / 5
"""Repeats are looked for by a feature whose values coincide by chance in fewer rows than this share
of the sample: well below what is told."""
FREQUENT_SHARE = 0.01
"""Share of the sample above which a value is a default, or stuck: its rows need not repeat each
other."""
_VALUES = frozenset({"raw", "served", "feature"})
"""Kinds of columns that hold values of features, not where a row stands."""


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
        if any(
            t.p_value is not None and t.p_value <= SMALL_P_VALUE and t.reason != BY_TIME
            for t in judged_tests
        )
    }
    if suspects:
        from skewcheck.verdict.similar_rows import similar_rows_note  # most logs have no suspects

        note = similar_rows_note(plan, profile, suspects)
        if note is not None:
            return [note]
    share = max(_repeated_share(plan, profile.sample), _repeated_share(plan, profile.runs))
    return [Note("repeated_rows", {"share": share})] if share > MAX_REPEATED_SHARE else []


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
        for column in (feature_column(feature_plan.feature.name), sampled_column(feature_plan))
        if column in rows.columns
    }
    column = min(collisions, key=collisions.__getitem__, default=None)
    if column is None or collisions[column] > MAX_COLLISIONS:
        return 0.0
    values = rows.columns[column]
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    again = (times[place] > 1) & (times[place] <= max(2, n * FREQUENT_SHARE)) & ~np.isnan(values)
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
