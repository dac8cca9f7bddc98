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
def test_a_history_that_cannot_be_written() -> None:
    path = Path("s", history.HISTORY)
    path.unlink()
    path.symlink_to("/dev/full")
    with pytest.raises(UnrememberedError, match=f"{history.HISTORY}: cannot write it") as caught:
        skewcheck.audit("p.json", "bad.parquet", state="s")
    assert str(caught.value).startswith("audit(state='s'): not all of this audit is remembered: ")
    assert caught.value.audit.verdict == "skew"
    # It cannot be read either: whether an alarm is new is not known, so that it is one.
    path.unlink()
    path.mkdir()
    with pytest.raises(UnrememberedError, match="cannot read it") as caught:
        skewcheck.audit("p.json", "bad.parquet", state="s", only_new_alarms=True)
    assert caught.value.audit.exit_code == 1
