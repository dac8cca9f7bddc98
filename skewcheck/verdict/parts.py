"""Judge windows and segments of a log beside the whole of it.

Alpha is divided: half is the whole log's, the other half is divided equally among the dimensions
(time, and each segment column). So the number of parts does not cost the whole log its power.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import kolmogi

from skewcheck.catalogue.spec import Kind
from skewcheck.counts.coarse import Coarse, coarsened
from skewcheck.counts.dimensions import Spans, Values
from skewcheck.counts.feature_profile import Counts
from skewcheck.counts.parts import Division, Parts
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.features.notes import Note
from skewcheck.results.audit import FeatureAudit
from skewcheck.results.parts import (
    WindowLayout,
)
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest, Outcomes, Subject
from skewcheck.results.verdicts import ALARMS, Verdict
from skewcheck.verdict.decisions import judge_tests
from skewcheck.verdict.measured_log import MeasuredLog
from skewcheck.verdict.part_counts import Parted, Reference, baseline
from skewcheck.verdict.part_findings import PartFindings
from skewcheck.verdict.segments import Grouped, References
from skewcheck.verdict.window_series import figures, trend
from skewcheck.verdict.windows import (
    PREVIOUS,
    FeatureWindows,
    changes_of,
    label,
    without_baseline,
)

if TYPE_CHECKING:
    from skewcheck.verdict.part_strata import OwnReferences

MIN_DETECTABLE_KS = 0.5
"""A part with too few rows to make this KS distance significant is not tested by itself: only the
grossest shifts are larger."""


@dataclass(frozen=True, slots=True)
class Divided:
    """How a log is divided into parts, and what these are compared with."""

    division: Division
    baseline: str = "reference"
    """`reference`, `previous`, `same-hour`, or the path of another log."""
    other: Profile | None = None
    """The profile of the other log, by the same plan."""
    segments: Mapping[str, Parts] = field(default_factory=dict)
    """The same segments elsewhere, by column: in the other log, or in training data."""
    source: str = ""
    """The file that these are of, for notes."""


class PartsJudge:
    """Judges the windows and segments of one audit."""

    def __init__(
        self, measured_log: MeasuredLog, trained: Plan, divided: Divided, policy: Policy,
        today: str, negligible: Sequence[bool], verdicts: Sequence[Verdict],
    ) -> None:  # fmt: skip
        """Take the log and, per feature, what was judged of it in the whole log.

        `trained` is the plan with the references of all training.
        `negligible` is whether its differences are too small to matter, `verdicts` its verdict.
        `today` is the ISO date by which waivers are judged.
        """
        self.plan, self.profile, self.divided = measured_log.plan, measured_log.profile, divided
        self.trained, self.design_effects = trained, measured_log.design_effects
        self.policy, self.today = policy, today
        self.negligible, self.verdicts = negligible, verdicts
        # Half of alpha, divided among the dimensions.
        self.families = 2 * max(len(divided.division.dimensions), 1)

    def onto(
        self, features: Sequence[FeatureAudit]
    ) -> tuple[tuple[FeatureAudit, ...], tuple[Note, ...]]:
        """Return the features with their windows and segments, and notes on these."""
        findings, notes = self._findings()
        seconds = self._seconds()
        with_parts = tuple(
            of_feature.onto(feature, seconds)
            for of_feature, feature in zip(findings, features, strict=True)
        )
        return with_parts, notes

    def _findings(self) -> tuple[list[PartFindings], tuple[Note, ...]]:
        """Return the findings of each feature over all dimensions, and notes without repeats."""
        findings = [PartFindings()] * len(self.plan.features)
        notes: list[Note] = []
        for parts in self.profile.parts:
            if not parts.keys:
                continue
            if isinstance(parts.dimension, Values):
                of_dimension, of_segments = self._segmented(parts)
                notes += [*self._outside(parts), *of_segments]
            else:
                of_dimension = self._windowed(parts)
                notes += [*self._outside(parts), *self._small(parts), *self._alone(parts)]
            findings = [
                finding + of_dimension.get(i, PartFindings()) for i, finding in enumerate(findings)
            ]
        return findings, tuple(note for i, note in enumerate(notes) if note not in notes[:i])

    def _outside(self, parts: Parts) -> list[Note]:
        """Return how many rows are in no window, as they have no time."""
        if not parts.outside:
            return []
        code = "row_without_time" if parts.outside == 1 else "rows_without_time"
        return [Note(code, {"rows": parts.outside, "column": parts.dimension.column})]

    def _seconds(self) -> float | None:
        """Return the length of windows of time; None for others, and without windows."""
        dimensions = self.divided.division.dimensions
        return next((spans.seconds for spans in dimensions if isinstance(spans, Spans)), None)

    def windows(self) -> WindowLayout | None:
        """Return how the log is cut into windows; None where it is not."""
        for parts in self.profile.parts:
            if not isinstance(parts.dimension, Values):
                starts = tuple(label(parts, key) for key in parts.keys)
                dimension = parts.dimension
                return WindowLayout(
                    dimension.column or None, dimension.asked, self.divided.baseline, starts
                )
        return None

    def _parted(
        self, parts: Parts
    ) -> list[tuple[int, Parted, Reference | None, OwnReferences | None]]:
        """Return the places of features counted by part, their counts, and their reference.

        Last stand those of parts, where it depends on the time.
        """
        result = []
        for i, coarse in enumerate(self.divided.division.coarse):
            if self.plan.calendar is not None and i in self.plan.calendar.places:
                continue  # each row is compared with its time
            # A feature is constant in each segment by its own values.
            if coarse is None or parts.dimension.column in coarse.columns:
                continue
            if self.plan.features[i].absent_element:
                continue
            parted = self._counted(i, coarse, parts, self.profile)
            own = self._own(i, coarse, parts)
            every = None if own is None else own.of(np.arange(len(parts.keys)))
            reference = parted.reference if every is None else every
            if self.divided.other is not None:
                whole = coarsened(coarse, self._whole(i, self.divided.other))
                reference = None if whole is None else baseline(coarse, whole)
            result.append((i, parted, reference, own))
        return result

    def _own(self, i: int, coarse: Coarse, parts: Parts) -> OwnReferences | None:
        """Return training as it is at the times of parts; None for a feature without a rhythm."""
        strata = self.trained.strata
        if strata is None or self.divided.other is not None:
            return None
        from skewcheck.verdict.part_strata import OwnReferences  # few features have a rhythm

        return OwnReferences.of_feature(self.trained.features[i], strata, coarse, parts.strata)

    def _counted(self, i: int, coarse: Coarse, parts: Parts, profile: Profile) -> Parted:
        """Return the i-th feature's counts by part."""
        feature_plan = self.plan.features[i]
        return Parted.of(
            feature_plan.feature.name, coarse, parts.features[i], feature_plan.raw is None,
            self._whole(i, profile), self.design_effects[i],
        )  # fmt: skip

    def _whole(self, i: int, profile: Profile) -> Counts | None:
        """Return the i-th feature's counts in the whole log; None without a column."""
        feature_profile = profile.features[i]
        return feature_profile.raw if self.plan.features[i].raw else feature_profile.served

    def _windowed(self, parts: Parts) -> dict[int, PartFindings]:
        """Judge the runs of windows of each feature.

        Each of the w(w + 1)/2 possible runs of w windows might have been cut: for so many
        p-values is corrected.
        """
        features = self._parted(parts)
        alpha = self.policy.alpha / self.families / max(len(features), 1)
        series = {
            i: FeatureWindows(parted, parts, self.divided.baseline, reference, own)
            for i, parted, reference, own in features
        }
        runs = {i: list(windows.runs(alpha)) for i, windows in series.items()}
        outcomes = {series[i].subject(run): series[i].tests(run) for i in series for run in runs[i]}
        number = len(parts.keys)
        tests = self._judge(outcomes, number * (number + 1) // 2)
        return {
            i: PartFindings(
                figures(windows, windows.verdicts(runs[i], tests)),
                changes_of(windows, runs[i], tests),
                trend(windows, alpha),
            )
            for i, windows in series.items()
        }

    def _segmented(self, parts: Parts) -> tuple[dict[int, PartFindings], list[Note]]:
        """Judge the segments by the values of a column, and note what they are compared with."""
        features = self._parted(parts)
        elsewhere = self.divided.segments.get(parts.dimension.column)
        grouped = Grouped.of(parts, self._min_rows(len(features) * len(parts.keys)), elsewhere)
        outcomes: dict[Subject, Outcomes] = {}
        compared: dict[int, tuple[Parted, References]] = {}
        for place, parted, reference, own in features:
            counterpart = None
            if elsewhere is not None:
                counterpart = self._counted(place, parted.coarse, elsewhere, self.profile)
            references = References(reference, counterpart, own)
            compared[place] = parted, references
            for i in range(len(grouped.names)):
                subject = grouped.subject(parted.name, i)
                outcomes[subject] = grouped.tests(parted, references, i)
        tests = self._judge(outcomes, 1)
        findings = {
            place: self._of_feature(grouped, place, parted, references, tests, len(features))
            for place, (parted, references) in compared.items()
        }
        return findings, grouped.notes(self.divided.source)

    def _of_feature(
        self, grouped: Grouped, place: int, parted: Parted, references: References,
        tests: Mapping[Subject, Sequence[JudgedTest]], features: int,
    ) -> PartFindings:  # fmt: skip
        """Return a feature's segments, and where anything alarms the smallest set with the skew.

        Sets of segments are judged as one of `features` hypotheses.
        """
        segments = grouped.segments(parted, references, tests)
        findings = PartFindings(segments=segments)
        if not {findings.verdict, self.verdicts[place]} & ALARMS:
            return findings

        def judge(outcomes: Outcomes) -> Sequence[JudgedTest]:
            subject = Subject(parted.name)
            return self._judge({subject: outcomes}, features)[subject]

        alpha = self.policy.alpha / self.families / features
        worst = grouped.smallest(parted, segments, references, judge, alpha)
        return replace(findings, worst=worst)

    def _judge(
        self, outcomes: Mapping[Subject, Outcomes], multiplicity: int
    ) -> dict[Subject, tuple[JudgedTest, ...]]:
        """Judge tests of parts; proofs of features with negligible differences warn at most."""
        by_subject = judge_tests(outcomes, self.policy, self.today, multiplicity * self.families)
        negligible = {
            feature_plan.feature.name
            for feature_plan, too_small in zip(self.plan.features, self.negligible, strict=True)
            if too_small
        }
        return {
            subject: tuple(
                replace(test, verdict=Verdict.WARN)
                if subject.feature in negligible
                and test.spec.kind is Kind.PROOF
                and test.verdict is Verdict.SKEW
                else test
                for test in tests
            )
            for subject, tests in by_subject.items()
        }

    def _min_rows(self, tests: int) -> float:
        """Return the rows at which KS D = `MIN_DETECTABLE_KS` is significant in so many tests.

        (c / D)^2 with the critical value c of Kolmogorov's distribution, where the reference is
        much larger (Smirnov, Annals of Mathematical Statistics 19 (1948), p. 279). Of a
        feature three tests have p-values.
        """
        critical = kolmogi(self.policy.alpha / self.families / max(3 * tests, 1))
        return float((critical / MIN_DETECTABLE_KS) ** 2)

    def _alone(self, parts: Parts) -> list[Note]:
        """Return how many windows have no earlier window that the baseline compares them with."""
        number = int(without_baseline(parts, self.divided.baseline).sum())
        if not number:
            return []
        if self.divided.baseline == PREVIOUS:
            return [Note("first_window")]
        windows = {"windows": number, "parts": len(parts.keys)}
        return [Note("windows_without_baseline", windows)]

    def _small(self, parts: Parts) -> list[Note]:
        """Return how many windows have too few rows for a test of their own."""
        min_rows = self._min_rows(len(self.plan.features) * len(parts.keys))
        small = int((parts.rows < min_rows).sum())
        if not small:
            return []
        return [Note("small_windows", {"windows": small, "parts": len(parts.keys)})]
