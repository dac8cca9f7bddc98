"""The fuzzer sees what it is there to see, and a short run of it finds nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from seeds import seeds
from worker import Watch, attempt, stored

HERE = Path(__file__).parent
SEEDS = seeds()


@pytest.mark.parametrize("number", range(len(SEEDS)))
def test_every_seed_is_read_before_it_is_damaged(number: int, tmp_path: Path) -> None:
    files = SEEDS[number]
    found = attempt(stored(files, tmp_path), Watch())
    refused = {"wicked.pkl", "xgboost.ubj"} & files.keys()
    assert found == ("refused" if refused else "read")


def python(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=600, check=False,
        cwd=HERE, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("act", "seen"),
    [
        ("pickle.loads(SMALL['wicked.pkl'])", "pickle.find_class"),
        ("os.system('true')", "os.system"),
        ("importlib.import_module('this')", "runs "),
        ("open(os.devnull, 'w')", "writes '/dev/null'"),
        ("eval(compile('1', 'x', 'eval'))", "runs x"),
        ("import this", "imports this"),
    ],
)
def test_what_must_not_happen_is_seen_and_prevented(act: str, seen: str) -> None:
    script = (
        "import os, sys, pickle, importlib, worker\nfrom seeds import SMALL\n"
        "watch = worker.Watch()\n"
        f"sys.addaudithook(watch.hook)\nwatch.on = True\ntry:\n    {act}\n"
        "except Exception as error:\n    watch.on = False\n    print(watch.seen, error)\n"
    )
    told = python("-c", script).stdout
    assert told.startswith((f"['{seen}", f'["{seen}'))


def test_a_short_run_finds_nothing() -> None:
    done = python("worker.py", "11", "0", "100", "300")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(case) for case in range(100)]
