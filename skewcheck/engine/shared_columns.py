"""Refuse served columns that are, by their name, those of two features."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.features.shared_names import collision, shared_names
from skewcheck.features.transform import expansion
from skewcheck.features.types import Feature


def refuse_shared_columns(
    features: Sequence[Feature], plans: Sequence[FeaturePlan],
    columns: Sequence[Callable[[str], str] | None], has: Callable[[str], bool],
) -> None:  # fmt: skip
    """Raise UsageError where a served column is, by its name, that of two features.

    `columns` give those of each plan their names; None where none is looked for. Not where each
    feature has a column of its own that an option says. Parts of an expanded one are features of
    that name, so that another of the same is always refused.
    """
    for name, owners in shared_names(features, stated=False).items():
        if any(expansion(feature.steps) is not None for feature, _ in owners):
            raise collision(name, owners)
    if not any(plan.served is not None for plan in plans):
        return
    for name, owners in shared_names(features, stated=True).items():
        named = [
            None if served is None else served(key)
            for feature, key in owners
            for plan, served in zip(plans, columns, strict=True)
            if plan.feature.name == feature.name
        ]
        apart = None not in named and len({*named}) == len(named)
        if not apart and any(has(column) for column in named if column is not None):
            raise collision(name, owners)
