"""One feature: the outcomes of its tests, and its audit once all tests are judged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.spec import Kind
from skewcheck.catalogue.tests import GRID, KEYS, MISSING, PARITY, TYPE
from skewcheck.counts.categorical import CategoricalCounts
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.feature_profile import Counts, FeatureProfile
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.sides import CategoricalSide, NumericSide
from skewcheck.counts.tried import MAX_HARM
from skewcheck.features.steps import encode, name_of
from skewcheck.features.transform import map_to_several, one_hot
from skewcheck.results.audit import FeatureAudit, Keys, Mode, Parity
from skewcheck.results.causes import Diagnosed
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest, Measurement, Outcome, Reason, of_feature
from skewcheck.results.verdicts import Verdict
from skewcheck.verdict.alike import are_alike
from skewcheck.verdict.categorical import CategoricalSample, categorical_tests
from skewcheck.verdict.charts import drawn
from skewcheck.verdict.numeric import NO_DISTRIBUTION, NumericSample, numeric_tests

if TYPE_CHECKING:
    from skewcheck.causes.grids import Grid
    from skewcheck.counts.parity import ParityCounts

MAX_UNRESOLVED = 0.01
"""Share of rows that agree by coarse rounding alone beyond which parity says nothing."""
MIN_COMPARED = 0.05
"""Share of the rows with a raw value that must be compared: fewer say nothing of the others."""
_UNSEEN = "\x00"
"""A level that no training data have."""


def measure_feature(
    plan: FeaturePlan, profile: FeatureProfile, grid: Grid | None, policy: Policy,
    design_effect: float,
) -> dict[str, Outcome]:  # fmt: skip
    """Measure one feature by all its tests, in the order of reports.

    Distributions are those of the raw side where it is logged, and else of the served one;
    parity compares both. A test that cannot be done has the reason as its outcome.
    """
    outcomes = _outcomes(plan, profile, grid, policy, design_effect)
    return {
        code: replace(outcome, deff=design_effect)
        if isinstance(outcome, Measurement) and outcome.deff != design_effect
        else outcome
        for code, outcome in outcomes.items()
    }


def _outcomes(
    plan: FeaturePlan, profile: FeatureProfile, grid: Grid | None, policy: Policy,
    design_effect: float,
) -> dict[str, Outcome]:  # fmt: skip
    untestable = _untestable(plan)
    if untestable is not None and plan.raw is None:
        return {PARITY.code: untestable}
    missing_levels = _missing_levels(plan, profile, policy)
    if plan.raw is None and plan.served is None:
        return {MISSING.code: missing_levels or _missing(plan, policy)}
    if plan.feature.role == "label":
        return {**type_test(profile), MISSING.code: Reason("label_no_input")}
    outcomes: dict[str, Outcome] = {}
    if missing_levels is not None:
        outcomes[MISSING.code] = missing_levels
    elif plan.missing_served and not policy.allow_missing:
        outcomes[MISSING.code] = Measurement(1.0, 1.0, reason=Reason("served_not_logged"))
    elif plan.lacking and not policy.allow_missing:
        reason = Reason("served_not_logged_in", {"files": plan.lacking})
        outcomes[MISSING.code] = Measurement(1.0, 1.0, reason=reason)
    if untestable is not None:
        outcomes[PARITY.code] = untestable
    elif plan.raw is not None and plan.served is not None:
        outcomes[PARITY.code] = _parity(profile.parity, plan)
    outcomes |= _of_side(plan, profile, design_effect)
    if (keys := profile.keys) is not None and keys.rows > keys.known:
        share = (keys.rows - keys.known) / keys.rows
        outcomes[KEYS.code] = Measurement(share, share)
    on_grid = _on_grid(plan, grid, profile.served)
    return outcomes if on_grid is None else {**outcomes, GRID.code: on_grid}


def type_test(label: FeatureProfile) -> dict[str, Outcome]:
    """Measure the share of mistyped labels; other tests are of the model's inputs alone."""
    counts = label.raw
    if counts is None:
        return {}
    share = counts.mistyped / max(counts.rows, 1)
    return {TYPE.code: Measurement(share, share)}


