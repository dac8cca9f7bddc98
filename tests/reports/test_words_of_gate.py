"""What was not tested, and what holds an audit, stands in every report."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample import AUDIT

from skewcheck.reports import FORMATS
from skewcheck.reports.summary import headline
from skewcheck.reports.words.gate import hold_text, not_tested
from skewcheck.results.gate import Hold, NotTested, UnaskedServed
from skewcheck.results.tests import Reason
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import PLAIN, Options

ASKED = " --served none says that there are none"
OF_MOST = UnaskedServed(("a", "b"), ("a_norm", "b_norm"), "{feature}_norm", of_most=True)
RAW = (NotTested("raw_only"), NotTested("dependence"))


@pytest.mark.parametrize(
    ("served", "option"),
    [
        (OF_MOST, "a_norm, b_norm look{} --served '{{feature}}_norm' tests them,"),
        (
            replace(OF_MOST, of_most=False),
            'a_norm, b_norm look{} [features."a"] served = "{{feature}}_norm" and so on test them,',
        ),
        (
            UnaskedServed(("a",), ("v[0]",)),
            'v[0] looks{} [features."a"] served = "v[0]" tests it,',
        ),
        (
            UnaskedServed(("a",), ("o1", "o2")),
            "o1, o2 look{} --served with a template that gives their names tests them,",
        ),
    ],
)
def test_the_option_that_would_test_a_column(served: UnaskedServed, option: str) -> None:
    sentence = option.format(" like served values, which were not tested:")
    assert hold_text(Hold("served_unasked", served.features, served=served)) == sentence + ASKED


def test_features_that_were_not_compared() -> None:
    reason = Reason("no_pair")
    assert hold_text(Hold("untested", ("a",), reason)) == (
        "not compared with training: a: no row has both the raw and the served value;"
        ' [features."a"] untested = "pass" lets it pass'
    )
    assert hold_text(Hold("untested", ("a", "b", "c", "d"), reason)).startswith(
        "not compared with training: a, b, c and 1 more: "
    )


def test_what_no_test_looked_at_is_one_line() -> None:
    assert not_tested(replace(AUDIT, not_tested=RAW)) == (
        "raw values only: whether serving normalizes as training did was not tested;"
        " dependence between features was not tested"
    )
    some = (NotTested("raw_only", ("a", "b", "c", "d")), NotTested("served_only", ("e",)))
    assert not_tested(replace(AUDIT, not_tested=some)) == (
        "raw values only of a, b, c and 1 more: whether serving normalizes as training did was"
        " not tested; served values only of e: whether each is the training normalization of its"
        " raw value was not tested"
    )
    assert not_tested(replace(AUDIT, not_tested=())) == ""


def test_the_headline_says_why() -> None:
    holds = (
        Hold("served_unasked", ("a", "b"), served=OF_MOST),
        Hold("untested", ("c",), Reason("no_value")),
    )
    held = replace(AUDIT, verdict=Verdict.INCONCLUSIVE, exit_code=3, holds=holds, features=())
    assert headline(held) == (
        "INCONCLUSIVE: no skew found, but columns that look like served values were not tested,"
        " and 1 feature was not compared with training (exit code 3)"
    )


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("quiet", [False, True])
def test_in_every_report(name: str, quiet: bool) -> None:
    audit = replace(AUDIT, not_tested=RAW, holds=(Hold("served_unasked", ("a",), served=OF_MOST),))
    text = FORMATS[name](audit, Options(width=10_000, quiet=quiet) if quiet else PLAIN)
    flat = " ".join(text.replace("&#95;", "_").replace("&#39;", "'").split())
    if name == "prometheus":
        assert 'what="raw_only"} 1.0' in flat
        assert 'skewcheck_holds{model="fares"} 1.0' in flat
        return
    assert "raw values only: whether serving normalizes as training did was not tested" in flat
    assert "dependence between features was not tested" in flat
    assert "a_norm, b_norm look like served values" in flat
