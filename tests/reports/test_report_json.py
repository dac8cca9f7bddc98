import json
from dataclasses import replace

import golden
import jsonschema
import numpy as np
import pytest
from reports.sample import AUDIT, clean

from skewcheck.reports import FORMATS, Options
from skewcheck.reports.json import render, schema
from skewcheck.reports.redact import without_values
from skewcheck.results.audit import Audit, Cause
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest
from skewcheck.results.verdicts import Verdict


def validated(audit: Audit) -> dict[str, object]:
    """Parse strictly and validate against the published schema."""

    def refuse(name: str) -> float:
        raise AssertionError(name)

    report: dict[str, object] = json.loads(render(audit), parse_constant=refuse)
    jsonschema.Draft202012Validator(
        schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(report)
    return report


def test_golden(audit: Audit) -> None:
    tool = '"tool": "'
    text = FORMATS["json"](audit)
    start = text.index(tool) + len(tool)
    golden.assert_same("report.json", text[:start] + "VERSION" + text[text.index('"', start) :])


def test_schema_is_itself_valid() -> None:
    assert jsonschema.validators.validator_for(schema()) is jsonschema.Draft202012Validator
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_sample_is_valid(audit: Audit) -> None:
    report = validated(audit)
    assert report["verdict"] == "skew"
    assert report["summary"] == {
        "features": 9, "ok": 3, "warn": 1, "skew": 3, "inconclusive": 1, "untested": 1,
    }  # fmt: skip


def test_without_values_is_valid_and_has_none(audit: Audit) -> None:
    redacted = without_values(audit)
    validated(redacted)
    for name in FORMATS:
        for options in (Options(), Options(verbose=True)):
            text = FORMATS[name](redacted, options).replace("AdaptiveCard", "")
            for value in ("Cash", "Krypto", "Card", "web-7", "0.31", "served inf", '"raw": 12'):
                assert value not in text, (name, value)
    assert "a.parquet" in FORMATS["terminal"](redacted)


def test_values_show_unless_asked_not_to(audit: Audit) -> None:
    text = render(audit)
    assert all(value in text for value in ("Krypto", "web-7", "0.31"))


def test_keys_without_a_value_are_left_out_but_not_tests_and_causes() -> None:
    feature = replace(clean("a"), tests=())
    bare = replace(
        AUDIT, features=(feature,), causes=(), notes=(), run={}, model={}, policy=Policy()
    )
    report = validated(bare)
    assert report["features"] == [
        {
            "name": "a", "type": "numeric", "mode": "paired", "verdict": "ok", "rows": 200_000,
            "nulls": 0, "tests": [], "causes": [], "message": "not tested: ",
        }
    ]  # fmt: skip
    assert report["causes"] == []
    assert not {"notes", "run"} & report.keys()
    assert "null" not in json.dumps(report).replace('"nulls"', "")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), np.float64("nan")])
def test_numbers_are_finite(value: float) -> None:
    test = JudgedTest("kl", Verdict.OK, statistic=value, effect=value, value=value)
    report = validated(replace(AUDIT, features=(replace(clean("a"), tests=(test,)),)))
    found = json.loads(json.dumps(report))["features"][0]["tests"][0]
    assert found == {"name": "kl", "value": str(float(value)), "verdict": "ok"}


def test_numbers_of_numpy_and_what_stands_in_causes() -> None:
    parameters = {"mean": np.float32(0.5), "mapping": {"a": np.int64(3)}, "list": (1, 2.5, True)}
    cause = Cause("wrong_parameters", 1.0, 1.0, parameters, details={"training": {}})
    report = validated(replace(AUDIT, causes=(cause,)))
    assert json.loads(json.dumps(report))["causes"][0]["parameters"] == {
        "mean": 0.5, "mapping": {"a": 3}, "list": [1, 2.5, True],
    }  # fmt: skip


def test_same_audit_same_bytes_in_ascii(audit: Audit) -> None:
    assert render(audit) == render(replace(audit, run=dict(audit.run)))
    assert render(audit, Options(width=200, color=True, verbose=True)) == render(audit)
    assert render(audit).isascii()
    assert r"b\\udcff.parquet" in render(audit)
