"""A file that a command reads is not written over."""

from __future__ import annotations

import os
import subprocess
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


@pytest.mark.parametrize(
    "words",
    [
        ["--importance", "f.json"], ["--config", "f.toml"], ["--names", "f.txt"],
        ["--baseline", "f.csv", "--every", "100"], ["--reference", "f.csv"],
    ],
)  # fmt: skip
def test_whatever_is_read(capsys: Captured, words: list[str]) -> None:
    content = {"f.json": '{"x": 0.5, "y": 0.1}', "f.toml": "alpha = 0.01\n", "f.txt": "x\ny\n",
               "f.csv": Path("logs/a.csv").read_text()}  # fmt: skip
    Path(words[1]).write_text(content[words[1]])
    told = refused(capsys, "audit", "p.json", "logs", *words, "-o", words[1], "--format", "json")
    assert told == f"{words[1]}: is read by this command: write to another file"
    assert Path(words[1]).read_text() == content[words[1]]


def test_the_state_folder_and_one_file_for_two_reports(capsys: Captured) -> None:
    assert main(["audit", "p.json", "logs", "--state", "s", "-q"]) in (0, 3)
    capsys.readouterr()
    for name in ("s/history.jsonl", "s/lock", "s/files/x"):
        told = refused(capsys, "audit", "p.json", "logs", "--state", "s", "-o", name)
        assert told == f"{name}: is of the state folder: write to another file"
    assert main(["audit", "p.json", "logs", "--state", "s", "-q", "-o", "s/skew.prom"]) in (0, 3)
    capsys.readouterr()
    words = ["--report", "json=r.x", "--report", "line=./r.x"]
    told = refused(capsys, "audit", "p.json", "logs", *words)
    assert told == "./r.x: two reports are to be written there: name another file"
    words = ["--report", "json=/dev/null", "--report", "line=/dev/null"]
    assert main(["audit", "p.json", "logs", "-q", *words]) in (0, 3)


def test_parameters_of_others_beside_which_fit_writes(capsys: Captured) -> None:
    Path("artifacts").mkdir()
    scaler = Path("artifacts/scaler.json")
    scaler.write_text('{"mean": [0, 4], "std": [1, 3], "columns": ["x", "y"]}')
    for words in (
        ["artifacts"],
        [str(scaler)],
        ["artifacts/scaler.json", "--parameters", "p.json"],
    ):
        told = refused(capsys, "fit", "train.csv", "--parameters", *words, "-o", str(scaler))
        assert told == f"{scaler}: is read by this command: write to another file"
    for _ in range(2):  # it is not read, and may be written anew
        fit = ["fit", "train.csv", "--parameters", "artifacts", "-o", "artifacts/params.json"]
        assert main(fit) == 0
    assert "params.json: not read" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_that_nobody_reads_does_not_wait(capsys: Captured) -> None:
    os.mkfifo("pipe")
    assert main(["audit", "p.json", "logs", "-q", "--report", "json=pipe"]) == 2
    assert "pipe: cannot write it" in capsys.readouterr().err
    with subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE) as reader:
        opened = os.open("pipe", os.O_WRONLY)  # as soon as it reads
        code = main(["audit", "p.json", "logs", "-q", "--report", "json=pipe"])
        os.close(opened)
        assert reader.stdout is not None
        assert (code in (0, 3), b'"verdict"' in reader.stdout.read()) == (True, True)


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


@pytest.mark.parametrize(
    "words",
    [
        "power p.json --audits 1 -o p.json", "show p.json -o p.json --format terminal",
        "verify p.json -o p.json",
        "fit train.csv -o train.csv",
        "policy -o skewcheck.toml", "power p.json --audits 1 -o skewcheck.toml",
        "apply p.json logs/a.csv -o logs/a.csv", "apply p.json logs -o logs/a.csv",
        "inject unit_change p.json logs/a.csv -o logs/a.csv",
    ],
)  # fmt: skip
def test_every_command(capsys: Captured, words: str) -> None:
    Path("skewcheck.toml").write_text("alpha = 0.01\n")
    command = words.split()
    output = command[command.index("-o") + 1]
    before = Path(output).read_bytes()
    assert main(command) == 2
    assert f"{output}: is read by this command" in capsys.readouterr().err
    assert Path(output).read_bytes() == before


def test_a_parameter_file_may_be_written_anew(capsys: Captured) -> None:
    assert main(["show", "p.json", "-o", "p.json"]) == 0
    assert main(["verify", "p.json"]) == 0
    capsys.readouterr()


def test_what_standard_input_is_redirected_from(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Path("logs/a.csv").read_bytes()
    with Path("logs/a.csv").open() as log:
        monkeypatch.setattr("sys.stdin", log)
        assert main(["audit", "p.json", "-", "-q", "--report", "json=logs/a.csv"]) == 2
    assert Path("logs/a.csv").read_bytes() == before


def test_the_history(capsys: Captured) -> None:
    assert main(["audit", "p.json", "logs", "--state", "s", "-q"]) in (0, 3)
    capsys.readouterr()
    told = refused(capsys, "history", "--state", "s", "-o", "s/history.jsonl")
    assert told == "s/history.jsonl: is of the state folder: write to another file"
