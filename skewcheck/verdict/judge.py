"""From a profile to an audit: measure all features, judge them together, diagnose, assemble."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.features.notes import Note
from skewcheck.features.types import Parameters, TrainingError
from skewcheck.results.audit import Audit, FeatureAudit, ModelError
from skewcheck.results.causes import Diagnosed
from skewcheck.results.gate import UnaskedServed
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest, Outcomes, Subject
from skewcheck.results.verdicts import ALARMS
from skewcheck.verdict.assembly import assembled
from skewcheck.verdict.decisions import judge_tests
from skewcheck.verdict.feature import audit_feature, measure_feature
from skewcheck.verdict.gate import Gate, coverage_of, with_uncompared
from skewcheck.verdict.measured_log import MeasuredLog
from skewcheck.verdict.notes import audit_notes, error_notes
from skewcheck.verdict.row_dependence import dependence_notes

if TYPE_CHECKING:
    from skewcheck.causes.log_evidence import InOrder
    from skewcheck.causes.renamed_columns import Unknown
    from skewcheck.results.nights import Night, PastNights
    from skewcheck.verdict.dependence import ComparedPairs
    from skewcheck.verdict.parts import Divided, PartsJudge

FAMILIES_WITH_PARTS = 2
"""Families of tests that share alpha where the log has windows or segments: the tests of the whole
log are one, those of its parts the other, and each is judged at half of alpha."""

TestsByFeature = Mapping[str, tuple[JudgedTest, ...]]


@dataclass(frozen=True, slots=True)
class Logs:
    """What is known of the logs beside their profile."""

    files: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    """Notes of reading the parameters and the logs; they come first in the audit's."""
    run: Mapping[str, object] = field(default_factory=dict)
    today: str = field(default_factory=lambda: date.today().isoformat())
    """The day by which waivers are judged, ISO."""
    history: tuple[Parameters, ...] = ()
    """Older parameters, which a server may still use."""
    unasked: tuple[UnaskedServed, ...] = ()
    """Columns that look like served values, which no option names."""
    divided: Divided | None = None
    """What windows and segments are compared with; None where the plan divides nothing."""
    in_order: InOrder | None = None
    """Reads first rows again, in their order, for causes; None where they cannot be read."""
    unknown: Unknown | None = None
    """Reads first rows of columns of no feature, likewise."""
    nights: PastNights | None = None
    """What a state folder remembers of earlier logs; None without a state."""


def judge(
    parameters: Parameters, plan: Plan, profile: Profile, policy: Policy, logs: Logs
) -> Audit:
    """Return the audit of a profile that was taken by this plan.

    Its verdict is `untested` where no test of any feature could be done. UsageError where the
    column of clusters is null in every row.
    """
    parts_of_week: list[Note] = []
    trained = plan
    if plan.strata is not None:
        from skewcheck.verdict.strata import weighted  # few features have a rhythm

        plan, parts_of_week = weighted(plan, profile)
    measured_log = MeasuredLog.of(plan, profile)
    compared = _compared_pairs(parameters, measured_log, policy)
    outcomes = _measure(measured_log, compared, parameters.error, policy)
    families = 1 if logs.divided is None else FAMILIES_WITH_PARTS
    by_subject = judge_tests(outcomes, policy, logs.today, families)
    judged_tests: TestsByFeature = {n: by_subject[Subject(n)] for n in measured_log.names}
    diagnoses = _diagnose(measured_log, compared, judged_tests, logs)
    judged_tests, night, of_nights = _with_nights(measured_log, judged_tests, policy, logs)
    features = _audit_features(measured_log, judged_tests, diagnoses)
    features, error = _with_error(features, parameters.error, measured_log)
    notes = _notes(measured_log, judged_tests, parameters.error, policy, logs)
    notes += (*parts_of_week, *_uncovered(plan, profile))
    windows = None
    parts_judge = _parts_judge(measured_log, trained, features, diagnoses, policy, logs)
    if parts_judge is not None:
        features, part_notes = parts_judge.onto(features)
        notes += part_notes
        windows = parts_judge.windows()
    features = with_uncompared(measured_log.plan, features)
    notes += _unseen_months(plan, profile, features)
    coverage = coverage_of(plan, profile.intake, policy)
    unread = tuple(
        str(note.parameters["column"]) for note in logs.notes
        if note.code == "unread_elements" and not note.parameters["asked"]
    )  # fmt: skip
    gate = Gate.of(measured_log.plan, features, policy, logs.unasked, coverage, unread)
    audit = assembled(parameters, profile, policy, logs.files, features, gate)
    return replace(
        audit, run=logs.run, notes=of_nights + notes, windows=windows, error=error,
        coverage=coverage, night=night,
    )  # fmt: skip


