"""Segments of a log: the tests of a feature in the rows of each value of a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skewcheck.auditing import Segment
from skewcheck.features import IntArray
from skewcheck.judging.rows import Parted, Reference
from skewcheck.judging.windows import alarm
from skewcheck.profile.parts import Parts
from skewcheck.verdict import Policy, Subject, Test, Verdict, judged


@dataclass(frozen=True, slots=True)
class Grouped:
    """The values of a column, the small ones pooled."""

    column: str
    names: tuple[str, ...]
    groups: tuple[IntArray, ...]
    """The parts that each name stands for."""
    rows: tuple[int, ...]

    @classmethod
    def of(cls, parts: Parts, least: float) -> Grouped:
        """Pool the values of fewer rows than `least`."""
        names = [str(key) for key in parts.keys]
        large = np.flatnonzero(parts.rows >= least)
        small = np.flatnonzero(parts.rows < least)
        shown, groups = [names[i] for i in large], [np.array([i]) for i in large]
        if len(small):
            some = ", ".join(names[i] for i in small[:3])
            more = ", ..." if len(small) > 3 else ""
            values = "1 small value" if len(small) == 1 else f"{len(small)} small values"
            shown.append(f"{values} pooled: {some}{more}")
            groups.append(small)
        rows = tuple(int(parts.rows[group].sum()) for group in groups)
        return cls(parts.dimension.column, tuple(shown), tuple(groups), rows)

    def subject(self, feature: str, i: int) -> Subject:
        """Return the name of a segment of a feature for the verdict."""
        return Subject(feature, self.column, self.names[i])


def segments(
    grouped: Grouped, parted: Parted, tests: Mapping[Subject, Sequence[Test]]
) -> tuple[Segment, ...]:
    """Return a feature's segments, judged."""
    found = []
    for i, name in enumerate(grouped.names):
        own = tuple(tests[grouped.subject(parted.name, i)])
        found.append(Segment(grouped.column, name, grouped.rows[i], alarm(own), own))
    return tuple(found)


def smallest(
    grouped: Grouped, parted: Parted, found: Sequence[Segment], reference: Reference | None,
    policy: Policy, today: str, looks: int,
) -> Segment | None:  # fmt: skip
    """Return the smallest segment without whose rows the feature is no longer skew."""
    every = np.arange(sum(len(group) for group in grouped.groups))
    skewed = [i for i, segment in enumerate(found) if segment.verdict is Verdict.SKEW]
    for i in sorted(skewed, key=lambda i: found[i].rows):
        rest = np.setdiff1d(every, grouped.groups[i])
        if not len(rest):
            continue
        subject = Subject(parted.name)
        tests = judged({subject: parted.tests(rest, reference)}, policy, today, looks)[subject]
        if alarm(tests) is not Verdict.SKEW:
            return found[i]
    return None
