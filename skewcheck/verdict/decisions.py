"""From effects and p-values to verdicts: multiple testing correction, thresholds, power."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from skewcheck.catalogue.spec import Kind, TestSpec
from skewcheck.catalogue.tests import TESTS
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest, Measurement, Outcomes, Reason, Subject
from skewcheck.results.verdicts import Verdict
from skewcheck.statistics.corrections import CORRECTIONS
from skewcheck.statistics.power import TARGET_POWER, needed


def judge_tests(
    outcomes: Mapping[Subject, Outcomes], policy: Policy, today: str, multiplicity: float = 1
) -> dict[Subject, tuple[JudgedTest, ...]]:
    """Judge all tests of a family together: correct the p-values, then compare the effects.

    Tests of one subject that share a p-value (`TestSpec.p_value_of`) count once; tests without a
    threshold in the policy are not corrected for. A threshold that a test brings along holds where
    the policy has none; where what training had is assumed, only one that the user set. `today` is
    the ISO date by which waivers are judged. A test that is not skew, and whose power at its
    threshold is below 0.8 at alpha over the number of p-values, is `inconclusive`. Each p-value is
    first multiplied by `multiplicity` (Bonferroni): the number of hypotheses that it was chosen
    among, times the number of families that share alpha.
    """
    family: dict[tuple[Subject, str], float] = {
        (subject, p_value_source(code)): min(1.0, multiplicity * outcome.p_value)
        for subject, tests in outcomes.items()
        for code, outcome in tests.items()
        if isinstance(outcome, Measurement)
        and outcome.p_value is not None
        and policy.threshold(subject.feature, code) is not None
    }
    adjusted_p = CORRECTIONS[policy.correction](list(family.values()))
    adjusted = dict(zip(family, adjusted_p, strict=True))
    alpha = policy.alpha / max(multiplicity * len(family), 1)
    return {
        subject: _judge_subject(subject, tests, policy, today, adjusted, alpha)
        for subject, tests in outcomes.items()
    }


def _judge_subject(
    subject: Subject, outcomes: Outcomes, policy: Policy, today: str,
    adjusted: Mapping[tuple[Subject, str], float], alpha: float,
) -> tuple[JudgedTest, ...]:  # fmt: skip
    """Judge the tests of one subject; `alpha` is the level of a single test after Bonferroni."""
    p_values = {
        code: adjusted.get((subject, p_value_source(code)))
        for code, outcome in outcomes.items()
        if isinstance(outcome, Measurement) and outcome.p_value is not None
    }
    least_p = min(
        (p for code, p in p_values.items() if p is not None and TESTS[code].moved), default=0.0
    )
    tests = []
    for code, outcome in outcomes.items():
        assumed = isinstance(outcome, Measurement) and outcome.assumed
        threshold = policy.threshold(subject.feature, code, chosen_only=assumed)
        waived = policy.waived(subject.feature, code, today)
        if isinstance(outcome, Reason):
            tests.append(JudgedTest(code, Verdict.UNTESTED, threshold=threshold, reason=outcome,
                                    waived=waived))  # fmt: skip
            continue
        threshold = outcome.threshold if threshold is None else threshold
        adjusted_p = least_p if outcome.p_value is None else p_values.get(code)
        verdict = _verdict(TESTS[code], outcome.effect or 0.0, threshold, adjusted_p, policy.alpha)
        test = JudgedTest(
            code, verdict, outcome.statistic, outcome.effect, outcome.expected,
            outcome.p_value, p_values.get(code), threshold,
            outcome.value, outcome.reason, waived, outcome.interval, outcome.rows, outcome.deff,
            outcome.partner,
        )  # fmt: skip
        tests.append(_with_power(test, outcome, alpha))
    return tuple(tests)


def p_value_source(code: str) -> str:
    """Return the code of the test that computes a test's p-value: in most cases its own."""
    return TESTS[code].p_value_of or code


def _verdict(
    spec: TestSpec, effect: float, threshold: float | None, p: float | None, alpha: float
) -> Verdict:
    """Return the verdict of a test by its effect and adjusted p-value `p`.

    A test without a p-value has the least of its subject's tests of a distribution. Facts and
    proofs need none.
    """
    if spec.kind is Kind.FACT:
        return Verdict.SKEW if effect > 0 else Verdict.OK
    if threshold is None:
        return Verdict.OK
    if spec.kind is Kind.PROOF:
        if effect <= 0:
            return Verdict.OK
        return Verdict.SKEW if effect >= threshold else Verdict.WARN
    if p is None or p > alpha:
        return Verdict.OK
    if effect >= threshold and effect > 0:
        return Verdict.SKEW
    warning_threshold = threshold / spec.warns
    return Verdict.WARN if effect >= warning_threshold and effect > 0 else Verdict.OK


def _with_power(test: JudgedTest, measurement: Measurement, alpha: float) -> JudgedTest:
    """Return the test, `inconclusive` with the rows it needs where its power is too low.

    Where training cannot support it, it is untested instead, unless it warns.
    """
    power = measurement.power
    if test.verdict is Verdict.SKEW or power is None or test.rows is None or not test.threshold:
        return test
    if power(test.rows, alpha, test.threshold) >= TARGET_POWER:
        return test
    rows = needed(power, test.rows, alpha, test.threshold, test.deff)
    reason = measurement.unsupported
    if reason is None:
        return replace(test, verdict=Verdict.INCONCLUSIVE, needed=rows)
    if test.verdict is Verdict.WARN:
        return test
    return replace(test, verdict=Verdict.UNTESTED, needed=rows, reason=reason)
