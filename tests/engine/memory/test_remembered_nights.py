"""Nights in a state: shifts too small for one night, reruns, accepted changes, old states."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rides import refused

import skewcheck
from skewcheck.catalogue.tests import NIGHTS
from skewcheck.cli import main
from skewcheck.engine.memory import NIGHTS as FILE
from skewcheck.engine.memory import STATE
from skewcheck.results.audit import Audit
from skewcheck.results.tests import JudgedTest

Captured = pytest.CaptureFixture[str]
ROWS = 1000


def night(seed: int, rows: int = ROWS, shift: float = 0.0, card: float = 0.6) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    base = rng.normal(size=rows)
    return pd.DataFrame(
        {
            "fare": np.exp(base + shift),
            "size": base + rng.normal(size=rows),
            "pay": np.where(rng.random(rows) < card, "card", "cash"),
        }
    )


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    skewcheck.save(skewcheck.fit(night(0, 20_000)), "p.json")
    return tmp_path


def audited(seed: int, *, learn: int = 6, **changes: float) -> Audit:
    """Audit a night's file, whose name has a number as those of nightly jobs have."""
    path = f"log-{seed:03}.parquet"
    night(seed, **changes).to_parquet(path)
    return skewcheck.audit("p.json", path, state="s", learn=learn)


def over_nights(audit: Audit) -> dict[str, JudgedTest]:
    return {f.name: test for f in audit.features for test in f.tests if test.spec is NIGHTS}


@pytest.mark.usefixtures("work")
def test_a_shift_that_no_night_shows_is_skew_after_some_nights(capsys: Captured) -> None:
    for seed in range(1, 13):
        audit = audited(seed)
        assert bool(over_nights(audit)) == (seed > 6)
        assert audit.exit_code == 0
        assert all(test.verdict == "ok" for test in over_nights(audit).values())
    moved = []
    for seed in range(13, 24):
        audit = audited(seed, shift=0.12)
        by_feature = over_nights(audit)
        moved.append(by_feature["fare"].verdict)
        assert by_feature["pay"].verdict == "ok"
    assert moved[0] == "ok"
    assert moved[-1] == "skew"
    assert audit.exit_code == 1
    test = over_nights(audit)["fare"]
    assert test.statistic == pytest.approx(0.12, abs=0.03)
    text = skewcheck.render(audit)
    assert "standard deviations from training since the night of 20" in " ".join(text.split())
    assert main(["history", "--state", "s"]) == 0
    table = capsys.readouterr().out
    assert "nights" in table
    assert " : 1" in table


@pytest.mark.usefixtures("work")
def test_a_level_is_followed_as_well() -> None:
    for seed in range(1, 21):
        audit = audited(seed, card=0.6 if seed < 8 else 0.66)
    assert over_nights(audit)["pay"].verdict == "skew"
    assert over_nights(audit)["fare"].verdict == "ok"


@pytest.mark.usefixtures("work")
def test_a_log_that_is_audited_again_counts_once() -> None:
    audited(1)
    for _ in range(10):
        audit = skewcheck.audit("p.json", "log-001.parquet", state="s", learn=3)
    assert not over_nights(audit)
    for _ in range(10):
        audit = skewcheck.audit("p.json", night(2), state="s", learn=3)
    assert not over_nights(audit)


@pytest.mark.usefixtures("work")
def test_a_folder_that_grows_is_one_night() -> None:
    """Its nights share the rows of all days before: evidence of each would count them again."""
    Path("logs").mkdir()
    for seed in range(1, 7):
        night(seed).to_parquet(f"logs/log-{seed:03}.parquet")
        audit = skewcheck.audit("p.json", "logs", state="s", learn=2)
    assert not over_nights(audit)
    files = [set(json.loads(line)["files"]) for line in Path("s", FILE).read_text().splitlines()]
    assert [len(of_night) for of_night in files] == [1, 2, 3, 4, 5, 6]
    assert all(earlier < later for earlier, later in pairwise(files))
    for seed in range(7, 10):
        night(seed).to_parquet(f"logs/log-{seed:03}.parquet")
        audit = skewcheck.audit("p.json", f"logs/log-{seed:03}.parquet", state="s", learn=2)
    assert over_nights(audit)


@pytest.mark.usefixtures("work")
def test_an_accepted_change_is_no_evidence_any_more(capsys: Captured) -> None:
    for seed in range(1, 20):
        audit = audited(seed, shift=0.0 if seed < 9 else 0.12)
    assert audit.exit_code == 1
    words = ["accept", "p.json", "--state", "s", "--until", "now", "--why", "new prices"]
    assert main(words) == 0
    records = [json.loads(line) for line in Path("s", FILE).read_text().splitlines()]
    assert records[-1]["why"] == "new prices"
    time.sleep(1.1)  # nights of the same second are still from before the change
    for seed in range(20, 34):
        audit = audited(seed, shift=0.12)
        assert all(test.verdict == "ok" for test in over_nights(audit).values())
    assert over_nights(audit)
    assert "new prices" in skewcheck.render(audit)
    for seed in range(40, 64):
        audit = audited(seed, shift=0.0)
    assert over_nights(audit)["fare"].verdict == "skew"
    capsys.readouterr()
    assert main(["history", "--state", "s"]) == 0
    assert "new prices" in capsys.readouterr().err


@pytest.mark.usefixtures("work")
def test_a_creep_that_is_accepted_bit_by_bit_is_told() -> None:
    audited(1)
    words = ["accept", "p.json", "--state", "s", "--until", "now", "--why", "a bit"]
    for step in (0.1, 0.2):
        assert main(words) == 0
        time.sleep(1.1)  # as above
        for seed in range(4):
            audit = audited(round(100 * step) + seed, shift=step)
    told = {
        name: shift for note in audit.notes if note.code == "accepted_shifts"
        for name, shift in note.parameters["shifts"]  # type: ignore[attr-defined]
    }  # fmt: skip
    assert told == {"fare": pytest.approx(0.2, abs=0.06)}
    assert "standard deviations from training, whatever was accepted: fare 0." in " ".join(
        skewcheck.render(audit).split()
    )


@pytest.mark.usefixtures("work")
def test_a_state_without_nights_becomes_one_with_them() -> None:
    audited(1)
    Path("s", FILE).unlink()
    Path("s", STATE).write_text('{"skewcheck": {"kind": "state", "version": 1}}')
    audited(2)
    assert json.loads(Path("s", STATE).read_text())["skewcheck"]["version"] == 2
    assert len(Path("s", FILE).read_text().splitlines()) == 1


@pytest.mark.usefixtures("work")
def test_damaged_lines_cost_their_nights_alone() -> None:
    for seed in range(1, 9):
        audited(seed)
    lines = Path("s", FILE).read_bytes().splitlines()
    damaged = [lines[0][:40], b"[1]", b'{"format": 1}', b'{"format": 9}', *lines[1:]]
    damaged.append(lines[1].replace(b'"location":[', b'"location":["x",'))
    Path("s", FILE).write_bytes(b"\n".join(damaged))
    assert over_nights(audited(9))
    assert not over_nights(audited(10, learn=9))


@pytest.mark.usefixtures("work")
def test_without_a_state_nothing_is_accepted(capsys: Captured) -> None:
    words = ["--until", "now", "--why", "x"]
    assert "no state there" in refused(capsys, "accept", "p.json", "--state", "s", *words)
    assert "--state FOLDER is needed" in refused(capsys, "accept", "p.json", *words)
    night(1).to_parquet("log.parquet")
    assert "--state FOLDER" in refused(capsys, "audit", "p.json", "log.parquet", "--learn", "3")
