"""From a profile to an audit: every test of every feature, judged together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from skewcheck.causes.grid_test import looked_at
from skewcheck.causes.grids import Grid
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.features.types import Parameters
from skewcheck.results.audit import Audit, Cause, FeatureAudit, LogsSummary, ModelError
from skewcheck.results.diagnosed import Diagnosed
from skewcheck.results.notes import Note
from skewcheck.results.parts import WindowLayout
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest, Measurement, Outcome, Subject
from skewcheck.results.verdicts import Verdict, worst
from skewcheck.verdict.feature import audited, measured
from skewcheck.verdict.judged import judged
from skewcheck.verdict.model_error import error_tests, judged_error, with_error, with_importance
from skewcheck.verdict.notes import audit_notes, error_notes
from skewcheck.verdict.row_dependence import cluster_notes, dependence_notes, design_effects

if TYPE_CHECKING:
    from skewcheck.verdict.parts import Divided

SHARED = 2
"""Looks of the whole log's tests where there are parts as well: those have half of alpha."""


@dataclass(frozen=True, slots=True)
class Logs:
    """What is known of the logs beside their profile."""

    files: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    run: Mapping[str, object] = field(default_factory=dict)
    today: str = field(default_factory=lambda: date.today().isoformat())
    """The day by which waivers are judged, ISO."""
    history: tuple[Parameters, ...] = ()
    """Older parameters, which a server may still use."""
    divided: Divided | None = None
    """What windows and segments are compared with; None where the plan divides nothing."""


def judge(
    parameters: Parameters, plan: Plan, profile: Profile, policy: Policy, logs: Logs
) -> Audit:
    """Return the audit of a profile that was taken by this plan.

    Its verdict is `untested` where no test of any feature could be done.
    """
    divided = logs.divided
    # Looked at feature by feature.
    profile = replace(profile, sample=profile.sample.settled(), runs=profile.runs.settled())
    effects, grids = design_effects(plan, profile), looked_at(plan, profile)
    every = list(zip(plan.features, profile.features, grids, effects, strict=True))
    measures = {
        Subject(one.feature.name): {
            code: _worth(outcome, effect)
            for code, outcome in measured(one, found, grid, policy, effect).items()
        }
        for one, found, grid, effect in every
    } | error_tests(parameters.error, plan, profile)
    together = judged(measures, policy, logs.today, SHARED if divided else 1)
    tests = {one.feature.name: together[Subject(one.feature.name)] for one in plan.features}
    why = _diagnosed(plan, profile, tests, grids, logs.history)
    features = tuple(
        audited(one, found, profile.rows, tests[one.feature.name], causes)
        for (one, found, _, _), causes in zip(every, why, strict=True)
    )
    if plan.cluster is not None:
        features = tuple(
            replace(f, effective_rows=f.rows / effect)
            for f, effect in zip(features, effects, strict=True)
        )
    features = with_importance(features, plan)
    error = judged_error(features, parameters.error, plan, profile)
    features = features if error is None else with_error(features, error)
    notes = [
        *logs.notes,
        *audit_notes(tests, profile, policy, logs.today),
        *error_notes(parameters.error, plan),
        *cluster_notes(plan, profile, effects, divided is not None),
        *dependence_notes(plan, profile, tests),
    ]
    windows = None
    if divided is not None:
        features, more, windows = _parted(
            features, plan, profile, divided, policy, logs, why, effects
        )
        notes += more
    return _audit(parameters, profile, policy, logs, features, tuple(notes), windows, error)


def _worth(outcome: Outcome, deff: float) -> Outcome:
    """Return a measurement that tells how many rows are worth one independent row."""
    return replace(outcome, deff=deff) if isinstance(outcome, Measurement) else outcome


def _parted(
    features: Sequence[FeatureAudit], plan: Plan, profile: Profile, divided: Divided,
    policy: Policy, logs: Logs, why: Sequence[Diagnosed], effects: Sequence[float],
) -> tuple[tuple[FeatureAudit, ...], list[Note], WindowLayout | None]:  # fmt: skip
    """Return the features with their windows and segments, what to note, and the windows."""
    from skewcheck.verdict.parts import PartsJudge

    parts = PartsJudge(
        plan, profile, divided, policy, logs.today, [found.negligible for found in why], effects,
        [f.verdict for f in features],
    )  # fmt: skip
    findings, notes = parts.findings()
    parted = tuple(one.onto(f, parts.seconds) for one, f in zip(findings, features, strict=True))
    return parted, notes, parts.windows()


def _audit(
    parameters: Parameters, profile: Profile, policy: Policy, logs: Logs,
    features: tuple[FeatureAudit, ...], notes: tuple[Note, ...], windows: WindowLayout | None,
    error: ModelError | None,
) -> Audit:  # fmt: skip
    """Return the audit of judged features."""
    gating = [f.verdict for f in features]
    modes = {f.mode for f in features if f.verdict is not Verdict.UNTESTED}
    return Audit(
        verdict=worst(gating),
        exit_code=policy.exit_code(*gating),
        parameters_path=parameters.path or "",
        fingerprint=parameters.fingerprint,
        model=parameters.model,
        logs=LogsSummary(
            logs.files, profile.rows, modes.pop() if len(modes) == 1 else "mixed", profile.newest
        ),
        policy=policy,
        features=features,
        causes=_shared(features),
        notes=notes,
        windows=windows,
        run=logs.run,
        error=error,
    )


def _diagnosed(
    plan: Plan, profile: Profile, tests: Mapping[str, Sequence[JudgedTest]],
    grids: Sequence[Grid | None], history: Sequence[Parameters],
) -> list[Diagnosed]:  # fmt: skip
    """Return the causes of each feature; an audit of raw values that is clean has none to look for.

    What loads and tries the mechanisms is not even imported then.
    """
    served = any(one.raw is None for one in plan.features)
    alarms = (Verdict.SKEW, Verdict.WARN)
    if not served and not any(t.verdict in alarms for some in tests.values() for t in some):
        return [Diagnosed(())] * len(plan.features)
    from skewcheck.causes.diagnose import Diagnoser

    return Diagnoser(plan, profile, history).every(tests, grids)


def _shared(features: Sequence[FeatureAudit]) -> tuple[Cause, ...]:
    """Return what explains several features at once."""
    if not any(feature.causes for feature in features):
        return ()
    from skewcheck.causes.common import shared

    return shared({f.name: f.causes for f in features}, len(features))
