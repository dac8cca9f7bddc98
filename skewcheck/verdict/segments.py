"""Segments of a log: compare a feature's distribution in each segment with a reference.

The reference of a segment is the same segment of training data or of another log, where that has
it. Else it is the whole reference, and only what no subset of it can have is skew: see
`segment_bounds`. Values of few rows are pooled into one segment, whose mixture changes from log
to log: it is compared with the whole reference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from skewcheck.counts.coarse import CoarseNumbers
from skewcheck.counts.dimensions import MOST_NAMES, MOST_VALUES, Key, Rest, shown
from skewcheck.counts.parts import Parts
from skewcheck.features.notes import Note
from skewcheck.features.types import IntArray
from skewcheck.results.parts import Segment
from skewcheck.results.tests import JudgedTest, Outcome, Outcomes, Subject
from skewcheck.results.verdicts import ALARMS, Verdict
from skewcheck.verdict import contrast, segment_bounds
from skewcheck.verdict.alike import alike
from skewcheck.verdict.contrast import Side
from skewcheck.verdict.part_counts import Parted, Reference, reference_cells
from skewcheck.verdict.windows import alarm

if TYPE_CHECKING:
    from skewcheck.verdict.part_strata import OwnReferences

Judge = Callable[[Outcomes], Sequence[JudgedTest]]
"""Judges the tests of a set of segments."""
NAMES_SHOWN = 3
"""Values that the name of pooled ones lists: enough to see what kind they are."""


@dataclass(frozen=True, slots=True)
class References:
    """What the segments of a feature are compared with."""

    whole: Reference | None
    """The reference of the whole log; None without any."""
    elsewhere: Parted | None = None
    """The feature's counts in the same segments of training data or of another log."""
    own: OwnReferences | None = None
    """Training in the segments' own parts of week and year; None for a feature without a rhythm."""

    def of(self, places: IntArray) -> Reference | None:
        """Return training as it is at the times of some segments."""
        own = None if self.own is None else self.own.of(places)
        return self.whole if own is None else own


