"""Whole processes, run and measured from outside, for bench.py."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
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


def machine() -> str:
    """Return a line: the processor, its cores, the memory, and the versions that were measured."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    packages = ("numpy", "pyarrow", "pandas", "scipy", "rich", "typer")
    return (
        f"{platform.system()} {platform.machine()}, {_processor()}, {os.cpu_count()} cores,"
        f" {memory:.0f} GB; Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in packages)
    )


def _processor() -> str:
    """Return the name of the processor, with family and model: they say how fast its sorts are."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor()
    lines = (line.partition(":") for line in info.read_text().splitlines())
    fields = {key.strip(): value.strip() for key, _, value in lines}
    name = fields.get("model name", platform.processor())
    return f"{name} (family {fields.get('cpu family')}, model {fields.get('model')})"


def told(script: str, *words: str) -> str:
    """Run a script of this folder that measures itself; return what it prints."""
    command = [PYTHON, str(ROOT / "benchmarks" / script), *words]
    return subprocess.check_output(command, cwd=ROOT, text=True)
