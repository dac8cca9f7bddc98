"""A process that is killed at any moment leaves nothing that is wrong, and nothing in the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from engine.memory.nights import days, report

import skewcheck
from skewcheck.engine.memory import ENTRIES, NIGHTS, history
from skewcheck.engine.memory.lines import lines_of

__all__ = ["days"]
TESTS = Path(__file__).resolve().parents[2]
# Entries go now and then, so that they are written again and again.
CHILD = """
import itertools, pathlib, sys
import skewcheck
for n in itertools.count():
    for place in sorted(pathlib.Path("s/files").glob("*"))[n % 5 ::2]:
        place.unlink()
    skewcheck.audit("p.json", "logs", state="s", served="{feature}_norm")
    if not n:
        print("on", flush=True)
"""


@pytest.mark.usefixtures("days")
def test_the_run_after_one_that_was_killed_is_right() -> None:
    options: dict[str, object] = {"served": "{feature}_norm"}
    without = report(skewcheck.audit("p.json", "logs", **options))
    moments = np.random.default_rng(6)
    ended = 0
    for kill in range(1, 7):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
        ) as child:  # fmt: skip
            assert child.stdout is not None
            assert child.stdout.readline() == "on\n"
            time.sleep(moments.uniform(0, 0.4))
            child.kill()
        left = len(history.runs(Path("s")))
        assert left > ended
        assert report(skewcheck.audit("p.json", "logs", state="s", **options)) == without
        ended = len(history.runs(Path("s")))
        assert ended == left + 1
        assert not [path for path in Path("s").rglob(".*") if path.is_file()]
        assert len(list(Path("s", ENTRIES).iterdir())) == 5
        # Of each run its night: of one that was killed in between perhaps its night alone.
        nights = [json.loads(line)["shifts"] for line in lines_of(Path("s", NIGHTS))]
        assert ended <= len(nights) <= ended + kill
        assert all(shifts == nights[0] for shifts in nights)


@pytest.mark.usefixtures("days")
def test_half_an_entry_is_written_anew() -> None:
    # A disk may lose what a process wrote before the machine lost its power.
    without = report(skewcheck.audit("p.json", "logs"))
    skewcheck.audit("p.json", "logs", state="s")
    for place in sorted(Path("s", ENTRIES).iterdir()):
        whole = place.read_bytes()
        for size in (0, 8, 16, 24, len(whole) // 2, len(whole) - 1):
            place.write_bytes(whole[:size])
            place.with_name(f".{place.name}.draft").write_bytes(whole[:size])
            assert report(skewcheck.audit("p.json", "logs", state="s")) == without
            assert place.read_bytes() == whole
