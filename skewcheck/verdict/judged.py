"""From effects and p-values to verdicts: correction for multiple testing, thresholds, doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from skewcheck.catalogue.spec import Kind
from skewcheck.catalogue.tests import TESTS
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest, Measurement, Outcomes, Reason, Subject
from skewcheck.results.verdicts import Verdict
from skewcheck.statistics.corrections import CORRECTIONS
from skewcheck.statistics.power import TARGET_POWER, needed


def judged(
    outcomes: Mapping[Subject, Outcomes], policy: Policy, today: str, looks: int = 1
) -> dict[Subject, tuple[JudgedTest, ...]]:
    """Judge all tests of all features together: correct the p-values, then compare effects.

    Tests of one feature that share a p-value (`TestSpec.p_value_of`) count once. A threshold that
    a test brings along holds where the policy has none. `today` is the ISO date by which waivers
    are judged. A test that finds no skew, and would not have found an effect of its threshold
    significant at alpha divided by the number of p-values, is inconclusive. Each p-value was chosen
    among `looks` (Bonferroni); a family that may spend half of alpha has 2.
    """
    family: dict[tuple[Subject, str], float] = {
        (subject, p_value_source(code)): min(1.0, looks * outcome.p_value)
        for subject, tests in outcomes.items()
        for code, outcome in tests.items()
        if isinstance(outcome, Measurement)
        and outcome.p_value is not None
        and policy.threshold(subject.feature, code) is not None
    }
    corrected_p = CORRECTIONS[policy.correction](list(family.values()))
    adjusted = dict(zip(family, corrected_p, strict=True))
    alpha = policy.alpha / max(looks * len(family), 1)
    return {
        subject: _of_subject(subject, tests, policy, today, adjusted, alpha)
        for subject, tests in outcomes.items()
    }


def _of_subject(
    subject: Subject, outcomes: Outcomes, policy: Policy, today: str,
    adjusted: Mapping[tuple[Subject, str], float], alpha: float,
) -> tuple[JudgedTest, ...]:  # fmt: skip
    """Judge the tests of one subject; `alpha` is that of a single test."""
    p_values = {
        code: adjusted.get((subject, p_value_source(code)))
        for code, outcome in outcomes.items()
        if isinstance(outcome, Measurement) and outcome.p_value is not None
    }
    least = min((p for code, p in p_values.items() if p is not None and TESTS[code].moved),
                default=0.0)  # fmt: skip
    tests = []
    for code, outcome in outcomes.items():
        threshold = policy.threshold(subject.feature, code)
        waived = policy.waived(subject.feature, code, today)
        if isinstance(outcome, Reason):
            tests.append(JudgedTest(code, Verdict.UNTESTED, threshold=threshold, reason=outcome,
                                    waived=waived))  # fmt: skip
            continue
        test = JudgedTest(
            code, Verdict.OK, outcome.statistic, outcome.effect, outcome.expected,
            outcome.p_value, p_values.get(code),
            outcome.threshold if threshold is None else threshold,
            outcome.value, outcome.reason, waived, outcome.interval, outcome.rows, outcome.deff,
        )  # fmt: skip
        test = replace(test, verdict=_verdict(test, policy.alpha, least))
        tests.append(_doubted(test, outcome, alpha))
    return tuple(tests)


def p_value_source(code: str) -> str:
    """Return the code of the test that a test's p-value comes from: in most cases its own."""
    return TESTS[code].p_value_of or code


def _verdict(test: JudgedTest, alpha: float, least: float) -> Verdict:
    """Judge one test. One without a p-value of its own is as significant as its feature's best."""
    effect, spec = test.effect or 0.0, test.spec
    if spec.kind is Kind.FACT:
        return Verdict.SKEW if effect > 0 else Verdict.OK
    if test.threshold is None:
        return Verdict.OK
    if spec.kind is Kind.PROOF:
        if effect <= 0:
            return Verdict.OK
        return Verdict.SKEW if effect >= test.threshold else Verdict.WARN
    p = least if test.p_value is None else test.p_adjusted
    if p is None or p > alpha:
        return Verdict.OK
    if effect >= test.threshold and effect > 0:
        return Verdict.SKEW
    warns = test.threshold / spec.warns
    return Verdict.WARN if effect >= warns and effect > 0 else Verdict.OK


def _doubted(test: JudgedTest, measured: Measurement, alpha: float) -> JudgedTest:
    """Call a test inconclusive whose rows could not have shown what it looks for."""
    quiet = test.verdict in (Verdict.OK, Verdict.WARN)
    power = measured.power
    if not quiet or power is None or test.rows is None or not test.threshold:
        return test
    if power(test.rows, alpha, test.threshold) >= TARGET_POWER:
        return test
    rows = needed(power, test.rows, alpha, test.threshold, test.deff)
    return replace(test, verdict=Verdict.INCONCLUSIVE, needed=rows)
