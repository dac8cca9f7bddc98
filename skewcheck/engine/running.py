"""Series over all rows so far that began before the log: their state then, or what served them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.parity import Tried
from skewcheck.counts.scoped import lost_of, rows_of
from skewcheck.counts.series_starts import Place, Start
from skewcheck.counts.sides import NumericSide
from skewcheck.engine.other_scopes import LENGTHS
from skewcheck.engine.series_rows import MIN_ROWS, SeriesRows
from skewcheck.features.scope_reader import ScopeColumn, series_of
from skewcheck.features.scopes import divisor, of_windows
from skewcheck.features.steps import Step, inverse, preimage
from skewcheck.features.steps.rounding import UNIT
from skewcheck.features.types import FloatArray, NumericReference
from skewcheck.logs.arrays import numbers
from skewcheck.logs.batch import Batch
from skewcheck.statistics.running_models import (
    Stretch,
    by_variance,
    centred,
    constants,
    decaying,
    running,
)
from skewcheck.statistics.running_states import DECAYS, NO_ROW, Fit, evaluated, fit, predicted

MAX_SERIES = 50
"""Series of a feature whose state is fitted, the first: each takes a twentieth of a second."""
MIN_FIRST = 48
"""First rows that tell of it beside others."""
FAR = 30.0
"""Of what arithmetic explains: so far off are rows after a change, and not by a state that is known
to some digits only."""
MIN_COUNT = 0.5
"""Rows before the log that are none."""
ALL = 0.995
"""Share of the rows of what served all of them: some cell may be wrong."""
MOST = 0.5
"""Share of the rows that the right state must explain, beside rows served wrong."""
NEAR = 0.02
"""Share of the rows that may lie just outside of what arithmetic explains: where a fit is by chance
they are as many as those just inside."""
FACTOR = 1.1
"""A standard deviation so wrong must show, or the rows are too few to call them right."""
MAX_BEFORE = 1e8
"""Rows before the log: statistics that so many would still move, but that are constant, are no
running ones."""
SAME = 1e-5
"""Of a standard deviation: constants so near to each other are the same."""
SEVERAL = 3
"""Series of which none has the same statistics as another by chance."""
APART = 1e-3
"""Of a standard deviation: means of series so far from each other are of other rows."""
MOVED = 0.1
"""Share of the rows that must show it."""
WINDOW_ERROR = 1e-4
"""Of a served value: no other length comes so near in nearly all rows."""
EXACT = 2.0**-48
"""Relative rounding of float64 arithmetic with several operations."""


class RunningSeries:
    """A pass over a log that looks at the start of its series."""

    def __init__(self, plans: Sequence[FeaturePlan]) -> None:
        """Take features over all rows so far."""
        self.plans = plans
        self.series: dict[str, dict[str, SeriesRows]] = {plan.feature.name: {} for plan in plans}
        self.others: dict[str, dict[Tried, tuple[int, int]]] = {}
        """By feature: other servers, with the rows that each explains and those that it was
        compared with.
        """
        self.broken = False

    def read(self, batch: Batch) -> None:
        """Take the rows that follow, to the first gap between them."""
        self.broken |= rows_of(batch).gaps
        for plan in () if self.broken else self.plans:
            _read(plan, batch, self.series[plan.feature.name])

    def starts(self) -> Mapping[Place, Start]:
        """Return how the series start, without those of which nothing is known."""
        starts: dict[Place, Start] = {}
        for plan in self.plans:
            name = plan.feature.name
            for key, (start, kind, explained, compared) in _judged(plan, self.series[name]).items():
                starts[name, key] = start
                if kind is not None:
                    counts = self.others.setdefault(name, {})
                    before = counts.get(kind, (0, 0))
                    counts[kind] = before[0] + explained, before[1] + compared
        return starts


def _read(plan: FeaturePlan, batch: Batch, series: dict[str, SeriesRows]) -> None:
    scope, side = plan.scope, plan.served
    if scope is None or not isinstance(side, NumericSide) or side.column not in batch.columns:
        return
    y = numbers(batch.columns[side.column]).values.astype(np.float64)
    lost = lost_of(batch)(side.column, y) + 2 * UNIT * np.abs(y)
    z, z_lost = _before(plan.feature.steps, y, np.broadcast_to(lost, y.shape))
    for key, places, x, x_lost in series_of(scope, rows_of(batch)):
        if key not in series and len(series) >= MAX_SERIES:
            continue
        rows = series.setdefault(key, SeriesRows())
        rows.add(x[places], x_lost[places], z[places], z_lost[places])


def _before(
    steps: tuple[Step, ...], y: FloatArray, lost: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return what the scope gave, and how far it may be off; NaN where steps hide it."""
    if not steps:
        return y, lost
    z = inverse(steps, y)
    low, high = preimage(steps, y - lost, y + lost)
    return z, np.maximum(z - low, high - z) + UNIT * np.abs(z)


