"""Choose the windows and segments that are counted beside the whole log."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from skewcheck.config.types import Settings
from skewcheck.counts.coarse import coarse
from skewcheck.counts.dimensions import Dimension, Spans, Stretches, Values
from skewcheck.counts.parts import Division
from skewcheck.counts.plan import Plan
from skewcheck.engine.source import Source


def with_division(plan: Plan, source: Source, settings: Settings) -> Plan:
    """Return the plan with windows (`settings.every`) and segments (`settings.by`) to count.

    One of both is asked for.
    """
    every = settings.every
    dimensions: list[Dimension] = []
    if isinstance(every, timedelta):
        column = settings.time_column or ""
        dimensions.append(Spans(column, every.total_seconds(), _spelled(every)))
    elif every is not None:
        # Windows of so many rows are numbered through the files.
        dimensions.append(Stretches(every, source.starts(), str(every)))
    dimensions += [Values(column) for column in settings.by or ()]
    bins = tuple(coarse(feature_plan) for feature_plan in plan.features)
    return replace(plan, division=Division(tuple(dimensions), bins))


def _spelled(every: timedelta) -> str:
    """Return a duration as the option spells it: `1d`, `6h`, `90s`."""
    seconds = round(every.total_seconds())
    for letter, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{letter}"
    return f"{seconds}s"
