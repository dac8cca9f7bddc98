"""Windows of a log: a series of figures per feature, when it changed, and whether that is skew.

Neighbouring windows of one distribution form a run, and runs are what is tested. Any of the
w(w + 1)/2 possible runs might have been: for so many p-values is corrected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.tests import PARITY
from skewcheck.counts.coarse import CoarseNumbers
from skewcheck.counts.dimensions import Key, Spans, Stretches, shown
from skewcheck.counts.parts import Parts
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.results.parts import Change
from skewcheck.results.tests import JudgedTest, Outcome, Subject, of_feature
from skewcheck.results.verdicts import Verdict, worst
from skewcheck.statistics import changepoints
from skewcheck.verdict.part_counts import Parted, Reference, binned, reference_cells

PREVIOUS, SAME_HOUR = "previous", "same-hour"
EARLIER = (PREVIOUS, SAME_HOUR)
PROVEN, MOVED = PARITY.code, "distribution"
ALIKE = 0.5
"""Cosine of two differences from the reference, from which on they are one and the same change."""
ALARMS = frozenset({Verdict.SKEW, Verdict.WARN})


@dataclass(frozen=True, slots=True, eq=False)
class WindowRun:
    """Windows first .. last - 1 of a feature, to be tested together."""

    view: str
    """`distribution`, or `parity`."""
    first: int
    last: int
    away: FloatArray
    """Shares of the bins less those of what they are compared with."""
    confidence: float
    """The probability that it begins where it does, and not a window before or after."""
    extra: float
    """How much more windows differ than those of independent rows would."""


def label(parts: Parts, key: Key) -> str:
    """Return the start of a window, as reports tell it."""
    match parts.dimension, key:
        case Spans(seconds=seconds), int():
            moment = datetime.fromtimestamp(key * seconds, UTC)
            return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
        case Stretches(rows=rows), int():
            return f"row {key * rows}"
        case _:
            return shown(key)


@dataclass(frozen=True, slots=True)
class FeatureWindows:
    """A feature over w windows."""

    parted: Parted
    parts: Parts
    baseline: str
    whole: Reference | None
    """The reference, or that of the baseline's file."""

    @property
    def windows(self) -> int:
        """How many there are."""
        return len(self.parts.keys)

    def compared(self, first: int, last: int) -> Reference | None:
        """Return what windows first .. last - 1 are compared with; None where there is nothing."""
        if self.baseline not in EARLIER:
            return self.whole
        earlier = _earlier(self.parts, self.baseline, first, last)
        return self.parted.baseline(earlier) if len(earlier) else None

    def runs(self, alpha: float) -> Iterator[WindowRun]:
        """Yield the runs of windows of one distribution; of parity, too, where it is broken.

        What stands alone is in no run of a distribution.
        """
        if self.whole is not None:
            cells = reference_cells(self.parted.coarse, self.whole)
            bins = self.parted.bin_of(self.whole)
            nulls = self.whole.rows - int(cells.sum())
            expected = binned(cells[None, :], bins, np.array([nulls]))[0]
            counts = binned(self.parted.cells(), bins, self.parted.absent())
            unmatched = without_baseline(self.parts, self.baseline)
            # Bins of levels are in no order.
            ordered = len(expected) - 1 if isinstance(self.parted.coarse, CoarseNumbers) else 0
            extra = self._extra(counts, ordered)
            for run in _cut(MOVED, counts, expected, alpha, extra, self.baseline == PREVIOUS):
                for compared in _accompanied(run, unmatched):
                    yield self._seasonal(compared, counts)
        if "mismatched" in self.parted.tables and self.parted.tables["mismatched"].any():
            bad = self.parted.tables["mismatched"].astype(np.int64)
            counts = np.column_stack((self.parted.tables["compared"] - bad, bad)).astype(np.int64)
            extra = changepoints.dispersion(counts)
            yield from _cut(PROVEN, counts, np.array([1, 0]), alpha, extra, False)

    def _extra(self, counts: IntArray, ordered: int) -> float:
        """Return how much more windows differ than those of independent rows would.

        Of the same hours, those a day apart, if they differ less: then there is a season.
        """
        extra, day = changepoints.dispersion(counts, ordered), _a_day(self.parts)
        if self.baseline != SAME_HOUR or len(counts) < day + 4:
            return extra
        return min(extra, changepoints.dispersion(counts, ordered, (day,)))

    def _seasonal(self, run: WindowRun, counts: IntArray) -> WindowRun:
        """Return a run whose difference is that from the same hours before, where these count."""
        if self.baseline != SAME_HOUR:
            return run
        earlier = counts[_earlier(self.parts, self.baseline, run.first, run.last)].sum(0)
        serving = counts[run.first : run.last].sum(0)
        away = serving / max(int(serving.sum()), 1) - earlier / max(int(earlier.sum()), 1)
        return replace(run, away=away)

    def tests(self, run: WindowRun) -> dict[str, Outcome]:
        """Test a run: parity where that is what it is of, else all the others.

        Its rows are worth as much less than independent ones as windows differ more than those
        would; so are those of earlier windows: (1/n + 1/m) `extra` is the variance.
        """
        reference = self.compared(run.first, run.last)
        extra = run.extra
        if self.baseline in EARLIER and reference is not None:
            n = int(self.parts.rows[run.first : run.last].sum())
            extra += (extra - 1) * n / max(reference.rows, 1)
        parted = replace(self.parted, deff=max(self.parted.deff, extra))
        windows = np.arange(run.first, run.last)
        if run.view == PROVEN:
            return parted.parity(windows)
        return parted.distribution_tests(windows, reference)

    def subject(self, run: WindowRun) -> Subject:
        """Return the name of a run for the verdict."""
        return Subject(self.parted.name, run.view, f"{run.first}:{run.last}")

    def verdicts(
        self, runs: Sequence[WindowRun], tests: Mapping[Subject, Sequence[JudgedTest]]
    ) -> list[Verdict]:
        """Return the verdict of each window: the worst of the runs in which it lies."""
        unmatched = without_baseline(self.parts, self.baseline)
        verdicts = [Verdict.UNTESTED if alone else Verdict.OK for alone in unmatched]
        for run in runs:
            verdict = alarm(tests[self.subject(run)])
            if verdict in ALARMS:
                for i in range(run.first, run.last):
                    verdicts[i] = worst([verdicts[i], verdict])
        return verdicts