_Judged = tuple[Start, Tried | None, int, int]


def _judged(plan: FeaturePlan, series: Mapping[str, SeriesRows]) -> dict[str, _Judged]:
    """Return the start of each series of which something is known, with what else served it."""
    scope = plan.scope
    if scope is None:
        return {}
    judged: dict[str, _Judged] = {}
    unmoved: dict[str, tuple[Stretch, Fit]] = {}
    for key, rows in series.items():
        stretch = rows.stretch(scope.step)
        if stretch is None:
            continue
        if np.ptp(stretch.served) == 0 and len(np.unique(stretch.x)) > 2:
            judged[key] = Start(True), None, 0, 0  # stuck
            continue
        line = fit(stretch, constants, free=2, rates=np.ones(1))
        begun = evaluated(stretch.take(stretch.rows > 1), NO_ROW)
        if begun.share >= ALL or _beside_wrong(begun, line.share if line else 0.0):
            judged[key] = Start(True), None, 0, 0
            continue
        if line is not None and line.share >= ALL:
            unmoved[key] = stretch, line
            continue
        made = _of_series(scope, stretch, line)
        if made is not None:
            judged[key] = made
    return judged | {key: (Start(True), None, 0, 0) for key in _constants(plan, unmoved)}


def _of_series(scope: ScopeColumn, stretch: Stretch, line: Fit | None) -> _Judged | None:
    """Return the start of a series whose statistics move; None where it is not known."""
    right = fit(stretch)
    if right is None:
        return None
    if right.share >= ALL:
        return None if _hides(stretch, right) else (_start(right, stretch), None, 0, 0)
    lines = 0.0 if line is None else line.share
    if _beside_wrong(right, lines):
        return _start(right, stretch), None, 0, 0
    return _of_another(scope, stretch) or _of_first(stretch)


def _start(right: Fit, stretch: Stretch) -> Start:
    state = right.state(stretch)
    return Start(True, state if state[0] >= MIN_COUNT else None)


def _hides(stretch: Stretch, right: Fit) -> bool:
    """Return whether another standard deviation would fit as well, with other rows before."""
    for factor in (FACTOR, 1 / FACTOR):
        near = right.parameters + np.array([[0.0, 0.0, k] for k in (-1.0, -0.2, 0.0, 0.2, 1.0)])
        near[:, 1] -= 2 * np.log(factor)
        other = fit(replace(stretch, served=stretch.served * factor), near=near)
        if other is not None and other.share >= ALL:
            return True
    return False


def _of_another(scope: ScopeColumn, stretch: Stretch) -> _Judged | None:
    """Return the server, other than training's, that served all rows; None without one."""
    step = scope.step
    kind = Tried("running", None, step.ddof, step.method, scope.by)
    flipped = replace(stretch, step=replace(stretch.step, ddof=1 - step.ddof))
    other = fit(flipped)
    if other is not None and other.share >= ALL:
        kind = kind._replace(ddof=1 - step.ddof)
        return _start(other, flipped), kind, int(other.explained.sum()), len(stretch.x)
    other = fit(stretch.earlier())
    if other is not None and other.share >= ALL:
        kind = kind._replace(over="earlier")
        return Start(True), kind, int(other.explained.sum()), len(stretch.x)
    head = stretch.take(stretch.rows <= len(stretch.head))
    other = fit(head, decaying, rates=DECAYS)
    if other is not None and other.share >= ALL:
        rows = max(round(1 / float(np.exp(other.parameters[2]))), 1)
        kind = kind._replace(over="decaying", length=rows)
        return Start(True), kind, int(other.explained.sum()), len(head.x)
    for model, free in ((running, 4), (centred, 3), (by_variance, 3)):
        other = fit(stretch, model, free=free)
        if other is not None and other.share >= ALL:
            return _start(other, stretch), None, 0, 0
    return _of_windows(kind, head)


