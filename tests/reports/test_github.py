"""Read back as actions/runner does: split the properties, then undo the escapes, `%25` last."""

import re
from dataclasses import replace
from pathlib import Path

import golden
import pytest
from reports.sample import AUDIT, NASTY, many, nasty

from skewcheck.reports import FORMATS
from skewcheck.results.audit import Audit
from skewcheck.results.policy import Policy

_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


def undone(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for code, character in escapes:
        text = text.replace(code, character)
    return text


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    found = []
    for line in text.splitlines():
        match = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line)
        assert match, line
        pairs = [pair.partition("=") for pair in match[2].split(",")]
        properties = {key: undone(value, _PROPERTY) for key, _, value in pairs}
        assert properties.keys() <= {"file", "line", "title"}
        found.append((match[1], properties, undone(match[3], _DATA)))
    return found


@pytest.fixture(autouse=True)
def anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)
    monkeypatch.chdir(tmp_path)


def test_golden(audit: Audit) -> None:
    golden.assert_same("github.txt", FORMATS["github"](audit))


def test_the_line_of_the_parameter_file(audit: Audit) -> None:
    Path("params.json").write_text('{"features": {\n"tip": {},\n"fare": {"steps": []}}}')
    found = commands(FORMATS["github"](audit))
    assert found[1][0] == "error"
    assert found[1][1] == {"file": "params.json", "line": "3", "title": "skewcheck: skew in fare"}
    assert found[1][2].startswith("fare: 6.94 % of the rows (all rows of host = web-7")
    assert "; mean moved by +0.41 training standard deviations (KS D" in found[1][2]
    assert "cause: stale_parameters (99 % sure)" in found[1][2]
    assert "line" not in found[0][1]


def test_doubt_and_warnings(audit: Audit) -> None:
    def levels(policy: Policy) -> list[str]:
        return [name for name, _, _ in commands(FORMATS["github"](replace(audit, policy=policy)))]

    assert levels(Policy()) == ["error"] * 4 + ["warning", "notice"]
    assert levels(Policy(inconclusive="pass")) == ["error"] * 3 + ["warning"] * 2 + ["notice"]
    assert levels(Policy(fail_on="warn")) == ["error"] * 5 + ["notice"]
    assert levels(Policy(fail_on="never")) == ["error"] * 3 + ["warning"] * 2 + ["notice"]


def test_at_most_ten(audit: Audit) -> None:
    found = commands(FORMATS["github"](many(200)))
    assert len(found) == 10
    name, _, told = found[-1]
    assert name == "notice"
    assert told.startswith("SKEW: 100 of 200 features differ from training")
    assert told.endswith("\n91 more features not annotated")


@pytest.mark.parametrize("name", NASTY)
def test_data_starts_no_command(name: str) -> None:
    feature = next(f for f in nasty().features if f.name == name)
    text = FORMATS["github"](replace(AUDIT, features=(feature,), notes=()))
    assert text.count("\n") == 2
    (_, properties, told), _ = commands(text)
    assert properties["title"].startswith("skewcheck: skew in ")
    assert "rows of " in told
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
