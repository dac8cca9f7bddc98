"""An audit that cannot be remembered is an audit all the same: its reports are written."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from rides import frame

import skewcheck
from skewcheck.cli import main
from skewcheck.engine.memory import ENTRIES, entries, history
from skewcheck.results.audit import UnrememberedError

FULL = os.strerror(errno.ENOSPC)
Captured = pytest.CaptureFixture[str]


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, FULL)


@pytest.fixture
def bad(folder: Path) -> Path:
    """A state that knows a good night, and a faulty log."""
    table = frame(3)
    table["fare"] *= 100
    table.to_parquet("bad.parquet")
    os.utime("bad.parquet", (1_700_000_000, 1_700_000_000))
    assert main(["audit", "p.json", "good.parquet", "--state", "s", "--quiet"]) == 0
    return folder


@pytest.mark.usefixtures("bad")
def test_files_that_cannot_be_remembered(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    before = sorted(Path("s", ENTRIES).iterdir())
    command = ["audit", "p.json", "bad.parquet", "--state", "s", "--quiet"]
    with monkeypatch.context() as disk:
        disk.setattr(entries, "put", full)
        assert main([*command, "--report", "json=r.json", "--report", "line=/dev/full"]) == 2
    told = capsys.readouterr()
    assert told.out.startswith("skew: 1 skew (fare)")
    assert json.loads(Path("r.json").read_text())["verdict"] == "skew"
    assert told.err.startswith("skewcheck: --state s: not all of this audit is remembered: s/files")
    assert FULL in told.err
    assert "/dev/full: cannot write it" in told.err
    assert told.err.count("\n") == 1
    assert sorted(Path("s", ENTRIES).iterdir()) == before
    # The file is read again as soon as there is room. Exit code 2 has made no alarm old.
    assert [(run.verdict, run.delivered) for run in history.runs(Path("s"))] == [
        ("ok", True),
        ("skew", False),
    ]
    assert main([*command, "--only-new-alarms"]) == 1
    assert main([*command, "--only-new-alarms"]) == 0
    assert len(list(Path("s", ENTRIES).iterdir())) == len(before) + 1


@pytest.mark.usefixtures("bad")
def test_a_history_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("s", history.HISTORY)
    match = "nights.jsonl: cannot write it"  # the first of both files
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(UnrememberedError, match=match) as caught:
            skewcheck.audit("p.json", "bad.parquet", state="s")
    assert str(caught.value).startswith("audit(state='s'): not all of this audit is remembered: ")
    assert caught.value.audit.verdict == "skew"
    # It cannot be read either: whether an alarm is new is not known, so that it is one.
    path.unlink()
    path.mkdir()
    with pytest.raises(UnrememberedError, match="cannot read it") as caught:
        skewcheck.audit("p.json", "bad.parquet", state="s", only_new_alarms=True)
    assert caught.value.audit.exit_code == 1


@pytest.mark.usefixtures("bad")
@pytest.mark.parametrize(
    "name", ["history.jsonl", "nights.jsonl", "lock", "files", "skewcheck-state.json"]
)
def test_a_state_whose_names_lead_elsewhere_is_refused(name: str, capsys: Captured) -> None:
    """A folder that somebody else prepared: nothing is written, cut or removed behind its links."""
    Path("victim").mkdir()
    Path("victim", ".env").write_text("secret")
    Path("target").write_text("theirs")
    place = Path("s", name)
    kept = place.rename("kept")
    place.symlink_to(Path("../victim") if kept.is_dir() else Path("../target"))
    if name == "skewcheck-state.json":
        Path("target").write_bytes(kept.read_bytes())
    before = Path("target").read_bytes()
    assert main(["audit", "p.json", "bad.parquet", "--state", "s", "--quiet"]) == 2
    assert f"{name} in it is a link" in capsys.readouterr().err
    assert Path("target").read_bytes() == before
    assert [path.name for path in Path("victim").iterdir()] == [".env"]


@pytest.mark.usefixtures("bad")
def test_only_our_own_drafts_are_removed() -> None:
    for name in (".env", ".gitignore", ".history.jsonl.abc", "files/.keep"):
        Path("s", name).write_text("x")
    assert main(["audit", "p.json", "bad.parquet", "--state", "s", "--quiet"]) == 1
    left = sorted(path.name for path in Path("s").rglob(".*"))
    assert left == [".env", ".gitignore", ".keep"]
