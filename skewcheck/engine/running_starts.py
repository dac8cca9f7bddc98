"""How series over all rows so far start: with a state that explains them, or another server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.series_starts import Start
from skewcheck.counts.tried import MAX_HARM, Tried
from skewcheck.engine.other_scopes import LENGTHS
from skewcheck.engine.running_constants import served_with_constants
from skewcheck.engine.running_servers import (
    ALL,
    DECISIVE,
    Rival,
    Server,
    rivals,
    servers,
    told,
)
from skewcheck.engine.series_rows import MIN_ROWS, SeriesRows
from skewcheck.features.scope_reader import ScopeColumn
from skewcheck.features.scopes import divisor, of_windows
from skewcheck.statistics.running_models import Stretch, centred, constants
from skewcheck.statistics.running_states import NO_ROW, Fit, evaluated, fit

MIN_FIRST = 48
"""First rows that tell of it beside others."""
FAR = 30.0
"""Of what arithmetic explains: so far off are rows after a change, and not by a state that is known
to some digits only."""
MIN_COUNT = 0.5
"""Rows before the log that are none."""
MOST = 0.5
"""Share of the rows that the right state must explain, beside rows served wrong."""
NEAR = 0.02
"""Share of the rows that may lie just outside of what arithmetic explains: where a fit is by chance
they are as many as those just inside."""
FACTOR = 1.1
"""A standard deviation so wrong must show, or the rows are too few to call them right."""
MAX_UNEXPLAINED = 0.2
"""Share of the rows whose series no server explains, beyond which right ones are no evidence: most
servers err in all series or in none."""
WINDOW_ERROR = 1e-4
"""Of a served value: no other length comes so near in nearly all rows."""


@dataclass(frozen=True, slots=True)
class SeriesStart:
    """How a series starts, and what served it."""

    start: Start
    served_by: Tried | None = None
    """Another server; None of a right one, and where nothing names it."""
    explained: int = 0
    compared: int = 0
    """Rows that it explains, of those that it was compared with."""
    rivals: tuple[Rival, ...] | None = None
    """Of a right server: others that explain all rows as well. None where it is not known that all
    are served right.
    """


@dataclass(frozen=True, slots=True)
class FeatureStarts:
    """How the series of a feature start."""

    series: Mapping[str, SeriesStart]
    rivals: Mapping[Tried, float] = field(default_factory=dict)
    """Other servers that explain all series as the right one does, and the harm of each."""


def starts_of(plan: FeaturePlan, series: Mapping[str, SeriesRows]) -> FeatureStarts:
    """Return the start of each series of which something is known, with what else served it.

    A right state is no evidence of a right server where another server that would do harm explains
    all series as well, or where nothing explains many of them: then none is compared.
    """
    made = _of_all(plan, series)
    known = {key: start for key, start in made.items() if start is not None}
    left = _open(start.rivals for start in known.values() if start.rivals is not None)
    unexplained = sum(series[key].count for key, start in made.items() if start is None)
    right = sum(series[key].count for key, start in known.items() if start.rivals is not None)
    few = unexplained > MAX_UNEXPLAINED * (unexplained + right)
    none = few or any(harm > MAX_HARM for harm in left.values())
    return FeatureStarts({key: _compared(start, none=none) for key, start in known.items()}, left)


def _of_all(
    plan: FeaturePlan, series: Mapping[str, SeriesRows]
) -> Mapping[str, SeriesStart | None]:
    """Return the start of each series of enough rows; None where nothing explains it.

    Those that very old statistics may have served as well as constants are left out.
    """
    scope = plan.scope
    if scope is None:
        return {}
    made: dict[str, SeriesStart | None] = {}
    unmoved: dict[str, tuple[Stretch, Fit]] = {}
    for key, rows in series.items():
        stretch = rows.stretch(scope.step)
        if stretch is None:
            continue
        line = fit(stretch, constants, free=2, rates=np.ones(1))
        begun = _of_begun(stretch, line)
        if begun is None and line is not None and line.share >= ALL:
            unmoved[key] = stretch, line
        else:
            made[key] = begun or _of_series(scope, stretch, line)
    proven = served_with_constants(plan, unmoved)
    return made | {key: SeriesStart(Start(True)) for key in proven}


def _compared(start: SeriesStart, *, none: bool) -> SeriesStart:
    """Return the start without comparison where another server may have served the series."""
    if start.rivals is None or not (none or any(rival.closer for rival in start.rivals)):
        return start
    return replace(start, start=Start(False))


def _open(series: Iterable[tuple[Rival, ...]]) -> Mapping[Tried, float]:
    """Return the servers that all series together leave open, with their largest harm.

    One is refuted that cannot explain a series, or by the sum of what they say.
    """
    kinds: dict[Tried, list[Rival]] = {}
    every = list(series)
    for rival in (rival for of_one in every for rival in of_one):
        kinds.setdefault(rival.kind, []).append(rival)
    return {
        told(kind, found[0].fit): max(rival.harm for rival in found)
        for kind, found in kinds.items()
        if len(found) == len(every) and sum(rival.evidence for rival in found) < DECISIVE
    }


def _of_begun(stretch: Stretch, line: Fit | None) -> SeriesStart | None:
    """Return the start of a series that begins in the log, or that is stuck; None of others."""
    if np.ptp(stretch.served) == 0 and len(np.unique(stretch.x)) > 2:
        return SeriesStart(Start(True))
    begun = evaluated(stretch.take(stretch.rows > 1), NO_ROW)
    if begun.share >= ALL:
        return SeriesStart(Start(True), rivals=())
    if _beside_wrong(begun, line.share if line else 0.0):
        return SeriesStart(Start(True))
    return None


def _of_series(scope: ScopeColumn, stretch: Stretch, line: Fit | None) -> SeriesStart | None:
    """Return the start of a series whose statistics move; None where it is not known."""
    right = fit(stretch)
    if right is None:
        return None
    if right.share >= ALL:
        return _of_right(scope, stretch, right)
    lines = 0.0 if line is None else line.share
    if _beside_wrong(right, lines):
        return SeriesStart(_start(right, stretch))
    return _of_another(scope, stretch) or _of_first(stretch)


def _of_right(scope: ScopeColumn, stretch: Stretch, right: Fit) -> SeriesStart:
    """Return the start of a series that a right state explains: of that, or of a closer server."""
    found = rivals(scope, stretch, right)
    proven = [rival for rival in found if rival.proven]
    if proven:
        closest = min(proven, key=lambda rival: rival.evidence)
        return _served_by(closest.server, closest.fit, stretch)
    start = Start(False) if _hides(stretch, right) else _start(right, stretch)
    return SeriesStart(start, rivals=tuple(found))


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


def _of_another(scope: ScopeColumn, stretch: Stretch) -> SeriesStart | None:
    """Return the server, other than training's, that served all rows; None without one."""
    for server in servers(scope, stretch):
        other = server.fitted()
        if other is not None and other.share >= ALL:
            return _served_by(server, other, stretch)
    step = scope.step
    kind = Tried("running", None, step.ddof, step.method, scope.by)
    return _of_windows(kind, stretch.take(stretch.rows <= len(stretch.head)))


def _served_by(server: Server, made: Fit, stretch: Stretch) -> SeriesStart:
    """Return the start of a series that another server served: of its state where it has one."""
    if server.model is centred:  # of the deviation it has none: that of the log
        made = replace(made, parameters=made.parameters * np.array([1.0, 0.0, 1.0]))
    start = _start(made, stretch) if server.has_state else Start(True)
    if server.kind is None:
        return SeriesStart(start)
    explained = int(made.explained.sum())
    return SeriesStart(start, told(server.kind, made), explained, len(made.residuals))


def _of_windows(kind: Tried, head: Stretch) -> SeriesStart | None:
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
            return SeriesStart(Start(True), kind, int(same.sum()), len(rows))
    return None


def _of_first(stretch: Stretch) -> SeriesStart | None:
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
            return SeriesStart(_start(right, stretch))
    return None


def _beside_wrong(right: Fit, lines: float) -> bool:
    """Return whether a state that explains some of the rows only does so by no chance."""
    off = np.abs(right.residuals)
    near = float(((off > 1) & (off <= 3)).mean())
    return right.share >= MOST and lines < right.share / 2 and near <= NEAR
