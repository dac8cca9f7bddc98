"""Find the raw and served columns of each feature in a source, by the user's templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Self

from skewcheck.config.given import nearest
from skewcheck.config.readers import NO_SERVED
from skewcheck.config.types import Columns, Connected, Settings
from skewcheck.counts.feature_plan import FeaturePlan, plan_feature, served_columns
from skewcheck.engine.source import Source
from skewcheck.features.types import Feature, Parameters
from skewcheck.logs.columns import element, listed
from skewcheck.text.errors import NothingToTestError, OptionName, UsageError
from skewcheck.text.numbers import shortened
from skewcheck.text.patterns import matches


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
        columns = _table(feature, settings)[1]
        if feature.output:
            return cls(columns.raw or feature.name, None)
        connected = settings.connected.get(feature.name)
        if connected is not None:
            return cls._of_connected(connected, feature, settings)
        raw = settings.raw if columns.raw is None else columns.raw
        served = settings.served if columns.served is None else columns.served
        raw = _filled(raw, feature.name, has)
        if served is None or served == NO_SERVED:
            return cls(raw, None, served is not None)
        template = served
        return cls(raw, lambda name: _filled(template, name, has))

    @classmethod
    def _of_connected(cls, connected: Connected, feature: Feature, settings: Settings) -> Self:
        """Return the columns that the log shows; a level without one has none of any name."""
        served = connected.served
        if served is None:
            return cls(connected.raw, None, settings.served is not None)
        return cls(connected.raw, lambda name: served.get(name, f"{feature.name} {name}"))


def _filled(template: str, name: str, has: Callable[[str], bool] | None) -> str:
    """Return the column that a template gives a feature: of an element, the one that is logged."""
    column = template.replace("{feature}", name)
    of_vector = element(name)
    if has is None or of_vector is None or has(column):
        return column
    vector, place = of_vector
    beside = f"{template.replace('{feature}', vector)}[{place}]"
    return beside if has(beside) else column


def _table(feature: Feature, settings: Settings) -> tuple[str, Columns]:
    """Return the first table of options whose pattern matches a feature; an empty one for none."""
    tables = settings.columns.items()
    matching = ((p, columns) for p, columns in tables if matches(feature.name, [p]))
    return next(matching, ("", Columns()))


def refuse_shared_columns(features: Sequence[Feature], settings: Settings) -> None:
    """Raise UsageError where a table of options names one column for what has several.

    These are the served values of several features, or of the levels of a one-hot feature, and
    the raw values of all features. `features` are all of the parameter file.
    """
    inputs = [feature for feature in features if not feature.output]
    for key in ("raw", "served"):
        by_column: dict[str, list[tuple[str, str]]] = {}
        for feature in inputs:
            pattern, columns = _table(feature, settings)
            column = columns.raw if key == "raw" else columns.served
            if column is None or "{feature}" in column or column == NO_SERVED:
                continue
            names = served_columns(feature, lambda name: name) if key == "served" else ("",)
            if len(names) > 1:
                raise UsageError(
                    f'[features."{pattern}"]: {key} = "{column}" is one column, and {feature.name}'
                    f" is served in {len(names):,}, one for each level: did you mean a template"
                    " with {feature}, which stands for "
                    f"{shortened(names, 2)}?"
                )
            by_column.setdefault(column, []).append((pattern, feature.name))
        for column, users in by_column.items():
            if len(users) > 1 and (key == "served" or len(users) == len(inputs)):
                sharing = [name for _, name in users]
                raise UsageError(
                    f'[features."{users[0][0]}"]: {key} = "{column}" is one column, and'
                    f" {len(users):,} features have it: {shortened(sharing)}: did you mean a"
                    " template with {feature}, or a table for each feature?"
                )


def known_names(
    names: Iterable[str], settings: Settings, others: Iterable[str | None] = ()
) -> frozenset[str]:
    """Return the keys that columns of these features, and others, may have, also inside of some."""
    templates = {"{feature}", settings.raw, settings.served or ""}
    for table in settings.columns.values():
        templates |= {table.raw or "", table.served or ""}
    features = [*names]
    columns = {template.replace("{feature}", name) for template in templates for name in features}
    columns |= {column or "" for column in others}
    return frozenset(part for column in columns for part in _KEYS.split(column)) | columns


_KEYS = re.compile(r"[.\[]")
"""Between the keys of a path into a record."""


def raw_columns(parameters: Parameters, settings: Settings) -> dict[str, str]:
    """Return the raw column of each feature, by the feature's name."""
    return {f.name: FeatureColumns.of(f, settings).raw or f.name for f in parameters.features}


