"""Which columns an audit with some settings would use: of options, and of what the log shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skewcheck.config.types import Settings
from skewcheck.connect.certain import with_served
from skewcheck.connect.connected import connected
from skewcheck.connect.needed import is_needed
from skewcheck.counts.feature_plan import FeaturePlan, served_columns
from skewcheck.counts.plan import Plan
from skewcheck.engine.columns import FeatureColumns, known_names
from skewcheck.engine.plan import make_plan
from skewcheck.engine.source import LogSource
from skewcheck.engine.unasked import find_served
from skewcheck.features.notes import Note
from skewcheck.features.types import Feature, Parameters
from skewcheck.results.gate import UnaskedServed


@dataclass(frozen=True, slots=True)
class Resolved:
    """A log as an audit would read it, and the columns that it would use."""

    source: LogSource
    settings: Settings
    plan: Plan
    steps: tuple[Note, ...]
    """What is decoded and exploded on the way."""
    by: Mapping[str, str]
    """What says which columns a side has, by the side: `name`, `position` or `value`."""
    unasked: tuple[UnaskedServed, ...]
    """Columns that may hold served values as well."""

    def columns(self, feature: Feature) -> tuple[str | None, tuple[str, ...]]:
        """Return the raw column and the served ones of a feature, these by the names of training;
        empty for a level that has none."""
        of_feature = FeatureColumns.of(feature, self.settings, self.source.has)
        raw = of_feature.raw
        if raw is not None and not self.source.has(raw):
            raw = None
        if of_feature.served is None:
            return raw, ()
        served = served_columns(feature, of_feature.served, self.source.has)
        logged = tuple(name if self.source.has(name) else "" for name in served)
        return raw, logged if any(logged) else ()

    def same(self, other: Resolved) -> bool:
        """Return whether the same is compared with training, in the same rows."""
        return (
            [*map(_compared, self.plan.features)] == [*map(_compared, other.plan.features)]
            and self.steps == other.steps
            and self.unasked == other.unasked
        )


def _compared(plan: FeaturePlan) -> tuple[object, ...]:
    """Return which columns of a feature are counted, and what is said of those that are not."""
    sides = (side and side.columns for side in (plan.raw, plan.served))
    return (
        *sides, plan.feature.type, plan.missing_served, plan.uncompared, (*plan.missing_levels,),
        plan.lacking, plan.absent_element,
    )  # fmt: skip


def resolved(parameters: Parameters, source: LogSource, settings: Settings) -> Resolved:
    """Return the columns that an audit would use; only first rows are read.

    Raises UncertainError where several places may hold the raw values, and NothingToTestError
    where no column is there.
    """
    features = parameters.features
    known = known_names(
        [feature.name for feature in features], settings,
        (*(settings.by or ()), settings.time_column, settings.cluster),
    )  # fmt: skip
    notes: tuple[Note, ...] = ()
    if is_needed(source, features, settings):
        log = connected(source, features, settings, known)
        source, settings, notes = log.source, log.settings, log.notes
    by = {str(n.parameters["side"]): str(n.parameters["by"]) for n in notes if "by" in n.parameters}
    plan = make_plan(parameters, source, settings)
    unasked: tuple[UnaskedServed, ...] = ()
    if settings.served is None:
        found = find_served(plan, features, source, settings)
        unasked = found.unasked
        if found.certain:
            settings, note = with_served(settings, features, source, found)
            plan = make_plan(parameters, source, settings)
            by["served"] = str(note.parameters["by"])
    steps = tuple(note for note in notes if note.code in ("decoded", "exploded"))
    return Resolved(source, settings, plan, steps, by, unasked)
