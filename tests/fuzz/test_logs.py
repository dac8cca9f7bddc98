"""The fuzzer of logs sees lost rows, and a short run of it finds nothing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import log_mutations
import logs
import pyarrow as pa
import pytest
from log_mutations import _intact, frame, written

HERE = Path(__file__).parent


def test_a_short_run_finds_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "logs.py", "--cases", "30", "--seed", "11"], text=True, check=False,
        capture_output=True, timeout=600, cwd=HERE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("30 damaged logs and states, 0 problems\n")


def test_whole_rows_are_counted_apart_from_the_code() -> None:
    before = b"a,b\n1,2\n3,4\n1,2\n"
    assert _intact(before, before) == 3
    assert _intact(before, b'a,b\n1,"2\n3,4\n1,2\n') == 2
    assert _intact(before, b"3,4\n") == 1
    assert _intact(b'{"a":1}\n{"a":2}\n', b'{"a":1}\n\n{"a":2}\n') == 2


def test_rows_that_quotes_swallow_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the check of quotes, damage of that kind loses rows, and the fuzzer says so."""
    monkeypatch.chdir(tmp_path)
    logs.prepare()
    monkeypatch.setattr("skewcheck.logs.quotes.check", lambda *_: False)
    table = pa.Table.from_pandas(frame().assign(note="ok"), preserve_index=False)
    lines = written(table, "log.csv").splitlines(keepends=True)
    lines[1000] = b'a,20,9.5,10.0,"ok,2026-11-29T00:00:00Z\n'  # the note begins
    lines[1400] = b'b,20,9.5,10.0,ok",2026-11-29T00:00:00Z\n'  # and ends
    before, after = written(table, "log.csv"), b"".join(lines)
    case = log_mutations.Case("log.csv", after, log_mutations._intact(before, after), "quotes")
    monkeypatch.setattr(logs, "case", lambda _: case)
    monkeypatch.setattr(logs, "OPTIONS", [[]])
    what, wrong = logs.log_case(random.Random(1))  # noqa: S311
    assert what == "exit 0"
    assert "were read, exit code 0" in wrong[0]