def _on_grid(plan: FeaturePlan, grid: Grid | None, served: Counts | None) -> Outcome | None:
    """Return the outcome of the grid test; None where it does not apply."""
    if plan.raw is not None:
        return None
    from skewcheck.causes.grid_test import grid_test

    return grid_test(plan, grid, served)


def _untestable(plan: FeaturePlan) -> Reason | None:
    """Return why the normalization cannot be reapplied, in the words of the parameter file."""
    text = plan.feature.untested
    return None if text is None else Reason("file", {"text": text})


def _missing(plan: FeaturePlan, policy: Policy) -> Outcome:
    """Return the outcome of a feature without any column."""
    if plan.feature.role == "label":
        return Reason("label_not_logged")
    if policy.allow_missing:
        return Reason("not_logged_allowed")
    if plan.feature.derived:  # training's own table would fail
        return Reason("derived_not_logged")
    return Measurement(
        1.0, 1.0, reason=Reason("no_element" if plan.absent_element else "not_logged")
    )


def _missing_levels(plan: FeaturePlan, profile: FeatureProfile, policy: Policy) -> Outcome | None:
    """Return the outcome of a feature that lacks the served columns of some levels; None of others.

    They are missed where a row may have needed them: one of these levels, or without raw values
    one with a 1 in no column.
    """
    if not plan.missing_levels:
        return None
    columns = {"columns": tuple(plan.missing_levels.values())}
    if policy.allow_missing:
        return Reason("columns_not_logged_allowed", columns)
    side, counts = (plan.raw, profile.raw) if plan.raw else (plan.served, profile.served)
    if isinstance(side, CategoricalSide) and isinstance(counts, CategoricalCounts):
        rows = [counts.nulls, *counts.counts, counts.unseen]
        if not np.array(rows)[_needs_missing(plan, side)].any():
            return Reason("columns_of_no_row", columns)
    return Measurement(1.0, 1.0, reason=Reason("columns_not_logged", columns))


def _needs_missing(plan: FeaturePlan, side: CategoricalSide) -> NDArray[np.bool_]:
    """Return whether a null, each level of a side, and an unseen one may need a missing column.

    Where they are those of a map all do: it has a number in each column.
    """
    if map_to_several(plan.all_steps) is not None:
        return np.ones(len(side.levels.names) + 2, bool)
    if plan.raw is None:
        nothing = {"-1", name_of([0.0] * len(side.columns))}
        return np.array([False, *(name in nothing for name in side.levels.names), False])
    step = one_hot(plan.all_steps)
    values = () if step is None else step.values
    missing = [i for i, level in enumerate(values) if level in plan.missing_levels]
    return np.isin(encode(plan.all_steps, [None, *side.levels.names, _UNSEEN]).values, missing)


def _of_side(
    plan: FeaturePlan, profile: FeatureProfile, design_effect: float
) -> dict[str, Outcome]:
    """Measure the raw side of a feature, or the served one where no raw values are logged."""
    sample = sample_of(plan, profile, design_effect)
    outcomes: dict[str, Outcome] = {}
    if isinstance(sample, NumericSample):
        outcomes = numeric_tests(sample)
    elif sample is not None:
        outcomes = categorical_tests(sample)
    return outcomes if plan.raw is None else _with_served_type(outcomes, profile)


def sample_of(
    plan: FeaturePlan, profile: FeatureProfile, design_effect: float
) -> NumericSample | CategoricalSample | None:
    """Return what the tests of a distribution are computed from; None without a column."""
    side, counts = (plan.raw, profile.raw) if plan.raw else (plan.served, profile.served)
    if isinstance(side, NumericSide) and isinstance(counts, NumericCounts):
        # Behind a scope, steps say nothing of raw values.
        steps = plan.feature.steps if plan.scope is None else ()
        return NumericSample(
            counts, side.reference, steps, plan.raw is None, design_effect,
            fitted=plan.feature.fitted,
        )  # fmt: skip
    if isinstance(side, CategoricalSide) and isinstance(counts, CategoricalCounts):
        return CategoricalSample(counts, side.levels, side.reference, design_effect)
    return None


