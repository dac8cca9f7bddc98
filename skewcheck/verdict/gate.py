"""What an audit did not test or read, what holds it up for that, its verdict and exit code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from skewcheck.catalogue.spec import Kind
from skewcheck.catalogue.tests import COVERAGE, DEPENDENCE, PARITY
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.intake import Intake, RowCounts
from skewcheck.counts.plan import Plan
from skewcheck.results.audit import FeatureAudit
from skewcheck.results.gate import Coverage, Hold, Loss, LossCode, NotTested, UnaskedServed
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest, Reason, of_feature
from skewcheck.results.verdicts import Verdict, worst
from skewcheck.verdict.support import unsupported

NOT_SAMPLED = Reason("served_not_sampled")
"""Of a test that proves what distributions may not show, and needs rows that a profile left out."""
_LOSSES: tuple[LossCode, ...] = (
    "undecoded", "unmatched", "duplicate", "late", "featureless", "untimed", "later", "cut",
)  # fmt: skip
"""In the order of reports."""


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
        unasked: Sequence[UnaskedServed], coverage: Coverage, unread: tuple[str, ...] = (),
    ) -> Gate:  # fmt: skip
        """Return the gate of judged features; `unasked` are columns that no option names.

        `unread` are lists of which elements may be rows that are not read.
        """
        of_lists = [Hold("unread_elements", lists=unread)] if unread else []
        lost = [Hold("coverage", coverage=coverage)] if coverage.verdict is not Verdict.OK else []
        holds = (*lost, *of_lists, *_unasked(unasked), *_untested(features, policy))
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
        return cls(verdict, code, holds, not_tested(plan, features))


def coverage_of(plan: Plan, intake: Intake, policy: Policy) -> Coverage:
    """Return the account of the rows that were read by a plan.

    Rows behind the times that were asked for are lost only where these end with the run: a server
    whose clock is wrong writes such.
    """
    total, window = intake.total, plan.window
    until_now = window is not None and window.until_now
    losses = tuple(_losses_of(intake, until_now=until_now))
    lost = sum(loss.rows for loss in losses if loss.code != "cut")
    # A record that cannot be decoded may hold many rows, as the others do.
    lost_rows = lost - total.undecoded + total.rows_of_undecoded
    share = lost_rows / max(total.audited + lost_rows, 1)
    threshold = policy.threshold("", COVERAGE.code)
    verdict = _of_share(share, threshold)
    if total.cut:
        verdict = worst([verdict, Verdict.INCONCLUSIVE])
    outside = total.parsed - total.audited - lost - total.other - total.joined
    column = None if window is None else window.column
    return Coverage(
        total.parsed, total.audited, outside, total.other, losses, column, share, threshold,
        verdict, total.joined, total.parsed - total.gained if total.gained else None,
    )  # fmt: skip


def _losses_of(intake: Intake, *, until_now: bool) -> Iterator[Loss]:
    for code in _LOSSES:
        rows = _rows(intake.total, code)
        if rows and (until_now or code != "later"):
            files = {
                name: n for name, counts in intake.losses.items() if (n := _rows(counts, code))
            }
            first = intake.first_undecoded if code == "undecoded" else None
            yield Loss(code, rows, files, first)


def _rows(counts: RowCounts, code: LossCode) -> int:
    rows: int = getattr(counts, code)
    return rows


def _of_share(share: float, threshold: float | None) -> Verdict:
    if threshold is None or not share:
        return Verdict.OK
    if share >= threshold:
        return Verdict.SKEW
    return Verdict.WARN if share >= threshold / COVERAGE.warns else Verdict.OK


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

    Served values are compared by parity, or where no raw ones are logged by the grid of sampled
    rows and any test that may alarm. So are raw values where no feature `beside` was compared:
    else the parameter file may say nothing of some. Columns that are nearly empty in training may
    be empty in a log.
    """
    if plan.feature.role == "label" or unsupported(plan.feature.reference) is not None:
        return None
    tested = _is_compared(feature)
    parity = next((test for test in feature.tests if test.spec is PARITY), None)
    if plan.served is not None or plan.uncompared:
        if parity is not None:
            return parity.reason if parity.verdict is Verdict.UNTESTED else None
        if any(test.reason == NOT_SAMPLED for test in feature.tests):
            return NOT_SAMPLED
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


def not_tested(plan: Plan, features: Sequence[FeatureAudit]) -> tuple[NotTested, ...]:
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
    related = {
        feature.name for feature in features for test in feature.tests
        if test.spec is DEPENDENCE and test.statistic is not None
    }  # fmt: skip
    alone = tuple(p.feature.name for p in inputs if p.feature.name not in related)
    if alone and whole > 1:
        left_out.append(NotTested("dependence", () if len(alone) == whole else alone))
    return tuple(left_out)


def _normalized(plan: FeaturePlan) -> bool:
    return plan.normalized or plan.feature.untested is not None