def _of_windows(kind: Tried, head: Stretch) -> _Judged | None:
    """Return windows of rows that served the first of a series; None without any."""
    for length in (n for n in LENGTHS if n <= len(head.head) // 2):
        windows = np.lib.stride_tricks.sliding_window_view(head.head, length)
        of = of_windows(head.step, windows, np.zeros(len(windows)))
        full = head.rows >= length
        rows, z = head.rows[full].astype(np.int64) - length, head.served[full]
        if len(rows) < MIN_ROWS:
            continue
        off = np.abs((head.x[full] - of.centre[rows]) / divisor(head.step, of.spread[rows]) - z)
        same = off <= WINDOW_ERROR * (1 + np.abs(z)) + 4 * head.served_lost[full]
        if same.mean() >= ALL:
            kind = kind._replace(over="window", length=length)
            return Start(True), kind, int(same.sum()), len(rows)
    return None


def _of_first(stretch: Stretch) -> _Judged | None:
    """Return the state that explains the first rows, where later ones are served otherwise."""
    for part in (2, 4, 8):
        first = stretch.take(np.arange(len(stretch.x)) < len(stretch.x) // part)
        if len(first.x) < MIN_FIRST:
            break
        right = fit(first)
        line = fit(first, constants, free=2, rates=np.ones(1))
        if right is None or right.share < ALL or (line is not None and line.share > MOST):
            continue
        rest = evaluated(stretch, right.parameters).residuals[len(first.x) :]
        if np.median(np.abs(rest)) > FAR and not _hides(first, right):
            return _start(right, stretch), None, 0, 0
    return None


def _beside_wrong(right: Fit, lines: float) -> bool:
    """Return whether a state that explains some of the rows only does so by no chance."""
    off = np.abs(right.residuals)
    near = float(((off > 1) & (off <= 3)).mean())
    return right.share >= MOST and lines < right.share / 2 and near <= NEAR


def _constants(plan: FeaturePlan, unmoved: Mapping[str, tuple[Stretch, Fit]]) -> list[str]:
    """Return the series that were served with constants, and not with very old statistics."""
    proven = [key for key, (rows, line) in unmoved.items() if _never_moved(plan, rows, line)]
    if len(proven) == len(unmoved) or len(unmoved) < SEVERAL:
        return proven
    states = np.array([_mean_and_std(rows, line) for rows, line in unmoved.values()])
    logged = np.array([rows.shift + rows.scale * rows.x.mean() for rows, _ in unmoved.values()])
    std = float(np.median(states[:, 1]))
    same = np.ptp(states, axis=0).max() <= SAME * std and np.ptp(logged) > APART * std
    return [*unmoved] if same else proven


def _mean_and_std(stretch: Stretch, line: Fit) -> tuple[float, float]:
    mean, variance = line.parameters[0], np.exp(line.parameters[1])
    return float(mean * stretch.scale + stretch.shift), float(np.sqrt(variance) * stretch.scale)


def _never_moved(plan: FeaturePlan, stretch: Stretch, line: Fit) -> bool:
    """Return whether statistics are constant that the rows of the log would have moved."""
    mean, std = _mean_and_std(stretch, line)
    if abs(mean) <= SAME * std and abs(std - 1) <= SAME:
        return True  # served as logged
    before, reference = MAX_BEFORE, plan.feature.reference
    if isinstance(reference, NumericReference) and reference.mean is not None and reference.std:
        near = max(abs(mean - reference.mean), abs(std - reference.std))
        # So are the statistics of a server that started with training's rows, and only of it.
        before = 10.0 * reference.rows if near <= SAME * std else before
    single = np.float32(stretch.served).astype(np.float64)
    rounding = 4 * UNIT if np.array_equal(single, stretch.served) else EXACT
    operands = (np.abs(stretch.x) + 2 * abs(stretch.shift) / stretch.scale) * stretch.scale / std
    printed = stretch.served_lost - 2 * UNIT * np.abs(stretch.served)
    lost = np.maximum(printed, 0.0) + 4 * stretch.lost * stretch.scale / std
    allowed = rounding * (np.abs(stretch.served) + operands) + 2 * lost
    held = fit(stretch, free=2, rates=np.array([1 / max(before, 1.0)]))
    still = np.abs(predicted(stretch, line.parameters, constants) - stretch.served) <= allowed
    if held is None or still.mean() < ALL:
        return False
    moved = np.abs(predicted(stretch, held.parameters) - stretch.served) > allowed
    return float(moved.mean()) > MOVED
