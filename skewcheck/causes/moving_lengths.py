"""The lengths of windows and batches on which a few failing rows of a server's own rows agree.

The statistics of all lengths that end at a row, or of the batches around it, are differences of
sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from skewcheck.causes.delays import evenly
from skewcheck.causes.own_lines import OwnLines
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.statistics.moving import Rule, Statistics

MAX_LENGTH = 10_000
"""Rows of a window or batch."""
TARGETS = 9
"""Failing rows that tell the length: the median of as many is met by no other by chance."""
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
Kind = Literal["window", "batch", "group"]


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows whose statistics normalize a row."""

    kind: Kind
    length: int | None = None
    """Of a window or batch; None for all rows so far, and for groups."""
    shifted: bool = False
    """Those before the row itself, or the batch or group before its own."""


def agreed_scopes(lines: OwnLines, places: IntArray, kind: Kind) -> Iterator[Scope]:
    """Yield the lengths on which most of some places agree, by rule and with or without the row."""
    targets = evenly(places, TARGETS)
    longest = int((lines.series.end - lines.series.start)[targets].max())
    available = int(lines.series.place[targets].max()) + 1
    lengths = np.arange(2, min(longest, MAX_LENGTH) + 1)
    if kind == "window":
        lengths = np.append(lengths, longest)  # all rows so far
    agreed = set[Scope]()
    for shifted in (False, True) if len(lengths) else ():
        trial = _Trial(lines, targets, lengths, kind, shifted)
        for rule in lines.rules:
            if not trial.may_agree(rule):
                continue
            off = trial.distances(rule)
            # Some targets may be served otherwise; those near the start have hardly any rows.
            for best in (np.median(off, axis=0), np.minimum(off, FAR).mean(0)):
                near = lengths[best <= best.min() + TIE]
                scopes = [Scope(kind, None, shifted)]
                if not (kind == "window" and near.max() > NEARLY_ALL * available):
                    scopes = []
                if near.max() < (longest if kind == "batch" else available - shifted):
                    length = _narrowed(lines, places, near, Scope(kind, None, shifted), rule)
                    scopes.append(Scope(kind, length, shifted))
                elif kind == "window":
                    scopes.append(Scope(kind, None, shifted))  # batches would be whole series
                yield from (scope for scope in dict.fromkeys(scopes) if scope not in agreed)
                agreed.update(scopes)


class _Trial:
    """A few failing rows, with the statistics that windows or batches of all lengths give them."""

    def __init__(
        self, lines: OwnLines, targets: IntArray, lengths: IntArray, kind: Kind, shifted: bool
    ) -> None:  # fmt: skip
        self.lines, self.targets, self.lengths = lines, targets, lengths
        self.kind, self.shifted = kind, shifted
        self.statistics: list[Statistics] = []

    def _of_first(self, count: int, rule: Rule) -> FloatArray:
        """Return how far the first targets are from what statistics make of them, by length."""
        for at in self.targets[len(self.statistics) : count].tolist():
            self.statistics.append(
                _of_target(self.lines, at, self.lengths, self.kind, self.shifted)
            )
        return _distances(self.lines, self.targets[:count], self.statistics[:count], rule)

    def distances(self, rule: Rule) -> FloatArray:
        """Return how far each target is from what statistics make of it (targets x lengths)."""
        return self._of_first(len(self.targets), rule)

    def may_agree(self, rule: Rule) -> bool:
        """Return whether the median target is near with any length.

        Then one of the first half is: the others are computed with such lengths alone.
        """
        count = len(self.targets)
        most = count // 2 + 1
        near = (self._of_first(most, rule) <= NEAR).sum(0)
        kept = near >= 2 * most - count
        if not kept.any():
            return False
        others, lengths = self.targets[most:], self.lengths[kept]
        statistics = [
            _of_target(self.lines, at, lengths, self.kind, self.shifted) for at in others.tolist()
        ]
        near = near[kept] + (_distances(self.lines, others, statistics, rule) <= NEAR).sum(0)
        return bool(near.max() >= most)


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
    of, within = lines.sequence.between(low, high), at - (shifted and kind == "window")
    if within < first or (shifted and kind == "batch"):
        return lines.sequence.with_ends(of, low, high)
    return lines.sequence.with_ends_around(of, within, low, high)


def _distance(lines: OwnLines, at: int, of: Statistics, rule: Rule) -> FloatArray:
    """Return how far a target's value is from what statistics make of it, in units of both."""
    with np.errstate(all="ignore"):
        offset, divisor = of.line(rule)
        off = np.abs((lines.x[at] - offset) / divisor - lines.z[at]) / (1 + abs(lines.z[at]))
    return np.where(np.isfinite(off), off, np.inf)
