"""Parameters that a server computes on rows of its own: all so far, windows, batches, days, keys.

A few failing rows tell the length: the statistics of all lengths that end at a row, or of the
batches around it, are differences of sums. What most of them agree on is then predicted for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from skewcheck.causes.arrival_order import Ordered, Series, StateFound, by_codes, by_of
from skewcheck.causes.delays import evenly
from skewcheck.causes.own_lines import OwnLines, own_lines
from skewcheck.causes.own_states import (
    MIN_SHARE,
    best_rule,
    parts_of,
    related,
    rule_told,
    state_found,
)
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.statistics.moving import Rule, Statistics

MAX_LENGTH = 10_000
"""Rows of a window or batch."""
TARGETS = 9
"""Failing rows that tell the length: the median of as many is met by no other by chance."""
FIRST_PARTS = (1, 8, 64, 512)
"""A server whose numbers stopped to change is found in one of these parts of the failing rows, the
first: the last of them shows a stop after 400 of MAX_ROWS rows of `engine.arrival`."""
NEAR = 1e-3
"""Of a served value and 1: rows of the right length are nearer, with any epsilon and ddof."""
FAR = 0.01
"""From here on a target is served otherwise, however far it is."""
NEARLY_ALL = 0.99
"""Of the rows so far: windows of more may be all of them, where digits are few."""
TIE = 1e-6
"""Lengths whose distances differ by less are told apart by more targets."""
MORE, MAX_TARGETS = 6, 2_000
"""As many times more, up to so many."""
UNITS = {"day": 86_400.0, "hour": 3_600.0, "minute": 60.0}
"""Seconds of the spans of time for which a server may compute numbers."""
Kind = Literal["window", "batch", "group"]
KINDS: tuple[Kind, ...] = ("window", "batch")
"""Those that have a length."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows whose statistics normalize a row."""

    kind: Kind
    length: int | None = None
    """Of a window or batch; None for all rows so far, and for groups."""
    shifted: bool = False
    """Those before the row itself, or the batch or group before its own."""


def moving(ordered: Ordered, series: Series) -> Iterator[StateFound]:
    """Yield the statistics of a server's own rows that explain failing rows of series."""
    lines = own_lines(ordered, series)
    if lines is None or not related(lines):
        return
    for part in parts_of(lines):
        found = [*_of_lengths(ordered, part), *_of_groups(ordered, part)]
        yield from found
        if any(state.share >= MIN_SHARE for state in found):
            return


def explains_each(ordered: Ordered, series: Series) -> bool:
    """Return whether the statistics of each series as a whole explain nearly all failing rows."""
    lines = own_lines(ordered, series)
    found = () if lines is None else _explaining(ordered, lines, Scope("group"))
    return any(state.share >= MIN_SHARE for state in found)


def _of_lengths(ordered: Ordered, lines: OwnLines) -> Iterator[StateFound]:
    """Yield running statistics, windows and batches whose lengths failing rows agree on."""
    for places in _first_parts(np.flatnonzero(lines.known)):
        for kind in KINDS:
            scopes = _agreed(lines, places, kind)
            found = [state for scope in scopes for state in _explaining(ordered, lines, scope)]
            yield from found
            if any(state.share >= MIN_SHARE for state in found):
                return


def _agreed(lines: OwnLines, places: IntArray, kind: Kind) -> Iterator[Scope]:
    """Yield the lengths on which most of some places agree, by rule and with or without the row."""
    targets = evenly(places, TARGETS)
    longest = int((lines.series.end - lines.series.start)[targets].max())
    available = int(lines.series.place[targets].max()) + 1
    lengths = np.arange(2, min(longest, MAX_LENGTH) + 1)
    if kind == "window":
        lengths = np.append(lengths, longest)  # all rows so far
    agreed: dict[Scope, None] = {}
    for shifted in (False, True) if len(lengths) else ():
        statistics = [_of_target(lines, int(at), lengths, kind, shifted) for at in targets]
        for rule in lines.rules:
            off = _distances(lines, targets, statistics, rule)
            if not np.median(off, axis=0).min() <= NEAR:
                continue
            # Some targets may be served otherwise; those near the start have hardly any rows.
            for best in (np.median(off, axis=0), np.minimum(off, FAR).mean(0)):
                near = lengths[best <= best.min() + TIE]
                scope = Scope(kind, None, shifted)
                if kind == "window" and near.max() > NEARLY_ALL * available:
                    agreed[scope] = None
                if near.max() < (longest if kind == "batch" else available - shifted):
                    scope = replace(scope, length=_narrowed(lines, places, near, scope, rule))
                elif kind == "batch":
                    continue  # those are whole series
                agreed[scope] = None
    yield from agreed


def _narrowed(
    lines: OwnLines, places: IntArray, lengths: IntArray, scope: Scope, rule: Rule
) -> int:
    """Return the length on which more places agree: the same ends are those of many windows."""
    most = TARGETS
    while len(lengths) > 1 and most < min(len(places), MAX_TARGETS):
        most *= MORE
        targets = evenly(places, most)
        statistics = [
            _of_target(lines, int(at), lengths, scope.kind, scope.shifted) for at in targets
        ]
        best = np.minimum(_distances(lines, targets, statistics, rule), FAR).mean(0)
        lengths = lengths[best <= best.min() + TIE]
    return int(lengths[0])


def _distances(
    lines: OwnLines, targets: IntArray, statistics: Sequence[Statistics], rule: Rule
) -> FloatArray:
    """Return how far each target is from what its statistics make of it (targets x lengths)."""
    pairs = zip(targets.tolist(), statistics, strict=True)
    return np.array([_distance(lines, at, of, rule) for at, of in pairs])


