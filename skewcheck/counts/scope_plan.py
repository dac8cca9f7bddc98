"""The plan of a feature that is normalized over a scope of rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from skewcheck.counts.feature_plan import FeaturePlan, served_columns
from skewcheck.counts.served_side import served_side
from skewcheck.counts.sides import raw_side
from skewcheck.features.scope_reader import ScopeColumn
from skewcheck.features.types import Feature


def plan_scope(
    feature: Feature, raw: str | None, served: Callable[[str], str] | None,
    has: Callable[[str], bool],
) -> FeaturePlan:  # fmt: skip
    """Plan such a feature as `plan_feature` does: its reference is of the raw values.

    No distribution of served values is known, as those depend on the order of the rows.
    """
    column = raw if raw is not None and has(raw) else None
    scope = ScopeColumn.of(feature, column or feature.name)
    behind = feature.steps if scope is None else feature.steps[len(scope.before) + 1 :]
    side = None if column is None else raw_side(replace(feature, steps=()), column)
    planned = FeaturePlan(replace(feature, steps=behind), side, scope=scope)
    columns = () if served is None else served_columns(feature, served, has)
    if raw is not None and columns == (raw,):
        planned = replace(planned, raw=None)
    if not any(map(has, columns)):
        return planned
    if feature.untested is not None:
        return replace(planned, uncompared=columns)
    return replace(planned, served=served_side(replace(planned.feature, reference=None), columns))
