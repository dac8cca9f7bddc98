"""Windows and segments of a log, judged beside the whole of it.

The chance alpha of a false alarm is shared: half is the whole log's, the other half is spent by
the dimensions alike. So that a log cut into a thousand parts can still be judged as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scipy.special import kolmogi

from skewcheck.auditing import Change, FeatureAudit, Segment, Trend, WindowFigures, Windows
from skewcheck.judging.figures import figures, trend
from skewcheck.judging.rows import Parted, Reference, of_whole
from skewcheck.judging.segments import Grouped, segments, smallest
from skewcheck.judging.windows import PREVIOUS, Series, alone, found_changes, label
from skewcheck.profile import Profile
from skewcheck.profile.parts import Division, Parts, Values
from skewcheck.profile.plan import Plan
from skewcheck.verdict import PROOFS, Policy, Subject, Test, Verdict, judged, worst

HALF = 0.5
"""A part that would not show even this KS distance is too small to be a part."""


@dataclass(frozen=True, slots=True)
class Divided:
    """How a log was divided, and what it is compared with."""

    division: Division
    baseline: str = "reference"
    """`reference`, `previous`, `same-hour`, or the path of another log."""
    other: Profile | None = None
    """That log, measured by the same plan and division."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the parts of one feature told."""

    windows: tuple[WindowFigures, ...] = ()
    changes: tuple[Change, ...] = ()
    trend: Trend | None = None
    segments: tuple[Segment, ...] = ()
    worst: Segment | None = None

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
            self.worst or other.worst,
        )

    def onto(self, feature: FeatureAudit) -> FeatureAudit:
        """Return the feature's audit with its parts; a part that alarms alone says so."""
        told = replace(
            feature, windows=self.windows, changes=self.changes, trend=self.trend,
            segments=self.segments, worst=self.worst,
        )  # fmt: skip
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
        harmless: Sequence[bool], effects: Sequence[float],
    ) -> None:  # fmt: skip
        """Take what was measured; `harmless` features break parity by less than matters.

        `effects` are the features' design effects.
        """
        self.plan, self.profile, self.divided = plan, profile, divided
        self.policy, self.today, self.harmless = policy, today, harmless
        self.effects = effects
        self.share = 2 * max(len(divided.division.dimensions), 1)

    def found(self) -> tuple[list[Found], list[str]]:
        """Return what each feature's parts told, and notes on the parts themselves."""
        result = [Found()] * len(self.plan.features)
        notes: list[str] = []
        for parts in self.profile.parts:
            if not parts.keys:
                continue
            dimension = parts.dimension
            if parts.outside:
                notes.append(
                    f"{parts.outside:,} rows without a time in {dimension.column} are in no window"
                )
            found = (
                self._segmented(parts) if isinstance(dimension, Values) else self._windowed(parts)
            )
            notes += self._small(parts) + self._alone(parts)
            result = [a + found.get(i, Found()) for i, a in enumerate(result)]
        return result, notes

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
        for i, (one, whole, coarse) in enumerate(
            zip(
                self.plan.features, self.profile.features, self.divided.division.coarse, strict=True
            )
        ):
            # In a segment of its own values, a feature has but one.
            if coarse is None or parts.dimension.column in coarse.columns:
                continue
            counts = whole.raw if one.raw else whole.served
            parted = Parted.of(
                one.feature.name, coarse, parts.features[i], one.raw is None, counts,
                self.effects[i],
            )  # fmt: skip
            reference = parted.reference
            if self.divided.other is not None:
                other = self.divided.other.features[i]
                reference = of_whole(coarse, other.raw if one.raw else other.served)
            result.append((i, parted, reference))
        return result

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
        grouped = Grouped.of(parts, self._least(len(features) * len(parts.keys)))
        measured = {
            grouped.subject(parted.name, i): parted.tests(group, reference)
            for _, parted, reference in features
            for i, group in enumerate(grouped.groups)
        }
        tests = self._judged(measured, 1)
        result = {}
        for place, parted, reference in features:
            found = segments(grouped, parted, tests)
            held = smallest(
                grouped, parted, found, reference, self.policy, self.today,
                2 * len(features),
            )  # fmt: skip
            result[place] = Found(segments=found, worst=held)
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
