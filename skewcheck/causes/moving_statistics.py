"""Parameters that a server computes on rows of its own: all so far, windows, batches, days, keys.

What a few failing rows agree on is predicted for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np

from skewcheck.causes.arrival_order import Ordered, Series, StateFound, by_codes, by_of
from skewcheck.causes.delays import evenly
from skewcheck.causes.moving_lengths import NEAR, TARGETS, Kind, Scope, agreed_scopes
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

FIRST_PARTS = (1, 8, 64, 512)
"""A server whose numbers stopped to change is found in one of these parts of the failing rows, the
first: the last of them shows a stop after 400 of MAX_ROWS rows of `engine.arrival`."""
UNITS = {"day": 86_400.0, "hour": 3_600.0, "minute": 60.0}
"""Seconds of the spans of time for which a server may compute numbers."""
KINDS: tuple[Kind, ...] = ("window", "batch")
"""Those that have a length."""


def moving(ordered: Ordered, series: Series) -> Iterator[StateFound]:
    """Yield the statistics of a server's own rows that explain failing rows of series."""
    lines = own_lines(ordered, series)
    if lines is None or not related(lines):
        return
    for part in parts_of(lines):
        explained = False
        for state in chain(_of_lengths(ordered, part), _of_groups(ordered, part)):
            yield state
            explained |= state.share >= MIN_SHARE
        if explained:
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
            explained = False
            for scope in agreed_scopes(lines, places, kind):
                for state in _explaining(ordered, lines, scope):
                    yield state
                    explained |= state.share >= MIN_SHARE
            if explained:
                return


def _near(lines: OwnLines, of: Statistics) -> bool:
    """Return whether statistics come near most of a few failing rows, of all or of the first.

    Rows whose statistics normalize nothing, as those of a single row, do not count.
    """
    known = np.flatnonzero(lines.known)
    x, z, of = lines.x[known], lines.z[known], of.take(known)
    for rule in lines.rules:
        with np.errstate(all="ignore"):
            offset, divisor = of.line(rule)
            off = np.abs((x - offset) / divisor - z) / (1 + np.abs(z))
        off = off[np.isfinite(off)]
        parts = _first_parts(np.arange(len(off)))
        if any(_middle(off[evenly(part, TARGETS)]) <= NEAR for part in parts):
            return True
    return False


def _middle(few: FloatArray) -> float:
    """Return the median of a few numbers, without what it takes for many."""
    half = len(few) // 2
    return float(np.sort(few)[half]) if len(few) % 2 else float(np.median(few))


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
