"""The whole road through the real command, on the fixtures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from skewcheck.cli import main

Captured = pytest.CaptureFixture[str]
FIXTURES = Path(__file__).parent.parent.parent / "fixtures"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def fixture(name: str) -> str:
    return str(FIXTURES / name)


@pytest.mark.parametrize(
    ("log", "options", "code"),
    [
        ("clean", "", 0),  # served values are logged, and tested
        ("clean", "--inconclusive pass", 0),
        ("clean", "--served none", 0),
        ("clean", "--served {feature}_norm", 0),
        ("clean.csv", "", 3),  # 1,000 rows are too few to say so
        ("clean.jsonl", "", 3),
        ("clean.csv", "--served none --inconclusive pass", 0),
        ("clean.csv", "--inconclusive fail", 1),
        ("drifted.parquet", "", 1),
        ("drifted.parquet", "--fail-on never", 0),
        ("not_normalized.parquet", "--served {feature}", 1),
        ("paired_bug.parquet", "--served {feature}_norm", 1),
        ("paired_bug.parquet", "", 1),
        ("paired_bug.parquet", "--served none", 0),  # the raw values are as they should be
    ],
)
def test_the_fixtures(capsys: Captured, log: str, options: str, code: int) -> None:
    words = ["audit", fixture("params.json"), fixture(log), *options.split()]
    found = main(words)
    out, err = capsys.readouterr()
    assert (found, err) == (code, ""), out
    assert "…" not in out  # no terminal: nothing is cut
    assert max(map(len, out.splitlines())) <= 80


def test_from_training_data_to_a_verdict(capsys: Captured) -> None:
    words = ["fit", fixture("train.parquet"), "--normalize", "robust", "-o", "p.json"]
    assert main(words) == 0
    assert main(["show", "p.json"]) == 0
    assert main(["audit", "p.json", fixture("clean"), "--served", "none"]) == 0
    assert main(["apply", "p.json", fixture("clean"), "-o", "served.parquet"]) == 0
    assert main(["audit", "p.json", "served.parquet", "--served", "{feature}"]) == 0
    capsys.readouterr()
    assert main(["fit", fixture("train.parquet"), "-o", "z.json"]) == 0
    assert main(["diff", "p.json", "z.json"]) == 1
    assert main(["diff", "p.json", "p.json"]) == 0
    assert main(["audit", "z.json", "served.parquet", "--served", "{feature}"]) == 1


def test_fit_to_stdout_is_the_file(capsys: Captured) -> None:
    assert main(["fit", fixture("train.parquet")]) == 0
    text = capsys.readouterr().out
    assert main(["fit", fixture("train.parquet"), "-o", "p.json"]) == 0
    assert Path("p.json").read_text() == text
    assert json.loads(text)["skewcheck"] == {"kind": "parameters", "version": 1}


def run(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "skewcheck", *words]
    return subprocess.run(command, input=given, capture_output=True, check=False)


@pytest.mark.parametrize("log", ["clean.csv", "clean.jsonl"])
def test_standard_input(log: str) -> None:
    done = run("audit", fixture("params.json"), "-", "-q", given=Path(fixture(log)).read_bytes())
    assert (done.returncode, done.stderr) == (3, b"")
    assert done.stdout.startswith(b"inconclusive: ")


def test_nothing_on_standard_input() -> None:
    done = run("audit", fixture("params.json"), "-")
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)
    assert b"<stdin>" in done.stderr


def test_settings_from_a_file_and_from_tables_per_feature(capsys: Captured) -> None:
    assert main(["fit", fixture("train.parquet"), "-o", "p.json"]) == 0
    Path("skewcheck.toml").write_text(
        """fail_on = "never"
        [thresholds]
        ks = 0.9
        [features."trip*"]
        psi = 5
        """
    )
    capsys.readouterr()
    assert main(["audit", "p.json", fixture("drifted.parquet"), "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["policy"]["thresholds"]["ks"] == 0.9
    assert main(["audit", "p.json", fixture("drifted.parquet"), "--fail-on", "skew"]) == 1


@pytest.mark.parametrize("command", ["fit", "apply"])
def test_a_file_with_tables_is_no_hindrance_to_other_commands(
    capsys: Captured, command: str
) -> None:
    Path("skewcheck.toml").write_text('min_rows = 5\n[features."fare*"]\npsi = 0.3\n')
    words = {
        "fit": ["fit", fixture("train.parquet"), "-o", "p.json"],
        "apply": ["apply", fixture("params.json"), fixture("clean"), "-o", "out.csv"],
    }
    assert main(words[command]) == 0


def test_a_waiver_is_shown_and_lets_pass(capsys: Captured) -> None:
    audit = ["audit", fixture("params.json"), fixture("drifted.parquet")]
    assert main([*audit, "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    failing = [
        f"{test['name']}:{feature['name']}@2199-12-31"
        for feature in report["features"]
        for test in feature["tests"]
        if test["verdict"] == "skew"
    ]
    waivers = [word for text in failing for word in ("--ignore", text)]
    assert main([*audit, *waivers]) in (0, 3)
    assert "waived" in capsys.readouterr().out
    ended = [word.replace("2199", "2019") for word in waivers]
    assert main([*audit, *ended]) == 1
