"""Measure logs of features that are normalized over scopes of their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from skewcheck.config.types import Settings
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Limits, Profile, parsed
from skewcheck.counts.scoped import rows_of, with_results
from skewcheck.counts.series_starts import SeriesStarts
from skewcheck.counts.tried import Tried
from skewcheck.engine.columns import FeatureColumns
from skewcheck.engine.engines import THREADS, Engine
from skewcheck.engine.fold import Progress, fold
from skewcheck.engine.tasks import Work
from skewcheck.features.scope_reader import BatchStatistics, ScopeColumn, ScopeReader
from skewcheck.features.types import Feature
from skewcheck.logs.batch import Batch, Wanted

if TYPE_CHECKING:
    from skewcheck.engine.running import RunningSeries
    from skewcheck.engine.source import LogSource, Source

ONE_THREAD = Engine(workers=1)
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
    source: LogSource, plan: Plan, limits_of: Callable[[str], Limits],
    progress: Progress | None, note: Callable[[str, int], None],
) -> Profile:  # fmt: skip
    """Count the rows by a plan; results over scopes are made before the window leaves rows out.

    By threads of this process, whatever the source's engine: a scope has rows of other parts.
    """

    def fold_all(wanted: Wanted, take: Callable[[Batch], None]) -> None:
        def taken(batch: Batch, _limits: Limits) -> Profile:
            take(batch)
            return Profile(batch.rows, ())

        fold(source, Work(wanted, Profile(0, ()), taken), engine=ONE_THREAD)

    reader = statistics_of(plan.scopes, fold_all)
    first_pass, starts = _started(plan, reader, fold_all)
    names = [f.feature.name for f in plan.features if f.scope is not None]

    def prepared(batch: Batch, limits: Limits) -> Profile:
        results = reader.read(rows_of(batch), names)
        starts.only_begun(batch, results)
        made = with_results(batch, results)
        return Profile.of(plan, plan.window.kept(made) if plan.window else made, limits)

    ordered = any(scope.step.ordered for scope in plan.scopes)
    work = Work(plan.wanted, Profile.zero(plan), prepared, parsed=parsed)
    profile = fold(
        source, work, engine=ONE_THREAD if ordered else THREADS, limits_of=limits_of,
        progress=progress, parsed=note,
    )  # fmt: skip
    if first_pass is not None:
        profile = with_rivals(profile, plan, first_pass.rivals)
    if not any(counts.parity and counts.parity.mismatched for counts in profile.features):
        return profile
    from skewcheck.engine.other_scopes import with_other_scopes  # most logs are served right

    others = first_pass.others if first_pass is not None else {}
    return with_other_scopes(source, plan, profile, starts, others)


def _started(
    plan: Plan, reader: ScopeReader, fold_all: Callable[[Wanted, Callable[[Batch], None]], None]
) -> tuple[RunningSeries | None, SeriesStarts]:
    """Return which series begin in the log, after a pass over it that tells what served others.

    Those that began before go on from the state that explains what was served of them.
    """
    series = [
        p for p in plan.features
        if p.scope is not None and p.served is not None and p.raw is not None
        and p.scope.step.over == "running" and p.scope.step.method == "zscore"
    ]  # fmt: skip
    if not series:
        return None, SeriesStarts(plan.features)
    from skewcheck.engine.running import RunningSeries  # few features are so

    first_pass = RunningSeries(series)
    fold_all(plan.wanted, first_pass.read)
    starts = SeriesStarts(plan.features, first_pass.starts())
    starts.begin(reader)
    return first_pass, starts


def with_rivals(
    profile: Profile, plan: Plan, rivals: Mapping[str, Mapping[Tried, float]]
) -> Profile:
    """Return the profile with the servers, by feature, that a log does not tell from right ones."""
    features = [
        replace(counts, parity=replace(counts.parity, rivals=rivals[planned.feature.name]))
        if counts.parity is not None and rivals.get(planned.feature.name)
        else counts
        for planned, counts in zip(plan.features, profile.features, strict=True)
    ]
    return replace(profile, features=tuple(features))
