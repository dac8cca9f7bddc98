"""A file that a command reads is not written over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rides import Captured, refused

from skewcheck.cli import main


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("logs").mkdir()
    rng = np.random.default_rng(0)
    for name in ("train.csv", "logs/a.csv", "logs/b.parquet"):
        table = pd.DataFrame({"x": rng.normal(size=500), "y": rng.integers(0, 9, 500)})
        table.to_csv(name, index=False) if name.endswith("csv") else table.to_parquet(name)
    assert main(["fit", "train.csv", "-o", "p.json"]) == 0
    Path("link.csv").symlink_to("logs/a.csv")


@pytest.mark.parametrize("output", ["logs/a.csv", "link.csv", "logs/b.parquet", "p.json"])
@pytest.mark.parametrize("logs", ["logs", "logs/*"])
def test_a_report(capsys: Captured, output: str, logs: str) -> None:
    before = Path(output).read_bytes()
    for words in (["-o", output, "--format", "json"], ["--report", f"json={output}"]):
        told = refused(capsys, "audit", "p.json", logs, *words)
        assert told == f"{output}: is read by this command: write to another file"
        assert Path(output).read_bytes() == before


def test_a_report_of_the_last_night_is_written_again(capsys: Captured) -> None:
    for _ in range(2):
        assert main(["audit", "p.json", "logs", "-o", "report.json", "--format", "json"]) in (0, 3)
    capsys.readouterr()


def test_a_parameter_file(capsys: Captured) -> None:
    before = Path("train.csv").read_bytes()
    told = refused(capsys, "fit", "train.csv", "-o", "train.csv")
    assert told == "train.csv: is read by this command: write to another file"
    assert Path("train.csv").read_bytes() == before
    # References of new training data go into the file that has the normalization.
    assert main(["fit", "train.csv", "--parameters", "p.json", "-o", "p.json"]) == 0
