"""Files that may still grow are left for the next run, and never are all of them."""

from __future__ import annotations

import json
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from rides import refused

import skewcheck
from skewcheck.cli import main
from skewcheck.config.settings import settings
from skewcheck.logs import open_logs
from skewcheck.logs.paths import Unopened

Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("folder")


def age(name: str, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(name, (then, then))


def test_a_growing_file_is_left_and_it_is_said(capsys: Captured) -> None:
    age("good.parquet", 90 * 60)
    age("good.csv", 30 * 60)
    words = ("audit", "p.json", "good.*", "--settle")
    report = ("--format", "json", "-o", "r.json")
    assert main([*words, "1h", *report]) == 0
    told = json.loads(Path("r.json").read_text())
    assert told["logs"] == {"files": ["good.parquet"], "rows": 2000, "mode": "raw"}
    assert told["notes"] == ["left for the next run, as modified within --settle: good.csv"]
    assert main([*words, "20m", *report]) == 0
    told = json.loads(Path("r.json").read_text())
    assert told["logs"]["rows"] == 4000
    assert "notes" not in told
    capsys.readouterr()
    assert refused(capsys, *words, "2h") == (
        "--settle: good.csv and 1 more: modified so lately that it may still grow, and left for"
        " the next run: nothing to test"
    )


def test_half_a_file_is_not_opened() -> None:
    whole = Path("good.parquet").read_bytes()
    Path("growing.parquet").write_bytes(whole[: len(whole) // 2])
    age("good.parquet", 90 * 60)
    log = open_logs(["growing.parquet", "good.parquet"], settle=timedelta(hours=1))
    assert [file.name for file in log.files] == ["good.parquet"]
    assert log.unopened == (Unopened("growing.parquet", "unsettled"),)


def test_a_clock_that_runs_ahead_leaves_files_too() -> None:
    age("good.parquet", -3600)
    age("good.csv", 3600)
    log = open_logs("good.*", settle=timedelta(seconds=1))
    assert log.unopened == (Unopened("good.parquet", "unsettled"),)


@pytest.mark.parametrize("nothing", ["0s", "00m", timedelta()])
def test_no_time_to_settle_leaves_nothing(nothing: str | timedelta) -> None:
    age("good.parquet", -3600)  # a clock that runs ahead is no reason either
    age("good.csv", 0)
    settle = settings({"settle": nothing}).settle
    assert open_logs("good.*", settle=settle).unopened == ()
    assert skewcheck.audit("p.json", "good.*", settle=nothing).verdict == "ok"


def test_tables_do_not_grow() -> None:
    table = skewcheck.audit("p.json", "good.parquet").to_pandas()
    assert len(open_logs([table], settle=timedelta(days=1)).files) == 1


def test_what_is_given_becomes_settings() -> None:
    found = settings({"state": "s", "settle": "90m", "only_new_alarms": True})
    assert (found.state, found.settle, found.only_new_alarms) == ("s", timedelta(minutes=90), True)


def test_wrong_lengths_are_named(capsys: Captured) -> None:
    for text in ("60", "soon", "0", "-1m"):
        assert refused(capsys, "audit", "p.json", "good.csv", f"--settle={text}").startswith(
            "--settle: must be a length of time"
        )
