"""Windows and segments of a log, judged beside the whole of it.

The chance alpha of a false alarm is shared: half is the whole log's, the other half is spent by
the dimensions alike. So that a log cut into a thousand parts can still be judged as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from scipy.special import kolmogi

from skewcheck.counts.coarse import Coarse
from skewcheck.counts.dimensions import Spans, Values
from skewcheck.counts.feature_profile import Counts
from skewcheck.counts.parts import Division, Parts
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.results.audit import Change, FeatureAudit, Segment, Trend, WindowFigures, Windows
from skewcheck.results.policy import PROOFS, Policy, Subject, Test, Verdict, judged, worst
from skewcheck.verdict.onsets import agreed
from skewcheck.verdict.part_counts import Parted, Reference, of_whole
from skewcheck.verdict.segments import Grouped
from skewcheck.verdict.window_series import figures, trend
from skewcheck.verdict.windows import ALARMS, PREVIOUS, Series, alone, found_changes, label

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
class Found:
    """What the parts of one feature told."""

    windows: tuple[WindowFigures, ...] = ()
    changes: tuple[Change, ...] = ()
    trend: Trend | None = None
    segments: tuple[Segment, ...] = ()
    worst: tuple[Segment, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Return the worst verdict of any part; ok without any."""
        found = [segment.verdict for segment in self.segments]
        found += [Verdict.SKEW] if self.changes else []
        return worst([*found, Verdict.OK])

    def __add__(self, other: Found) -> Found:
        """Join what two dimensions told."""
        return Found(
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
        told = replace(
            feature, windows=self.windows, changes=self.changes, trend=self.trend,
            segments=self.segments, worst=self.worst,
        )  # fmt: skip
        told = told if seconds is None else agreed(told, seconds)
        verdict = worst([feature.verdict, self.verdict])
        if feature.verdict is Verdict.UNTESTED or verdict is feature.verdict:
            return told
        places = ["some windows"] if self.changes else []
        columns = dict.fromkeys(s.column for s in self.segments if s.verdict is verdict)
        places += [f"some values of {column}" for column in columns]
        message = f"the whole log passes, but {' and '.join(places)} do not"
        return replace(told, verdict=verdict, message=message)


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
        self.notes: list[str] = []

    def found(self) -> tuple[list[Found], list[str]]:
        """Return what each feature's parts told, and notes on the parts themselves."""
        result = [Found()] * len(self.plan.features)
        for parts in self.profile.parts:
            if not parts.keys:
                continue
            dimension = parts.dimension
            if parts.outside:
                rows, are = ("row", "is") if parts.outside == 1 else ("rows", "are")
                text = f"{parts.outside:,} {rows} without a time in {dimension.column}"
                self.notes.append(f"{text} {are} in no window")
            found = (
                self._segmented(parts) if isinstance(dimension, Values) else self._windowed(parts)
            )
            self.notes += self._small(parts) + self._alone(parts)
            result = [a + found.get(i, Found()) for i, a in enumerate(result)]
        return result, list(dict.fromkeys(self.notes))

    @property
    def seconds(self) -> float | None:
        """The length of windows of time."""
        dimensions = self.divided.division.dimensions
        return next((one.seconds for one in dimensions if isinstance(one, Spans)), None)

    def windows(self) -> Windows | None:
        """Return how the log was cut into windows of time, if it was."""
        for parts in self.profile.parts:
            if not isinstance(parts.dimension, Values):
                starts = tuple(label(parts, key) for key in parts.keys)
                dimension = parts.dimension
                return Windows(
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
                reference = of_whole(coarse, self._whole(i, self.divided.other))
            result.append((i, parted, reference))
        return result

    def _counted(self, i: int, coarse: Coarse, parts: Parts, profile: Profile) -> Parted:
        one = self.plan.features[i]
        return Parted.of(
            one.feature.name, coarse, parts.features[i], one.raw is None, self._whole(i, profile),
            self.effects[i],
        )  # fmt: skip

    def _whole(self, i: int, profile: Profile) -> Counts | None:
        found = profile.features[i]
        return found.raw if self.plan.features[i].raw else found.served

    def _windowed(self, parts: Parts) -> dict[int, Found]:
        features = self._parted(parts)
        alpha = self.policy.alpha / self.share / max(len(features), 1)
        series = {
            i: Series(parted, parts, self.divided.baseline, reference)
            for i, parted, reference in features
        }
        runs = {i: list(one.runs(alpha)) for i, one in series.items()}
        measured = {series[i].subject(run): series[i].tests(run) for i in series for run in runs[i]}
        windows = len(parts.keys)
        tests = self._judged(measured, windows * (windows + 1) // 2)
        result = {}
        for i, one in series.items():
            result[i] = Found(
                figures(one, one.verdicts(runs[i], tests)),
                found_changes(one, runs[i], tests),
                trend(one, alpha),
            )
        return result

    def _segmented(self, parts: Parts) -> dict[int, Found]:
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
            found = grouped.segments(parted, tests)

            def judge(some: Sequence[Test], name: str = parted.name) -> Sequence[Test]:
                subject = Subject(name)
                return self._judged({subject: list(some)}, len(features))[subject]

            told = Found(segments=found)
            if {told.verdict, self.verdicts[place]} & ALARMS:
                worst = grouped.smallest(parted, found, reference, judge)
                told = replace(told, worst=worst)
            result[place] = told
        self.notes += grouped.notes(self.divided.source)
        return result

    def _judged(
        self, measured: dict[Subject, list[Test]], looks: int
    ) -> dict[Subject, tuple[Test, ...]]:
        found = judged(measured, self.policy, self.today, looks * self.share)
        harmless = {
            one.feature.name
            for one, so in zip(self.plan.features, self.harmless, strict=True)
            if so
        }
        return {
            subject: tuple(
                replace(test, verdict=Verdict.WARN)
                if subject.feature in harmless
                and test.name in PROOFS
                and test.verdict is Verdict.SKEW
                else test
                for test in tests
            )
            for subject, tests in found.items()
        }

    def _least(self, tests: int) -> float:
        """Return the rows that would show a KS distance of one half: ((c / D)^2, n far below m)."""
        return float((kolmogi(self.policy.alpha / self.share / max(3 * tests, 1)) / HALF) ** 2)

    def _alone(self, parts: Parts) -> list[str]:
        """Tell how many windows the baseline has nothing for."""
        if isinstance(parts.dimension, Values):
            return []
        lonely = int(alone(parts, self.divided.baseline).sum())
        if not lonely:
            return []
        if self.divided.baseline == PREVIOUS:
            return ["the first window has none before it, and is compared with nothing"]
        windows = f"{lonely:,} of {len(parts.keys):,} windows"
        return [f"{windows} have no earlier one of the same hour, and are compared with nothing"]

    def _small(self, parts: Parts) -> list[str]:
        """Tell how many windows are too small to be judged by themselves."""
        if isinstance(parts.dimension, Values):
            return []
        small = int((parts.rows < self._least(len(self.plan.features) * len(parts.keys))).sum())
        if not small:
            return []
        windows = f"{small:,} of {len(parts.keys):,} windows"
        return [f"{windows} have too few rows to show anything by themselves"]


def _rows(segments: Sequence[Segment]) -> int:
    return sum(segment.rows for segment in segments)
