"""Design effects by the column of clusters that a plan names, and the notes on them."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.counts.measured import measured
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.rows import GROUPS
from skewcheck.features.notes import Note
from skewcheck.statistics.design_effect import of_clusters
from skewcheck.text.errors import OptionName, UsageError

MIN_EFFECT_RATIO = 1.2
"""The largest design effect is told beside the median one from this ratio on."""


def design_effects(plan: Plan, profile: Profile) -> list[float]:
    """Return each feature's design effect by the clusters that the plan names, at least 1."""
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
