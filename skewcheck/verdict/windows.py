"""Windows of a log: changepoints of a feature, tests of the runs between them, changes to report.

Consecutive windows of one distribution form a run, by `statistics.changepoints`; runs are tested
against the reference or an earlier window. Each of the w(w + 1)/2 possible runs might have been
cut: for so many p-values is corrected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.tests import PARITY
from skewcheck.counts.coarse import CoarseNumbers
from skewcheck.counts.dimensions import Key, Spans, Stretches, shown
from skewcheck.counts.parts import Parts
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.results.parts import Change
from skewcheck.results.tests import JudgedTest, Outcome, Subject, of_feature
from skewcheck.results.verdicts import ALARMS, Verdict, worst
from skewcheck.statistics import changepoints
from skewcheck.verdict.part_counts import Parted, Reference, binned, reference_cells

if TYPE_CHECKING:
    from skewcheck.verdict.part_strata import OwnReferences

PREVIOUS, SAME_HOUR = "previous", "same-hour"
EARLIER = (PREVIOUS, SAME_HOUR)
"""Baselines that are earlier windows of the same log."""
PARITY_VIEW, DISTRIBUTION_VIEW = PARITY.code, "distribution"
"""What a run is of: counts of matched and mismatched pairs, or counts by bin."""
MIN_COSINE = 0.5
"""Cosine of two differences from the reference, from which on neighbouring runs are one change: at
60 degrees they have more in common than not."""
SECONDS_PER_DAY = 86_400
MIN_SEASONAL_PAIRS = 4
"""Pairs of windows a day apart below which no dispersion of these is estimated."""


@dataclass(frozen=True, slots=True, eq=False)
class WindowRun:
    """Windows first .. last - 1 of a feature, which are tested together."""

    view: str
    """`distribution`, or `parity`."""
    first: int
    last: int
    difference: FloatArray
    """Shares of the bins less those that they are compared with."""
    confidence: float
    """Posterior probability that it begins in this window; 1 for the first."""
    dispersion: float
    """Dispersion between windows: 1 for independent rows, else above it."""


def label(parts: Parts, key: Key) -> str:
    """Return the start of a window, as reports show it: ISO time in UTC, or `row 5000`."""
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
    """A feature's counts in w windows, and what they are compared with."""

    parted: Parted
    parts: Parts
    baseline: str
    whole: Reference | None
    """The reference distribution, of training or of the baseline's log; None without any."""
    own: OwnReferences | None = None
    """Training in the windows' own parts of week and year; None for a feature without a rhythm."""

    @property
    def windows(self) -> int:
        """The number of windows."""
        return len(self.parts.keys)

    def compared(self, first: int, last: int) -> Reference | None:
        """Return the reference of windows first .. last - 1; None where no earlier one is there."""
        if self.baseline not in EARLIER:
            own = None if self.own is None else self.own.of(np.arange(first, last))
            return self.whole if own is None else own
        earlier = _earlier(self.parts, self.baseline, first, last)
        return self.parted.baseline(earlier) if len(earlier) else None

    def runs(self, alpha: float) -> Iterator[WindowRun]:
        """Yield the runs of windows of one distribution, and of parity where pairs mismatch.

        Windows without a baseline are in no run of a distribution.
        """
        if self.whole is not None:
            cells = reference_cells(self.parted.coarse, self.whole)
            bins = self.parted.bin_of(self.whole)
            nulls = self.whole.rows - int(cells.sum())
            expected = binned(cells[None, :], bins, np.array([nulls]))[0]
            counts = binned(self.parted.cells(), bins, self.parted.absent())
            if self.own is not None and self.baseline not in EARLIER:
                counts = self.own.without_rhythm(counts, expected, bins, self.whole)
            unmatched = without_baseline(self.parts, self.baseline)
            # Only bins of numbers are ordered.
            ordered = len(expected) - 1 if isinstance(self.parted.coarse, CoarseNumbers) else 0
            dispersion = self._dispersion(counts, ordered)
            previous = self.baseline == PREVIOUS
            for run in _cut(DISTRIBUTION_VIEW, counts, expected, alpha, dispersion, previous):
                for compared in _with_baseline(run, unmatched):
                    yield self._seasonal(compared, counts)
        if "mismatched" in self.parted.tables and self.parted.tables["mismatched"].any():
            bad = self.parted.tables["mismatched"].astype(np.int64)
            counts = np.column_stack((self.parted.tables["compared"] - bad, bad)).astype(np.int64)
            dispersion = changepoints.dispersion(counts)
            yield from _cut(PARITY_VIEW, counts, np.array([1, 0]), alpha, dispersion, False)

    def _dispersion(self, counts: IntArray, ordered: int) -> float:
        """Return the dispersion between windows.

        With the baseline of the same hours, that of windows a day apart if it is less: then there
        is a daily season.
        """
        dispersion, day = changepoints.dispersion(counts, ordered), _windows_per_day(self.parts)
        if self.baseline != SAME_HOUR or len(counts) < day + MIN_SEASONAL_PAIRS:
            return dispersion
        return min(dispersion, changepoints.dispersion(counts, ordered, (day,)))

    def _seasonal(self, run: WindowRun, counts: IntArray) -> WindowRun:
        """Return a run with its difference from the same hours before, where these are compared."""
        if self.baseline != SAME_HOUR:
            return run
        earlier = counts[_earlier(self.parts, self.baseline, run.first, run.last)].sum(0)
        serving = counts[run.first : run.last].sum(0)
        difference = serving / max(int(serving.sum()), 1) - earlier / max(int(earlier.sum()), 1)
        return replace(run, difference=difference)

    def tests(self, run: WindowRun) -> dict[str, Outcome]:
        """Measure a run by the test of parity or of distributions, whichever it is a run of.

        The design effect is at least the dispersion. Where the reference are m rows of earlier
        windows they are as dispersed as the n rows of the run: the variance is that of 1/n + 1/m
        times the dispersion.
        """
        reference = self.compared(run.first, run.last)
        dispersion = run.dispersion
        if self.baseline in EARLIER and reference is not None:
            n = int(self.parts.rows[run.first : run.last].sum())
            dispersion += (dispersion - 1) * n / max(reference.rows, 1)
        parted = replace(self.parted, deff=max(self.parted.deff, dispersion))
        windows = np.arange(run.first, run.last)
        if run.view == PARITY_VIEW:
            return parted.parity(windows)
        return parted.distribution_tests(windows, reference)

    def subject(self, run: WindowRun) -> Subject:
        """Return the subject by which a run is judged."""
        return Subject(self.parted.name, run.view, f"{run.first}:{run.last}")

    def verdicts(
        self, runs: Sequence[WindowRun], tests: Mapping[Subject, Sequence[JudgedTest]]
    ) -> list[Verdict]:
        """Return the verdict of each window: the worst of the runs in which it lies.

        `untested` for one without a baseline and without an alarm of parity.
        """
        unmatched = without_baseline(self.parts, self.baseline)
        verdicts = [Verdict.UNTESTED if missing else Verdict.OK for missing in unmatched]
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
    """Return the window before `first`, or all earlier ones at the hours of first .. last - 1."""
    if baseline == PREVIOUS:
        return np.arange(max(first - 1, 0), first)
    hours = np.array([key for key in parts.keys if isinstance(key, int)]) % _windows_per_day(parts)
    return np.flatnonzero(np.isin(hours[:first], hours[first:last]))


