"""One run at a time; a lock whose process is gone holds nobody up; other folders are left alone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from rides import refused

from skewcheck.cli import main
from skewcheck.engine.memory import opened
from skewcheck.text.errors import UsageError

HOLD = """
import sys, time
from skewcheck.engine.memory import opened
with opened("s"):
    print("held", flush=True)
    time.sleep(60)
"""
AUDIT = ("audit", "p.json", "good.parquet", "--state", "s")
pytestmark = pytest.mark.usefixtures("folder")


def test_the_second_run_is_told_of_the_first_which_may_be_killed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        said = refused(capsys, *AUDIT)
        since = json.loads(Path("s/lock").read_text())["since"]
        assert said == (
            f"--state s: another run is using it (process {holder.pid} on {socket.gethostname()}"
            f" since {since}): wait for its end, or name another folder"
        )
        holder.kill()
    assert Path("s/lock").exists()
    assert main(AUDIT) == 0


def test_the_lock_goes_with_the_block_whatever_happens() -> None:
    with opened("s"), pytest.raises(UsageError, match=f"process {os.getpid()} on"), opened("s"):
        pass
    with pytest.raises(ZeroDivisionError), opened("s"):
        raise ZeroDivisionError
    with opened("s"):
        pass


def test_other_folders_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert "holds other things and no state" in refused(capsys, *AUDIT[:-1], ".")
    assert "cannot use it" in refused(capsys, *AUDIT[:-1], "p.json")
    assert "cannot use it" in refused(capsys, *AUDIT[:-1], "p.json/s")
    for text in ("", "[]", '{"skewcheck": {"version": "1"}}', "\xff"):
        Path("s").mkdir(exist_ok=True)
        Path("s/skewcheck-state.json").write_bytes(text.encode("latin-1"))
        assert "skewcheck-state.json in it is damaged" in refused(capsys, *AUDIT)
    Path("s/skewcheck-state.json").write_text('{"skewcheck": {"kind": "state", "version": 3}}')
    assert refused(capsys, *AUDIT) == (
        "--state s: written by a newer skewcheck (state version 3, this one knows 2): update it,"
        " or name another folder"
    )
    assert "newer skewcheck" in refused(capsys, "history", "--state", "s")


@pytest.mark.usefixtures("bound_by_permissions")
def test_a_folder_that_cannot_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    Path("closed").mkdir(mode=0o500)
    assert "Permission denied" in refused(capsys, *AUDIT[:-1], "closed/s")


def test_a_run_that_was_killed_as_it_began_leaves_no_hurdle() -> None:
    Path("s/files").mkdir(parents=True)
    Path("s/lock").touch()
    Path("s/.skewcheck-state.json.abc").touch()
    assert main(AUDIT) == 0
    assert not Path("s/.skewcheck-state.json.abc").exists()
