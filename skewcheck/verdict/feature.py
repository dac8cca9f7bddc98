"""One feature: what is tested of it, and its audit once all are judged."""

from __future__ import annotations

import math
from dataclasses import replace

from skewcheck.catalogue.causes import CAUSES
from skewcheck.catalogue.spec import Kind
from skewcheck.catalogue.tests import GRID, MISSING, PARITY, TYPE
from skewcheck.causes.grid_test import grid_test
from skewcheck.causes.grids import Grid
from skewcheck.counts.categorical import CategoricalCounts
from skewcheck.counts.feature_plan import CategoricalSide, FeaturePlan, NumericSide
from skewcheck.counts.feature_profile import FeatureProfile
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.parity import ParityCounts
from skewcheck.results.audit import Example, FeatureAudit, Mode, Parity
from skewcheck.results.diagnosed import Diagnosed
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest, Measurement, Outcome, Reason, of_feature
from skewcheck.results.verdicts import Verdict
from skewcheck.verdict.categorical import CategoricalSample, categorical_tests
from skewcheck.verdict.charts import drawn
from skewcheck.verdict.model_error import type_test
from skewcheck.verdict.numeric import NumericSample, numeric_tests


def measured(
    plan: FeaturePlan, found: FeatureProfile, grid: Grid | None, policy: Policy, deff: float
) -> dict[str, Outcome]:
    """Measure one feature by all its tests, in the order of reports.

    Paired, the raw side tells what the world did, and parity the rest.
    """
    unknown = _untested(plan)
    if unknown is not None and plan.raw is None:
        return {PARITY.code: unknown}
    if plan.raw is None and plan.served is None:
        return {MISSING.code: _missing(plan, policy)}
    if plan.feature.role == "label":
        return {**type_test(found), MISSING.code: Reason("label_no_input")}
    tests: dict[str, Outcome] = {}
    if plan.missing_served and not policy.allow_missing:
        tests[MISSING.code] = Measurement(1.0, 1.0, reason=Reason("served_not_logged"))
    if unknown is not None:
        tests[PARITY.code] = unknown
    elif found.parity is not None:
        tests[PARITY.code] = _parity(found.parity)
    tests |= _of_side(plan, found, deff)
    on_grid = grid_test(plan, grid)
    return tests if on_grid is None else {**tests, GRID.code: on_grid}


def _untested(plan: FeaturePlan) -> Reason | None:
    """Return why the normalization cannot be reapplied, in the words of the parameter file."""
    text = plan.feature.untested
    return None if text is None else Reason("file", {"text": text})


def _missing(plan: FeaturePlan, policy: Policy) -> Outcome:
    if plan.feature.role == "label":
        return Reason("label_not_logged")
    if policy.allow_missing:
        return Reason("not_logged_allowed")
    return Measurement(1.0, 1.0, reason=Reason("not_logged"))


def _of_side(plan: FeaturePlan, found: FeatureProfile, deff: float) -> dict[str, Outcome]:
    """Test the raw side of a feature, or the served one where no raw values are logged."""
    side, counts = (plan.raw, found.raw) if plan.raw else (plan.served, found.served)
    served = plan.raw is None
    tests: dict[str, Outcome] = {}
    if isinstance(side, NumericSide) and isinstance(counts, NumericCounts):
        steps = plan.feature.steps
        tests = numeric_tests(NumericSample(counts, side.reference, steps, served, deff))
    if isinstance(side, CategoricalSide) and isinstance(counts, CategoricalCounts):
        tests = categorical_tests(CategoricalSample(counts, side.levels, side.reference, deff))
    return tests if served else _with_served_type(tests, found)


def _with_served_type(tests: dict[str, Outcome], found: FeatureProfile) -> dict[str, Outcome]:
    """Count values of another type on either side, whichever has more."""
    mistyped = tests.get(TYPE.code)
    if found.served is None or not isinstance(mistyped, Measurement):
        return tests
    share = found.served.mistyped / max(found.served.rows, 1)
    if share <= (mistyped.statistic or 0):
        return tests
    return {**tests, TYPE.code: replace(mistyped, statistic=share, effect=share)}


def _parity(parity: ParityCounts) -> Outcome:
    if not parity.rows:
        return Reason("no_pair")
    share = parity.mismatched / parity.rows
    return Measurement(share, share)


def audited(
    plan: FeaturePlan, found: FeatureProfile, rows: int, tests: tuple[JudgedTest, ...],
    diagnosed: Diagnosed,
) -> FeatureAudit:  # fmt: skip
    """Return the audit of a feature whose tests are judged and whose causes are known."""
    known = plan.feature.reference.rows if plan.feature.reference else 0
    tests = tuple(_weighed(_reasoned(test, known), diagnosed, plan) for test in tests)
    side, counts = (plan.raw, found.raw) if plan.raw else (plan.served, found.served)
    bars, curves = drawn(side, counts)
    mode: Mode = plan.mode
    return FeatureAudit(
        name=plan.feature.name,
        type=plan.feature.type,
        mode=mode,
        verdict=of_feature(tests),
        rows=counts.rows if counts else rows,
        nulls=counts.nulls if counts else 0,
        tests=tests,
        causes=diagnosed.causes,
        unexplained=diagnosed.unexplained,
        remainder=diagnosed.remainder,
        parity=None if found.parity is None else _compared(found.parity),
        bars=bars,
        curves=curves,
    )


def _reasoned(test: JudgedTest, reference: int) -> JudgedTest:
    """Add why a test is inconclusive; `reference` are the rows that training had."""
    if test.verdict is not Verdict.INCONCLUSIVE:
        return test
    if math.isinf(test.needed or 0.0):
        return replace(test, reason=Reason("reference_too_small", {"reference": reference}))
    return replace(test, reason=Reason("too_few_rows"))


def _weighed(test: JudgedTest, diagnosed: Diagnosed, plan: FeaturePlan) -> JudgedTest:
    """Let causes weigh on a proof: harmless differences warn, recomputed parameters are skew.

    So does what is no proof for a reason that the test tells.
    """
    harmless = diagnosed.negligible or test.reason is not None
    if test.spec.kind is Kind.PROOF and test.verdict is Verdict.SKEW and harmless:
        return replace(test, verdict=Verdict.WARN)
    # Where the raw values are logged parity says so, and their mean is the world's.
    again = plan.raw is None and any(
        CAUSES[cause.code].fitted_to_serving for cause in diagnosed.causes
    )
    hidden = again and test.spec.hidden_by_recomputing
    if hidden and test.verdict is not Verdict.UNTESTED:
        return replace(test, verdict=Verdict.SKEW)
    return test


def _compared(parity: ParityCounts) -> Parity:
    first = parity.example
    example = None
    if first is not None:
        example = Example(first.file, first.row, first.raw, first.expected, first.served)
    return Parity(
        parity.rows, parity.mismatched, parity.max_error if parity.mismatched else None, example
    )
