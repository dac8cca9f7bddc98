"""The format that GitLab documents for `artifacts:reports:codequality`."""

import json
from dataclasses import replace
from pathlib import Path

import golden
import jsonschema
import pytest
from reports.sample import AUDIT, FARE, NASTY, clean, nasty

from skewcheck.reports import FORMATS
from skewcheck.results.audit import Audit

SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "pattern": "^[a-z_0-9]+$"},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^[^./]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


@pytest.fixture(autouse=True)
def anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)
    monkeypatch.chdir(tmp_path)


def entries(audit: Audit) -> list[dict[str, str]]:
    text = FORMATS["gitlab"](audit)
    found: list[dict[str, str]] = json.loads(text)
    jsonschema.validate(found, SCHEMA)
    assert text.isascii()
    return found


def test_golden(audit: Audit) -> None:
    golden.assert_same("gitlab.json", FORMATS["gitlab"](audit))


def test_one_entry_per_feature_in_trouble(audit: Audit) -> None:
    found = entries(audit)
    assert [(one["check_name"], one["severity"]) for one in found] == [
        ("missing", "critical"), ("stale_parameters", "critical"), ("ks", "critical"),
        ("ks", "major"), ("linf", "minor"), ("not_tested", "info"),
    ]  # fmt: skip
    assert entries(replace(audit, features=(clean("a"),), not_tested=())) == []


def test_fingerprints_stay_while_figures_move(audit: Audit) -> None:
    def prints(*features: object) -> list[str]:
        return [e["fingerprint"] for e in entries(replace(audit, features=features))]

    moved = replace(
        FARE,
        tests=FARE.tests[1:],
        causes=(replace(FARE.causes[0], share=1),),
    )
    assert prints(FARE) == prints(moved) == prints(clean("a"), moved)
    assert prints(FARE) != prints(replace(FARE, name="Fare"))
    assert prints(FARE) != prints(replace(FARE, causes=()))


def test_fingerprints_are_of_one_feature_each() -> None:
    found = entries(replace(nasty(), parameters_path="p.json"))
    # And of a hold of either kind each, and of what was not tested.
    assert len({one["fingerprint"] for one in found}) == len(found) == 3 * len(NASTY) + 2


def test_parameters_that_are_no_file() -> None:
    assert entries(replace(AUDIT, parameters_path=""))[0]["location"] == {
        "path": "parameters", "lines": {"begin": 1},
    }  # fmt: skip
