"""Exponentially weighted statistics of a server's own rows: the decay, and how they begin."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from skewcheck.causes.arrival_order import Ordered, Series, StateFound, by_of
from skewcheck.causes.decay_kinds import AROUND, BEGUN, UPDATES, Kind, Start
from skewcheck.causes.delays import evenly
from skewcheck.causes.own_lines import OwnLines, own_lines
from skewcheck.causes.own_states import (
    MIN_SHARE,
    Explained,
    best_rule,
    parts_of,
    related,
    rule_told,
    state_found,
)
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.statistics.moving import Rule, Statistics, decaying, decaying_at, weighted
from skewcheck.text.numbers import shortest_within

RATES = np.geomspace(0.5, 1e-5, 49)
"""Weights of the newest row that are tried: neighbours differ by a quarter."""
ROWS = 2_000
"""First rows of a series that tell the decay."""
TARGETS = 12
"""Failing rows among them that are predicted."""
COUNTED = 0.75
"""Share of them whose distances count, the nearest: the others may be served otherwise."""
NEAR = 0.1
"""Of a served value and 1: the nearest of the rates that are tried is nearer."""
CANDIDATES = 6
"""Kinds whose decay is determined to the last digit."""
FIRST_STEPS, STEPS = 30, 18
"""Steps to 1e-6 of the rate, which tells kinds apart, and to its last digit."""
EXACT = 1e-6
"""Of a served value and 1: where no kind comes as near, one has an epsilon."""
MARGIN = 1.5
"""Rates to both sides of the best one between which the right one is."""
LARGEST = 0.9
"""Weight of the newest row, at most."""
GOLDEN = (math.sqrt(5) - 1) / 2
LOST = (1e-2, 1e-3, 1e-4, 1e-5, 3e-6)
"""Of 1 less the decay: short decimals within it may be what was typed."""
SAME = 0.999
"""Share of the explained rows that another decay must explain to be it, and of all compared rows
that another feature's must."""
MAX_SERIES = 500
"""Series that are predicted, those of which rows fail."""


def decaying_states(ordered: Ordered, series: Series) -> Iterator[StateFound]:
    """Yield the weighted statistics of a server's own rows that explain failing rows of series."""
    lines = own_lines(ordered, series)
    if lines is None or not related(lines):
        return
    searches = ordered.arrival.searches
    for part in parts_of(lines):
        made = _as_before(part, searches.decay) or _best(part)
        if made is None:
            continue
        kind, decay, of, found = made
        told: dict[str, object] = {"over": "ema", "alpha": decay}
        told |= {"earlier": True} if kind.shifted else {}
        told |= {**by_of(ordered, series), **rule_told(part, found.rule)}
        state = state_found(part, of, found, told)
        if state.share >= MIN_SHARE:
            searches.decay = kind, decay
        yield state
        if state.share >= MIN_SHARE:
            return


def _as_before(lines: OwnLines, decay: tuple[Kind, float] | None) -> _Made | None:
    """Return the kind and decay of another feature, if they explain nearly all rows of this one."""
    made = None if decay is None else _made(lines, *decay)
    return made if made is not None and made[3].share >= SAME else None


def _best(lines: OwnLines) -> _Made | None:
    """Return the kind and the decay that explain most failing rows; None without any."""
    starts, counts = np.unique(lines.series.start[lines.known], return_counts=True)
    first = int(starts[np.argmax(counts)])
    stretch = slice(first, min(int(lines.series.end[first]), first + ROWS))
    valued = np.isfinite(lines.x[stretch])  # nulls leave statistics as they are
    known = np.flatnonzero(lines.known[stretch][valued])
    if len(known) < TARGETS:
        return None
    x, z = lines.x[stretch][valued], lines.z[stretch][valued]
    trial = _Trial(lines, x, z, evenly(known, TARGETS))
    best: _Made | None = None
    for kind, rate in trial.fitted():
        made = _made(lines, kind, 1 - rate)
        if made is not None and (best is None or made[3].explained.sum() > best[3].explained.sum()):
            best = made
    return None if best is None else _typed(lines, best)


_Made = tuple[Kind, float, Statistics, Explained]


def _made(lines: OwnLines, kind: Kind, decay: float) -> _Made | None:
    """Return a kind with its statistics of all rows, and what these explain."""
    of = _of_all(lines, kind, decay)
    found = best_rule(lines, of, [kind.rule])
    return None if found is None else (kind, decay, of, found)


def _typed(lines: OwnLines, made: _Made) -> _Made:
    """Return the same with a decay that was typed, where one explains as many rows.

    A short decimal, or that of a span of whole rows.
    """
    kind, decay, _, found = made
    span = round(2 / (1 - decay) - 1)
    lost = [share * (1 - decay) for share in LOST]
    short = [shortest_within(decay - off, decay + off) for off in lost]
    of_span = 1 - 2 / (span + 1)
    for one in dict.fromkeys((*short[:-1], of_span, short[-1])):
        if abs(one - decay) > lost[0] or not 0 < one < 1:
            continue
        other = _made(lines, kind, one)
        if other is not None and other[3].explained.sum() >= SAME * found.explained.sum():
            return other
    return made


