"""Measure logs of features that are normalized over scopes of their rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from skewcheck.config.types import Settings
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.scoped import rows_of, with_results
from skewcheck.counts.series_starts import SeriesStarts
from skewcheck.engine.columns import FeatureColumns
from skewcheck.engine.fold import Progress, fold
from skewcheck.features.scope_reader import BatchStatistics, ScopeColumn, ScopeReader
from skewcheck.features.types import Feature
from skewcheck.logs.batch import Batch, Wanted

if TYPE_CHECKING:
    from skewcheck.engine.source import LogSource, Source

ONE_THREAD = 1
"""Batches are measured in the log's order where a scope spans them."""


def with_scopes(
    plan: Plan, features: Sequence[Feature], source: Source, settings: Settings
) -> Plan:
    """Return the plan with the columns that scopes of compared features are of.

    `features` are all of the parameter file: a row may be normalized by those that are not audited.
    """
    compared = [f for f in plan.features if f.raw is not None and f.served is not None]
    scopes = {f.scope.feature: f.scope for f in compared if f.scope is not None}
    of_rows = {scope.step for scope in scopes.values() if scope.step.over == "row"}
    every: dict[str, ScopeColumn] = {}
    for feature in features:
        scope = ScopeColumn.of(feature, "")
        if scope is not None and scope.step in of_rows:
            column = FeatureColumns.of(feature, settings, source.has).raw or feature.name
            every[feature.name] = replace(scope, column=column)
    return replace(plan, scopes=tuple({**every, **scopes}.values()))


def statistics_of(
    scopes: Sequence[ScopeColumn], fold_all: Callable[[Wanted, Callable[[Batch], None]], None]
) -> ScopeReader:
    """Return a reader of scopes, after a first pass over the log where batches need one."""
    first_pass = BatchStatistics(scopes)
    if first_pass.scopes:
        numbers = frozenset(scope.column for scope in first_pass.scopes)
        keys = frozenset(name for scope in first_pass.scopes for name in scope.columns[1:])
        fold_all(Wanted(numbers, keys - numbers), lambda batch: first_pass.read(rows_of(batch)))
    return ScopeReader(scopes, first_pass.finished())


def counted(
    source: LogSource, plan: Plan, measure: Callable[[Batch], Profile],
    progress: Progress | None, measured_file: Callable[[str, Profile], None],
) -> Profile:  # fmt: skip
    """Count the rows by a plan; results over scopes are made before the window leaves rows out."""

    def fold_all(wanted: Wanted, take: Callable[[Batch], None]) -> None:
        def taken(batch: Batch) -> Profile:
            take(batch)
            return Profile(batch.rows, ())

        fold(source, wanted, Profile(0, ()), taken, threads=ONE_THREAD)

    reader = statistics_of(plan.scopes, fold_all)
    starts = SeriesStarts(plan.features)
    names = [f.feature.name for f in plan.features if f.scope is not None]

    def prepared(batch: Batch) -> Profile:
        results = reader.read(rows_of(batch), names)
        starts.only_begun(batch, results)
        made = with_results(batch, results)
        return measure(plan.window.kept(made) if plan.window else made)

    ordered = any(scope.step.ordered for scope in plan.scopes)
    profile = fold(
        source, plan.wanted, Profile.zero(plan), prepared, progress=progress,
        threads=ONE_THREAD if ordered else None, measured_file=measured_file,
    )  # fmt: skip
    if not any(counts.parity and counts.parity.mismatched for counts in profile.features):
        return profile
    from skewcheck.engine.other_scopes import with_other_scopes  # most logs are served right

    return with_other_scopes(source, plan, profile)
