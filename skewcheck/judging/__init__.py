"""From a profile to an audit: every test of every feature, judged together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from skewcheck.auditing import Audit, Cause, Example, FeatureAudit, LogsSummary, Mode, Parity
from skewcheck.errors import NothingToTestError
from skewcheck.features import Parameters
from skewcheck.grids import Grid
from skewcheck.judging.bars import drawn
from skewcheck.judging.categorical import categorical_tests
from skewcheck.judging.dependence import design_effects, warnings, worth
from skewcheck.judging.found import Found
from skewcheck.judging.grid import grid_test, looked_at
from skewcheck.judging.messages import doubt, sentence
from skewcheck.judging.model import error_notes, error_tests, told, type_test, with_importance
from skewcheck.judging.numeric import numeric_tests
from skewcheck.patterns import matches
from skewcheck.profile import FeatureProfile, Profile
from skewcheck.profile.categorical import CategoricalCounts
from skewcheck.profile.numeric import NumericCounts
from skewcheck.profile.parity import ParityCounts
from skewcheck.profile.plan import CategoricalSide, FeaturePlan, NumericSide, Plan
from skewcheck.verdict import (
    PROOFS,
    Policy,
    Subject,
    Test,
    Verdict,
    judged,
    of_feature,
    untested,
    worst,
)
from skewcheck.wording import percent

if TYPE_CHECKING:
    from skewcheck.judging.parts import Divided

SHARED = 2
"""Looks of the whole log's tests where there are parts as well: those have half of alpha."""


@dataclass(frozen=True, slots=True)
class Logs:
    """What is known of the logs beside their profile."""

    files: tuple[str, ...]
    notes: tuple[str, ...] = ()
    run: Mapping[str, object] = field(default_factory=dict)
    today: str = field(default_factory=lambda: date.today().isoformat())
    """The day by which waivers are judged, ISO."""


def judge(
    parameters: Parameters, plan: Plan, profile: Profile, policy: Policy, logs: Logs,
    history: Sequence[Parameters] = (), divided: Divided | None = None,
) -> Audit:  # fmt: skip
    """Return the audit of a profile that was taken by this plan, and divided that way.

    Raises NothingToTestError where no test of any feature could be done.
    """
    # Looked at feature by feature.
    profile = replace(profile, sample=profile.sample.settled(), runs=profile.runs.settled())
    grids = looked_at(plan, profile)
    every = list(zip(plan.features, profile.features, grids, strict=True))
    effects = design_effects(plan, profile)
    measured = {
        Subject(one.feature.name): [
            replace(test, deff=effect) for test in _tests(one, found, grid, policy, effect)
        ]
        for (one, found, grid), effect in zip(every, effects, strict=True)
    }
    error = parameters.error
    measured |= error_tests(error, plan, profile)
    together = judged(measured, policy, logs.today, SHARED if divided else 1)
    tests = {one.feature.name: together[Subject(one.feature.name)] for one in plan.features}
    why = _diagnosed(plan, profile, tests, grids, history)
    features = tuple(
        _feature(one, found, profile.rows, tests[one.feature.name], causes)
        for (one, found, _), causes in zip(every, why, strict=True)
    )
    if plan.cluster is not None:
        features = tuple(
            replace(f, effective_rows=f.rows / effect)
            for f, effect in zip(features, effects, strict=True)
        )
    features, model_error = told(with_importance(features, plan), error, plan, profile)
    notes = [
        *logs.notes,
        *_notes(tests, profile, policy, logs),
        *error_notes(error, plan),
        *worth(plan, profile, effects, divided is not None),
        *warnings(plan, profile, tests),
    ]
    windows = None
    if divided is not None:
        from skewcheck.judging.parts import PartsJudge

        parts = PartsJudge(
            plan,
            profile,
            divided,
            policy,
            logs.today,
            [found.negligible for found in why],
            effects,
            [f.verdict for f in features],
        )
        told_of, more = parts.found()
        features = tuple(
            one.onto(f, parts.seconds) for one, f in zip(told_of, features, strict=True)
        )
        notes, windows = notes + more, parts.windows()
    gating = [f.verdict for f in features]
    verdict = worst(gating)
    if verdict is Verdict.UNTESTED:
        reasons = sorted({f.message for f in features})
        raise NothingToTestError(
            f"nothing could be tested: {reasons[0] if reasons else 'no feature'}"
        )
    modes = {f.mode for f in features if f.verdict is not Verdict.UNTESTED}
    return Audit(
        verdict=verdict,
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
        notes=tuple(notes),
        windows=windows,
        run=logs.run,
        error=model_error,
    )


def _diagnosed(
    plan: Plan, profile: Profile, tests: Mapping[str, Sequence[Test]],
    grids: Sequence[Grid | None], history: Sequence[Parameters],
) -> list[Found]:  # fmt: skip
    """Return the causes of each feature; an audit of raw values that is clean has none to look for.

    What loads and tries the mechanisms is not even imported then.
    """
    served = any(one.raw is None for one in plan.features)
    alarms = (Verdict.SKEW, Verdict.WARN)
    if not served and not any(t.verdict in alarms for some in tests.values() for t in some):
        return [Found(())] * len(plan.features)
    from skewcheck.judging.diagnosing import Diagnoser

    return Diagnoser(plan, profile, history).every(tests, grids)


def _shared(features: Sequence[FeatureAudit]) -> tuple[Cause, ...]:
    """Return what explains several features at once."""
    if not any(feature.causes for feature in features):
        return ()
    from skewcheck.judging.roots import shared

    return shared({f.name: f.causes for f in features}, len(features))