def _with_served_type(outcomes: dict[str, Outcome], profile: FeatureProfile) -> dict[str, Outcome]:
    """Return the outcomes with the larger share of mistyped values of both sides."""
    mistyped = outcomes.get(TYPE.code)
    if profile.served is None or not isinstance(mistyped, Measurement):
        return outcomes
    share = profile.served.mistyped / max(profile.served.rows, 1)
    if share <= (mistyped.statistic or 0):
        return outcomes
    return {**outcomes, TYPE.code: replace(mistyped, statistic=share, effect=share)}


def _parity(parity: ParityCounts | None, plan: FeaturePlan) -> Outcome:
    """Return the share of pairs whose served value is not the normalized raw one."""
    if parity is None:
        return Reason("no_pair")
    few = parity.rows < MIN_COMPARED * (parity.rows + parity.left_out)
    if not parity.rows or (few and not parity.mismatched):
        running = plan.scope is not None and plan.scope.step.over == "running"
        if parity.left_out and max(parity.rivals.values(), default=0.0) > MAX_HARM:
            return Reason("rival_scopes", parity.of_rivals(MAX_HARM))
        lacking = "no_running" if running else "no_scope" if plan.scope else "unsaid_levels"
        return Reason(lacking if parity.left_out else "no_value")
    if parity.unresolved > max(MAX_UNRESOLVED * parity.rows, parity.mismatched):
        return Reason("rounding_hides_parity")
    share = parity.mismatched / parity.rows
    return Measurement(share, share)


def audit_feature(
    plan: FeaturePlan, profile: FeatureProfile, rows: int, judged_tests: Sequence[JudgedTest],
    diagnosed: Diagnosed,
) -> FeatureAudit:  # fmt: skip
    """Return the audit of a feature in the whole log of so many rows."""
    reference = plan.feature.reference
    reference_rows = reference.rows if reference else 0
    tests = tuple(
        _with_causes(_with_reason(test, reference_rows), diagnosed, plan) for test in judged_tests
    )
    side, counts = (plan.raw, profile.raw) if plan.raw else (plan.served, profile.served)
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
        alike=are_alike(
            counts,
            side.reference if side else None,
            side.levels.names if isinstance(side, CategoricalSide) else (),
        ),
        causes=diagnosed.causes,
        unexplained=diagnosed.unexplained,
        remainder=diagnosed.remainder,
        parity=_compared(plan, profile.parity),
        bars=bars,
        curves=curves,
        keys=None if (k := profile.keys) is None else Keys(plan.key, k.known, k.unknown, k.nulls),
    )


def _with_reason(test: JudgedTest, reference_rows: int) -> JudgedTest:
    """Return the test with the reason why it is inconclusive, if it is."""
    if test.verdict is not Verdict.INCONCLUSIVE:
        return test
    if math.isinf(test.needed or 0.0) and not reference_rows:
        return replace(test, reason=NO_DISTRIBUTION)
    if math.isinf(test.needed or 0.0):
        return replace(test, reason=Reason("reference_too_small", {"reference": reference_rows}))
    return replace(test, reason=Reason("too_few_rows"))


def _with_causes(test: JudgedTest, diagnosed: Diagnosed, plan: FeaturePlan) -> JudgedTest:
    """Return the test with the verdict that the causes make of it.

    A proof of differences too small to matter warns, and so does one with a reason for doubt. The
    mean of values served with parameters fitted to serving data is skew, though it fits training.
    """
    weak = diagnosed.negligible or test.reason is not None
    if test.spec.kind is Kind.PROOF and test.verdict is Verdict.SKEW and weak:
        return replace(test, verdict=Verdict.WARN)
    # Where raw values are logged as well, the mean is theirs, and parity shows the fault.
    refitted = plan.raw is None and diagnosed.fitted_to_serving
    hidden = refitted and test.spec.hidden_by_recomputing
    if hidden and test.verdict is not Verdict.UNTESTED:
        return replace(test, verdict=Verdict.SKEW)
    return test


def _compared(plan: FeaturePlan, parity: ParityCounts | None) -> Parity | None:
    if parity is None:
        return None
    from skewcheck.verdict.parity_result import parity_result  # many logs have no pairs

    return parity_result(plan, parity)
