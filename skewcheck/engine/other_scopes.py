"""Other scopes than training's, tried on the rows of a log that fail parity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.parity import numeric_parity
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.scoped import lost_of, rows_of
from skewcheck.counts.series_starts import SeriesStarts
from skewcheck.counts.sides import NumericSide
from skewcheck.counts.tried import Tried
from skewcheck.engine.restarts import Restarts
from skewcheck.features.scope_reader import BatchStatistics, ScopeColumn, ScopeReader
from skewcheck.features.scopes import Results
from skewcheck.features.steps import Standardize
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.logs.arrays import numbers
from skewcheck.logs.batch import Batch

if TYPE_CHECKING:
    from skewcheck.engine.source import LogSource

MAX_FEATURES = 5
"""Features whose scopes are looked for: the others that fail have the same, as a rule."""
MAX_FAILING = 2_000
"""Failing rows of a feature on which scopes are tried."""
MAX_ROWS = 200_000
"""Rows of the log that are read for it."""
LENGTHS = (*range(2, 33), 36, 40, 48, 50, 52, 60, 64, 72, 80, 90, 96, 100, 120, 128, 144,
           168, 180, 200, 256, 288, 336, 365, 512)  # fmt: skip
"""Usual lengths of windows and batches."""
USUAL = (7, 12, 16, 24, 30, 32, 48, 60, 64, 100, 128)
"""Those that are tried of windows where training has batches, and the other way round."""


def with_other_scopes(
    source: LogSource, plan: Plan, profile: Profile, starts: SeriesStarts,
    others: Mapping[str, Mapping[Tried, tuple[int, int]]],
) -> Profile:  # fmt: skip
    """Return the profile with the scopes that were tried on the failing rows of its features.

    `starts` are of series over all rows so far, `others` what else served those, by feature.
    """
    failing = [
        i
        for i, (planned, counts) in enumerate(zip(plan.features, profile.features, strict=True))
        if planned.scope is not None and counts.parity is not None and counts.parity.mismatched
    ][:MAX_FEATURES]
    if not failing:
        return profile
    features = list(profile.features)
    for i in failing:
        parity = features[i].parity
        if parity is not None:
            planned = plan.features[i]
            tried = others.get(planned.feature.name) or _tried(source, plan, planned, starts)
            features[i] = replace(features[i], parity=replace(parity, tried=tried))
    return replace(profile, features=tuple(features))


@dataclass(slots=True)
class _Trial:
    """One feature's failing rows, and the rows of them that each scope explains."""

    plan: FeaturePlan
    tried: Mapping[Tried, str]
    counts: dict[Tried, tuple[int, int]] = field(default_factory=dict)
    failing: int = 0
    restarts: Restarts | None = None
    since_restart: int = 0
    """Failing rows that are explained by a restart."""

    def compare(self, batch: Batch, made: Mapping[str, Results]) -> None:
        """Compare the served values of a batch with the results of all scopes."""
        side = self.plan.served
        if not isinstance(side, NumericSide) or side.column not in batch.columns:
            return
        y = numbers(batch.columns[side.column]).values.astype(np.float64)
        lost = np.broadcast_to(lost_of(batch)(side.column, y), y.shape)
        own = made[self.plan.feature.name]
        every = np.arange(batch.rows)
        _, fails = self._compared(own, y, lost, every, batch)
        if self.restarts is not None:
            failing, due = np.zeros(batch.rows, bool), np.isfinite(own.error)
            failing[fails] = True
            since = self.restarts.read(batch, y, failing, due)
            rows, wrong = self._compared(since, y, lost, fails[: MAX_FAILING - self.failing], batch)
            self.since_restart += rows - len(wrong)
        fails = fails[: MAX_FAILING - self.failing]
        self.failing += len(fails)
        for other, name in self.tried.items():
            rows, wrong = self._compared(made[name], y, lost, fails, batch)
            explained, compared = self.counts.get(other, (0, 0))
            self.counts[other] = explained + rows - len(wrong), compared + rows

    def _compared(
        self, made: Results, y: FloatArray, lost: FloatArray, places: IntArray, batch: Batch
    ) -> tuple[int, IntArray]:
        """Return how many rows could be compared, and which of them differ."""
        known = places[np.isfinite(made.error[places]) & np.isfinite(y[places])]
        if not len(known):
            return 0, known
        counts, fails = numeric_parity(
            made.values[known], y[known], self.plan.feature.steps, batch.origin,
            raw_tolerance=made.error[known], served_tolerance=lost[known],
        )  # fmt: skip
        return counts.rows, known[fails]


