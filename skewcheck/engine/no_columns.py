"""What to say where a log has no column of any feature, or none of the served values asked for."""

from __future__ import annotations

from collections.abc import Container, Sequence

from skewcheck.config.types import Settings
from skewcheck.counts.feature_plan import FeaturePlan, served_columns
from skewcheck.engine.columns import FeatureColumns
from skewcheck.engine.served_names import by_letters, named, template_of
from skewcheck.engine.source import Source
from skewcheck.logs.listed import listed
from skewcheck.text.errors import NothingToTestError, OptionName
from skewcheck.text.numbers import shortened
from skewcheck.text.similar import nearest


def refuse_none(
    plans: Sequence[FeaturePlan], columns: Sequence[FeatureColumns], source: Source,
    settings: Settings,
) -> None:  # fmt: skip
    """Raise NothingToTestError where no feature has a column, or none a served one as expected.

    None of the plans has served columns.
    """
    first, file = plans[0].feature.name, source.names[0]
    template = settings.served_template
    if not any(plan.raw for plan in plans):
        templates = [settings.raw, *([template] if template else [])]
        names = ", ".join(repr(template.replace("{feature}", first)) for template in templates)
        present = listed(source.schema(), values=settings.values)
        likely = _likely(plans, source)[1] if template is None else None
        raise NothingToTestError(
            f"{file}: no column of any feature: looked for {names} and so on, found {present}; ",
            OptionName("raw"),
            " and ",
            OptionName("served"),
            " say how columns are named",
            *_meant(likely),
        )
    asked = [
        name
        for plan, names in zip(plans, columns, strict=True)
        if names.served is not None and (plan.normalized or plan.feature.untested is not None)
        for name in served_columns(plan.feature, names.served, source.has)
    ]
    if asked:
        raw = {names.raw for names in columns}
        fitting, likely = _likely(plans, source, raw)
        hint = nearest(asked[0], [name for name in source.leaves() if name not in raw])
        if fitting and (template is not None or not hint):
            hint = f", by name there would be {shortened(fitting, 3)}"
        raise NothingToTestError(
            f"{file}: no served column: looked for {asked[0]!r} and so on{hint}; ",
            OptionName("served"),
            " says how they are named",
            *_meant(likely if template is not None else None),
        )


def _meant(template: str | None) -> tuple[str | OptionName, ...]:
    return () if template is None else (" (did you mean ", OptionName("served", template), "?)")


def _likely(
    plans: Sequence[FeaturePlan], source: Source, raw: Container[str | None] = ()
) -> tuple[list[str], str | None]:
    """Return the columns that look like served values by name, and a template for some of them.

    Columns of `raw` values are none.
    """
    names = by_letters(name for name in source.leaves() if name not in raw)
    fitting: list[str] = []
    likely: str | None = None
    for plan in plans:
        columns = named(plan.feature, names)
        fitting += columns
        if likely is None and columns:
            likely = template_of(plan.feature, columns)
    return fitting, likely
