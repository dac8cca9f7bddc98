"""Gates of a settings file: what it says is audited, under which options, and what holds it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rides import Captured, frame, refused

import skewcheck
from skewcheck.cli import main
from skewcheck.config.readers import WINDOW
from skewcheck.config.settings_file import read
from skewcheck.text.errors import UsageError

TEAM = """
parameters = "models/params.json"
logs = ["logs"]
report = ["json=out.json"]

[thresholds]
ks = 0.12

[features."fare*"]
psi = 0.3

[audit.nightly]
logs = "skewed.csv"

[audit.nightly.thresholds]
psi = 0.5

[audit.nightly.features."count"]
ks = 0.4
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a team's settings; the working folder is two below its root."""
    place = tmp_path / "repository"
    (place / ".git").mkdir(parents=True)
    for folder in ("models", "logs", "service/tests"):
        (place / folder).mkdir(parents=True)
    skewcheck.save(skewcheck.fit(frame()), place / "models/params.json")
    frame(2).to_csv(place / "logs/a.csv", index=False)
    frame(3).assign(fare=lambda log: log.fare * 3).to_csv(place / "skewed.csv", index=False)
    (place / "skewcheck.toml").write_text(TEAM)
    monkeypatch.chdir(place / "service/tests")
    return place


def report() -> dict[str, dict[str, object]]:
    """Return the JSON report that the settings have written at the root."""
    content: dict[str, dict[str, object]] = json.loads(Path("../../out.json").read_text())
    return content


def test_audit_alone_runs_what_the_file_says_from_any_folder_below(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["audit", "--no-progress"]) == 0
    below = report()
    assert below["parameters"]["path"] == "../../models/params.json"
    assert (below["logs"]["rows"], below["policy"]["file"]) == (2000, "../../skewcheck.toml")
    assert below["policy"]["keys"] == ["features", "logs", "parameters", "thresholds"]
    monkeypatch.chdir(root)
    assert main(["audit", "--report", "json=service/out.json"]) == 0
    above = json.loads(Path("service/out.json").read_text())
    assert above["policy"]["fingerprint"] == below["policy"]["fingerprint"]