@dataclass(frozen=True, slots=True)
class Grouped:
    """The segments by the values of a column, small ones pooled; tuples have an item a segment."""

    parts: Parts
    names: tuple[str, ...]
    groups: tuple[IntArray, ...]
    """The places among `parts` that a segment has."""
    counterparts: tuple[int | None, ...]
    """The place among `elsewhere` of the same value; None where it has too few rows."""
    elsewhere: Parts | None = None
    """The segments of training data or of another log."""

    @classmethod
    def of(cls, parts: Parts, min_rows: float, elsewhere: Parts | None = None) -> Grouped:
        """Pool the values of fewer than `min_rows` rows; counterparts have as many."""
        values = [shown(key) for key in parts.keys]
        large = np.flatnonzero(parts.rows >= min_rows)
        small = np.flatnonzero(parts.rows < min_rows)
        places: dict[Key, int] = {}
        if elsewhere is not None:
            keys = enumerate(elsewhere.keys)
            places = {key: i for i, key in keys if elsewhere.rows[i] >= min_rows}
        places.pop(Rest.OTHER, None)
        names, groups = [values[i] for i in large], [np.array([i]) for i in large]
        counterparts = [places.get(parts.keys[i]) for i in large]
        if len(small):
            names.append(_pooled_name([values[i] for i in small]))
            groups.append(small)
            counterparts.append(None)
        return cls(parts, tuple(names), tuple(groups), tuple(counterparts), elsewhere)

    def subject(self, feature: str, i: int) -> Subject:
        """Return the subject by which a segment of a feature is judged."""
        return Subject(feature, self.parts.dimension.column, str(i))

    def rows(self, i: int) -> int:
        """Return the rows of a segment."""
        return int(self.parts.rows[self.groups[i]].sum())

    def _values(self, i: int) -> int | None:
        """Return how many values a segment is of; None with those beyond `MOST_VALUES` in it."""
        keys = [self.parts.keys[j] for j in self.groups[i]]
        return None if Rest.OTHER in keys else len(keys) - keys.count(Rest.NULL)

    def tests(self, parted: Parted, references: References, i: int) -> dict[str, Outcome]:
        """Measure a segment against its counterpart, or else against the whole reference.

        `parted` are the feature's counts in the segments of the log.
        """
        counterpart = self.counterparts[i]
        if references.elsewhere is not None and counterpart is not None:
            reference = references.elsewhere.baseline(np.array([counterpart]))
            return parted.tests(self.groups[i], reference)
        rows = int(self.parts.rows.sum())
        return segment_bounds.tests(parted, self.groups[i], references.whole, rows)

    def segments(
        self, parted: Parted, references: References,
        tests: Mapping[Subject, Sequence[JudgedTest]],
    ) -> tuple[Segment, ...]:  # fmt: skip
        """Return a feature's segments, judged."""
        whole, cells = references.whole, parted.cells()
        known = None if whole is None else reference_cells(parted.coarse, whole)
        of_groups = np.array([cells[group].sum(0) for group in self.groups])
        same = alike(of_groups, known, ordered=isinstance(parted.coarse, CoarseNumbers))
        column, segments = self.parts.dimension.column, []
        for i, name in enumerate(self.names):
            judged_tests = tuple(tests[self.subject(parted.name, i)])
            matched = self.counterparts[i] is not None
            segments.append(
                Segment(
                    column, name, self.rows(i), alarm(judged_tests), judged_tests, matched,
                    bool(same[i]), self._values(i),
                )
            )  # fmt: skip
        return tuple(segments)

    def notes(self, source: str) -> list[Note]:
        """Return notes on segments without a counterpart in `source`, and on those in the rest."""
        parts, column = self.parts, self.parts.dimension.column
        notes = []
        if Rest.OTHER in parts.keys:
            others = len(parts.pooled.difference(str(key) for key in parts.keys))
            many: dict[str, object] = {
                "column": column, "segments": MOST_VALUES,
                "others": min(others, MOST_NAMES), "at_least": others > MOST_NAMES,
                "rows": int(parts.rows[parts.keys.index(Rest.OTHER)]),
            }  # fmt: skip
            notes.append(Note("many_segments", many))
        if self.elsewhere is None:
            return [*notes, Note("segments_without_reference")]
        unmatched = sum(
            counterpart is None and len(group) == 1
            for counterpart, group in zip(self.counterparts, self.groups, strict=True)
        )
        if unmatched:
            partly = {"source": source, "column": column, "values": unmatched}
            notes.append(Note("segments_partly_known", partly))
        return notes

    def smallest(
        self, parted: Parted, segments: Sequence[Segment], references: References, judge: Judge,
        alpha: float,
    ) -> tuple[Segment, ...]:  # fmt: skip
        """Return the smallest set of segments that holds a feature's skew; none where none does.

        It must also differ from the other segments: see `contrast`. `alpha` is divided by the
        number of sets of its size.
        """
        places, codes = self._holding(parted, segments, references, judge)
        outside = [i for i in range(len(segments)) if i not in places]

        def differ(some: Sequence[int], chosen_among: int) -> bool:
            inside, others = (self._side(parted, side, references) for side in (some, outside))
            own = inside.reference is not references.whole
            return contrast.p_value(inside, others, codes, own=own) * chosen_among <= alpha

        if not places or not differ(places, math.comb(len(segments), len(places))):
            return ()
        # Each of them, too: one that moved as the others did only has more rows than these.
        alike = [i for i in places if not differ([i], len(segments))]
        return () if alike else tuple(segments[i] for i in places)

    def _side(self, parted: Parted, segments: Sequence[int], references: References) -> Side:
        """Return some segments together, beside their counterparts if all segments have any."""
        parts = np.concatenate([self.groups[i] for i in segments])
        counterparts = [self.counterparts[i] for i in segments]
        matched = [i for i in counterparts if i is not None]
        if references.elsewhere is None or len(matched) < len(segments):
            return Side(parted, parts, references.of(parts))
        return Side(parted, parts, references.elsewhere.baseline(np.array(matched)))

    def _holding(
        self, parted: Parted, segments: Sequence[Segment], references: References, judge: Judge
    ) -> tuple[Sequence[int], frozenset[str]]:
        """Return which segments hold a feature's skew, and the codes of the tests that alarm.

        The segments with skew, if the others together are not skew; none if all are. Without one,
        but with skew of all together: a greedy search for a set of at most half of the rows
        without which no test alarms, the largest distances first; segments that need not be in
        the set are then taken out, the smallest first.
        """
        skewed = [i for i, segment in enumerate(segments) if segment.verdict is Verdict.SKEW]

        def without(places: Sequence[int]) -> Verdict:
            kept = [group for i, group in enumerate(self.groups) if i not in places]
            rest = np.concatenate(kept)
            return alarm(judge(parted.tests(rest, references.of(rest))))

        nothing = (), frozenset[str]()
        if len(skewed) == len(segments):
            return nothing
        if skewed:
            matched = all(segment.has_counterpart for segment in segments)
            others_pass = matched or without(skewed) is not Verdict.SKEW
            alarms = frozenset().union(*(_alarms(segments[i].tests) for i in skewed))
            return (skewed, alarms) if others_pass else nothing
        every = np.concatenate(self.groups)
        whole = judge(parted.tests(every, references.of(every)))
        if alarm(whole) is Verdict.OK:
            return nothing
        places = range(len(segments))
        half, removed = sum(map(self.rows, places)) / 2, list[int]()
        for i in sorted(places, key=lambda i: -_distance(segments[i])):
            removed.append(i)
            if sum(map(self.rows, removed)) > half:
                return nothing
            if without(removed) is Verdict.OK:
                break
        for i in sorted(removed, key=self.rows):
            others = [j for j in removed if j != i]
            removed = others if others and without(others) is Verdict.OK else removed
        return sorted(removed), _alarms(whole)


def _alarms(tests: Sequence[JudgedTest]) -> frozenset[str]:
    """Return the codes of the tests that alarm."""
    return frozenset(test.name for test in tests if test.verdict in ALARMS and not test.waived)


def _pooled_name(values: Sequence[str]) -> str:
    """Return the name of a segment of several values."""
    listed = ", ".join(values[:NAMES_SHOWN])
    more = ", ..." if len(values) > NAMES_SHOWN else ""
    number = "1 small value" if len(values) == 1 else f"{len(values)} small values"
    return f"{number} pooled: {listed}{more}"


def _distance(segment: Segment) -> float:
    """Return the largest statistic of the tests that are shown of any feature, 0 without any."""
    return max((t.statistic or 0.0 for t in segment.tests if t.spec.usual), default=0.0)