def _tests(
    plan: FeaturePlan, found: FeatureProfile, grid: Grid | None, policy: Policy, deff: float
) -> list[Test]:
    """Measure one feature. Paired, the raw side tells what the world did, and parity the rest."""
    if plan.feature.untested is not None and plan.raw is None:
        return [untested("parity", plan.feature.untested)]
    if plan.raw is None and plan.served is None:
        return [_missing(plan, policy)]
    if plan.feature.role == "label":
        return [*type_test(found), untested("missing", "a label is no input of the model")]
    tests = []
    if plan.missing_served and not policy.allow_missing:
        reason = "the raw column is logged, but no served one beside it"
        tests.append(Test("missing", statistic=1.0, effect=1.0, reason=reason))
    if found.parity is not None:
        tests.append(_parity(found.parity))
    if plan.feature.untested is not None:
        tests.append(untested("parity", plan.feature.untested))
    side, counts = (plan.raw, found.raw) if plan.raw else (plan.served, found.served)
    served = plan.raw is None
    if isinstance(side, NumericSide) and isinstance(counts, NumericCounts):
        steps = plan.feature.steps
        tests += numeric_tests(counts, side.reference, steps, served=served, deff=deff)
        tests += [test] if (test := grid_test(plan, grid)) is not None else []
    if isinstance(side, CategoricalSide) and isinstance(counts, CategoricalCounts):
        tests += categorical_tests(counts, side.levels, side.reference, deff=deff)
    return _with_served_type(tests, found) if not served else tests


def _missing(plan: FeaturePlan, policy: Policy) -> Test:
    if plan.feature.role == "label":
        return untested("missing", "a label need not be logged")
    reason = (
        "no column in the log (a label? give it that role; made of other columns? log it, or"
        " exclude it)"
    )
    if policy.allow_missing:
        return untested("missing", f"{reason}, which --allow-missing allows")
    return Test("missing", statistic=1.0, effect=1.0, reason=reason)


def _with_served_type(tests: list[Test], found: FeatureProfile) -> list[Test]:
    """Count values of another type on either side, whichever has more."""
    if found.served is None or not found.served.mistyped:
        return tests
    share = found.served.mistyped / found.served.rows
    return [
        replace(t, statistic=share, effect=share)
        if t.name == "type" and share > (t.statistic or 0)
        else t
        for t in tests
    ]


def _parity(parity: ParityCounts) -> Test:
    if not parity.rows:
        return untested("parity", "no row has both the raw and the served value")
    share = parity.mismatched / parity.rows
    return Test("parity", statistic=share, effect=share)


def _feature(
    plan: FeaturePlan, found: FeatureProfile, rows: int, tests: tuple[Test, ...], why: Found
) -> FeatureAudit:
    known = plan.feature.reference.rows if plan.feature.reference else 0
    tests = tuple(_weighed(_reasoned(test, known), why, plan) for test in tests)
    verdict = of_feature(tests)
    side, counts = (plan.raw, found.raw) if plan.raw else (plan.served, found.served)
    bars, curves = drawn(side, counts)
    mode: Mode = plan.mode
    return FeatureAudit(
        name=plan.feature.name,
        type=plan.feature.type,
        mode=mode,
        verdict=verdict,
        rows=counts.rows if counts else rows,
        nulls=counts.nulls if counts else 0,
        tests=tests,
        message=sentence(tests, verdict, why),
        causes=why.causes,
        parity=None if found.parity is None else _told(found.parity),
        bars=bars,
        curves=curves,
    )


def _reasoned(test: Test, reference: int) -> Test:
    if test.verdict is not Verdict.INCONCLUSIVE:
        return test
    return replace(test, reason=doubt(test, reference))


def _weighed(test: Test, why: Found, plan: FeaturePlan) -> Test:
    """Let causes weigh on a proof: harmless differences warn, recomputed parameters are skew.

    So does what is no proof for a reason that the test tells.
    """
    harmless = why.negligible or test.reason is not None
    if test.name in PROOFS and test.verdict is Verdict.SKEW and harmless:
        return replace(test, verdict=Verdict.WARN)
    # Where the raw values are logged parity says so, and their mean is the world's.
    again = plan.raw is None and any(c.code == "recomputed_parameters" for c in why.causes)
    if test.name == "mean" and test.verdict is not Verdict.UNTESTED and again:
        return replace(test, verdict=Verdict.SKEW)
    return test


def _told(parity: ParityCounts) -> Parity:
    first = parity.example
    example = None
    if first is not None:
        example = Example(first.file, first.row, first.raw, first.expected, first.served)
    return Parity(
        parity.rows, parity.mismatched, parity.max_error if parity.mismatched else None, example
    )


def _notes(
    tests: Mapping[str, Sequence[Test]], profile: Profile, policy: Policy, logs: Logs
) -> list[str]:
    notes = []
    for column, files in sorted(profile.absent.items()):
        rows = sum(files.values())
        if rows < profile.rows:
            first = next(iter(files))
            others = f" and {len(files) - 1} more" if len(files) > 1 else ""
            notes.append(f"{column} is absent from {first}{others}: {rows:,} rows count as nulls")
    strangers = [
        f"{name} ({percent(test.statistic)} of the rows)"
        for name, some in tests.items()
        for test in some
        # Rare levels bring some in every log: more than twice as many are news.
        if test.name == "unseen" and test.statistic and test.statistic > 2 * (test.expected or 0)
    ]
    if strangers:
        notes.append(f"levels that training has not seen: {', '.join(strangers)}")
    notes += [
        f"the waiver {waiver.code}:{waiver.feature} meets no feature"
        for waiver in policy.waivers
        if not any(matches(name, (waiver.feature,)) for name in tests)
    ]
    ended = [w for w in policy.waivers if w.until < logs.today]
    notes += [f"the waiver {w.code}:{w.feature} ended on {w.until}" for w in ended]
    return notes
