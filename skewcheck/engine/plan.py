"""Make the plan of an audit from parameters, source and settings: what is counted of columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from skewcheck.config.types import Settings
from skewcheck.counts.plan import Plan, planned_losses
from skewcheck.engine.columns import feature_plans
from skewcheck.engine.segments import with_division, with_segments
from skewcheck.engine.source import Source
from skewcheck.features.types import Parameters

if TYPE_CHECKING:
    from skewcheck.logs.times import Window


def make_plan(parameters: Parameters, source: Source, settings: Settings) -> Plan:
    """Return which columns of a source are counted, and how.

    Raises NothingToTestError where it has none of the features' columns, UsageError where a column
    that was asked for is missing, LogError where its first rows cannot be read.
    """
    features = feature_plans(parameters, source, settings)
    plan = Plan(
        features,
        losses=planned_losses(features, parameters.error),
        window=window_of(settings),
        min_rows=settings.min_rows,
    )
    return with_division(with_segments(plan, source, settings), source, settings)


def window_of(settings: Settings) -> Window | None:
    """Return the span of time whose rows are counted; None without a time column."""
    if settings.time_column is None:
        return None
    from skewcheck.logs.times import Window

    if settings.last is not None:
        now = datetime.now(UTC)
        return Window(settings.time_column, (now - settings.last).timestamp(), now.timestamp())
    since = settings.since.timestamp() if settings.since else float("-inf")
    until = settings.until.timestamp() if settings.until else float("inf")
    return Window(settings.time_column, since, until)
