"""Causes from rows with raw and served value: each row is evidence by itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.evidence import Evidence, Rows
from skewcheck.causes.lines import on_a_line, whole_factor
from skewcheck.causes.mechanism import Mechanism, final_linear, line
from skewcheck.causes.methods import recognised
from skewcheck.causes.precision import windows
from skewcheck.causes.read_off import FEW, read_off
from skewcheck.features.steps import Step, forward

Mask = NDArray[np.bool_]
GLANCE = 64
"""Rows on which all mechanisms are tried; only those that explain any of them go on."""
LEAST = 0.02
"""Share of the failing rows that a mechanism must explain to be named."""
MOST = 4
"""Mechanisms told of one feature."""
NEARER = 0.8
"""A mechanism must be nearer than training's steps by this factor: windows may be wide."""
MOVED = 0.1
"""Of the distance that is to be explained: less than this a rounding does not move a value."""
ALL = 0.95
"""Share of the rows of which a rounding is told that it must explain."""
LOG = 1000
"""Rows of the whole log that tell how many a mechanism would change."""


@dataclass(frozen=True, slots=True)
class Found:
    """A mechanism, and the failing rows that it explains and none before it did."""

    mechanism: Mechanism
    explained: Mask
    rivals: tuple[Mechanism, ...] = ()
    """Others that explain the very same rows: no data can decide between them."""


Tried = tuple[Mechanism, Mask]


def explains(mechanism: Mechanism, name: str, rows: Rows) -> Mask:
    """Return the rows whose served value the mechanism predicts, to the rounding of arithmetic."""
    source, rounds = mechanism.source or name, mechanism.cause.rounds
    return predicted(mechanism.steps, source, rows, rounds=rounds)


def predicted(steps: tuple[Step, ...], source: str, rows: Rows, *, rounds: bool = False) -> Mask:
    """Return the rows that were served as these steps of the source's raw value."""
    raw = rows.raw.get(source)
    inside = np.zeros(len(rows), bool)
    if raw is None:
        return inside
    ends = raw - rows.raw_tolerance, raw + rows.raw_tolerance
    for low, high in windows(steps, *ends, rows.served_tolerance, rounds=rounds):
        inside |= (rows.served >= low) & (rows.served <= high)
        inside |= np.isnan(low) & np.isnan(rows.served)
    return inside


def diagnosed(evidence: Evidence, candidates: Iterable[Mechanism]) -> tuple[list[Found], Mask]:
    """Return mechanisms, the one that explains most first, and the rows that none explains.

    Mixtures are normal: rows that one mechanism explains are set aside, and the rest is looked
    at again.
    """
    choice = _Choice(evidence, list(candidates))
    left = np.ones(len(evidence.rows), bool)
    found: list[Found] = []
    least = max(min(3, len(left)), math.ceil(LEAST * len(left)))
    while left.sum() >= least and len(found) < MOST:
        best = choice.best(left)
        if best is None or best.explained.sum() < least:
            break
        found.append(best)
        left &= ~best.explained
    return found, left


