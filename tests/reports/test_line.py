"""Read back with shlex, whose double quotes are those of logfmt."""

import shlex
from dataclasses import replace

import golden
import pytest
from reports.sample import AUDIT, NASTY, clean, many, nasty

from skewcheck.reports import FORMATS
from skewcheck.results.audit import Audit
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import printable


def pairs(audit: Audit) -> dict[str, str]:
    text = FORMATS["line"](audit)
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert len(text.encode()) <= 2048
    found = [word.partition("=") for word in shlex.split(text)]
    assert len({key for key, _, _ in found}) == len(found)
    return {key: value for key, _, value in found}


def test_golden(audit: Audit) -> None:
    golden.assert_same("line.txt", FORMATS["line"](audit))


def test_verdict_worst_features_and_cause(audit: Audit) -> None:
    found = pairs(audit)
    assert list(found)[:3] == ["tool", "verdict", "exit_code"]
    assert (found["verdict"], found["exit_code"], found["skew"], found["ok"]) == (
        "skew", "1", "3", "3",
    )  # fmt: skip
    assert found["worst"].split(", ")[1:] == ["fare", "wait", "surge", "payment_type"]
    assert found["cause"] == "stale_parameters"
    assert found["message"].endswith(": no column [blink]of\\rthis name")
    assert (found["model"], found["parameters"]) == ("fares", "params.json")


def test_many_are_counted() -> None:
    assert pairs(many(200))["worst"].endswith(" and 95 more")


def test_all_is_well() -> None:
    audit = replace(
        AUDIT, features=(clean("a"),), verdict=Verdict.OK, exit_code=0, not_tested=(), run={},
        model={},
    )  # fmt: skip
    assert FORMATS["line"](audit) == (
        "tool=skewcheck verdict=ok exit_code=0 rows=200000 files=2 features=1 skew=0 "
        "inconclusive=0 warn=0 ok=1 untested=0 parameters=params.json\n"
    )


@pytest.mark.parametrize("name", NASTY)
def test_data_makes_no_keys(name: str) -> None:
    feature = next(f for f in nasty().features if f.name == name)
    found = pairs(replace(AUDIT, features=(feature,), model={"name": name}))
    assert found["worst"] == printable(name, 40)
    assert found.keys() <= pairs(AUDIT).keys()


@pytest.mark.parametrize("mark", ["\u0301", "\u0941", "\U0001f695", "\\", '"', "\x00"])
def test_never_longer_than_syslog_takes(mark: str) -> None:
    name = "ka" + mark * 500
    feature = replace(nasty().features[0], name=name)
    features = tuple(replace(feature, name=name + str(i)) for i in range(9))
    found = pairs(replace(AUDIT, features=features, parameters_path=name * 9, model={"name": name}))
    assert found["verdict"] == "skew"