def without_baseline(parts: Parts, baseline: str) -> NDArray[np.bool_]:
    """Return which windows have no earlier one that the baseline would compare them with."""
    windows = len(parts.keys)
    if baseline not in EARLIER:
        return np.zeros(windows, bool)
    return np.array([not len(_earlier(parts, baseline, i, i + 1)) for i in range(windows)])


def _earlier(parts: Parts, baseline: str, first: int, last: int) -> IntArray:
    """Return the window before, or all of the same hours before."""
    if baseline == PREVIOUS:
        return np.arange(max(first - 1, 0), first)
    hours = np.array([key for key in parts.keys if isinstance(key, int)]) % _a_day(parts)
    return np.flatnonzero(np.isin(hours[:first], hours[first:last]))


def _a_day(parts: Parts) -> int:
    spans = parts.dimension
    return int(86_400 / spans.seconds) if isinstance(spans, Spans) else 1


def _cut(
    view: str, counts: IntArray, expected: IntArray, alpha: float, extra: float, previous: bool
) -> Iterator[WindowRun]:
    """Cut windows into runs; `expected` are the reference's counts in the same bins."""
    starts = (*changepoints.runs(counts, changepoints.penalty(counts, alpha, extra)), len(counts))
    before = expected / max(int(expected.sum()), 1)
    for i, (first, last) in enumerate(pairwise(starts)):
        total = counts[first:last].sum(0)
        shares = total / max(int(total.sum()), 1)
        sure = 1.0
        if i:
            begins = starts[i - 1]
            sure = float(changepoints.posterior(counts, begins, last, extra)[first - begins - 1])
        yield WindowRun(view, first, last, shares - before, sure, extra)
        before = shares if previous else before


def _accompanied(run: WindowRun, unmatched: NDArray[np.bool_]) -> Iterator[WindowRun]:
    """Yield the stretches of a run that do not stand alone."""
    ends = np.flatnonzero(np.diff(unmatched[run.first : run.last], prepend=True, append=True))
    for first, last in zip(ends[::2].tolist(), ends[1::2].tolist(), strict=True):
        sure = run.confidence if first == 0 else 1.0
        yield replace(run, first=run.first + first, last=run.first + last, confidence=sure)


def alarm(tests: Sequence[JudgedTest]) -> Verdict:
    """Return the verdict of a part: too few rows in it are no reason to doubt the whole."""
    verdict = of_feature(t for t in tests if t.verdict is not Verdict.INCONCLUSIVE)
    return verdict if verdict in ALARMS else Verdict.OK


def changes_of(
    series: FeatureWindows, runs: Sequence[WindowRun], tests: Mapping[Subject, Sequence[JudgedTest]]
) -> tuple[Change, ...]:
    """Return the changes: neighbouring runs that alarm and differ the same way, one at least skew.

    A change begins with its first alarm, a run that only warns among them: the window in which a
    fault begins holds rows from before it.
    """
    verdicts = {run: alarm(tests[series.subject(run)]) for run in runs}
    groups = [
        group
        for view in (MOVED, PROVEN)
        for group in _alike([run for run in runs if run.view == view], verdicts)
        if any(verdicts[run] is Verdict.SKEW for run in group)
    ]
    groups.sort(key=lambda group: group[0].first)
    return tuple(_change(series, group, tests) for group in groups)


def _alike(
    runs: Sequence[WindowRun], verdicts: Mapping[WindowRun, Verdict]
) -> list[list[WindowRun]]:
    """Group neighbouring runs that alarm and differ from the reference in the same way."""
    groups: list[list[WindowRun]] = []
    for run in runs:
        if verdicts[run] is Verdict.OK:
            continue
        last = groups[-1][-1] if groups else None
        if last is not None and last.last == run.first and _cosine(last.away, run.away) >= ALIKE:
            groups[-1].append(run)
        else:
            groups.append([run])
    return groups


def _cosine(a: FloatArray, b: FloatArray) -> float:
    length = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / length if length else 0.0


def _change(
    series: FeatureWindows,
    group: Sequence[WindowRun],
    tests: Mapping[Subject, Sequence[JudgedTest]],
) -> Change:  # fmt: skip
    first, last = group[0].first, group[-1].last
    skewed = [
        test
        for run in group
        for test in tests[series.subject(run)]
        if test.verdict is Verdict.SKEW and not test.waived
    ]
    worst = max(skewed, key=lambda test: (test.effect or 0.0) / (test.threshold or 1.0))
    keys = series.parts.keys
    until = label(series.parts, keys[last]) if last < len(keys) else None
    return Change(
        label(series.parts, keys[first]), until, group[0].confidence,
        worst.name, worst.statistic or 0.0,
    )  # fmt: skip
