"""One feature: what is tested of it, and what is told when all are judged."""

from __future__ import annotations

from dataclasses import replace

from skewcheck.causes.grid_test import grid_test
from skewcheck.causes.grids import Grid
from skewcheck.counts.categorical import CategoricalCounts
from skewcheck.counts.feature_plan import CategoricalSide, FeaturePlan, NumericSide
from skewcheck.counts.feature_profile import FeatureProfile
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.parity import ParityCounts
from skewcheck.reports.words.features import doubt, sentence
from skewcheck.results.audit import Example, FeatureAudit, Mode, Parity
from skewcheck.results.diagnosed import Found
from skewcheck.results.policy import PROOFS, Policy, Test, Verdict, of_feature, untested
from skewcheck.verdict.categorical import categorical_tests
from skewcheck.verdict.charts import drawn
from skewcheck.verdict.model_error import type_test
from skewcheck.verdict.numeric import numeric_tests


def measured(
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


def audited(
    plan: FeaturePlan, found: FeatureProfile, rows: int, tests: tuple[Test, ...], why: Found
) -> FeatureAudit:
    """Return what is told of a feature whose tests are judged and whose causes are known."""
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
