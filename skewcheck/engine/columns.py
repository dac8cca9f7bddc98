"""Find the raw and served columns of each feature in a source, by the user's templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Self

from skewcheck.config.readers import NO_SERVED
from skewcheck.config.types import Columns, Connected, Settings
from skewcheck.counts.feature_plan import FeaturePlan, plan_feature
from skewcheck.engine.source import Source
from skewcheck.features.steps import Piecewise, Step
from skewcheck.features.transform import column_names, expansion
from skewcheck.features.types import Feature, Parameters
from skewcheck.logs.columns import element
from skewcheck.text.patterns import Matcher


@dataclass(frozen=True, slots=True)
class FeatureColumns:
    """The names of the columns in which a feature's values are looked for."""

    raw: str | None
    """Its raw column."""
    served: Callable[[str], str] | None
    """Gives a served column its name; None where none is looked for."""
    asked: bool = True
    """Whether it has no served column by its nature, or an option says where they are, or that
    there are none."""

    @classmethod
    def of(
        cls, feature: Feature, settings: Settings, has: Callable[[str], bool] | None = None
    ) -> Self:
        """Return the columns of a feature by the templates, those of the first pattern first.

        `has` tells whether the log has a column: an element of a vector, `e[0]`, is looked for in
        `e[0]_norm` and in `e_norm[0]`. Predictions and labels have no steps and no served columns:
        their column has their name unless a pattern gives another one.
        """
        columns = table_of(feature, settings)[1]
        if feature.output:
            return cls(columns.raw or feature.name, None)
        if feature.made:
            from skewcheck.engine.outputs import served_name  # few files have outputs of code

            return cls(None, served_name(feature, settings, columns, has))
        connected = settings.connected.get(feature.name)
        if connected is not None:
            return cls._of_connected(connected, feature, settings)
        raw = settings.raw if columns.raw is None else columns.raw
        served = settings.served if columns.served is None else columns.served
        raw = _filled(raw, feature.name, has)
        if served is None or served == NO_SERVED:
            return cls(raw, None, served is not None)
        if isinstance(served, tuple):
            return cls(raw, _listed(served, feature))
        template = served
        if "{feature}" not in template and column_names(feature.steps):
            # What stands before the levels of a one-hot feature, or before a map's columns.
            return cls(raw, lambda name: template + name.removeprefix(feature.name))
        return cls(raw, lambda name: _filled(template, name, has))

    @classmethod
    def _of_connected(cls, connected: Connected, feature: Feature, settings: Settings) -> Self:
        """Return the columns that the log shows; a level without one has none of any name."""
        served = connected.served
        if served is None:
            return cls(connected.raw, None, settings.served is not None)
        return cls(connected.raw, lambda name: served.get(name, f"{feature.name} {name}"))


def _listed(columns: Sequence[str], feature: Feature) -> Callable[[str], str]:
    """Return what gives served columns their names by a list of these, in the order of levels.

    A level of which the log has no column is `none` there: no column has the name that it gets.
    """
    keys = feature.served_names
    by_key = dict(zip(keys, columns, strict=False))
    logged = {key: column for key, column in by_key.items() if column != NO_SERVED}
    return lambda name: logged.get(name, f"{feature.name} {name}")


def _filled(template: str, name: str, has: Callable[[str], bool] | None) -> str:
    """Return the column that a template gives a feature: of an element, the one that is logged."""
    column = template.replace("{feature}", name)
    of_vector = element(name)
    if has is None or of_vector is None or has(column):
        return column
    vector, place = of_vector
    beside = f"{template.replace('{feature}', vector)}[{place}]"
    return beside if has(beside) else column


def table_of(feature: Feature, settings: Settings) -> tuple[str, Columns]:
    """Return the first table of options whose pattern matches a feature; an empty one for none."""
    if not settings.columns:
        return "", Columns()
    pattern = next(iter(_matcher(tuple(settings.columns)).matching(feature.name)), None)
    return ("", Columns()) if pattern is None else (pattern, settings.columns[pattern])


@lru_cache(maxsize=4)
def _matcher(patterns: tuple[str, ...]) -> Matcher:
    """Return what looks patterns up: there may be a table for each of a thousand features."""
    return Matcher(patterns)


def known_names(
    names: Iterable[str], settings: Settings, others: Iterable[str | None] = ()
) -> frozenset[str]:
    """Return the keys that columns of these features, and others, may have, also inside of some."""
    templates = {"{feature}", settings.raw, settings.served or ""}
    for table in settings.columns.values():
        served = table.served or ""
        templates |= {table.raw or "", *((served,) if isinstance(served, str) else served)}
    features = [*names]
    filled = [template for template in templates if "{feature}" in template]
    columns = {template.replace("{feature}", name) for template in filled for name in features}
    columns |= templates.difference(filled).union(column or "" for column in others)
    return frozenset(part for column in columns for part in _KEYS.split(column)) | columns