def test_a_gate_goes_before_the_other_options(capsys: Captured) -> None:
    assert main(["audit", "--gate", "nightly"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "settings of ../../skewcheck.toml [audit.nightly]: features, logs," in said
    found = report()["policy"]
    assert found["gate"] == "nightly"
    weaker = found["weaker"]
    assert isinstance(weaker, list)
    assert {w["key"]: w["value"] for w in weaker} == {
        "thresholds.ks": 0.12, "thresholds.psi": 0.5,
        'features."count".ks': 0.4, 'features."fare*".psi': 0.3,
    }  # fmt: skip


def test_the_command_line_goes_before_both(capsys: Captured) -> None:
    assert main(["audit", "../../models/params.json", "--quiet"]) == 0
    assert main(["audit", "../../models/params.json", "../../skewed.csv", "--quiet"]) == 1
    assert report()["policy"]["keys"] == ["features", "thresholds"]
    assert main(["audit", "--gate", "nightly", "--threshold", "psi=99", "--quiet"]) == 1
    assert "thresholds.psi = 99 (default: 0.2)" in capsys.readouterr().out


def test_other_commands_have_no_part_in_it() -> None:
    assert main(["profile", "../../models/params.json", "../../logs", "-o", "part.skw"]) == 0
    assert main(["power", "../../models/params.json", "--rows", "100", "--audits", "1"]) == 0
    assert main(["fit", "../../logs", "-o", "again.json"]) == 0


def test_the_search_ends_at_the_root_of_the_repository(root: Path, capsys: Captured) -> None:
    (root / "skewcheck.toml").rename(root.parent / "skewcheck.toml")
    line = refused(capsys, "audit")
    assert line == (
        "no PARAMETERS given, and no parameters in a skewcheck.toml here;"
        " see `skewcheck audit --help`"
    )
    assert refused(capsys, "audit", "--gate", "nightly").startswith("--gate: 'nightly' is a table")


@pytest.mark.parametrize(
    ("settings", "words", "told"),
    [
        (TEAM, "--gate nightli", "--gate nightli: no [audit.nightli] in {} (did you mean night"),
        (TEAM, "--gate x", "--gate x: no [audit.x] in {}; it has nightly"),
        ("alpha = 0.1", "--gate x", "--gate x: no [audit.x] in {}"),
        (
            '[audit.a]\nlogs = "x"\n[audit."b c"]', "",
            "no PARAMETERS given, and no parameters in {}; --gate NAME runs one of its gates: a, b",
        ),
        (
            'parameters = "p.json"', "",
            "no LOGS given, and no logs in {}; see `skewcheck audit --help`",
        ),
        (
            '[audit]\nlogs = "x"', "",
            "{}: audit.logs: options stand above all tables, those of a gate under [audit.NAME]",
        ),
        ("audit = 3", "", "{}: audit: must be tables, as [audit.nightly]"),
        # A gate that is not asked for is read as well.
        ("[audit.a]\nalpha = 3", "", "{} [audit.a]: alpha: must lie between 0 and 1, got 3"),
        ("[audit.a]\nalpa = 3", "", "{} [audit.a]: alpa: no such option (did you mean alpha?)"),
        (
            '[audit.a]\nnormalize = "minmax"', "",
            "{} [audit.a]: normalize: is no option of an audit: it stands above [audit.a]",
        ),
        ('[audit.a]\npolicy_lock = "x"', "", "{} [audit.a]: policy_lock: must not stand in the"),
        ("parameters = 3", "", "{}: parameters: must be text, got 3"),
        ("logs = [3]", "", "{}: logs: must be a list of texts, has 3 in it"),
        (
            TEAM + '[audit.weekly]\noutput = "../out.txt"', "--gate weekly",
            "{}: output: ../../../out.txt is outside of the folder of this file",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_or_a_gate(
    root: Path, capsys: Captured, settings: str, words: str, told: str
) -> None:
    (root / "skewcheck.toml").write_text(settings)
    line = refused(capsys, "audit", *words.split())
    assert line.startswith(told.format("../../skewcheck.toml")), line


def test_inputs_from_elsewhere_are_in_the_report(root: Path, tmp_path: Path) -> None:
    (root / "skewed.csv").rename(tmp_path / "skewed.csv")
    settings = (root / "skewcheck.toml").read_text().replace('"skewed.csv"', '"../skewed.csv"')
    (root / "skewcheck.toml").write_text(settings)
    assert main(["audit", "--gate", "nightly", "--quiet"]) == 1
    assert report()["policy"]["outside"] == [{"key": "logs", "path": "../../../skewed.csv"}]


def test_the_lock_holds_what_a_settings_file_says_is_audited(root: Path, capsys: Captured) -> None:
    assert main(["policy", "-o", "lock.json"]) == 0
    assert main(["policy", "--gate", "nightly", "-o", "nightly.json"]) == 0
    assert main(["audit", "--policy-lock", "lock.json", "--quiet"]) == 0
    assert main(["audit", "--gate", "nightly", "--policy-lock", "nightly.json", "--quiet"]) == 1
    capsys.readouterr()
    line = refused(capsys, "audit", "--gate", "nightly", "--policy-lock", "lock.json")
    assert "logs = skewed.csv (lock: logs)" in line
    # A change of the settings audits a clean log instead, or what a clean model has seen.
    for key, text, value in (
        ("logs", '"skewed.csv"', '"logs"'),
        ("parameters", '"models/params.json"', '"models/other.json"'),
    ):
        (root / "skewcheck.toml").write_text(TEAM.replace(text, value))
        (root / "models/other.json").write_bytes((root / "models/params.json").read_bytes())
        line = refused(capsys, "audit", "--gate", "nightly", "--policy-lock", "nightly.json")
        assert f"weaker than this lock: {key} = {value[1:-1]} (lock: {text[1:-1]})" in line
    # So does one that the lock knows nothing of; the command line may audit what it names.
    (root / "skewcheck.toml").write_text("")
    assert main(["policy", "-o", "plain.json"]) == 0
    (root / "skewcheck.toml").write_text('parameters = "models/params.json"\nlogs = "logs"')
    line = refused(capsys, "audit", "--policy-lock", "plain.json")
    assert "parameters = models/params.json (lock: not set); logs = logs (lock: not set)" in line
    given = ["../../models/params.json", "../../logs", "--quiet"]
    assert main(["audit", *given, "--policy-lock", "plain.json"]) == 0
    assert main(["audit", *given, "--policy-lock", "lock.json"]) == 0


def test_paths_are_relative_to_the_file_but_for_urls_and_stdin(root: Path) -> None:
    text = 'parameters = "s3://models/p.json"\nlogs = ["-", "s3://logs/a", "b/*.csv"]\n'
    (root / "skewcheck.toml").write_text(text)
    assert read("../..") == {
        "parameters": "s3://models/p.json", "logs": ["-", "s3://logs/a", "../../b/*.csv"],
    }  # fmt: skip


def test_tables_of_a_gate_come_first(root: Path) -> None:
    (root / "skewcheck.toml").write_text(
        'every = "1h"\n[features."f*"]\nks = 0.2\n[features.count]\nks = 0.3\n'
        '[audit.a]\nevery = "1d"\n[audit.a.features.fare]\nks = 0.4\n'
        "[audit.a.features.count]\nks = 0.5\n"
    )
    found = read(root, "a")
    assert WINDOW.read(found["every"]) == WINDOW.read("1d")
    assert found["features by pattern"] == {
        "fare": {"ks": 0.4}, "count": {"ks": 0.5}, "f*": {"ks": 0.2},
    }  # fmt: skip
    with pytest.raises(UsageError, match=r"no \[audit.b\] in .*; it has a"):
        read(root, "b")
