"""The options of causes, from the command line and from a settings file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rides import Captured, frame, refused

import skewcheck
from skewcheck.cli import main
from skewcheck.features.steps import ZScore

STALE = (8.5, 7.25)


@pytest.fixture
def log(folder: Path) -> Path:
    """`log.csv`: since noon, web-2 has served fares with the parameters of `old.json`."""
    known = skewcheck.load("p.json")
    old = [replace(f, steps=(ZScore(*STALE),)) if f.name == "fare" else f for f in known.features]
    skewcheck.save(replace(known, features=tuple(old)), "old.json")
    rides = frame(2)
    rows = len(rides)
    served = known.transform(rides, served="{feature}_norm")
    served["host"] = np.where(np.arange(rows) % 4 == 0, "web-2", "web-1")
    start = np.datetime64("2026-11-01T00:00:00")
    served["ts"] = start + np.arange(rows) * np.timedelta64(86_400 // rows, "s")
    noon = pd.to_datetime(served["ts"]) >= pd.Timestamp("2026-11-01T12:00:00")
    wrong = noon & (served["host"] == "web-2")
    served.loc[wrong, "fare_norm"] = (rides["fare"][wrong] - STALE[0]) / STALE[1]
    served.to_csv("log.csv", index=False)
    return folder


WORDS = ("audit", "p.json", "log.csv", "--served", "{feature}_norm", "--format", "json")


def found(capsys: Captured, *words: str) -> dict[str, object]:
    assert main([*WORDS, *words]) == 1
    features = json.loads(capsys.readouterr().out)["features"]
    cause: dict[str, object] = next(f for f in features if f["name"] == "fare")["causes"][0]
    return cause


def test_history_segments_and_times(log: Path, capsys: Captured) -> None:
    cause = found(capsys, "--history", "old.json", "--by", "host", "--time-column", "ts")
    assert cause["code"] == "stale_parameters"
    assert cause["parameters"] == {"file": "old.json"}
    assert str(cause["where"]).startswith("host = web-2 since 2026-11-01 12:0")


def test_without_them_the_numbers_are_recovered(log: Path, capsys: Captured) -> None:
    cause = found(capsys, "--by", "none")
    assert cause["code"] == "wrong_parameters"
    # Text of 16 or 17 digits: as good as the numbers themselves.
    numbers = {"mean": STALE[0], "std": STALE[1]}
    assert cause["parameters"] == pytest.approx(numbers, rel=1e-9)
    assert "where" not in cause


def test_a_settings_file_knows_them(log: Path, capsys: Captured) -> None:
    Path("skewcheck.toml").write_text('history = ["old.json"]\nby = ["host"]\ntime_column = "ts"\n')
    assert found(capsys)["code"] == "stale_parameters"


def test_the_terminal_leads_with_the_cause(log: Path, capsys: Captured) -> None:
    assert main([*WORDS[:-2], "--history", "old.json"]) == 1
    text = " ".join(capsys.readouterr().out.split())
    assert "rows of host = web-2, and no others)" in text.split("fare: ")[1].split(";")[0]
    assert text.count("host = web-2") == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--by", "hots"), "--by: no column 'hots' in log.csv"),
        (("--history", "none.json"), "none.json"),
        (("--history", "log.csv"), "log.csv"),
        (("--time-column", "when"), "log.csv: no column 'when'"),
    ],
)
def test_what_is_not_there(log: Path, capsys: Captured, words: tuple[str, ...], told: str) -> None:
    assert told in refused(capsys, *WORDS, *words)