def _windows_per_day(parts: Parts) -> int:
    """Return the number of windows in a day; 1 for windows of so many rows."""
    spans = parts.dimension
    return int(SECONDS_PER_DAY / spans.seconds) if isinstance(spans, Spans) else 1


def _cut(
    view: str, counts: IntArray, expected: IntArray, alpha: float, dispersion: float,
    previous: bool,
) -> Iterator[WindowRun]:  # fmt: skip
    """Cut windows x bins of counts into runs at their changepoints.

    Differences are those from `expected`, the reference's counts by bin, or where `previous` from
    the run before.
    """
    penalty = changepoints.penalty(counts, alpha, dispersion)
    starts = (*changepoints.runs(counts, penalty), len(counts))
    before = expected / max(int(expected.sum()), 1)
    for i, (first, last) in enumerate(pairwise(starts)):
        total = counts[first:last].sum(0)
        shares = total / max(int(total.sum()), 1)
        confidence = 1.0
        if i:
            begins = starts[i - 1]
            places = changepoints.posterior(counts, begins, last, dispersion)
            confidence = float(places[first - begins - 1])
        yield WindowRun(view, first, last, shares - before, confidence, dispersion)
        before = shares if previous else before


def _with_baseline(run: WindowRun, unmatched: NDArray[np.bool_]) -> Iterator[WindowRun]:
    """Yield the stretches of a run whose windows have a baseline."""
    ends = np.flatnonzero(np.diff(unmatched[run.first : run.last], prepend=True, append=True))
    for first, last in zip(ends[::2].tolist(), ends[1::2].tolist(), strict=True):
        confidence = run.confidence if first == 0 else 1.0
        yield replace(run, first=run.first + first, last=run.first + last, confidence=confidence)


def alarm(tests: Sequence[JudgedTest]) -> Verdict:
    """Return the verdict of a part: `skew`, `warn` or `ok`; `inconclusive` tests are left out."""
    verdict = of_feature(t for t in tests if t.verdict is not Verdict.INCONCLUSIVE)
    return verdict if verdict in ALARMS else Verdict.OK


def changes_of(
    series: FeatureWindows, runs: Sequence[WindowRun], tests: Mapping[Subject, Sequence[JudgedTest]]
) -> tuple[Change, ...]:
    """Return the changes: consecutive runs that alarm and differ alike, at least one with skew.

    A change begins with its first alarm, be it a warning: the window in which a fault begins
    holds rows from before it.
    """
    verdicts = {run: alarm(tests[series.subject(run)]) for run in runs}
    groups = [
        group
        for view in (DISTRIBUTION_VIEW, PARITY_VIEW)
        for group in _grouped([run for run in runs if run.view == view], verdicts)
        if any(verdicts[run] is Verdict.SKEW for run in group)
    ]
    groups.sort(key=lambda group: group[0].first)
    return tuple(_change(series, group, tests) for group in groups)


def _grouped(
    runs: Sequence[WindowRun], verdicts: Mapping[WindowRun, Verdict]
) -> list[list[WindowRun]]:
    """Group consecutive runs that alarm and differ from the reference in the same direction."""
    groups: list[list[WindowRun]] = []
    for run in runs:
        if verdicts[run] is Verdict.OK:
            continue
        before = groups[-1][-1] if groups else None
        if before is not None and before.last == run.first and _same_direction(before, run):
            groups[-1].append(run)
        else:
            groups.append([run])
    return groups


def _same_direction(before: WindowRun, run: WindowRun) -> bool:
    """Return whether the differences of two runs have a cosine of at least `MIN_COSINE`."""
    a, b = before.difference, run.difference
    length = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return (float((a * b).sum()) / length if length else 0.0) >= MIN_COSINE


def _change(
    series: FeatureWindows,
    group: Sequence[WindowRun],
    tests: Mapping[Subject, Sequence[JudgedTest]],
) -> Change:  # fmt: skip
    """Return the change that a group of runs is, with the test furthest beyond its threshold."""
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
        worst.name, worst.statistic or 0.0, worst.rows,
    )  # fmt: skip
