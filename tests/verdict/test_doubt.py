"""Too few rows are no `ok`; corrections by name; what the family of p-values is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

import skewcheck
from skewcheck.reports.words.features import message
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest, Measurement, Outcome, Reason, Subject, of_feature
from skewcheck.results.verdicts import Verdict
from skewcheck.statistics import power
from skewcheck.statistics.corrections import holm
from skewcheck.text.errors import UsageError
from skewcheck.verdict.decisions import judge_tests

TODAY = "2026-11-20"
X = Subject("x")


def ks(d: float, p: float, rows: float, m: float = 20_000) -> Measurement:
    return Measurement(d, d, p_value=p, rows=rows, power=power.KsPower(m))


def one(test: Outcome, policy: Policy | None = None) -> JudgedTest:
    return judge_tests({X: {"ks": test}}, policy or Policy(), TODAY)[X][0]


def test_few_rows_are_inconclusive_and_say_how_many_it_takes() -> None:
    found = one(ks(0.05, 0.9, 120))
    assert (found.verdict, of_feature([found])) == ("inconclusive", "inconclusive")
    assert found.needed is not None
    assert one(ks(0.05, 0.9, found.needed)).verdict == "ok"
    assert one(ks(0.05, 0.9, 120, m=90)).needed == float("inf")
    # More tests, more rows: alpha is for all of them together.
    many = {Subject(f"f{i}"): {"ks": ks(0.05, 0.9, found.needed)} for i in range(40)}
    assert judge_tests(many, Policy(), TODAY)[Subject("f7")][0].verdict == "inconclusive"


def test_what_is_skew_or_has_no_effect_to_look_for_is_not_inconclusive() -> None:
    assert one(ks(0.6, 1e-9, 120)).verdict == "skew"
    assert one(ks(0.05, 0.9, 120), Policy(thresholds={"ks": 0.0})).verdict == "ok"
    assert one(ks(0.05, 0.9, 120), Policy(thresholds={})).verdict == "ok"
    assert one(Reason("no_distribution")).verdict == "untested"
    # A warning of too few rows might be skew.
    assert one(ks(0.08, 1e-9, 120)).verdict == "inconclusive"
    # One test that alarms outweighs another's doubt.
    outcomes = {"ks": ks(0.05, 0.9, 120), "nulls": Measurement(effect=0.3, p_value=1e-9)}
    tests = judge_tests({X: outcomes}, Policy(), TODAY)[X]
    assert of_feature(tests) == "skew"


@pytest.mark.parametrize(("given", "code"), [(None, 3), ("pass", 0), ("fail", 1)])
def test_the_exit_code_of_doubt(given: str | None, code: int) -> None:
    policy = Policy(inconclusive=given)
    assert policy.exit_code(Verdict.OK, Verdict.INCONCLUSIVE) == code
    assert policy.exit_code(Verdict.SKEW, Verdict.INCONCLUSIVE) == 1
    # Doubt that passes hides no warning that fails.
    warned = replace(policy, fail_on="warn").exit_code(Verdict.WARN, Verdict.INCONCLUSIVE)
    assert warned == (code or 1)


def test_corrections() -> None:
    p = [0.001, 0.02, 0.03, 0.004, 0.9]
    tests = {Subject(str(i)): {"ks": Measurement(effect=0.3, p_value=x)} for i, x in enumerate(p)}
    by = {
        name: [t[0].p_adjusted for t in judge_tests(tests, Policy(correction=name), TODAY).values()]
        for name in ("holm", "bh")
    }
    assert by["holm"] == pytest.approx(holm(p))
    # scipy.stats.false_discovery_control(p)
    assert by["bh"] == pytest.approx(list(scipy_stats.false_discovery_control(p)))
    assert judge_tests({}, Policy(correction="bh"), TODAY) == {}


def test_options() -> None:
    frame = pd.DataFrame({"x": np.random.default_rng(1).normal(size=500)})
    known = skewcheck.fit(frame)
    few = frame[:100]
    assert skewcheck.audit(known, few).exit_code == 3
    assert skewcheck.audit(known, few, inconclusive="pass").exit_code == 0
    assert skewcheck.audit(known, few, correction="bh").policy.correction == "bh"
    with pytest.raises(UsageError, match=r"audit\(inconclusive=...\): must be one of pass, fail"):
        skewcheck.audit(known, few, inconclusive="passed")
    with pytest.raises(UsageError, match=r"audit\(correction=...\): must be one of holm, bh"):
        skewcheck.audit(known, few, correction="bonferroni")


def test_the_family_of_a_feature_and_what_is_said_of_few_rows() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.normal(size=5000), "k": rng.choice(list("abc"), 5000)})
    audit = skewcheck.audit(skewcheck.fit(frame), frame[:150])
    tests = {f.name: {t.name: t for t in f.tests} for f in audit.features}
    corrected = {
        n: {t for t in some if some[t].p_adjusted is not None} for n, some in tests.items()
    }
    # One KS, one Mann-Whitney, one chi-square beside the shares; mean and std have no p-value.
    assert corrected["x"] == {"ks", "mannwhitney", "psi", "nulls", "nonfinite", "range"}
    assert corrected["k"] == {"psi", "linf", "chi2", "nulls", "unseen"}
    assert all(tests["x"][name].p_value is None for name in ("mean", "std", "wasserstein", "js"))
    assert audit.verdict == "inconclusive"
    told = message(audit.features[0])
    assert told.startswith("too little data: 150 usable rows; ")
    assert told.endswith("needed to see KS D 0.1")
    assert tests["x"]["ks"].interval is not None
    low, high = tests["x"]["ks"].interval
    assert low <= (tests["x"]["ks"].statistic or 0) <= high


def test_nulls_are_no_rows_of_the_distribution() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"x": np.where(rng.random(20_000) < 0.5, np.nan, rng.normal(size=20_000))})
    audit = skewcheck.audit(skewcheck.fit(frame), frame[:1000])
    tests = {t.name: t for t in audit.features[0].tests}
    assert tests["ks"].rows == frame.x[:1000].notna().sum()
    assert tests["nulls"].rows == 1000
    # One more null in twenty is harder to see where every second value is one.
    assert (tests["ks"].verdict, tests["nulls"].verdict) == ("inconclusive", "inconclusive")
    # By normal theory, at alpha over the tests with a p-value.
    n, quantile = tests["nulls"].needed or 0.0, scipy_stats.norm.isf
    gating = sum(t.p_adjusted is not None for t in tests.values())
    least = quantile(0.01 / gating) * np.sqrt(0.25 * (1 / 20_000 + 1 / n))
    assert least + quantile(0.2) * np.sqrt(0.25 / n) == pytest.approx(0.05, rel=0.04)


def test_levels_that_no_log_can_show() -> None:
    rng = np.random.default_rng(4)
    train = pd.DataFrame({"k": np.char.add("z", rng.integers(0, 400, 800).astype(str))})
    known = skewcheck.fit(train, categorical=["k"])
    audit = skewcheck.audit(known, train[:300])
    assert audit.verdict == "inconclusive"
    assert "the reference's 800 rows are too few for any log" in message(audit.features[0])
