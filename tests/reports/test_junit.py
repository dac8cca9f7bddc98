"""Valid by the schema beside this file, and read back by junitparser."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import golden
import pytest
import xmlschema
from junitparser import Failure, JUnitXml, Skipped
from junitparser import TestCase as Case
from junitparser import TestSuite as Suite
from reports.sample import AUDIT, NASTY, TIP, many, nasty

from skewcheck.reports import FORMATS
from skewcheck.results.audit import Audit
from skewcheck.results.policy import Policy
from skewcheck.results.verdicts import Verdict


@cache
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(Path(__file__).parent / "junit.xsd")


def suite(audit: Audit) -> Suite:
    """Validate a report, and return its one suite as junitparser reads it."""
    text = FORMATS["junit"](audit)
    schema().validate(text)
    (found,) = JUnitXml.fromstring(text.encode())
    return found


def case(found: Suite, feature: str, test: str) -> Case:
    (one,) = (c for c in found if (c.classname, c.name) == (feature, test))
    return one


def output(found: Suite) -> str:
    return next(found._elem.iter("system-out")).text or ""


def test_golden(audit: Audit) -> None:
    golden.assert_same("junit.xml", FORMATS["junit"](audit))


def test_one_case_per_feature_and_test(audit: Audit) -> None:
    found = suite(audit)
    cases = list(found)
    assert len(cases) == found.tests == sum(len(f.tests) for f in audit.features)
    assert [c.name for c in cases if c.classname == "fare"] == [
        "ks", "psi", "mannwhitney", "mean", "std", "nulls", "parity",
    ]  # fmt: skip
    outcomes = [c.result[0] for c in cases if c.result]
    assert sum(isinstance(r, Failure) for r in outcomes) == found.failures == 6
    assert sum(isinstance(r, Skipped) for r in outcomes) == found.skipped == 3
    assert found.errors == 0


def test_a_failure_tells_what_and_why(audit: Audit) -> None:
    (failure,) = case(suite(audit), "fare", "ks").result
    assert isinstance(failure, Failure)
    assert failure.type == "skew"
    assert failure.message == (
        "KS D 0.41 (p < 1e-300): fare: 6.94 % of the rows (all rows of host = web-7,"
        " and no others) were served with the parameters of"
        " params-2026-09.json; mean moved by +0.41 training standard deviations "
        "(KS D = 0.41, PSI = 0.62)"
    )
    assert "cause: stale_parameters (99 % sure)" in failure.text
    assert "13,877 of 200,000 rows (6.94 %) differ" in failure.text


def test_what_is_not_tested_or_waived_is_skipped(audit: Audit) -> None:
    found = suite(audit)
    (reason,) = case(found, "zone", "chi2").result
    assert (type(reason), reason.message) == (Skipped, "no level is left after pooling")
    (waived,) = case(found, "tip", "ks").result
    assert isinstance(waived, Skipped)
    assert waived.message.startswith("waived until 2026-12-31: KS D 0.12")


@pytest.mark.parametrize(
    ("policy", "doubt", "warning"),
    [
        (Policy(), Failure, None),
        (Policy(inconclusive="pass"), Skipped, None),
        (Policy(fail_on="warn"), Failure, Failure),
        (Policy(fail_on="never"), Skipped, None),
    ],
)
def test_what_makes_the_exit_code_fails(
    audit: Audit, policy: Policy, doubt: type, warning: type | None
) -> None:
    found = suite(replace(audit, policy=policy))
    assert [type(r) for r in case(found, "surge", "ks").result] == [doubt]
    warned = case(found, "payment_type", "linf").result
    assert [type(r) for r in warned] == ([warning] if warning else [])
    assert "payment_type: 1.23 % of the rows have levels that training" in output(found)
    (skewed,) = case(found, "fare", "parity").result
    assert isinstance(skewed, Failure)


def test_a_feature_without_tests_is_seen(audit: Audit) -> None:
    bare = replace(TIP, tests=(), verdict=Verdict.UNTESTED)
    (skipped,) = case(suite(replace(audit, features=(bare,))), "tip", "feature").result
    assert (type(skipped), skipped.message) == (Skipped, "not tested: ")


def test_verdict_and_policy_are_properties(audit: Audit) -> None:
    found = {p.name: p.value for p in suite(audit).properties()}
    assert (found["verdict"], found["exit_code"], found["rows"]) == ("skew", "1", "200000")
    assert output(suite(audit)).startswith("SKEW: 3 of 9 features differ from training")


def test_data_breaks_no_xml() -> None:
    found = suite(nasty())
    assert len({c.classname for c in found}) == len(NASTY) + 1  # and the rows
    names = {c.classname for c in found}
    assert {"<script>alert(1)</script>", "]]>", "🚕 Größe", r"\ufffe"} <= names
    assert not any(len(name) > 220 for name in names)


def test_an_audit_in_memory_has_no_time() -> None:
    text = FORMATS["junit"](replace(AUDIT, run={}))
    assert "timestamp" not in text
    assert len(JUnitXml.fromstring(text.encode())) == 1


def test_large(audit: Audit) -> None:
    assert suite(many(200)).failures == 50 * 4
