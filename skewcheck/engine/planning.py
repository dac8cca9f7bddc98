"""What will be audited: which columns of a log are a feature's, by the user's templates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from skewcheck.config.settings import Settings
from skewcheck.counts.plan import Plan, plan_feature, with_losses
from skewcheck.features.types import Feature, Parameters
from skewcheck.logs import Log
from skewcheck.text.errors import NothingToTestError
from skewcheck.text.patterns import matches


def planned(parameters: Parameters, log: Log, settings: Settings) -> Plan:
    """Plan what is counted; NothingToTestError where the log has none of the columns."""
    seen: dict[str, bool] = {}

    def has(column: str) -> bool:
        if column not in seen:
            seen[column] = any(file.has(column) for file in log.files)
        return seen[column]

    columns = [columns_of(f, settings) for f in parameters.features]
    plans = [
        plan_feature(_typed(f, *own, log), *own, has)
        for f, own in zip(parameters.features, columns, strict=True)
    ]
    first = parameters.features[0].name
    if not any(plan.raw or plan.served for plan in plans):
        looked = [settings.raw.replace("{feature}", first)]
        looked += [settings.served.replace("{feature}", first)] if settings.served else []
        there = ", ".join(list(log.files[0].schema())[:5])
        raise NothingToTestError(
            f"{log.files[0].name}: no column of any feature: looked for"
            f" {', '.join(map(repr, looked))} and so on, found {there} ...;"
            " --raw and --served say how columns are named"
        )
    served = any(plan.served for plan in plans)
    if settings.served is not None and not served:
        looked_for = settings.served.replace("{feature}", first)
        raise NothingToTestError(
            f"{log.files[0].name}: no served column: looked for {looked_for!r} and so on;"
            " --served says how they are named"
        )
    for i, plan in enumerate(plans):
        asked = served and columns[i][1] is not None and plan.feature.steps
        if asked and plan.raw is not None and plan.served is None:
            plans[i] = replace(plan, missing_served=True)
    return with_losses(Plan(tuple(plans)), parameters.error)


def _typed(
    feature: Feature, raw: str | None, served: Callable[[str], str] | None, log: Log
) -> Feature:
    if not feature.guessed:
        return feature
    types = log.types(raw) if raw is not None else []
    return feature.typed(types or (log.types(served(feature.name)) if served else []))


def columns_of(
    feature: Feature, settings: Settings
) -> tuple[str | None, Callable[[str], str] | None]:
    """Return the raw column of a feature, and how its served columns are named.

    What the model said and what came true are no inputs: without steps, they stand under their
    own names whatever the templates say.
    """
    own = next(
        (c for pattern, c in settings.columns.items() if matches(feature.name, [pattern])), None
    )
    if feature.output:
        return (own and own.raw) or feature.name, None
    raw = own.raw if own is not None and own.raw is not None else settings.raw
    served = own.served if own is not None and own.served is not None else settings.served

    def named(name: str) -> str:
        return (served or "").replace("{feature}", name)

    return raw.replace("{feature}", feature.name), named if served is not None else None
