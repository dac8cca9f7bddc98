"""Make the plan of an audit from parameters, source and settings: what is counted of columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from skewcheck.config.types import Settings
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.plan import Plan, planned_losses
from skewcheck.engine.columns import feature_plans
from skewcheck.engine.segments import with_segments
from skewcheck.engine.source import Source
from skewcheck.features.steps import encode, forward
from skewcheck.features.types import Feature, Parameters

if TYPE_CHECKING:
    from skewcheck.counts.calendar import CalendarPlan
    from skewcheck.features.calendar import Calendar
    from skewcheck.logs.times import Window

MAX_NULLS_OF_INPUTS = 0.001
"""Share of nulls in training's fullest feature up to which rows without any value are strange."""


def make_plan(
    parameters: Parameters, source: Source, settings: Settings,
    all_features: Sequence[Feature] | None = None,
) -> Plan:  # fmt: skip
    """Return which columns of a source are counted, and how.

    `all_features` are those of the file, of which the settings may select some: a row may be
    normalized by values of the others.

    Raises NothingToTestError where it has none of the features' columns, UsageError where a column
    that was asked for is missing, LogError where its first rows cannot be read.
    """
    features = feature_plans(parameters, source, settings)
    if any(plan.feature.untested is not None for plan in features):
        from skewcheck.engine.untested_columns import with_untested_columns  # most are tested

        features = with_untested_columns(
            features, all_features or parameters.features, source, settings
        )
    if any(feature.by is not None for feature in parameters.features):
        from skewcheck.engine.key_columns import refuse_missing  # few features have keys

        refuse_missing(parameters.features, source)
    plan = Plan(
        features,
        losses=planned_losses(features, parameters.error),
        window=window_of(settings),
        min_rows=settings.min_rows,
        max_bad=settings.max_bad,
        strata=None if settings.time_column is None else parameters.strata,
        calendar=None
        if parameters.calendar is None
        else _calendar(parameters.calendar, features, timed=settings.time_column is not None),
        sets_apart=_sets_apart(features),
        sets_files_apart=sum(p.raw is not None or p.served is not None for p in features) > 1,
    )
    if any(feature.scope is not None for feature in features):
        from skewcheck.engine.scopes import with_scopes  # few features have one

        plan = with_scopes(plan, all_features or parameters.features, source, settings)
    plan = with_segments(plan, source, settings)
    if settings.every is None and not settings.by:
        return plan
    from skewcheck.engine.division import with_division  # most audits have no parts

    return with_division(plan, source, settings)


def _calendar(
    calendar: Calendar, features: Sequence[FeaturePlan], *, timed: bool
) -> CalendarPlan | None:
    """Return what is compared with functions of a row's time; None of features without any."""
    from skewcheck.counts.calendar import CalendarPlan

    functions = tuple(
        (place, calendar.features[plan.feature.name])
        for place, plan in enumerate(features)
        if plan.feature.name in calendar.features and (plan.raw or plan.served) is not None
    )
    return CalendarPlan(calendar.column, functions, timed) if functions else None


def _sets_apart(features: Sequence[FeaturePlan]) -> bool:
    """Return whether rows without a value of any feature are no rows of the model's inputs.

    They are not where training may have had such rows, as far as its nulls tell, where nulls are to
    be served as a value, nor where one feature alone is logged: then its nulls are what is tested.
    """
    if any(_fills(plan) for plan in features):
        return False
    logged = [plan for plan in features if plan.raw is not None or plan.served is not None]
    known = [plan.feature.reference for plan in logged if plan.feature.reference is not None]
    least = min((r.nulls / r.rows for r in known if r.rows), default=1.0)
    return len(logged) > 1 and least <= MAX_NULLS_OF_INPUTS


def _fills(plan: FeaturePlan) -> bool:
    """Return whether training serves a null of a feature as a value."""
    if plan.served is None:
        return False
    if plan.feature.type == "numeric":
        first = next(iter(plan.feature.groups.values()), ())
        return bool(np.isfinite(forward((*first, *plan.feature.steps), np.array([np.nan]))).any())
    return bool(np.isfinite(encode(plan.feature.steps, [None]).values).any())


def window_of(settings: Settings) -> Window | None:
    """Return the span of time whose rows are counted; None without a time column."""
    if settings.time_column is None:
        return None
    from skewcheck.logs.times import Window

    if settings.last is not None:
        now = datetime.now(UTC)
        first = (now - settings.last).timestamp()
        return Window(settings.time_column, first, now.timestamp(), until_now=True)
    since = settings.since.timestamp() if settings.since else float("-inf")
    until = settings.until.timestamp() if settings.until else float("inf")
    return Window(settings.time_column, since, until)
