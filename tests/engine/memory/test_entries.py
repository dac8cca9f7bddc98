"""What was remembered changes no byte of a report, and what has changed is read again."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from engine.memory.nights import OLD, aged, days, reads, report, write

import skewcheck
from skewcheck.engine import fold
from skewcheck.engine.memory import ENTRIES, entries, stamps
from skewcheck.results.audit import Audit
from skewcheck.text.errors import LogError

__all__ = ["days", "reads"]
pytestmark = pytest.mark.usefixtures("days")
ALL = [f"day-{n:02}.{'csv' if n % 3 == 2 else 'parquet'}" for n in range(5)]
QUESTIONS: dict[str, dict[str, object]] = {
    "raw": {},
    "paired": {"served": "{feature}_norm"},
    "served": {"raw": "no_{feature}", "served": "{feature}_norm"},
    "hours": {"every": "6h", "time_column": "t", "by": "host"},
    "rows": {"every": "300"},
    "clusters": {"cluster": "user"},
    "times": {"time_column": "t", "since": "2026-11-02T12:00", "until": "2026-11-04"},
}


def audit(**options: object) -> Audit:
    return skewcheck.audit("p.json", "logs", **options)


def audited(**options: object) -> str:
    return report(audit(**options))


@pytest.mark.parametrize("name", QUESTIONS)
def test_reports_are_the_same_bytes_whatever_is_remembered(name: str, reads: list[str]) -> None:
    question = QUESTIONS[name]
    without = audited(**question)
    reads.clear()
    assert audited(**question, state="s") == without
    assert reads[-5:] == ALL
    reads.clear()
    assert audited(**question, state="s") == without
    # Windows of so many rows are numbered through text files, which are read for that.
    assert [file for file in reads if file in ALL] == []


def test_what_a_file_says_beside_changes_no_count(reads: list[str]) -> None:
    """A parameter file may hold keys of anything in each feature, as `x-served` names columns."""
    written = json.loads(Path("p.json").read_text())
    for feature in written["features"].values():
        feature["x-note"] = {"list": [1, {"a": None}], "text": "b"}
    Path("q.json").write_text(json.dumps(written))
    skewcheck.audit("q.json", "logs", state="s")
    assert [file for file in reads if file in ALL] == ALL
    reads.clear()
    skewcheck.audit("p.json", "logs", state="s")
    assert [file for file in reads if file in ALL] == []


@pytest.mark.parametrize("threads", [1, 4])
def test_some_remembered_and_some_not_in_any_order(
    threads: int, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fold, "cores", lambda: threads)
    options: dict[str, object] = {"served": "{feature}_norm", "time_column": "t"}
    for subset in (["day-03*"], ["day-01*", "day-04*"]):
        skewcheck.audit("p.json", [f"logs/{glob}" for glob in subset], state="s", **options)
    reads.clear()
    found = audited(**options, state="s")
    assert reads == [ALL[0], ALL[2]]
    assert found == audited(**options)


def test_samples_are_those_of_the_whole_log(
    reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Many more rows than samples hold: each file must keep what it alone would need.
    for number in range(3):
        write(number, rows=9_000, faulty=True)
    options: dict[str, object] = {"served": "{feature}_norm", "by": "host"}
    without = audited(**options)
    audited(**options, state="s")
    reads.clear()
    assert audited(**options, state="s") == without
    assert reads == []
    for name in ALL:  # each alone, and the others without it
        alone = skewcheck.audit("p.json", f"logs/{name}", state="s", **options)
        assert report(alone) == report(skewcheck.audit("p.json", f"logs/{name}", **options))
    assert set(reads) == set(ALL)


def test_what_has_changed_is_read_again(reads: list[str]) -> None:
    audited(state="s")
    reads.clear()
    path = Path("logs") / ALL[4]
    whole = path.read_bytes()
    changed = pd.read_parquet(path)
    changed.loc[0, "fare"] = 7.77
    changed.to_parquet(path)  # another size, another time
    aged(path, 99)
    assert audited(state="s") == audited()
    assert reads[0] == ALL[4]
    assert reads.count(ALL[0]) == 1  # by the audit without a state
    # The same size and time, but other bytes at its end.
    csv = Path("logs") / ALL[2]
    text = csv.read_bytes()
    csv.write_bytes(text[:-12] + text[-12:].replace(b"1", b"2"))
    aged(csv, 2)
    assert csv.read_bytes() != text
    reads.clear()
    audited(state="s")
    assert reads == [ALL[2]]
    # What was there before is no longer remembered: there is one entry per file and question.
    path.write_bytes(whole)
    aged(path, 4)
    reads.clear()
    audited(state="s")
    assert reads == [ALL[4]]
    assert len(list(Path("s", ENTRIES).iterdir())) == 5


def test_another_question_is_answered_anew(reads: list[str]) -> None:
    audited(state="s")
    for options in (
        {"features": "fare"}, {"null_values": "?"}, {"served": "{feature}_norm"},
        {"by": "host"}, {"time_column": "t"}, {"reference": "logs/day-00.parquet"},
    ):  # fmt: skip
        reads.clear()
        assert audited(**options, state="s") == audited(**options)
        assert len([name for name in reads if name in ALL]) >= 10, options
    reads.clear()
    # What only judges needs nothing new.
    audited(alpha=0.05, fail_on="never", state="s")
    assert reads == []


def test_how_many_rows_are_enough_is_no_other_question(reads: list[str]) -> None:
    audited(state="s")
    reads.clear()
    audited(state="s", min_rows=100)
    assert reads == []


def test_a_window_of_time_that_moves_reads_its_ends_only(reads: list[str]) -> None:
    def last(until: str, state: str | None = "s") -> str:
        since = pd.Timestamp(until) - pd.Timedelta(days=3)
        return audited(time_column="t", since=since.isoformat(), until=until, state=state)

    last("2026-11-04")
    reads.clear()
    later = last("2026-11-05")
    # The first day has left the window, the fourth has come in; the fifth is behind it as it was.
    assert reads == [ALL[0], ALL[3]]
    assert later == last("2026-11-05", None)


def test_a_damaged_entry_is_built_anew(reads: list[str]) -> None:
    without = audited(served="{feature}_norm")
    audited(served="{feature}_norm", state="s")
    rng = np.random.default_rng(5)
    for place in sorted(Path("s", ENTRIES).iterdir()):
        whole = place.read_bytes()
        for kind in range(3):
            damaged = bytearray(whole)
            if kind == 0:
                damaged[rng.integers(16, len(whole))] ^= 1 << int(rng.integers(8))
            elif kind == 1:
                damaged = damaged[: rng.integers(len(whole))]
            else:
                damaged[16:] = rng.bytes(len(whole) - 16)
            place.write_bytes(damaged)
            reads.clear()
            assert audited(served="{feature}_norm", state="s") == without
            assert len(reads) == 1
            assert place.read_bytes() == whole


def test_a_file_that_may_still_change_is_not_remembered(
    reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "RACY_SECONDS", 3600)  # however long the audits take
    now = time.time()
    os.utime(Path("logs") / ALL[0], (now, now))
    for _ in range(2):
        reads.clear()
        audited(state="s")
    assert reads == [ALL[0]]


def test_tables_are_read_always(reads: list[str]) -> None:
    table = pa.table({"fare": [1.0, 2.0], "count": [1, 2], "pay": ["Cash", "Card"]})
    Path("<table>").write_text("fare,count,pay\n1,2,Cash\n")
    aged(Path("<table>"))
    for _ in range(2):
        skewcheck.audit("p.json", [table, "logs"], state="s")
    assert reads == ["<table>", *ALL, "<table>"]


def test_folder_names_are_part_of_what_a_file_says(reads: list[str]) -> None:
    for name in ("1", "2"):
        folder = Path("hive") / f"zone={name}"
        folder.mkdir(parents=True)
        write(int(name) - 1).rename(folder / "a.parquet")
    options: dict[str, object] = {"by": "zone", "state": "s"}
    skewcheck.audit("p.json", "hive", **options)
    (Path("hive") / "zone=2").rename(Path("hive") / "zone=x")  # zone is no number any more
    reads.clear()
    found = skewcheck.audit("p.json", "hive", **options)
    assert reads == ["zone=1/a.parquet", "zone=x/a.parquet"]
    assert report(found) == report(skewcheck.audit("p.json", "hive", by="zone"))


def test_what_no_run_uses_is_dropped_after_90_days() -> None:
    audited(state="s")
    places = sorted(Path("s", ENTRIES).iterdir())
    for place in places:
        os.utime(place, (OLD, OLD))
    (Path("logs") / ALL[0]).unlink()
    audited(state="s")
    assert len(list(Path("s", ENTRIES).iterdir())) == 4
    assert entries.ENTRY_DAYS == 90


@pytest.mark.parametrize("logs", ["logs", "logs/**", "logs/*", "log?"])
def test_a_state_among_the_logs_is_no_log(logs: str, reads: list[str]) -> None:
    for state in ("logs/s", None, "logs/s"):
        skewcheck.audit("p.json", logs, state=state)
    assert [Path(name).name for name in reads] == [*ALL, *ALL]


def test_state_folders_are_for_their_owner_only() -> None:
    audited(state="s")
    assert Path("s").stat().st_mode & 0o77 == 0
    assert Path("s", ENTRIES).stat().st_mode & 0o77 == 0


def test_contents_that_change_behind_an_old_time_are_read_again(reads: list[str]) -> None:
    path = write(0, rows=5_000)
    assert path.stat().st_size > 4 * stamps.END_BYTES
    audited(state="s")
    reads.clear()
    about, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1  # far from both ends, of the same size
    path.write_bytes(content)
    # As `rsync -t` and `touch -r` do.
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert path.stat().st_size == about.st_size
    with suppress(LogError):  # the page may be damaged: that it was read is enough
        audited(state="s")
    assert ALL[0] in reads


@pytest.mark.parametrize("state", [None, "s"])
def test_a_file_that_changes_while_it_is_read_is_an_error(state: str | None) -> None:
    path = Path("logs") / ALL[1]

    def grow(*_: object) -> None:
        with path.open("ab") as file:
            file.write(b"\n")
        aged(path)

    with pytest.raises(LogError, match=rf"\A{ALL[1]}: was changed while it was read: .*settle"):
        skewcheck.audit("p.json", "logs", state=state, progress=grow)
