"""Logs of several days for tests of what is remembered, and audits of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rides import frame

import skewcheck
from skewcheck.logs import File, Wanted
from skewcheck.results.audit import Audit

OLD = 1_700_000_000
"""Epoch seconds: files of then grow no more."""


def aged(path: Path, seconds: float = 0.0) -> None:
    """Let a file look as if it was written long ago."""
    os.utime(path, (OLD + seconds, OLD + seconds))


def day(number: int, rows: int = 500, *, faulty: bool = False) -> pd.DataFrame:
    """Return a day's log with served values, times, hosts and users."""
    table = frame(100 + number, rows)
    table["fare_norm"] = ((table["fare"] - 10) / (9 if faulty else 7)).astype("float32")
    table["t"] = pd.Timestamp("2026-11-01") + pd.to_timedelta(
        number * 86_400 + np.linspace(0, 86_399, rows), unit="s"
    )
    table["host"] = np.array(["h1", "h2", "h3"])[np.arange(rows) % 3]
    table["user"] = np.arange(rows) // 4 + 1000 * number
    return table


def write(number: int, **options: object) -> Path:
    """Write a day to `logs`; every third as CSV."""
    Path("logs").mkdir(exist_ok=True)
    path = Path("logs") / f"day-{number:02}.{'csv' if number % 3 == 2 else 'parquet'}"
    table = day(number, **options)
    if path.suffix == ".csv":
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path, row_group_size=200)
    aged(path, number)
    return path


def report(audit: Audit) -> str:
    """Return the JSON report without what differs between runs."""
    found = json.loads(skewcheck.render(audit, "json"))
    del found["run"]
    return json.dumps(found, indent=1)


@pytest.fixture
def days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with `p.json` and five days in `logs`, of which one is faulty."""
    monkeypatch.chdir(tmp_path)
    skewcheck.save(skewcheck.fit(frame(1, 3000), normalize="zscore"), "p.json")
    text = json.loads(Path("p.json").read_text())
    text["features"]["fare"]["steps"] = [{"op": "zscore", "mean": 10.0, "std": 7.0}]
    del text["fingerprint"]
    Path("p.json").write_text(json.dumps(text))
    for number in range(5):
        write(number, faulty=number == 3)
    return tmp_path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose numbers were read, in order."""
    found: list[str] = []
    parts = File.parts

    def noted(self: File, wanted: Wanted) -> object:
        if wanted.numbers:
            found.append(self.name)
        return parts(self, wanted)

    monkeypatch.setattr(File, "parts", noted)
    return found