class _Choice:
    """The mechanisms that explain any of the failing rows of a feature, and what favours which."""

    def __init__(self, evidence: Evidence, candidates: Sequence[Mechanism]) -> None:
        self.evidence = evidence
        self.rows, self.feature = evidence.rows, evidence.known.feature
        own = self.rows.raw.get(self.feature.name)
        self.raw = np.full(len(self.rows), np.nan) if own is None else own
        self.away = np.abs(self.rows.served - forward(self.feature.steps, self.raw))
        log = evidence.all_rows if evidence.all_rows is not None else evidence.rows
        self.log = log.only(np.arange(len(log)) < LOG)
        # A shift by a share that no period meets: row i gets the served value of another row.
        self.shuffled = np.roll(self.rows.served, round(0.381966 * len(self.rows)))
        self.tried = list(self._worth_trying(candidates))

    def _worth_trying(self, candidates: Sequence[Mechanism]) -> Iterator[Tried]:
        few = self.rows.only(np.arange(len(self.rows)) < GLANCE)
        nulls = np.isnan(self.raw)
        for mechanism in candidates:
            if not explains(mechanism, self.feature.name, few).any():
                continue
            mask = self._explained(mechanism)
            # Nulls that stay nulls show a step that was left out, never what was done to values.
            if mechanism.cause.seen_in_nulls or (mask & ~nulls).any():
                yield mechanism, mask

    def _explained(self, mechanism: Mechanism) -> Mask:
        """Return the rows that it explains, and training's steps do not about as well."""
        mask = explains(mechanism, self.feature.name, self.rows)
        raw = self.rows.raw.get(mechanism.source or self.feature.name, self.raw)
        made = forward(mechanism.steps, raw)
        if mechanism.cause.rounds:
            # Of two neighbours on its grid either is right; what lies on it was not moved.
            return mask & ~(np.abs(made - forward(self.feature.steps, raw)) < MOVED * self.away)
        return mask & ~(np.abs(self.rows.served - made) > NEARER * self.away)

    def best(self, left: Mask) -> Found | None:
        """Return what explains most of the rows that are left, by more than chance.

        A line has two free numbers: it must explain clearly more than what has none.
        """
        read = [
            (one, self._explained(one))
            for one in read_off(self.evidence.known, self.rows, left, self.log)
        ]
        stuck = [one for one in read if one[0].cause.constant]
        rounded = [one for one in (*self.tried, *read) if one[0].cause.rounds]
        others = [one for one in self.tried if not one[0].cause.rounds]
        # Simplest first: one of the right values for all rows, what training knew, any other
        # value for all rows, roundings that leave one value, settings read off the rows.
        right = [one for one in stuck if self._is_right(one)]
        wrong = [one for one in stuck if not self._is_right(one)]
        settings = [one for one in read if not (one[0].cause.constant or one[0].cause.rounds)]
        rounded = [one for one in rounded if self._of_all(one[1], left)]
        pool = [
            (mechanism, mask & left)
            for mechanism, mask in (*right, *others, *wrong, *rounded, *settings)
            if not self._by_chance(mechanism, mask, left)
        ]
        most = max((int(mask.sum()) for _, mask in pool), default=0)
        found = on_a_line(self.feature, self.rows, left, self.rows.served)
        if found is not None and found[1].sum() > 1.05 * most + 1:
            return self._line(*found, left)
        return self._simplest(pool, most) if most else None

    def _of_all(self, mask: Mask, left: Mask) -> bool:
        """Tell what explains nearly all rows that are left, or all those of one place.

        A rounding that is right for some rows only meets values that happen to be round.
        """
        if (mask & left).sum() >= ALL * left.sum():
            return True
        for column in self.rows.segments.values():
            codes, n = column.codes, len(column.values) + 1
            hit, of = (np.bincount(codes[some], minlength=n) for some in (mask & left, left))
            own = (of >= FEW) & (hit >= ALL * of)
            if own.any() and hit[own].sum() >= ALL * hit.sum():
                return True
        return False

    def _is_right(self, stuck: Tried) -> bool:
        """Tell whether a stuck value is what training's steps make of some row."""
        value = self.rows.served[stuck[1]][:1]
        raw = np.append(self.raw, self.log.raw.get(self.feature.name, self.raw))
        off = np.abs(forward(self.feature.steps, raw) - value)
        return bool((off <= 1e-6 * (1 + np.abs(value))).any())

    def _by_chance(self, mechanism: Mechanism, mask: Mask, left: Mask) -> bool:
        """Tell whether about as many rows are explained if each has another one's served value.

        Not asked of what explains most of the rows: one value for all is right in any order.
        """
        count = int((mask & left).sum())
        if 2 * count > left.sum() or not count:
            return not count
        others = replace(self.rows, served=self.shuffled)
        return _usual(count, int((explains(mechanism, self.feature.name, others) & left).sum()))

    def _line(self, mechanism: Mechanism, mask: Mask, left: Mask) -> Found | None:
        count = int(mask.sum())
        if 2 * count <= left.sum():
            chance = on_a_line(self.feature, self.rows, left, self.shuffled)
            if chance is not None and _usual(count, int(chance[1].sum())):
                return None
        unit = whole_factor(self.feature, mechanism)
        if unit is not None and (self._explained(unit) & left).sum() >= 0.99 * count:
            # Without an offset any other scale is a factor, and a whole one may be chance.
            own = final_linear(self.feature.steps)
            return Found(unit, mask, (mechanism,) if own and line(own[1])[0] == 0 else ())
        return Found(recognised(self.evidence.known, mechanism), mask)

    def _simplest(self, pool: Sequence[Tried], most: int) -> Found:
        """Choose among what explains (nearly) all rows that can be explained.

        A mechanism that would have changed many rows that were served untouched gives way to one
        that would not. Then the first is the simplest.
        """
        near = [one for one in pool if one[1].sum() >= most - max(1, 0.001 * most)]
        if len(near) > 1:
            changed = [self._changed(mechanism) for mechanism, _ in near]
            near = [one for one, n in zip(near, changed, strict=True) if n <= 1.25 * min(changed)]
        mechanism, mask = near[0]
        rivals = [other for other, _ in near[1:] if other.cause is not mechanism.cause]
        return Found(mechanism, mask, tuple(rivals[:1]))

    def _changed(self, mechanism: Mechanism) -> int:
        """Return how many rows of the log it would have changed by more than rounding."""
        raw = self.log.raw.get(mechanism.source or self.feature.name)
        if raw is None:
            return len(self.log)
        made = replace(self.log, served=forward(mechanism.steps, raw))
        right = predicted(self.feature.steps, self.feature.name, made)
        return int((~right).sum()) + 1


def _usual(count: int, chance: int) -> bool:
    return count <= 1.5 * chance + 3 * math.sqrt(chance)
