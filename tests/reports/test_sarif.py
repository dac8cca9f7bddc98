"""Valid by a schema of the part of SARIF 2.1.0 that is used, which refuses anything else."""

import json
import re
from dataclasses import replace
from pathlib import Path

import golden
import jsonschema
import pytest
from reports.sample import NASTY, clean, nasty

import skewcheck
from skewcheck.catalogue.causes import CAUSES
from skewcheck.reports import FORMATS
from skewcheck.results.audit import Audit

Json = dict[str, object]


def exactly(required: Json, **optional: object) -> Json:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": {**required, **optional},
    }


TEXT: Json = {"type": "string", "minLength": 1}
MESSAGE = exactly({"text": TEXT})
LEVEL: Json = {"enum": ["none", "note", "warning", "error"]}
BAG: Json = {"type": "object"}
PLACE = exactly(
    {"artifactLocation": exactly({"uri": {"type": "string", "pattern": r"^[!-~]+$"}})},
    region=exactly({"startLine": {"type": "integer", "minimum": 1}}),
)
RULE = exactly({"id": TEXT, "shortDescription": MESSAGE}, fullDescription=MESSAGE, help=MESSAGE)
RESULT = exactly(
    {
        "ruleId": TEXT,
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": LEVEL,
        "message": MESSAGE,
        "locations": {"type": "array", "items": exactly({"physicalLocation": PLACE})},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "properties": BAG,
    }
)
UTC: Json = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
INVOCATION = exactly(
    {"executionSuccessful": {"const": True}},
    exitCode={"type": "integer"},
    startTimeUtc=UTC,
    toolExecutionNotifications={
        "type": "array",
        "items": exactly({"message": MESSAGE, "level": LEVEL}),
    },
)
DRIVER = exactly(
    {"name": TEXT, "version": TEXT, "rules": {"type": "array", "items": RULE, "uniqueItems": True}}
)
RUN = exactly(
    {
        "tool": exactly({"driver": DRIVER}),
        "results": {"type": "array", "items": RESULT},
        "invocations": {"type": "array", "items": INVOCATION},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "properties": BAG,
    }
)
SCHEMA = exactly(
    {
        "$schema": {"type": "string", "pattern": r"^https://\S+/sarif-schema-2\.1\.0\.json$"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": RUN, "minItems": 1},
    }
)


@pytest.fixture(autouse=True)
def anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)
    monkeypatch.chdir(tmp_path)


def run(audit: Audit) -> dict[str, list[dict[str, dict[str, str]]]]:
    """Validate a report, and return its run."""
    log = json.loads(FORMATS["sarif"](audit))
    jsonschema.Draft202012Validator(SCHEMA).validate(log)
    (found,) = log["runs"]
    rules = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    for result in found["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    return found


def test_golden(audit: Audit) -> None:
    text = FORMATS["sarif"](audit)
    ours = f'"version": "{skewcheck.__version__}"'
    assert text.count(ours) == 1
    golden.assert_same("report.sarif", text.replace(ours, '"version": "VERSION"'))


def test_results_stand_at_the_line_of_the_feature(audit: Audit) -> None:
    Path("params.json").write_text('{"features": {\n"tip": {},\n"fare": {"steps": []}}}')
    results = run(audit)["results"]
    assert [(r["ruleId"], r["level"]) for r in results] == [
        ("missing", "error"), ("stale_parameters", "error"), ("ks", "error"), ("ks", "error"),
        ("linf", "warning"),
    ]  # fmt: skip
    assert results[1]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "params.json"}, "region": {"startLine": 3},
    }  # fmt: skip
    assert "region" not in results[0]["locations"][0]["physicalLocation"]
    assert len({r["partialFingerprints"]["skewcheck/v1"] for r in results}) == 5


def test_rules_are_told_as_explain_tells_them(audit: Audit) -> None:
    causes = tuple(
        replace(f, causes=(replace(audit.causes[0], code=code, details=None),), name=code)
        for f, code in zip([audit.features[2]] * len(CAUSES), CAUSES, strict=True)
    )
    rules = run(replace(audit, features=(*audit.features, *causes)))["tool"]["driver"]["rules"]
    assert {rule["id"] for rule in rules} == {*CAUSES, "missing", "ks", "linf"}
    for rule in rules:
        assert {"shortDescription", "fullDescription", "help"} <= rule.keys()
        assert "threshold}" not in json.dumps(rule)


def test_the_run_was_done_whatever_it_found(audit: Audit) -> None:
    (invocation,) = run(audit)["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, 1)
    assert invocation["startTimeUtc"] == "2026-11-01T00:00:00Z"
    assert run(replace(audit, features=(clean("a"),)))["results"] == []


def test_data_makes_neither_links_nor_placeholders() -> None:
    found = run(nasty())
    texts = [result["message"]["text"] for result in found["results"]]
    assert len(texts) == 3 * len(NASTY) + 1  # features, holds of either kind, that of lists
    for text in texts:
        assert "](" not in text
        assert not re.search(r"(?<!\{)(\{\{)*\{(?!\{)", text)
    assert any("{{0}} {{curly}}" in text for text in texts)


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/ü%.json", "a%20b/%C3%BC%25.json"),
        ("c:x.json", "c%3Ax.json"),
        ("/elsewhere/p q.json", "file:///elsewhere/p%20q.json"),
    ],
)
def test_paths_are_references(audit: Audit, path: str, uri: str) -> None:
    result = run(replace(audit, parameters_path=path))["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}


def test_parameters_that_are_no_file(audit: Audit) -> None:
    assert run(replace(audit, parameters_path=""))["results"][0]["locations"] == []
