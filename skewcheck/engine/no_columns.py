"""What to say where a log has no column of any feature, or none of the served values asked for."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.config.given import nearest
from skewcheck.config.types import Settings
from skewcheck.counts.feature_plan import FeaturePlan, served_columns
from skewcheck.engine.columns import FeatureColumns
from skewcheck.engine.served_names import by_letters, named, template_of
from skewcheck.engine.source import Source
from skewcheck.logs.listed import listed
from skewcheck.text.errors import NothingToTestError, OptionName


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
        if names.served is not None and (plan.normalized or plan.feature.untested is not None)
        for name in served_columns(plan.feature, names.served, source.has)
    ]
    if asked:
        raw = {names.raw for names in columns}
        hint = nearest(asked[0], [name for name in source.leaves() if name not in raw])
        raise NothingToTestError(
            f"{file}: no served column: looked for {asked[0]!r} and so on{hint}; ",
            OptionName("served"),
            " says how they are named",
        )


def _likely_template(plans: Sequence[FeaturePlan], source: Source) -> str | None:
    """Return a template of served columns that a log without raw ones seems to have."""
    names = by_letters(source.leaves())
    for plan in plans:
        columns = named(plan.feature, names)
        template = template_of(plan.feature, columns) if columns else None
        if template is not None:
            return template
    return None
