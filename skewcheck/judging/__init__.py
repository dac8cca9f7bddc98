"""From a profile to an audit: every test of every feature, judged together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from skewcheck.auditing import Audit, Bar, Example, FeatureAudit, LogsSummary, Mode, Parity
from skewcheck.errors import NothingToTestError
from skewcheck.features import NumericReference, Parameters
from skewcheck.grids import looked_at
from skewcheck.judging.bars import categorical_bars, numeric_bars
from skewcheck.judging.categorical import categorical_tests
from skewcheck.judging.messages import sentence
from skewcheck.judging.numeric import numeric_tests
from skewcheck.patterns import matches
from skewcheck.profile import FeatureProfile, Profile
from skewcheck.profile.categorical import CategoricalCounts
from skewcheck.profile.numeric import NumericCounts, text_tolerance
from skewcheck.profile.parity import ParityCounts
from skewcheck.profile.plan import CategoricalSide, FeaturePlan, NumericSide, Plan
from skewcheck.verdict import Policy, Test, Verdict, judged, of_feature, untested, worst


@dataclass(frozen=True, slots=True)
class Logs:
    """What is known of the logs beside their profile."""

    files: tuple[str, ...]
    notes: tuple[str, ...] = ()
    run: Mapping[str, object] = field(default_factory=dict)
    today: str = field(default_factory=lambda: date.today().isoformat())
    """The day by which waivers are judged, ISO."""


def judge(
    parameters: Parameters, plan: Plan, profile: Profile, policy: Policy, logs: Logs
) -> Audit:
    """Return the audit of a profile that was taken by this plan.

    Raises NothingToTestError where no test of any feature could be done.
    """
    measured = {
        one.feature.name: _tests(one, found, profile, policy)
        for one, found in zip(plan.features, profile.features, strict=True)
    }
    tests = judged(measured, policy, logs.today)
    features = tuple(
        _feature(one, found, profile.rows, tests[one.feature.name])
        for one, found in zip(plan.features, profile.features, strict=True)
    )
    verdict = worst(f.verdict for f in features if f.verdict is not Verdict.UNTESTED)
    if verdict is Verdict.UNTESTED:
        reasons = sorted({f.message for f in features})
        raise NothingToTestError(
            f"nothing could be tested: {reasons[0] if reasons else 'no feature'}"
        )
    modes = {f.mode for f in features if f.verdict is not Verdict.UNTESTED}
    return Audit(
        verdict=verdict,
        exit_code=policy.exit_code(verdict),
        parameters_path=parameters.path or "",
        fingerprint=parameters.fingerprint,
        model=parameters.model,
        logs=LogsSummary(logs.files, profile.rows, modes.pop() if len(modes) == 1 else "mixed"),
        policy=policy,
        features=features,
        notes=(*logs.notes, *_notes(plan, profile, policy, logs)),
        run=logs.run,
    )


def _tests(
    plan: FeaturePlan, found: FeatureProfile, profile: Profile, policy: Policy
) -> list[Test]:
    """Measure one feature. Paired, the raw side tells what the world did, and parity the rest."""
    if plan.raw is None and plan.served is None:
        return [_missing(plan, policy)]
    if plan.feature.role == "label":
        # Targets are kept apart: what they do is no skew of what the model is fed.
        return [untested("missing", "a label is no input of the model")]
    tests = []
    if plan.missing_served and not policy.allow_missing:
        reason = "the raw column is logged, but no served one beside it"
        tests.append(Test("missing", statistic=1.0, effect=1.0, reason=reason))
    if found.parity is not None:
        tests.append(_parity(found.parity))
    side, counts = (plan.raw, found.raw) if plan.raw else (plan.served, found.served)
    served = plan.raw is None
    if isinstance(side, NumericSide) and isinstance(counts, NumericCounts):
        tests += numeric_tests(counts, side.reference, plan.feature.steps, served=served)
        if served:
            tests += _grid(plan, side, profile)
    if isinstance(side, CategoricalSide) and isinstance(counts, CategoricalCounts):
        tests += categorical_tests(counts, side.levels, side.reference)
    return _with_served_type(tests, found) if not served else tests


def _missing(plan: FeaturePlan, policy: Policy) -> Test:
    if plan.feature.role == "label":
        return untested("missing", "a label need not be logged")
    reason = "no column in the log (is it a label? exclude it, or give it that role)"
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


def _grid(plan: FeaturePlan, side: NumericSide, profile: Profile) -> list[Test]:
    """Test whether served values, undone, land on the grid that raw values had in training."""
    reference = plan.feature.reference
    if not isinstance(reference, NumericReference) or reference.step is None:
        return []
    served = profile.sample.columns.get(side.column)
    if served is None or not len(served):
        return [untested("grid", "no served value in the log")]
    tolerance = np.zeros(len(served))
    for significant, decimals in profile.digits.get(side.column, ()):
        tolerance = np.maximum(tolerance, text_tolerance(served, significant, decimals))
    # Three more stragglers than seen would still be likely: the rule of three.
    stragglers = 1 - (reference.step_share or 0.0) + 3 / max(reference.finite, 1)
    grid = looked_at(served, plan.feature.steps, reference.step, stragglers, tolerance)
    if grid.usable < 20:
        return [untested("grid", "rounding hides the grid: too few values are known to step/8")]
    share = grid.off / grid.usable
    if grid.scale is None and share > stragglers:
        reason = "values lie off the training grid, and no other parameters put them back on one"
        return [untested("grid", reason)]
    return [Test("grid", statistic=share, effect=share if grid.scale is not None else 0.0)]


def _feature(
    plan: FeaturePlan, found: FeatureProfile, rows: int, tests: tuple[Test, ...]
) -> FeatureAudit:
    verdict = of_feature(tests)
    side, counts = (plan.raw, found.raw) if plan.raw else (plan.served, found.served)
    bars: tuple[Bar, ...] = ()
    if isinstance(side, NumericSide) and isinstance(counts, NumericCounts):
        bars = numeric_bars(counts, side.reference)
    elif isinstance(side, CategoricalSide) and isinstance(counts, CategoricalCounts):
        bars = categorical_bars(counts, side.levels, side.reference)
    mode: Mode = plan.mode
    return FeatureAudit(
        name=plan.feature.name,
        type=plan.feature.type,
        mode=mode,
        verdict=verdict,
        rows=counts.rows if counts else rows,
        nulls=counts.nulls if counts else 0,
        tests=tests,
        message=sentence(tests, verdict),
        parity=None if found.parity is None else _told(found.parity),
        bars=bars,
    )


def _told(parity: ParityCounts) -> Parity:
    first = parity.example
    example = None
    if first is not None:
        example = Example(first.file, first.row, first.raw, first.expected, first.served)
    return Parity(
        parity.rows, parity.mismatched, parity.max_error if parity.mismatched else None, example
    )


def _notes(plan: Plan, profile: Profile, policy: Policy, logs: Logs) -> list[str]:
    notes = []
    for column, files in sorted(profile.absent.items()):
        rows = sum(files.values())
        if rows < profile.rows:
            first = next(iter(files))
            others = f" and {len(files) - 1} more" if len(files) > 1 else ""
            notes.append(f"{column} is absent from {first}{others}: {rows:,} rows count as nulls")
    names = [one.feature.name for one in plan.features]
    notes += [
        f"the waiver {waiver.code}:{waiver.feature} meets no feature"
        for waiver in policy.waivers
        if not any(matches(name, (waiver.feature,)) for name in names)
    ]
    ended = [w for w in policy.waivers if w.until < logs.today]
    notes += [f"the waiver {w.code}:{w.feature} ended on {w.until}" for w in ended]
    return notes