def _compared_pairs(
    parameters: Parameters, measured_log: MeasuredLog, policy: Policy
) -> ComparedPairs | None:
    """Return pairs of features beside training's; None where that knows of none."""
    if parameters.dependence is None:
        return None
    from skewcheck.verdict.dependence import compared_pairs  # foreign files have none

    return compared_pairs(parameters.dependence, measured_log, policy)


def _measure(
    measured_log: MeasuredLog,
    compared: ComparedPairs | None,
    error: TrainingError | None,
    policy: Policy,
) -> dict[Subject, Outcomes]:
    """Measure all tests of all features, and that of the model's error where it is known."""
    plan, profile = measured_log.plan, measured_log.profile
    by_feature = zip(
        plan.features, profile.features, measured_log.grids, measured_log.design_effects,
        strict=True,
    )  # fmt: skip
    outcomes: dict[Subject, Outcomes] = {
        Subject(feature_plan.feature.name): measure_feature(
            feature_plan, feature_profile, grid, policy, design_effect
        )
        for feature_plan, feature_profile, grid, design_effect in by_feature
    }
    if compared is not None:
        from skewcheck.verdict.dependence import dependence_tests  # as above

        for name, tests in dependence_tests(compared, policy).items():
            outcomes[Subject(name)] = {**outcomes[Subject(name)], **tests}
    if plan.calendar is not None:
        from skewcheck.verdict.calendar import with_calendar  # few features are functions of time

        outcomes = with_calendar(outcomes, plan, profile)
    if error is None:
        return outcomes
    from skewcheck.verdict.model_error import error_tests  # most models have no known error

    return outcomes | error_tests(error, plan, profile)


def _with_nights(
    measured_log: MeasuredLog, judged_tests: TestsByFeature, policy: Policy, logs: Logs
) -> tuple[TestsByFeature, Night | None, tuple[Note, ...]]:
    """Return the tests with those over nights, what is remembered of this night, and notes."""
    if logs.nights is None:
        return judged_tests, None, ()
    from skewcheck.verdict.nights import judged_nights  # most have no state

    return judged_nights(measured_log, judged_tests, logs.nights, policy, logs.today)


def _uncovered(plan: Plan, profile: Profile) -> list[Note]:
    if not profile.calendar:
        return []
    from skewcheck.verdict.calendar import uncovered_notes  # few features are functions of time

    return uncovered_notes(plan, profile)


def _unseen_months(
    plan: Plan, profile: Profile, features: Sequence[FeatureAudit]
) -> tuple[Note, ...]:
    if plan.strata is None:
        return ()
    from skewcheck.verdict.strata import months_unseen  # as above

    alarms = {feature.name for feature in features if feature.verdict in ALARMS}
    return tuple(months_unseen(plan, profile, alarms))


def _with_error(
    features: tuple[FeatureAudit, ...], error: TrainingError | None, measured_log: MeasuredLog
) -> tuple[tuple[FeatureAudit, ...], ModelError | None]:
    """Return the features with the judged error in the label's audit, and the error if any."""
    if error is None:
        return features, None
    from skewcheck.verdict.model_error import judged_error, with_error

    judged = judged_error(features, error, measured_log.plan, measured_log.profile)
    return (features if judged is None else with_error(features, judged)), judged


