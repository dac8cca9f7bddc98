"""Segments of a log: the tests of a feature in the rows of each value of a column.

A segment is compared with what training, or another log, had of that segment, where it is known.
Else it is compared with the whole, and only what cannot be there by nature is skew: see `nature`.
Values of few rows share a segment; how these are mixed changes, so that they are compared with
the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skewcheck.counts.dimensions import MOST_NAMES, MOST_VALUES, Key, Rest, shown
from skewcheck.counts.parts import Parts
from skewcheck.features.types import IntArray
from skewcheck.results.notes import Note
from skewcheck.results.parts import Segment
from skewcheck.results.tests import JudgedTest, Outcome, Outcomes, Subject
from skewcheck.results.verdicts import Verdict
from skewcheck.verdict import segment_bounds
from skewcheck.verdict.part_counts import Parted, Reference
from skewcheck.verdict.windows import alarm

Judged = Callable[[Outcomes], Sequence[JudgedTest]]


@dataclass(frozen=True, slots=True)
class Grouped:
    """The values of a column, the small ones pooled."""

    parts: Parts
    names: tuple[str, ...]
    groups: tuple[IntArray, ...]
    """The parts that each name stands for."""
    own: tuple[int | None, ...]
    """The part of the other log that holds the same value; None where it is not known."""
    other: Parts | None = None

    @classmethod
    def of(cls, parts: Parts, least: float, other: Parts | None = None) -> Grouped:
        """Pool values of fewer rows than `least`; those that `other` has fewer of are unknown."""
        names = [shown(key) for key in parts.keys]
        large = np.flatnonzero(parts.rows >= least)
        small = np.flatnonzero(parts.rows < least)
        known: dict[Key, int] = {}
        if other is not None:
            known = {key: i for i, key in enumerate(other.keys) if other.rows[i] >= least}
        known.pop(Rest.OTHER, None)
        told, groups = [names[i] for i in large], [np.array([i]) for i in large]
        own = [known.get(parts.keys[i]) for i in large]
        if len(small):
            some = ", ".join(names[i] for i in small[:3])
            more = ", ..." if len(small) > 3 else ""
            values = "1 small value" if len(small) == 1 else f"{len(small)} small values"
            told.append(f"{values} pooled: {some}{more}")
            groups.append(small)
            own.append(None)
        return cls(parts, tuple(told), tuple(groups), tuple(own), other)

    def subject(self, feature: str, i: int) -> Subject:
        """Return the name of a segment of a feature for the verdict."""
        return Subject(feature, self.parts.dimension.column, str(i))

    def rows(self, i: int) -> int:
        """Return how many rows a segment has."""
        return int(self.parts.rows[self.groups[i]].sum())

    def tests(
        self, parted: Parted, trained: Parted | None, i: int, whole: Reference | None
    ) -> dict[str, Outcome]:
        """Test a segment against itself in `trained`, the other log, or else against the whole."""
        own = self.own[i]
        if trained is not None and own is not None:
            return parted.tests(self.groups[i], trained.baseline(np.array([own])))
        return segment_bounds.tests(parted, self.groups[i], whole, int(self.parts.rows.sum()))

    def segments(
        self, parted: Parted, tests: Mapping[Subject, Sequence[JudgedTest]]
    ) -> tuple[Segment, ...]:
        """Return a feature's segments, judged."""
        found = []
        for i, name in enumerate(self.names):
            own = tuple(tests[self.subject(parted.name, i)])
            known = self.own[i] is not None
            found.append(
                Segment(self.parts.dimension.column, name, self.rows(i), alarm(own), own, known)
            )
        return tuple(found)

    def notes(self, source: str) -> list[Note]:
        """Return what the segments of a column are compared with, and which are many in one."""
        parts, column = self.parts, self.parts.dimension.column
        notes = []
        if Rest.OTHER in parts.keys:
            left = len(parts.pooled.difference(str(key) for key in parts.keys))
            many: dict[str, object] = {
                "column": column, "segments": MOST_VALUES,
                "others": min(left, MOST_NAMES), "at_least": left > MOST_NAMES,
                "rows": int(parts.rows[parts.keys.index(Rest.OTHER)]),
            }  # fmt: skip
            notes.append(Note("many_segments", many))
        if self.other is None:
            return [*notes, Note("segments_without_reference")]
        strange = sum(
            own is None and len(group) == 1
            for own, group in zip(self.own, self.groups, strict=True)
        )
        if strange:
            unknown = {"source": source, "column": column, "values": strange}
            notes.append(Note("segments_partly_known", unknown))
        return notes

    def smallest(
        self, parted: Parted, found: Sequence[Segment], reference: Reference | None, judged: Judged
    ) -> tuple[Segment, ...]:
        """Return the smallest set of segments that holds a feature's skew; none where none does.

        Those that are skew themselves, if the others are not as a whole. Where none is, but all
        of them together are: as few as it takes to leave no more than training shows, of at most
        half of the rows; the most different first, and none that need not go.
        """
        skewed = [i for i, segment in enumerate(found) if segment.verdict is Verdict.SKEW]

        def left(without: Sequence[int]) -> Verdict:
            kept = [group for i, group in enumerate(self.groups) if i not in without]
            return alarm(judged(parted.tests(np.concatenate(kept), reference)))

        if len(skewed) == len(found):
            return ()
        if skewed:
            proven = all(found[i].known for i in range(len(found)))
            passes = proven or left(skewed) is not Verdict.SKEW
            return tuple(found[i] for i in skewed) if passes else ()
        if left(()) is Verdict.OK:
            return ()
        half, gone = sum(self.rows(i) for i in range(len(found))) / 2, list[int]()
        for i in sorted(range(len(found)), key=lambda i: -_distance(found[i])):
            gone.append(i)
            if sum(map(self.rows, gone)) > half:
                return ()
            if left(gone) is Verdict.OK:
                break
        for i in sorted(gone, key=self.rows):
            others = [j for j in gone if j != i]
            gone = others if others and left(others) is Verdict.OK else gone
        return tuple(found[i] for i in sorted(gone))


def _distance(segment: Segment) -> float:
    return max((t.statistic or 0.0 for t in segment.tests if t.spec.usual), default=0.0)
