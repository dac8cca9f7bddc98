"""From effects and p-values to verdicts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skewcheck.catalogue.tests import thresholds
from skewcheck.results.policy import Policy, Waiver
from skewcheck.results.tests import JudgedTest, Measurement, Outcome, Reason, Subject, of_feature
from skewcheck.results.verdicts import Verdict, worst
from skewcheck.statistics.corrections import holm
from skewcheck.verdict.decisions import judge_tests

TODAY = "2026-11-20"
UNKNOWN = Reason("no_distribution")
GONE = JudgedTest("ks", Verdict.UNTESTED, reason=UNKNOWN)
P = 1e-9


def verdict(name: str, outcome: Outcome, policy: Policy | None = None) -> Verdict:
    """Judge a test that stands alone."""
    return together({"fare": {name: outcome}}, policy or Policy(), TODAY)["fare"][0].verdict


def together(
    tests: dict[str, dict[str, Outcome]], policy: Policy, today: str
) -> dict[str, tuple[JudgedTest, ...]]:
    """Judge tests of features in one whole log."""
    found = judge_tests({Subject(name): some for name, some in tests.items()}, policy, today)
    return {subject.feature: some for subject, some in found.items()}


def test_holm_by_hand() -> None:
    # Four p-values times 4, 3, 2, 1 in ascending order, never below the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_rejects_as_the_step_down_procedure_says(p_values: list[float]) -> None:
    # Holm 1979, section 3: go on as long as the k-th smallest is at most alpha / (n - k + 1).
    alpha, rejected = 0.05, set()
    for k, i in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[i] * (len(p_values) - k) > alpha:
            break
        rejected.add(i)
    assert {i for i, p in enumerate(holm(p_values)) if p <= alpha} == rejected


def test_holm_keeps_its_promise_over_whole_audits() -> None:
    rng = np.random.default_rng(1)
    alarms = [min(holm(rng.random(20).tolist())) <= 0.05 for _ in range(2000)]
    assert 0.03 < np.mean(alarms) < 0.065


@pytest.mark.parametrize(
    ("name", "effect", "expected"),
    [
        ("ks", 0.1, "skew"), ("ks", 0.0999, "warn"), ("ks", 0.05, "warn"), ("ks", 0.0499, "ok"),
        ("mannwhitney", 0.07, "skew"), ("mannwhitney", 0.034, "ok"), ("psi", 0.2, "skew"),
        ("psi", 0.1, "warn"), ("linf", 0.1, "skew"),
        # Shares: 1 percentage point warns, 5 are skew.
        ("nulls", 0.05, "skew"), ("nulls", 0.01, "warn"), ("nulls", 0.0099, "ok"),
        ("unseen", 0.02, "warn"), ("range", 0.06, "skew"), ("nonfinite", 0.05, "skew"),
    ],
)  # fmt: skip
def test_an_effect_must_be_large_and_significant(name: str, effect: float, expected: str) -> None:
    assert verdict(name, Measurement(effect=effect, p_value=P)) == expected
    assert verdict(name, Measurement(effect=effect, p_value=0.02)) == "ok"


@pytest.mark.parametrize("name", ["parity", "grid"])
def test_proofs_need_neither(name: str) -> None:
    assert verdict(name, Measurement(effect=0.001)) == "skew"
    assert verdict(name, Measurement(effect=1e-7)) == "warn"
    assert verdict(name, Measurement(effect=0.0)) == "ok"


@pytest.mark.parametrize("name", ["missing", "type", "constant"])
def test_facts_are_skew(name: str) -> None:
    assert verdict(name, Measurement(effect=1e-6)) == "skew"
    assert verdict(name, Measurement(effect=0.0)) == "ok"


def test_what_is_only_reported_gates_once_a_threshold_is_set() -> None:
    tests = {"ks": Measurement(effect=0.3, p_value=P), "wasserstein": Measurement(effect=0.5)}
    assert together({"fare": tests}, Policy(), TODAY)["fare"][1].verdict == "ok"
    policy = Policy(thresholds={**thresholds(), "wasserstein": 0.4})
    assert together({"fare": tests}, policy, TODAY)["fare"][1].verdict == "skew"
    # It has no p-value of its own: where nothing moved significantly, it is no skew.
    still = {"ks": Measurement(effect=0.05, p_value=0.4), "wasserstein": Measurement(effect=0.5)}
    assert together({"fare": still}, policy, TODAY)["fare"][1].verdict == "ok"


def test_thresholds_per_feature_win_and_the_first_pattern_holds() -> None:
    policy = Policy(feature_thresholds={"fare*": {"ks": 0.5}, "fare_total": {"ks": 0.01}})
    assert policy.threshold("fare_total", "ks") == 0.5
    assert policy.threshold("age", "ks") == 0.1
    assert policy.threshold("fare", "psi") == 0.2
    assert policy.threshold("fare", "wasserstein") is None
    assert verdict("ks", Measurement(effect=0.3, p_value=P), policy) == "warn"


def test_correction_is_over_the_whole_audit_and_psi_shares_chi2s_p_value() -> None:
    p = 0.004
    alone = together({"a": {"ks": Measurement(effect=0.3, p_value=p)}}, Policy(), TODAY)
    assert alone["a"][0].verdict == "skew"
    two = {n: {"ks": Measurement(effect=0.3, p_value=p)} for n in ("a", "b", "c")}
    assert together(two, Policy(), TODAY)["a"][0].p_adjusted == pytest.approx(0.012)
    assert together(two, Policy(), TODAY)["a"][0].verdict == "ok"
    same = {"psi": Measurement(effect=0.3, p_value=p), "linf": Measurement(effect=0.3, p_value=p)}
    assert together({"a": same}, Policy(), TODAY)["a"][0].p_adjusted == pytest.approx(p)
    # What is only reported costs the others nothing.
    reported = {"ks": Measurement(effect=0.3, p_value=p), "chi2": Measurement(p_value=0.5)}
    assert together({"a": reported}, Policy(thresholds={"ks": 0.1}), TODAY)["a"][0].p_adjusted == p


def test_a_p_value_chosen_among_many_is_corrected_for_them() -> None:
    tests = {Subject(n): {"ks": Measurement(effect=0.3, p_value=0.001)} for n in ("a", "b")}
    found = judge_tests(tests, Policy(), TODAY, multiplicity=4)
    assert found[Subject("a")][0].p_adjusted == pytest.approx(0.008)
    assert judge_tests(tests, Policy(), TODAY, multiplicity=600)[Subject("a")][0].p_adjusted == 1


def test_untested_stays_untested() -> None:
    assert verdict("ks", UNKNOWN) == "untested"
    # That a column holds numbers is no test of what they are; that it holds none is a finding.
    assert of_feature([GONE, JudgedTest("type", effect=0.0)]) == "untested"
    wrong = JudgedTest("type", Verdict.SKEW, effect=0.1)
    assert of_feature([GONE, wrong]) == "skew"
    assert of_feature([GONE]) == "untested"


def test_the_worst_verdict_counts() -> None:
    order = [Verdict.SKEW, Verdict.INCONCLUSIVE, Verdict.WARN, Verdict.OK, Verdict.UNTESTED]
    for i, first in enumerate(order):
        assert worst(order[i:][::-1]) is first
    assert worst([]) is Verdict.UNTESTED


@pytest.mark.parametrize(
    ("fail_on", "codes"),
    [("skew", (1, 3, 0, 0)), ("warn", (1, 3, 1, 0)), ("never", (0, 0, 0, 0))],
)
def test_exit_codes(fail_on: str, codes: tuple[int, ...]) -> None:
    verdicts = (Verdict.SKEW, Verdict.INCONCLUSIVE, Verdict.WARN, Verdict.OK)
    assert tuple(Policy(fail_on=fail_on).exit_code(v) for v in verdicts) == codes


def test_a_waiver_holds_until_its_day_is_over() -> None:
    policy = Policy(waivers=(Waiver("ks", "fare*", "2026-11-20"),))
    found = together({"fare_total": {"ks": Measurement(effect=0.3, p_value=P)}}, policy, TODAY)
    assert found["fare_total"][0].verdict == "skew"
    assert found["fare_total"][0].waived == "2026-11-20"
    assert of_feature(found["fare_total"]) == "ok"
    moved = {"fare_total": {"ks": Measurement(effect=0.3, p_value=P)}}
    late = together(moved, policy, "2026-11-21")
    assert of_feature(late["fare_total"]) == "skew"
    other = together({"fare": {"psi": Measurement(effect=0.3, p_value=P)}}, policy, TODAY)
    assert of_feature(other["fare"]) == "skew"
