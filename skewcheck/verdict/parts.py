"""Windows and segments of a log, judged beside the whole of it.

The chance alpha of a false alarm is shared: half is the whole log's, the other half is spent by
the dimensions alike. So that a log cut into a thousand parts can still be judged as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from scipy.special import kolmogi

from skewcheck.catalogue.spec import Kind
from skewcheck.counts.coarse import Coarse, coarsened
from skewcheck.counts.dimensions import Spans, Values
from skewcheck.counts.feature_profile import Counts
from skewcheck.counts.parts import Division, Parts
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.results.audit import FeatureAudit
from skewcheck.results.notes import Note
from skewcheck.results.parts import (
    Change,
    FailingParts,
    Segment,
    Trend,
    WindowFigures,
    WindowLayout,
)
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest, Outcomes, Subject
from skewcheck.results.verdicts import Verdict, worst
from skewcheck.verdict.judged import judged
from skewcheck.verdict.onsets import agreed
from skewcheck.verdict.part_counts import Parted, Reference, baseline
from skewcheck.verdict.segments import Grouped
from skewcheck.verdict.window_series import figures, trend
from skewcheck.verdict.windows import (
    ALARMS,
    PREVIOUS,
    FeatureWindows,
    changes_of,
    label,
    without_baseline,
)

HALF = 0.5
"""A part that would not show even this KS distance is too small to be a part."""


@dataclass(frozen=True, slots=True)
class Divided:
    """How a log was divided, and what it is compared with."""

    division: Division
    baseline: str = "reference"
    """`reference`, `previous`, `same-hour`, or the path of another log."""
    other: Profile | None = None
    """That log, measured by the same plan."""
    segments: Mapping[str, Parts] = field(default_factory=dict)
    """What is known of segments, by column: the parts of that log, or of training data."""
    source: str = ""
    """Where it is known from, for messages."""


@dataclass(frozen=True, slots=True)
class PartFindings:
    """What the parts of one feature showed."""

    windows: tuple[WindowFigures, ...] = ()
    changes: tuple[Change, ...] = ()
    trend: Trend | None = None
    segments: tuple[Segment, ...] = ()
    worst: tuple[Segment, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Return the worst verdict of any part; ok without any."""
        verdicts = [segment.verdict for segment in self.segments]
        verdicts += [Verdict.SKEW] if self.changes else []
        return worst([*verdicts, Verdict.OK])

    def __add__(self, other: PartFindings) -> PartFindings:
        """Join what two dimensions showed."""
        return PartFindings(
            self.windows + other.windows,
            self.changes + other.changes,
            self.trend or other.trend,
            self.segments + other.segments,
            min(filter(None, (self.worst, other.worst)), key=_rows, default=()),
        )

    def onto(self, feature: FeatureAudit, seconds: float | None) -> FeatureAudit:
        """Return the feature's audit with its parts; a part that alarms alone says so.

        `seconds` is the length of its windows, where they are of time.
        """
        whole = replace(
            feature, windows=self.windows, changes=self.changes, trend=self.trend,
            segments=self.segments, worst=self.worst,
        )  # fmt: skip
        whole = whole if seconds is None else agreed(whole, seconds)
        verdict = worst([feature.verdict, self.verdict])
        if feature.verdict is Verdict.UNTESTED or verdict is feature.verdict:
            return whole
        columns = dict.fromkeys(s.column for s in self.segments if s.verdict is verdict)
        failing = FailingParts(bool(self.changes), tuple(columns))
        return replace(whole, verdict=verdict, failing_parts=failing)