class _Trial:
    """The first rows of a series, and the failing ones among them that are predicted."""

    def __init__(self, lines: OwnLines, x: FloatArray, z: FloatArray, targets: IntArray) -> None:
        self.lines, self.x, self.z, self.targets = lines, x, z[targets], targets

    def fitted(self) -> list[tuple[Kind, float]]:
        """Return the kinds that come nearest to most targets, with the weight of the newest row."""
        nearest: dict[Kind, tuple[float, int]] = {}
        for i, rate in enumerate(RATES.tolist()):
            for kind, distance in self._of_all_kinds(rate).items():
                nearest[kind] = min(nearest.get(kind, (np.inf, i)), (distance, i))
        ratio = float(RATES[0] / RATES[1])
        near: dict[Kind, tuple[float, float]] = {
            kind: (RATES[i] / ratio**MARGIN, RATES[i] * ratio**MARGIN)
            for kind, (distance, i) in nearest.items() if distance <= NEAR
        }  # fmt: skip
        found = self._nearest(near, FIRST_STEPS)
        if found and found[0][3] > EXACT:
            of_epsilon = {
                replace(kind, rule=rule): near[kind]
                for kind, *_ in found for rule in self.lines.with_epsilons(kind.rule)
            }  # fmt: skip
            found = self._nearest(of_epsilon, FIRST_STEPS)
        found = self._nearest({kind: (low, high) for kind, low, high, _ in found}, STEPS)
        return [(kind, math.sqrt(low * high)) for kind, low, high, _ in found]

    def _nearest(
        self, near: Mapping[Kind, tuple[float, float]], steps: int
    ) -> list[tuple[Kind, float, float, float]]:
        """Return the kinds that come nearest, each with the ends of its rate and its distance."""
        found = [(kind, *self._narrowed(kind, *ends, steps)) for kind, ends in near.items()]
        return sorted(found, key=lambda one: one[3])[:CANDIDATES]

    def _narrowed(
        self, kind: Kind, low: float, high: float, steps: int
    ) -> tuple[float, float, float]:
        """Return ends between which the rate is that comes nearest to the targets, and how near.

        By golden section (Kiefer, Proceedings of the AMS 4 (1953), 502), on a logarithmic scale.
        """
        a, b = math.log(low), math.log(min(high, LARGEST))
        inner = [b - GOLDEN * (b - a), a + GOLDEN * (b - a)]
        off = [self._of_kind(kind, math.exp(at)) for at in inner]
        for _ in range(steps):
            left = off[0] <= off[1]
            a, b = (a, inner[1]) if left else (inner[0], b)
            at = b - GOLDEN * (b - a) if left else a + GOLDEN * (b - a)
            one = self._of_kind(kind, math.exp(at))
            inner, off = (
                ([at, inner[0]], [one, off[0]]) if left else ([inner[1], at], [off[1], one])
            )
        return math.exp(a), math.exp(b), min(off)

    def _of_all_kinds(self, rate: float) -> Mapping[Kind, float]:
        """Return the mean distance of most targets by kind."""
        begins = [_begin(self.lines, self.x, start) for start in BEGUN]
        arounds = [(1 - rate) ** around for around in AROUND]
        places = np.array([self.targets, self.targets - 1])
        of = decaying_at(self.x, 1 - rate, begins, arounds, places)
        rules = [rule for rule in self.lines.rules if rule.method == "zscore"]
        distances = [self._distances(of, rule, places).tolist() for rule in rules]
        made: dict[Kind, float] = {}
        for i, (start, around) in enumerate(UPDATES):
            counted = start in ("first", "weighted") and around == AROUND[0]
            for shifted in (False, True):
                for rule, of_rule in zip(rules, distances, strict=True):
                    if counted or not rule.ddof:
                        made[Kind(start, around, shifted, rule)] = of_rule[i][shifted]
        return made

    def _of_kind(self, kind: Kind, rate: float) -> float:
        """Return the mean distance of most targets of one kind."""
        of, places = _of_series(self.lines, self.x, kind, 1 - rate), self.targets - kind.shifted
        return float(self._distances(of.take(places), kind.rule, places))

    def _distances(self, of: Statistics, rule: Rule, places: IntArray) -> FloatArray:
        """Return the mean distance of most targets, which are last, from statistics at places."""
        with np.errstate(all="ignore"):
            offset, divisor = of.line(rule)
            off = np.abs((self.x[self.targets] - offset) / divisor - self.z) / (1 + np.abs(self.z))
        known = np.isfinite(off) & (places >= 0)
        nearest = np.sort(np.where(known, off, np.inf), axis=-1)
        mean: FloatArray = nearest[..., : round(COUNTED * len(self.z))].mean(-1)
        return mean


def _begin(lines: OwnLines, x: FloatArray, start: Start) -> tuple[float, float]:
    """Return the mean and the variance that stand for rows before the first of a series."""
    mean, scale = lines.trained
    return {"first": (float(x[0]), 0.0), "standard": (0.0, 1.0)}.get(start, (mean, scale**2))


def _of_series(lines: OwnLines, x: FloatArray, kind: Kind, decay: float) -> Statistics:
    """Return the weighted statistics of one series, with each row in its own."""
    if kind.start == "weighted":
        return weighted(x, decay)
    return decaying(x, decay, *_begin(lines, x, kind.start), decay**kind.around)


def _of_all(lines: OwnLines, kind: Kind, decay: float) -> Statistics:
    """Return the weighted statistics of each row by its series; NaN in others than MAX_SERIES."""
    made = np.full((3, len(lines.x)), np.nan)
    starts = np.unique(lines.series.start[lines.known])[:MAX_SERIES]
    for first in starts.tolist():
        places = np.arange(first, int(lines.series.end[first]))
        places = places[np.isfinite(lines.x[places])]
        of = _of_series(lines, lines.x[places], kind, decay)
        if kind.shifted:
            of = of.before(np.zeros(len(places), np.int64))
        made[:, places] = of.n, of.mean, of.variance
    none = np.full(len(lines.x), np.nan)
    return Statistics(made[0], made[1], made[2], none, none)
