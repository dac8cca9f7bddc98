"""An alarm is new until a report with it got out, whatever fails or is killed in between."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from failing_calls import How, failing
from rides import frame

import skewcheck
from skewcheck.cli import main
from skewcheck.engine.memory import history
from skewcheck.engine.memory.places import places

Captured = pytest.CaptureFixture[str]
REPORTS = ["--report", "json=r.json", "--report", "line=r.txt"]
OLD = "an older report"


def night(log: str) -> list[str]:
    """Put a log where every night finds one; return the command line of its audit."""
    shutil.copy(log, "log.parquet")
    return [
        "audit",
        "p.json",
        "log.parquet",
        "--state",
        "s",
        "--only-new-alarms",
        "--quiet",
        *REPORTS,
    ]


@dataclass(frozen=True)
class Nights:
    """A folder with logs, a state of earlier nights, and what whole reports look like."""

    folder: Path
    state: Path
    """The state as the night begins."""

    def again(self) -> None:
        """Put the folder back to how the night begins."""
        shutil.rmtree("s", ignore_errors=True)
        shutil.copytree(self.state, "s")
        for name in ("r.json", "r.txt", "stdout"):
            Path(name).write_text(OLD)


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    columns = frame(1, 2000)[["fare"]]
    skewcheck.save(skewcheck.fit(columns), "p.json")
    frame(2, 2000)[["fare"]].to_parquet("good.parquet")
    (columns * 100).to_parquet("bad.parquet")
    return tmp_path


def after(folder: Path, *past: str) -> Nights:
    """Return the folder after nights with these logs."""
    for log in past:
        main(night(log))
    shutil.copytree("s", "before")
    return Nights(folder, Path("before"))


def whole(verdict: str) -> bool:
    """Return whether both reports are those of tonight; neither may be half a report."""
    text, line = Path("r.json").read_text(), Path("r.txt").read_text()
    assert text == OLD or json.loads(text)["verdict"] == verdict
    assert line == OLD or (line.startswith("tool=skewcheck ") and line.endswith("\n"))
    return OLD not in (text, line)


def sweep(nights: Nights, log: str, how: How) -> Iterator[tuple[int, str]]:
    """Run a night again and again, and let each of its calls fail in turn.

    Yields exit code and the name of the call, as long as one fails.
    """
    for number in range(1, 1000):
        nights.again()
        words = night(log)
        with failing(nights.folder, number, how) as injector:
            code = main(words)
        if not injector.failed:
            expected = {"write"} if how == "short" else {"open", "write", "rename", "fsync", "lock"}
            assert expected <= set(injector.calls)
            return
        yield code, f"{number}: {injector.calls[-1]}"
    raise AssertionError("no end")


@pytest.mark.parametrize("how", ["error", "short"])  # `make fuzz` has the others
def test_no_fault_loses_an_alarm(logs: Path, how: How, capsys: Captured) -> None:
    nights = after(logs, "good.parquet")
    for code, call in sweep(nights, "bad.parquet", how):
        assert code in (1, 2)
        err = capsys.readouterr().err
        assert (code == 2) == err.startswith("skewcheck: ")
        told = whole("skew") and Path("stdout").read_text().startswith("skew: 1 skew (fare)")
        assert told or code == 2
        again = main(night("bad.parquet"))
        assert again == (0 if code == 1 else 1), call
        assert whole("skew")
        assert main(night("bad.parquet")) == 0  # it has been delivered by now
        assert not [path for path in Path("s").rglob(".*") if path.is_file()]


def test_an_alarm_that_went_away_in_a_run_that_failed_is_new(logs: Path, capsys: Captured) -> None:
    """Unless nothing could be stored of the good night, which says so."""
    nights = after(logs, "bad.parquet")
    news = 0
    for code, call in sweep(nights, "good.parquet", "error"):
        reported = Path("r.json").read_text() != OLD
        stored = "not all of this audit is remembered" not in capsys.readouterr().err
        again = main(night("bad.parquet"))
        assert again == 1 or not (stored and (reported or code == 0)), call
        news += again
    assert news > 5


def test_an_unwritable_report_delivers_nothing(logs: Path, capsys: Captured) -> None:
    after(logs, "good.parquet")
    for place in ("/dev/full", "nowhere/r.json"):
        assert main([*night("bad.parquet"), "-o", place]) == 2
        assert main([*night("bad.parquet"), "--report", f"json={place}"]) == 2
    past = history.runs(Path("s"))
    assert [run.delivered for run in past] == [True, *[False] * 4]
    capsys.readouterr()
    assert main(["history", "--state", "s"]) == 0
    assert capsys.readouterr().out.count("not delivered") == 4
    assert main(night("bad.parquet")) == 1
    note = json.loads(Path("r.json").read_text())["notes"][1]
    assert note == "no report got out of 4 runs before this: their alarms are new"
    assert main(night("bad.parquet")) == 0


def test_two_parameter_files_have_runs_of_their_own(logs: Path) -> None:
    shutil.copy("p.json", "q.json")
    after(logs, "bad.parquet")
    assert main([*night("bad.parquet"), "-o", "/dev/full"]) == 2
    other = [word.replace("p.json", "q.json") for word in night("bad.parquet")]
    assert main(other) == 1
    assert main(other) == 0
    assert main(night("bad.parquet")) == 0


def test_after_a_damaged_line_all_is_new(logs: Path) -> None:
    """It may be a run without the alarm."""
    after(logs, "bad.parquet")
    with Path("s", history.HISTORY).open("ab") as file:
        file.write(b'{"at": "2026-11-30T03')
    assert main(night("bad.parquet")) == 1
    note = "history.jsonl: a line behind the last run is damaged: each alarm is new"
    assert note in json.loads(Path("r.json").read_text())["notes"]
    assert main(night("bad.parquet")) == 0


def test_lines_without_an_id_count_as_delivered(logs: Path) -> None:
    """Version 0.1 wrote no delivery."""
    after(logs, "bad.parquet")
    path = Path("s", history.HISTORY)
    record = json.loads(path.read_bytes().splitlines()[0])
    del record["id"]
    path.write_text(json.dumps(record) + "\n")
    assert main(night("bad.parquet")) == 0


def test_what_is_no_alarm_stays_when_alarms_are_old(logs: Path) -> None:
    """A night with an old alarm and too little data is no better than one with the latter."""
    both = frame(2, 60).assign(count=1).reset_index(drop=True)
    skewcheck.save(skewcheck.fit(frame(1, 2000)[["fare", "count"]]), "p.json")
    both.to_parquet("bad.parquet")
    frame(2, 60).to_parquet("good.parquet")
    assert main(night("good.parquet")) == 3
    assert [main(night("bad.parquet")) for _ in range(3)] == [1, 3, 3]
    note = json.loads(Path("r.json").read_text())["notes"][0]
    assert note == "no alarm is new since the last run: exit code 3 by --only-new-alarms"


def test_another_model_at_the_same_path_has_alarms_of_its_own(logs: Path) -> None:
    after(logs, "bad.parquet")
    assert main(night("bad.parquet")) == 0
    skewcheck.save(skewcheck.fit(frame(5, 2000)[["fare"]]), "p.json")
    assert main(night("bad.parquet")) == 1
    assert main(night("bad.parquet")) == 0


def test_lost_rows_are_an_alarm_that_grows_old(logs: Path) -> None:
    skewcheck.save(skewcheck.fit(frame(1, 2000)[["fare", "count"]]), "p.json")
    log = frame(2, 2000)[["fare", "count"]].astype(float)
    log.loc[:400] = None
    log.to_parquet("bad.parquet")
    assert [main(night("bad.parquet")) for _ in range(2)] == [1, 0]
    notes = json.loads(Path("r.json").read_text())["notes"]
    assert "no alarm is new since the last run: exit code 0 by --only-new-alarms" in notes


def test_what_did_not_fail_then_is_new_when_it_does(logs: Path) -> None:
    assert main([*night("bad.parquet"), "--fail-on", "never"]) == 0
    assert main(night("bad.parquet")) == 1
    assert main(night("bad.parquet")) == 0


def test_a_warning_that_did_not_fail_is_new_to_a_policy_that_fails_for_it(logs: Path) -> None:
    (pd.read_parquet("good.parquet") * 1.15).to_parquet("near.parquet")
    lax = night("near.parquet")
    assert (main(lax), json.loads(Path("r.json").read_text())["verdict"]) == (0, "warn")
    assert main([*lax, "--fail-on", "warn"]) == 1
    assert main([*lax, "--fail-on", "warn"]) == 0


def test_two_jobs_with_one_state_are_told_apart(logs: Path) -> None:
    def job(*files: str) -> int:
        return main(["audit", "p.json", *files, "--state", "s", "--only-new-alarms", "-q"])

    for name in ("web/a-2026-11-01.parquet", "app/a-2026-11-01.parquet", "web/b.parquet"):
        Path(name).parent.mkdir(exist_ok=True)
        shutil.copy("bad.parquet", name)
    names = ("web/a-2026-11-01.parquet", "app", "app/*.parquet", "web/b.parquet")
    # All files of a folder are the folder.
    assert [job(name) for name in names] == [1, 1, 0, 1]
    assert [job(name) for name in names] == [0, 0, 0, 0]
    # Another night's file, and the same one however it is named, are the same job.
    shutil.copy("bad.parquet", "web/a-2026-11-02.parquet")
    assert job("web/a-2026-11-02.parquet") == 0
    assert job(str(Path("web/a-2026-11-02.parquet").resolve()), "web/b.parquet") == 0


@pytest.mark.parametrize(
    "name",
    [
        "part-00000-4dd4acdc-f8d3-44a0-b570-da282abb7879-c000.snappy.parquet",
        "17.csv.gz",
        "day=2026-11-01/05.csv",
        "log20261101.csv",
        "web1.2026-11-01T03:00:00Z.jsonl",
        "20261101T030000Z.csv",
        "3f9ac1d2e07b/a.csv",
    ],
)
def test_dates_and_serial_numbers_do_not_count(name: str) -> None:
    rng = random.Random(3)  # noqa: S311  # nothing secret
    kept = name.replace("web1", "web").replace("c000", "c")
    other = "".join(rng.choice("0123456789") if c.isdecimal() else c for c in kept)
    other = other.replace("web", "web1").replace("-c.", "-c000.")
    assert places(f"logs/{name}") == places([f"logs/{other}"]) != places(f"log/{name}")


@pytest.mark.parametrize("one", ["web1", "m1", "host01", "model_v1", "db01"])
def test_numbers_of_names_count(one: str) -> None:
    assert places(f"logs/{one}") != places(f"logs/{one.replace('1', '2')}")
    assert places(f"logs/{one}") == places(f"logs/../logs/{one}") == places(Path("logs", one))