def _of_target(
    lines: OwnLines, at: int, lengths: IntArray, kind: Kind, shifted: bool
) -> Statistics:
    """Return the statistics of a row with windows or batches of all lengths."""
    first, end = int(lines.series.start[at]), int(lines.series.end[at])
    if kind == "window":
        high = np.full(len(lengths), at if shifted else at + 1)
        low = np.maximum(high - lengths, first)
    else:
        low = at - (at - first) % lengths
        high = np.minimum(low + lengths, end)
        if shifted:
            low, high = np.maximum(low - lengths, first), low
    return lines.sequence.with_ends(lines.sequence.between(low, high), low, high)


def _distance(lines: OwnLines, at: int, of: Statistics, rule: Rule) -> FloatArray:
    """Return how far a target's value is from what statistics make of it, in units of both."""
    with np.errstate(all="ignore"):
        offset, divisor = of.line(rule)
        off = np.abs((lines.x[at] - offset) / divisor - lines.z[at]) / (1 + abs(lines.z[at]))
    return np.where(np.isfinite(off), off, np.inf)


def _near(lines: OwnLines, of: Statistics) -> bool:
    """Return whether statistics come near most of a few failing rows, of all or of the first.

    Rows whose statistics normalize nothing, as those of a single row, do not count.
    """
    known = np.flatnonzero(lines.known)
    for rule in lines.rules:
        with np.errstate(all="ignore"):
            offset, divisor = of.take(known).line(rule)
            z = lines.z[known]
            off = np.abs((lines.x[known] - offset) / divisor - z) / (1 + np.abs(z))
        off = off[np.isfinite(off)]
        parts = _first_parts(np.arange(len(off)))
        if any(np.median(off[evenly(part, TARGETS)]) <= NEAR for part in parts):
            return True
    return False


def _first_parts(places: IntArray) -> Iterator[IntArray]:
    """Yield all places, then the first of them."""
    for part in FIRST_PARTS:
        if len(places) >= TARGETS * part:
            yield places[: len(places) // part]


def _of_groups(ordered: Ordered, lines: OwnLines) -> Iterator[StateFound]:
    """Yield statistics of each series as a whole, and of the days, hours and minutes in it."""
    if lines.series.column is not None:
        yield from _explaining(ordered, lines, Scope("group"))
    times = ordered.rows.times
    if times is None:
        return
    moments = times[lines.series.order]
    if not np.isfinite(moments).all():
        return
    for unit, seconds in UNITS.items():
        spans = (moments // seconds).astype(np.int64)
        spans -= spans.min()
        numbers = lines.series.start * (int(spans.max()) + 1) + spans
        codes = np.unique(numbers, return_inverse=True)[1]
        if codes.max(initial=0) < 1 or 2 * (codes.max() + 1) > len(codes):
            continue
        yield from _of_spans(ordered, lines, codes, unit)


def _of_spans(
    ordered: Ordered, lines: OwnLines, codes: IntArray, unit: str
) -> Iterator[StateFound]:
    """Yield statistics of the groups of rows with equal codes, and of the group before each."""
    groups = by_codes(codes)
    inner = replace(lines.series, order=lines.series.order[groups.order], start=groups.start,
                    end=groups.end)  # fmt: skip
    parts = ("fails", "x", "x_lost", "z", "z_lost", "right")
    moved = replace(
        lines, series=inner, **{name: getattr(lines, name)[groups.order] for name in parts}
    )
    outer = lines.series.start[groups.order]
    for shifted in (False, True):
        yield from _explaining(ordered, moved, Scope("group", None, shifted), unit, outer)


def _statistics(lines: OwnLines, scope: Scope, outer: IntArray | None = None) -> Statistics:
    """Return the statistics of each row by a scope; `outer` are the series of shifted groups."""
    sequence, series = lines.sequence, lines.series
    at = np.arange(len(lines.x))
    if scope.kind == "window":
        length = len(lines.x) if scope.length is None else scope.length
        low, high = sequence.window(length)
        made = sequence.with_ends(sequence.between(low, high), low, high)
        return made.before(series.start) if scope.shifted else made
    low, high = series.start, series.end
    if scope.kind == "batch" and scope.length is not None:
        low, high = sequence.batch(scope.length)
    made = sequence.with_ends(sequence.between(low, high), low, high)
    if not scope.shifted:
        return made
    earlier = np.maximum(low - 1, 0)
    of = series.start if outer is None else outer
    none = (low == 0) | (of[earlier] != of[at])
    return made.take(earlier).without(none)


def _explaining(
    ordered: Ordered, lines: OwnLines, scope: Scope, unit: str = "",
    outer: IntArray | None = None,
) -> Iterator[StateFound]:  # fmt: skip
    """Yield what statistics explain, by the rule that explains most failing rows."""
    of = _statistics(lines, scope, outer)
    found = best_rule(lines, of, lines.rules) if _near(lines, of) else None
    if found is None:
        return
    parameters = _parameters(ordered, lines, scope, found.rule, unit)
    yield state_found(lines, of, found, parameters, outer)


def _parameters(
    ordered: Ordered, lines: OwnLines, scope: Scope, rule: Rule, unit: str
) -> dict[str, object]:
    """Return what a report says of a scope: over which rows, and how these are normalized."""
    series = lines.series
    told: dict[str, object] = {}
    if scope.kind == "group" and not unit and series.column is not None:
        count = len(np.unique(ordered.arrival.keys[series.column][ordered.fails]))
        told |= {"over": "key", "per": series.column.name, "count": count}
    else:
        over = "running" if scope.kind == "window" and scope.length is None else scope.kind
        told |= {"over": unit or over}
        told |= {} if scope.length is None else {"length": scope.length}
        told |= {"earlier": True} if scope.shifted else {}
        told |= by_of(ordered, series)
    return told | rule_told(lines, rule)