def _tried(
    source: LogSource, plan: Plan, feature: FeaturePlan, known: SeriesStarts
) -> Mapping[Tried, tuple[int, int]]:
    scope = feature.scope
    if scope is None:
        return {}
    members = [s for s in plan.scopes if s.step == scope.step] if scope.step.over == "row" else []
    scopes: list[ScopeColumn] = [*(members or [scope])]
    names: dict[Tried, str] = {}
    for i, other in enumerate(other_scopes(scope)):
        suffix = f"\x00{i}"
        key = Tried(
            other.step.over, other.step.length, other.step.ddof, other.step.method, other.by
        )
        names[key] = f"{scope.feature}{suffix}"
        same = members or [scope]
        scopes += [
            replace(s, feature=f"{s.feature}{suffix}", step=other.step, by=other.by) for s in same
        ]
    first_pass = BatchStatistics(scopes)
    for batch in _first(source, plan):
        first_pass.read(rows_of(batch))
    reader = ScopeReader(scopes, first_pass.finished())
    restarts = Restarts(feature, scope) if scope.step.over == "running" else None
    trial = _Trial(feature, names, restarts=restarts)
    wanted = [scope.feature, *names.values()]
    starts = SeriesStarts([feature], known.starts)
    starts.begin(reader)
    for batch in _first(source, plan):
        made = reader.read(rows_of(batch), wanted)
        starts.only_begun(batch, made)
        trial.compare(batch, made)
        if trial.failing >= MAX_FAILING:
            break
    if restarts is None or restarts.row is None:
        return trial.counts
    return {restarts.tried(): (trial.since_restart, trial.failing), **trial.counts}


def _first(source: LogSource, plan: Plan) -> Iterator[Batch]:
    """Yield the first batches of a log."""
    rows = 0
    for batch in source.batches(plan.wanted):
        yield batch
        rows += batch.rows
        if rows >= MAX_ROWS:
            return


def other_scopes(scope: ScopeColumn) -> Iterator[ScopeColumn]:
    """Yield other scopes, those that differ least first."""
    step = scope.step
    steps: list[Standardize] = []
    if step.method == "zscore":
        steps.append(replace(step, ddof=1 - step.ddof))
    if step.over == "row":
        methods: Sequence[Standardize] = [
            replace(step, method=method, ddof=0)
            for method in ("zscore", "minmax", "l2", "l1", "max")
            if method != step.method
        ]
        yield from (replace(scope, step=other) for other in (*steps, *methods))
        return
    if step.length is not None:
        near = (step.length - 1, step.length + 1, step.length // 2, step.length * 2)
        lengths = dict.fromkeys((*near, *LENGTHS))
        steps += [replace(step, length=n) for n in lengths if n >= 2 and n != step.length]
    lengths = dict.fromkeys((step.length, *USUAL) if step.length else LENGTHS)
    if step.over != "window":
        steps += [replace(step, over="window", length=n) for n in lengths if n]
    if step.over != "batch" or step.length is None:
        steps += [replace(step, over="batch", length=n) for n in lengths if n]
    if step.over != "running":
        steps.append(replace(step, over="running", length=None))
    if step.over != "batch" or step.length is not None:
        steps.append(replace(step, over="batch", length=None))
    steps.append(replace(step, method="minmax" if step.method == "zscore" else "zscore"))
    if scope.by is not None:
        yield replace(scope, by=None)
    yield from (replace(scope, step=other) for other in steps)
    # The other ddof of another length as well: both are defaults of a library.
    if step.method == "zscore" and step.length is not None:
        flipped = 1 - step.ddof
        yield from (
            replace(scope, step=replace(other, ddof=flipped))
            for other in steps
            if other.over in ("window", "batch") and other.length != step.length
            and other.method == "zscore"
        )  # fmt: skip