class PartsJudge:
    """Judges the dimensions of one audit."""

    def __init__(
        self, plan: Plan, profile: Profile, divided: Divided, policy: Policy, today: str,
        harmless: Sequence[bool], effects: Sequence[float], verdicts: Sequence[Verdict],
    ) -> None:  # fmt: skip
        """Take what was measured; `harmless` features break parity by less than matters.

        `effects` are the features' design effects, `verdicts` theirs in the whole log.
        """
        self.plan, self.profile, self.divided = plan, profile, divided
        self.policy, self.today, self.harmless = policy, today, harmless
        self.effects, self.verdicts = effects, verdicts
        self.share = 2 * max(len(divided.division.dimensions), 1)
        self.notes: list[Note] = []

    def findings(self) -> tuple[list[PartFindings], list[Note]]:
        """Return what each feature's parts showed, and notes on the parts themselves."""
        findings = [PartFindings()] * len(self.plan.features)
        for parts in self.profile.parts:
            if not parts.keys:
                continue
            dimension = parts.dimension
            if parts.outside:
                outside = {"rows": parts.outside, "column": dimension.column}
                self.notes.append(Note(
                    "row_without_time" if parts.outside == 1 else "rows_without_time", outside
                ))  # fmt: skip
            of_dimension = (
                self._segmented(parts) if isinstance(dimension, Values) else self._windowed(parts)
            )
            self.notes += self._small(parts) + self._alone(parts)
            findings = [a + of_dimension.get(i, PartFindings()) for i, a in enumerate(findings)]
        once = [note for i, note in enumerate(self.notes) if note not in self.notes[:i]]
        return findings, once

    @property
    def seconds(self) -> float | None:
        """The length of windows of time."""
        dimensions = self.divided.division.dimensions
        return next((spans.seconds for spans in dimensions if isinstance(spans, Spans)), None)

    def windows(self) -> WindowLayout | None:
        """Return how the log was cut into windows of time, if it was."""
        for parts in self.profile.parts:
            if not isinstance(parts.dimension, Values):
                starts = tuple(label(parts, key) for key in parts.keys)
                dimension = parts.dimension
                return WindowLayout(
                    dimension.column or None, dimension.asked, self.divided.baseline, starts
                )
        return None

    def _parted(self, parts: Parts) -> list[tuple[int, Parted, Reference | None]]:
        """Return the features that are counted by part, and what they are compared with."""
        result = []
        for i, coarse in enumerate(self.divided.division.coarse):
            # In a segment of its own values, a feature has but one.
            if coarse is None or parts.dimension.column in coarse.columns:
                continue
            parted = self._counted(i, coarse, parts, self.profile)
            reference = parted.reference
            if self.divided.other is not None:
                whole = coarsened(coarse, self._whole(i, self.divided.other))
                reference = None if whole is None else baseline(coarse, whole)
            result.append((i, parted, reference))
        return result

    def _counted(self, i: int, coarse: Coarse, parts: Parts, profile: Profile) -> Parted:
        feature = self.plan.features[i]
        return Parted.of(
            feature.feature.name, coarse, parts.features[i], feature.raw is None,
            self._whole(i, profile), self.effects[i],
        )  # fmt: skip

    def _whole(self, i: int, profile: Profile) -> Counts | None:
        counted = profile.features[i]
        return counted.raw if self.plan.features[i].raw else counted.served

    def _windowed(self, parts: Parts) -> dict[int, PartFindings]:
        features = self._parted(parts)
        alpha = self.policy.alpha / self.share / max(len(features), 1)
        series = {
            i: FeatureWindows(parted, parts, self.divided.baseline, reference)
            for i, parted, reference in features
        }
        runs = {i: list(windows.runs(alpha)) for i, windows in series.items()}
        measured = {series[i].subject(run): series[i].tests(run) for i in series for run in runs[i]}
        number = len(parts.keys)
        tests = self._judged(measured, number * (number + 1) // 2)
        return {
            i: PartFindings(
                figures(windows, windows.verdicts(runs[i], tests)),
                changes_of(windows, runs[i], tests),
                trend(windows, alpha),
            )
            for i, windows in series.items()
        }

    def _segmented(self, parts: Parts) -> dict[int, PartFindings]:
        features = self._parted(parts)
        other = self.divided.segments.get(parts.dimension.column)
        grouped = Grouped.of(parts, self._least(len(features) * len(parts.keys)), other)
        measured = {}
        for place, parted, reference in features:
            trained = None
            if other is not None:
                trained = self._counted(place, parted.coarse, other, self.profile)
            for i in range(len(grouped.names)):
                subject = grouped.subject(parted.name, i)
                measured[subject] = grouped.tests(parted, trained, i, reference)
        tests = self._judged(measured, 1)
        result = {}
        for place, parted, reference in features:
            segments = grouped.segments(parted, tests)

            def judge(some: Outcomes, name: str = parted.name) -> Sequence[JudgedTest]:
                subject = Subject(name)
                return self._judged({subject: some}, len(features))[subject]

            findings = PartFindings(segments=segments)
            if {findings.verdict, self.verdicts[place]} & ALARMS:
                smallest = grouped.smallest(parted, segments, reference, judge)
                findings = replace(findings, worst=smallest)
            result[place] = findings
        self.notes += grouped.notes(self.divided.source)
        return result

    def _judged(
        self, measured: Mapping[Subject, Outcomes], looks: int
    ) -> dict[Subject, tuple[JudgedTest, ...]]:
        by_subject = judged(measured, self.policy, self.today, looks * self.share)
        harmless = {
            one.feature.name
            for one, negligible in zip(self.plan.features, self.harmless, strict=True)
            if negligible
        }
        return {
            subject: tuple(
                replace(test, verdict=Verdict.WARN)
                if subject.feature in harmless
                and test.spec.kind is Kind.PROOF
                and test.verdict is Verdict.SKEW
                else test
                for test in tests
            )
            for subject, tests in by_subject.items()
        }

    def _least(self, tests: int) -> float:
        """Return the rows that would show a KS distance of one half: ((c / D)^2, n far below m)."""
        return float((kolmogi(self.policy.alpha / self.share / max(3 * tests, 1)) / HALF) ** 2)

    def _alone(self, parts: Parts) -> list[Note]:
        """Return how many windows the baseline has nothing for."""
        if isinstance(parts.dimension, Values):
            return []
        number = int(without_baseline(parts, self.divided.baseline).sum())
        if not number:
            return []
        if self.divided.baseline == PREVIOUS:
            return [Note("first_window")]
        windows = {"windows": number, "parts": len(parts.keys)}
        return [Note("windows_without_baseline", windows)]

    def _small(self, parts: Parts) -> list[Note]:
        """Return how many windows are too small to be judged by themselves."""
        if isinstance(parts.dimension, Values):
            return []
        small = int((parts.rows < self._least(len(self.plan.features) * len(parts.keys))).sum())
        if not small:
            return []
        return [Note("small_windows", {"windows": small, "parts": len(parts.keys)})]


def _rows(segments: Sequence[Segment]) -> int:
    return sum(segment.rows for segment in segments)
