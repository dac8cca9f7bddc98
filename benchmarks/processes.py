"""Whole processes, run and measured from outside, for bench.py."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
# As installed packages are: compiled once, in the run that is thrown away.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True, slots=True)
class Run:
    """One process from start to end."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of all its threads."""
    peak: float
    """Largest resident memory, MB of 1e6 bytes."""


def run(command: list[str]) -> Run:
    """Run a command; a failure ends the benchmark with what it said."""
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=said
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            said.seek(0)
            why = said.read().decode(errors="replace").strip()
            sys.exit(f"{' '.join(command)[:200]}\nexit {child.returncode}: {why}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6)


def told(script: str, *words: str) -> str:
    """Run a script of this folder that measures itself; return what it prints."""
    command = [PYTHON, str(ROOT / "benchmarks" / script), *words]
    return subprocess.check_output(command, cwd=ROOT, text=True)
