"""What an audit did not test, what holds it up for that, and its verdict and exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from skewcheck.catalogue.spec import Kind
from skewcheck.catalogue.tests import PARITY
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.plan import Plan
from skewcheck.results.audit import FeatureAudit
from skewcheck.results.coverage import Coverage
from skewcheck.results.gate import Hold, NotTested, UnaskedServed
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest, Reason, of_feature
from skewcheck.results.verdicts import Verdict, worst
from skewcheck.verdict.support import unsupported


@dataclass(frozen=True, slots=True)
class Gate:
    """The verdict of an audit, and what it is of beside the verdicts of its features."""

    verdict: Verdict
    """`untested` where no test of any feature could be done."""
    exit_code: int
    holds: tuple[Hold, ...]
    not_tested: tuple[NotTested, ...]

    @classmethod
    def of(
        cls, plan: Plan, features: Sequence[FeatureAudit], policy: Policy,
        unasked: Sequence[UnaskedServed], coverage: Coverage,
    ) -> Gate:  # fmt: skip
        """Return the gate of judged features; `unasked` are columns that no option names."""
        lost = [Hold("coverage", coverage=coverage)] if coverage.verdict is not Verdict.OK else []
        holds = (*lost, *_unasked(unasked), *_untested(features, policy))
        counted = [_counted(feature, policy) for feature in features]
        verdicts = list(dict.fromkeys(counted))
        verdict = worst(verdicts)
        if holds and verdict is not Verdict.UNTESTED:
            verdicts += dict.fromkeys(hold.verdict for hold in holds)
            verdict = worst(verdicts)
        failed = any(
            v is Verdict.INCONCLUSIVE and policy.inconclusive_of(feature.name) == "fail"
            for v, feature in zip(counted, features, strict=True)
        )
        held = any(hold.verdict is Verdict.INCONCLUSIVE for hold in holds)
        code = policy.exit_code(*verdicts, held=held, failed=failed)
        return cls(verdict, code, holds, not_tested(plan))


def with_uncompared(plan: Plan, features: Sequence[FeatureAudit]) -> tuple[FeatureAudit, ...]:
    """Return the features, of which none is ok whose logged values nothing compared with training.

    Such a feature has the reason as `uncompared`, and is untested unless something else is wrong.
    """
    compared = any(_is_compared(feature) for feature in features)
    return tuple(
        _with_uncompared(feature, _uncompared(feature_plan, feature, beside=compared))
        for feature_plan, feature in zip(plan.features, features, strict=True)
    )


def _with_uncompared(feature: FeatureAudit, reason: Reason | None) -> FeatureAudit:
    if reason is None:
        return feature
    verdict = Verdict.UNTESTED if feature.verdict is Verdict.OK else feature.verdict
    return replace(feature, verdict=verdict, uncompared=reason)


def _is_compared(feature: FeatureAudit) -> bool:
    """Return whether a test of its values that may alarm had a value."""
    judged = [t for t in feature.tests if not _is_reported(t) and t.spec.kind is not Kind.FACT]
    return of_feature(judged) is not Verdict.UNTESTED


def _uncompared(plan: FeaturePlan, feature: FeatureAudit, *, beside: bool) -> Reason | None:
    """Return why nothing compared a feature's logged values with training; None where it was done.

    Served values are compared by parity, or where no raw ones are logged by any test that may
    alarm. So are raw values where no feature `beside` was compared: else the parameter file may
    say nothing of some. Columns that are nearly empty in training may be empty in a log.
    """
    if plan.feature.role == "label" or unsupported(plan.feature.reference) is not None:
        return None
    tested = _is_compared(feature)
    parity = next((test for test in feature.tests if test.spec is PARITY), None)
    if plan.served is not None or plan.uncompared:
        if parity is not None:
            return parity.reason if parity.verdict is Verdict.UNTESTED else None
        reasons = (test.reason for test in feature.tests)
        return None if tested else next(filter(None, reasons), Reason("no_value"))
    if plan.raw is None or tested:
        return None
    if feature.nulls == feature.rows:
        return Reason("no_value")
    reasons = (test.reason for test in feature.tests if not beside)
    return next((reason for reason in reasons if reason is not None), None)


def _is_reported(test: JudgedTest) -> bool:
    """Return whether a test cannot alarm, as no threshold is set for it."""
    kinds = (Kind.DISTANCE, Kind.SHARE, Kind.REPORTED)
    return test.spec.kind in kinds and test.threshold is None


def _counted(feature: FeatureAudit, policy: Policy) -> Verdict:
    """Return the verdict that counts for the audit's: what features pass by a rule counts as ok."""
    if feature.verdict is Verdict.UNTESTED and feature.uncompared is not None:
        return of_feature(feature.tests)
    if feature.verdict is Verdict.INCONCLUSIVE and policy.inconclusive_of(feature.name) == "pass":
        tests = [test for test in feature.tests if test.verdict is not Verdict.INCONCLUSIVE]
        return worst([of_feature(tests), Verdict.OK])
    return feature.verdict


def _untested(features: Sequence[FeatureAudit], policy: Policy) -> list[Hold]:
    """Return a hold for each reason why features were not compared and may not pass so."""
    by_reason: dict[str, list[FeatureAudit]] = {}
    for feature in features:
        if feature.uncompared is not None and not policy.lets_untested_pass(feature.name):
            by_reason.setdefault(repr(feature.uncompared), []).append(feature)
    return [
        Hold("untested", tuple(f.name for f in of_reason), of_reason[0].uncompared)
        for of_reason in by_reason.values()
    ]


def _unasked(unasked: Sequence[UnaskedServed]) -> list[Hold]:
    return [Hold("served_unasked", served.features, served=served) for served in unasked]


def not_tested(plan: Plan) -> tuple[NotTested, ...]:
    """Return what no test of the plan's features looks at.

    Of a feature without steps the model takes the raw value: it is served as it is logged.
    """
    inputs = [p for p in plan.features if not p.feature.output and (p.raw or p.served)]
    stepless = not any(_normalized(p) for p in inputs)
    raw = [p.feature.name for p in inputs if p.mode == "raw" and (stepless or _normalized(p))]
    served = [p.feature.name for p in inputs if p.mode == "served"]
    whole = len(inputs)
    left_out = []
    if raw:
        left_out.append(NotTested("raw_only", () if len(raw) == whole else tuple(raw)))
    if served:
        left_out.append(NotTested("served_only", () if len(served) == whole else tuple(served)))
    if whole > 1:
        left_out.append(NotTested("dependence"))
    return tuple(left_out)


def _normalized(plan: FeaturePlan) -> bool:
    return bool(plan.feature.steps) or plan.feature.untested is not None