def _diagnose(
    measured_log: MeasuredLog,
    compared: ComparedPairs | None,
    judged_tests: TestsByFeature,
    logs: Logs,
) -> list[Diagnosed]:
    """Return the causes of each feature.

    An audit of raw values without an alarm has none: then no mechanism is even imported.
    """
    plan = measured_log.plan
    served = any(feature_plan.raw is None for feature_plan in plan.features)
    alarmed = any(test.verdict in ALARMS for tests in judged_tests.values() for test in tests)
    if not served and not alarmed:
        return [Diagnosed(())] * len(plan.features)
    from skewcheck.causes.diagnose import diagnose_features

    diagnoses = diagnose_features(
        plan, measured_log.profile, logs.history, judged_tests, measured_log.grids, logs.in_order,
        logs.unknown,
    )  # fmt: skip
    if compared is not None and compared.loose:
        from skewcheck.verdict.misaligned import with_misaligned  # few logs have any

        diagnoses = with_misaligned(diagnoses, compared, measured_log, judged_tests, logs.in_order)
    if plan.calendar is None:
        return diagnoses
    from skewcheck.verdict.shifted_times import with_shifts  # few features are functions of time

    return with_shifts(diagnoses, measured_log, judged_tests)


def _audit_features(
    measured_log: MeasuredLog, judged_tests: TestsByFeature, diagnoses: Sequence[Diagnosed]
) -> tuple[FeatureAudit, ...]:
    """Return the audit of each feature in the whole log, with its effective sample size."""
    plan, profile = measured_log.plan, measured_log.profile
    features = tuple(
        audit_feature(feature_plan, feature_profile, profile.rows, judged_tests[name], diagnosed)
        for name, feature_plan, feature_profile, diagnosed in zip(
            measured_log.names, plan.features, profile.features, diagnoses, strict=True
        )
    )
    if plan.cluster is not None:
        features = tuple(
            replace(feature, effective_rows=feature.rows / design_effect)
            for feature, design_effect in zip(features, measured_log.design_effects, strict=True)
        )
    return _with_importance(features, plan)


def _notes(
    measured_log: MeasuredLog, judged_tests: TestsByFeature, error: TrainingError | None,
    policy: Policy, logs: Logs,
) -> tuple[Note, ...]:  # fmt: skip
    """Return the notes on the log as a whole, those of reading it first."""
    plan, profile = measured_log.plan, measured_log.profile
    clusters: list[Note] = []
    if plan.cluster is not None:
        from skewcheck.verdict.cluster_effects import cluster_notes  # few plans name clusters

        divided = logs.divided is not None
        clusters = cluster_notes(plan, profile, measured_log.design_effects, divided)
    return (
        *logs.notes,
        *audit_notes(judged_tests, profile, policy, logs.today),
        *error_notes(error, plan),
        *clusters,
        *dependence_notes(plan, profile, judged_tests),
    )


def _parts_judge(
    measured_log: MeasuredLog, trained: Plan, features: Sequence[FeatureAudit],
    diagnoses: Sequence[Diagnosed], policy: Policy, logs: Logs,
) -> PartsJudge | None:  # fmt: skip
    """Return what judges windows and segments beside the whole log; None without any.

    `trained` is the plan with the references of all training.
    """
    if logs.divided is None:
        return None
    from skewcheck.verdict.parts import PartsJudge  # most audits have no parts

    negligible = [diagnosed.negligible for diagnosed in diagnoses]
    verdicts = [feature.verdict for feature in features]
    return PartsJudge(measured_log, trained, logs.divided, policy, logs.today, negligible, verdicts)


def _with_importance(features: Sequence[FeatureAudit], plan: Plan) -> tuple[FeatureAudit, ...]:
    """Return the features with their importance to the model; 0 for an input without one.

    None for outputs, and where none has one.
    """
    planned = [feature_plan.feature for feature_plan in plan.features]
    if all(feature.importance is None for feature in planned):
        return tuple(features)
    return tuple(
        replace(audit, importance=(f.importance or 0.0) if f.role == "feature" else None)
        for audit, f in zip(features, planned, strict=True)
    )