_KEYS = re.compile(r"[.\[]")
"""Between the keys of a path into a record."""


def raw_columns(parameters: Parameters, settings: Settings) -> dict[str, str]:
    """Return the raw column of each feature, by the feature's name."""
    return {f.name: FeatureColumns.of(f, settings).raw or f.name for f in parameters.features}


def columns_in_use(features: Iterable[Feature], settings: Settings) -> frozenset[str]:
    """Return the columns that have another use than to hold served values."""
    raw = {FeatureColumns.of(feature, settings).raw for feature in features}
    others = {settings.time_column, settings.cluster, *(settings.by or ())}
    return frozenset(filter(None, raw | others))


def feature_plans(
    parameters: Parameters, source: Source, settings: Settings
) -> tuple[FeaturePlan, ...]:
    """Plan what is counted of each feature; NothingToTestError where no column is there."""
    has = cache(source.has)
    pairs = [
        (
            part,
            FeatureColumns.of(part if part.name in settings.connected else feature, settings, has),
        )
        for feature in parameters.features
        for part in parts(feature)
    ]
    columns = [names for _, names in pairs]
    plans = [
        plan_feature(_typed(f, names, source), names.raw, names.served, has) for f, names in pairs
    ]
    plans = [
        _with_levels(plan, names, parameters, source)
        for plan, names in zip(plans, columns, strict=True)
    ]
    if any(f.made for f in parameters.features):
        from skewcheck.engine.outputs import without_their_columns  # as above

        plans = without_their_columns(plans)
    known = [n for f in parameters.features for n in {*f.served_names, *f.stated_names}]
    if len({*known}) < len(known):
        from skewcheck.engine.shared_columns import refuse_shared_columns  # few have one name

        refuse_shared_columns(parameters.features, plans, [n.served for n in columns], has)
    served = any(plan.served or plan.uncompared or plan.missing_levels for plan in plans)
    asked = any(names.served is not None for names in columns)
    if not served and (asked or not any(plan.raw for plan in plans)):
        from skewcheck.engine.no_columns import refuse_none  # most logs have columns

        refuse_none(plans, columns, source, settings)
    if not any(plan.served for plan in plans):
        return tuple(plans)
    return tuple(
        replace(plan, missing_served=True) if _lacks_served(plan, names) else plan
        for plan, names in zip(plans, columns, strict=True)
    )


def parts(feature: Feature) -> tuple[Feature, ...]:
    """Return a feature for each number that is made of its own, which all have its raw column.

    Those beside the value's own, as whether it is null, need not be logged, nor need a constant.
    """
    several = expansion(feature.steps)
    if several is None or feature.untested is not None:
        return (feature,)
    stated = feature.stated_names if len(feature.stated_names) == len(several.columns) else ()
    columns = zip(several.columns, feature.served_names, feature.column_steps, strict=True)
    made = []
    for i, (column, name, steps) in enumerate(columns):
        extra = {key: value for key, value in feature.extra.items() if key != "x-served"}
        extra |= {"x-served": stated[i]} if stated else {}
        beside = bool(column) and ("" in several.columns or _is_constant(steps))
        derived = feature.derived or beside
        made.append(replace(feature, name=name, steps=steps, extra=extra, derived=derived))
    return tuple(made)


def _is_constant(steps: Sequence[Step]) -> bool:
    return any(isinstance(step, Piecewise) and step.constant for step in steps)


def _with_levels(
    plan: FeaturePlan, columns: FeatureColumns, parameters: Parameters, source: Source
) -> FeaturePlan:
    """Return the plan with the columns of levels of a feature whose steps no file tells.

    They are named as those of a one-hot feature, `{feature}_` and anything, but as no other
    feature is.
    """
    if plan.feature.untested is None or columns.served is None or plan.uncompared:
        return plan
    others = {f.name for f in parameters.features}
    start, _, end = columns.served(f"{plan.feature.name}_\0").partition("\0")
    levels = tuple(
        name
        for name in source.leaves()
        if name.startswith(start) and name.endswith(end) and len(name) > len(start) + len(end)
        and f"{plan.feature.name}_{name[len(start) : len(name) - len(end)]}" not in others
        and name not in others
    )  # fmt: skip
    return replace(plan, uncompared=levels)


def _lacks_served(plan: FeaturePlan, columns: FeatureColumns) -> bool:
    """Return whether a served column is expected beside the raw one, and missing."""
    expected = columns.served is not None and plan.normalized and not plan.feature.derived
    return expected and plan.raw is not None and plan.served is None


def _typed(feature: Feature, columns: FeatureColumns, source: Source) -> Feature:
    """Return a feature of a guessed type with the type of its columns."""
    if not feature.guessed:
        return feature
    types = source.types(columns.raw) if columns.raw is not None else []
    if not types and columns.served is not None:
        types = source.types(columns.served(feature.name))
    return feature.typed(types)