def feature_plans(
    parameters: Parameters, source: Source, settings: Settings
) -> tuple[FeaturePlan, ...]:
    """Plan what is counted of each feature; NothingToTestError where no column is there."""
    has = cache(source.has)
    columns = [FeatureColumns.of(f, settings, has) for f in parameters.features]
    plans = [
        plan_feature(_typed(f, names, source), names.raw, names.served, has)
        for f, names in zip(parameters.features, columns, strict=True)
    ]
    plans = [
        _with_levels(plan, names, parameters, source)
        for plan, names in zip(plans, columns, strict=True)
    ]
    _refuse_none(plans, columns, source, settings)
    if not any(plan.served for plan in plans):
        return tuple(plans)
    return tuple(
        replace(plan, missing_served=True) if _lacks_served(plan, names) else plan
        for plan, names in zip(plans, columns, strict=True)
    )


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
    expected = columns.served is not None and bool(plan.feature.steps)
    return expected and plan.raw is not None and plan.served is None


def _refuse_none(
    plans: Sequence[FeaturePlan], columns: Sequence[FeatureColumns], source: Source,
    settings: Settings,
) -> None:  # fmt: skip
    """Raise NothingToTestError where no feature has a column, or none a served one as expected."""
    first, file = plans[0].feature.name, source.names[0]
    template = settings.served_template
    served = any(plan.served or plan.uncompared or plan.missing_levels for plan in plans)
    if not served and not any(plan.raw for plan in plans):
        templates = [settings.raw, *([template] if template else [])]
        names = ", ".join(repr(template.replace("{feature}", first)) for template in templates)
        present = listed(source.schema(), values=settings.values)
        likely = _likely_template(plans, source) if template is None else None
        raise NothingToTestError(
            f"{file}: no column of any feature: looked for {names} and so on, found {present}; ",
            OptionName("raw"),
            " and ",
            OptionName("served"),
            " say how columns are named",
            *(() if likely is None else (" (did you mean ", OptionName("served", likely), "?)")),
        )
    asked = [
        name
        for plan, names in zip(plans, columns, strict=True)
        if names.served is not None and (plan.feature.steps or plan.feature.untested is not None)
        for name in served_columns(plan.feature, names.served, source.has)
    ]
    if asked and not served:
        raw = {names.raw for names in columns}
        hint = nearest(asked[0], [name for name in source.leaves() if name not in raw])
        raise NothingToTestError(
            f"{file}: no served column: looked for {asked[0]!r} and so on{hint}; ",
            OptionName("served"),
            " says how they are named",
        )


def _likely_template(plans: Sequence[FeaturePlan], source: Source) -> str | None:
    """Return a template of served columns that a log without raw ones seems to have."""
    from skewcheck.engine.served_names import by_letters, named, template_of

    names = by_letters(source.leaves())
    for plan in plans:
        columns = named(plan.feature, names)
        template = template_of(plan.feature, columns) if columns else None
        if template is not None:
            return template
    return None


def _typed(feature: Feature, columns: FeatureColumns, source: Source) -> Feature:
    """Return a feature of a guessed type with the type of its columns."""
    if not feature.guessed:
        return feature
    types = source.types(columns.raw) if columns.raw is not None else []
    if not types and columns.served is not None:
        types = source.types(columns.served(feature.name))
    return feature.typed(types)
