"""What is wrong with a parameter file is told on stderr, once, by every command that reads it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skewcheck.cli import main
from skewcheck.parameters import load
from skewcheck.parameters.writer import dumps

Captured = pytest.CaptureFixture[str]
TOLD = "warning: refitted: age, fare: mean 0, deviation 1: fitted on data already standardized\n"


@pytest.fixture
def scaler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scaler of standardized data, and training data and a log beside it."""
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"age": rng.normal(size=3_000), "fare": rng.normal(size=3_000)})
    data = (data - data.mean()) / data.std(ddof=0)
    data.to_csv(tmp_path / "train.csv", index=False)
    content = {"mean": data.mean().tolist(), "std": data.std(ddof=0).tolist(),
               "columns": [*data]}  # fmt: skip
    (tmp_path / "scaler.json").write_text(json.dumps(content))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "scaler.json"


def test_show_and_its_file(scaler: Path, capsys: Captured) -> None:
    assert main(["show", "scaler.json"]) == 0
    out, err = capsys.readouterr()
    assert err == TOLD
    assert "from mean[0]; std[0]" in out
    assert main(["show", "scaler.json", "-o", "own.json"]) == 0
    saved = json.loads(Path("own.json").read_text())
    assert [w["code"] for w in saved["x-warnings"]] == ["refitted"]
    known, again = load(scaler), load("own.json")
    assert (again.features, again.fingerprint) == (known.features, known.fingerprint)
    assert json.loads(dumps(again)) == saved


def test_fit(scaler: Path, capsys: Captured) -> None:
    assert main(["fit", "train.csv", "--parameters", "scaler.json", "-o", "own.json"]) == 0
    assert capsys.readouterr().err == TOLD
    assert load("own.json")["age"].reference.rows == 3_000


@pytest.mark.parametrize("options", [[], ["-q"], ["--format", "json"], ["-o", "report.txt"]])
def test_audit(scaler: Path, capsys: Captured, options: list[str]) -> None:
    words = ["audit", "scaler.json", "train.csv", "--reference", "train.csv", *options]
    assert main(words) == 0
    out, err = capsys.readouterr()
    # The report on the terminal has a note of it; where nobody sees one, stderr tells.
    assert err == ("" if not options else TOLD)
    assert ("note: refitted: age" in out) == (not options)


def test_what_names_nothing(scaler: Path, capsys: Captured) -> None:
    content = json.loads(scaler.read_text())
    scaler.write_text(json.dumps({key: content[key] for key in ("mean", "std")}))
    assert main(["show", "scaler.json", "-o", "own.json"]) == 2
    assert "does not name its 2 values; --names" in capsys.readouterr().err
    assert main(["show", "scaler.json", "--names", "train.csv"]) == 0
    assert main(["fit", "train.csv", "--parameters", "scaler.json", "-o", "own.json"]) == 0
    assert "warning: unnamed: " in capsys.readouterr().err
