"""Sentences: plain, honest, and without a value of a row."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from skewcheck.reports.words.features import message
from skewcheck.results.audit import FeatureAudit
from skewcheck.results.causes import Cause, Place
from skewcheck.results.tests import JudgedTest, Reason, of_feature
from skewcheck.results.verdicts import Verdict

VALUE = "4111-1111"


def sentence(tests: Sequence[JudgedTest], *causes: Cause) -> str:
    """Return the sentence of a feature with these tests and causes."""
    verdict = of_feature(tests)
    return message(FeatureAudit("x", "numeric", "raw", verdict, 9, 0, tuple(tests), causes))


FOUND = [
    JudgedTest(name, Verdict.SKEW, statistic=0.3, effect=0.3, expected=0.1, value=VALUE)
    for name in (
        "missing", "type", "parity", "grid", "constant", "nulls", "nonfinite", "unseen", "range",
        "ks", "mannwhitney", "psi", "linf", "mean", "std", "js", "kl", "wasserstein", "chi2",
    )
]  # fmt: skip


@pytest.mark.parametrize("test", FOUND, ids=lambda test: test.name)
def test_no_sentence_tells_a_value(test: JudgedTest) -> None:
    text = sentence([test])
    assert VALUE not in text
    assert "\n" not in text
    assert text != "no skew found"


def test_every_finding_is_in_the_sentence_facts_first() -> None:
    text = sentence(FOUND)
    assert text.index("another type") < text.index("nulls") < text.index("KS D")
    assert "30 % nulls, where training had 10 %" in text


def test_how_a_distribution_moved() -> None:
    ks = JudgedTest("ks", Verdict.SKEW, statistic=0.19)
    mean = JudgedTest("mean", statistic=0.41)
    std = JudgedTest("std", statistic=1.02)
    assert sentence([ks, mean, std]) == (
        "mean moved by +0.41 training standard deviations (KS D = 0.19)"
    )
    wide = JudgedTest("std", statistic=2.0)
    assert "spread is 2.00 times" in sentence([ks, JudgedTest("mean", statistic=0.0), wide])
    flat = [ks, JudgedTest("mean", statistic=0.0), std]
    assert "shape" in sentence(flat)


def test_nothing_found_and_nothing_tested() -> None:
    assert sentence([JudgedTest("ks", statistic=0.01)]) == "no skew found"
    why = Reason("no_value")
    reasons = [JudgedTest(name, Verdict.UNTESTED, reason=why) for name in ("ks", "psi")]
    assert sentence(reasons) == "not tested: no value in the log"


def test_figures_are_never_rounded_to_their_bound() -> None:
    text = sentence([JudgedTest("ks", Verdict.SKEW, statistic=0.9996)])
    assert "KS D = 1)" not in text


def test_rows_that_nothing_explains_say_so() -> None:
    parity = JudgedTest("parity", Verdict.SKEW, statistic=0.0694)
    told = (
        "6.94 % of the rows were not served as the training normalization of their raw value;"
        " no known mechanism explains them"
    )
    assert sentence([parity]) == told
    drift = Cause("drift", 1.0, 0.9)
    assert sentence([parity], drift) == told
    known = Cause("not_normalized", 0.0694, 0.99)
    assert sentence([parity], known) == "6.94 % of the rows were served without normalization"


def test_a_sentence_begins_with_what_is_likelier_than_drift() -> None:
    moved = [JudgedTest("ks", Verdict.SKEW, statistic=0.3), JudgedTest("mean", statistic=0.4)]
    place = Place("host", values=("a",))
    names = {"unit": "seconds", "training": "minutes"}
    seconds = Cause("unit_change", 0.3, 0.6, place=place, details=names)
    radians = Cause("unit_change", 0.3, 0.3, place=place, details=names)
    drift = Cause("drift", 0.3, 0.5)
    told = sentence(moved, seconds, radians, drift)
    assert told.startswith(
        "30 % of the rows (all rows of host = a, and no others) were served"
        " from raw values in another unit: seconds for minutes; mean moved"
    )
    assert sentence(moved, drift, radians).startswith("mean moved")


def test_causes_of_different_rows_are_all_told() -> None:
    found = (Cause("not_normalized", 0.1, 0.99), Cause("normalized_twice", 0.1, 0.99))
    parity = JudgedTest("parity", Verdict.SKEW, statistic=0.2, effect=0.2)
    assert sentence([parity], *found) == (
        "10 % of the rows were served without normalization;"
        " 10 % of the rows were served normalized twice"
    )


def test_nulls_in_all_rows_are_no_value_in_any() -> None:
    test = JudgedTest("nulls", Verdict.SKEW, statistic=1.0, expected=0.25)
    assert sentence([test]) == "no value in any row, where training had 25 % nulls"
