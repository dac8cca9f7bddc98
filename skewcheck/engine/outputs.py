"""The columns of features that are outputs of code that is not read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from skewcheck.config.types import Columns, Settings
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.features.types import Feature


def served_name(
    feature: Feature, settings: Settings, columns: Columns, has: Callable[[str], bool] | None
) -> Callable[[str], str]:
    """Return what gives the served column of an output its name: no raw one has its values.

    That is what a template makes of the name that the object gives it, or else this name itself;
    a name that it shares with an input is that of the input's raw values.
    """
    served = settings.served if columns.served is None else columns.served
    template = served if isinstance(served, str) and "{feature}" in served else None
    stated = feature.stated_names[:1]
    filled = [template.replace("{feature}", n) for n in (*stated, feature.name)] if template else []
    if isinstance(columns.served, str) and "{feature}" not in columns.served:
        filled.insert(0, columns.served)
    names = [*filled, feature.name]
    logged = (name for name in names if has is not None and has(name))
    chosen = next(logged, names[0])
    return lambda _: chosen


def columns_of_outputs(plans: Sequence[FeaturePlan]) -> frozenset[str]:
    """Return the served columns of features that are outputs of code that is not read."""
    return frozenset(
        column for plan in plans
        if plan.served is not None and plan.feature.made for column in plan.served.columns
    )  # fmt: skip


def without_their_columns(plans: list[FeaturePlan]) -> list[FeaturePlan]:
    """Return the plans, of which no input is uncompared in a column that is that of an output."""
    outputs = columns_of_outputs(plans)
    if not outputs:
        return plans
    return [
        replace(plan, uncompared=tuple(name for name in plan.uncompared if name not in outputs))
        for plan in plans
    ]
