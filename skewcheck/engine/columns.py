"""Find the raw and served columns of each feature in a source, by the user's templates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Self

from skewcheck.config.types import Settings
from skewcheck.counts.feature_plan import FeaturePlan, plan_feature
from skewcheck.engine.source import Source
from skewcheck.features.types import Feature, Parameters
from skewcheck.text.errors import NothingToTestError, OptionName
from skewcheck.text.patterns import matches

COLUMNS_SHOWN = 5
"""Columns that a message lists of a log: enough to see how they are named."""


@dataclass(frozen=True, slots=True)
class FeatureColumns:
    """The names of the columns in which a feature's values are looked for."""

    raw: str | None
    """Its raw column."""
    served: Callable[[str], str] | None
    """Gives a served column its name; None where none is looked for."""

    @classmethod
    def of(cls, feature: Feature, settings: Settings) -> Self:
        """Return the columns of a feature by the templates, those of the first pattern first.

        Predictions and labels have no steps and no served columns: their column has their name
        unless a pattern gives another one.
        """
        patterns = settings.columns.items()
        columns = next((c for pattern, c in patterns if matches(feature.name, [pattern])), None)
        if feature.output:
            return cls((columns and columns.raw) or feature.name, None)
        raw, served = settings.raw, settings.served
        if columns is not None:
            raw = raw if columns.raw is None else columns.raw
            served = served if columns.served is None else columns.served
        raw = raw.replace("{feature}", feature.name)
        if served is None:
            return cls(raw, None)
        template = served
        return cls(raw, lambda name: template.replace("{feature}", name))


def raw_columns(parameters: Parameters, settings: Settings) -> dict[str, str]:
    """Return the raw column of each feature, by the feature's name."""
    return {f.name: FeatureColumns.of(f, settings).raw or f.name for f in parameters.features}


def feature_plans(
    parameters: Parameters, source: Source, settings: Settings
) -> tuple[FeaturePlan, ...]:
    """Plan what is counted of each feature; NothingToTestError where no column is there."""
    has = cache(source.has)
    columns = [FeatureColumns.of(f, settings) for f in parameters.features]
    plans = [
        plan_feature(_typed(f, names, source), names.raw, names.served, has)
        for f, names in zip(parameters.features, columns, strict=True)
    ]
    _refuse_none(plans, source, settings)
    if not any(plan.served for plan in plans):
        return tuple(plans)
    return tuple(
        replace(plan, missing_served=True) if _lacks_served(plan, names) else plan
        for plan, names in zip(plans, columns, strict=True)
    )


def _lacks_served(plan: FeaturePlan, columns: FeatureColumns) -> bool:
    """Return whether a served column is expected beside the raw one, and missing."""
    expected = columns.served is not None and bool(plan.feature.steps)
    return expected and plan.raw is not None and plan.served is None


def _refuse_none(plans: Sequence[FeaturePlan], source: Source, settings: Settings) -> None:
    """Raise NothingToTestError where no feature has a column, or none a served one as expected."""
    first, file = plans[0].feature.name, source.names[0]
    if not any(plan.raw or plan.served for plan in plans):
        templates = [settings.raw, *([settings.served] if settings.served else [])]
        names = ", ".join(repr(template.replace("{feature}", first)) for template in templates)
        present = ", ".join(list(source.schema())[:COLUMNS_SHOWN])
        raise NothingToTestError(
            f"{file}: no column of any feature: looked for"
            f" {names} and so on, found {present} ...; ",
            OptionName("raw"),
            " and ",
            OptionName("served"),
            " say how columns are named",
        )
    if settings.served is not None and not any(plan.served for plan in plans):
        name = settings.served.replace("{feature}", first)
        raise NothingToTestError(
            f"{file}: no served column: looked for {name!r} and so on; ",
            OptionName("served"),
            " says how they are named",
        )


def _typed(feature: Feature, columns: FeatureColumns, source: Source) -> Feature:
    """Return a feature of a guessed type with the type of its columns."""
    if not feature.guessed:
        return feature
    types = source.types(columns.raw) if columns.raw is not None else []
    if not types and columns.served is not None:
        types = source.types(columns.served(feature.name))
    return feature.typed(types)
