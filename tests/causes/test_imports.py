"""A clean audit of raw values imports no mechanism, no sentence and no report."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures"
CODE = """
import sys, skewcheck
result = skewcheck.audit(sys.argv[1], sys.argv[2], served="none")
print(result.verdict, *sorted(m for m in sys.modules if m.startswith("skewcheck")))
"""
MOST_LINES = 19_970
"""Of code that a clean audit of raw values reads: however many files they are divided into."""


def _imported(log: str) -> tuple[str, set[str]]:
    """Return the verdict of an audit in a fresh interpreter, and the modules that it imported."""
    arguments = [str(FIXTURES / "params.json"), str(FIXTURES / log)]
    done = subprocess.run(
        [sys.executable, "-c", CODE, *arguments], capture_output=True, text=True, check=True
    )
    verdict, *modules = done.stdout.split()
    return verdict, set(modules)


@pytest.fixture(scope="module")
def clean() -> set[str]:
    verdict, modules = _imported("clean")
    assert verdict == "ok"
    return modules


@pytest.mark.parametrize("room", ["causes", "reports", "simulate", "lock"])
def test_a_clean_audit_does_not_enter(room: str, clean: set[str]) -> None:
    assert not {name for name in clean if name.split(".")[1:2] == [room]}


def test_little_is_imported(clean: set[str]) -> None:
    files = [find_spec(name) for name in clean]
    places = [Path(file.origin) for file in files if file and file.origin]
    assert len(places) == len(clean)
    texts = [place.read_text("utf-8") for place in places if place.suffix == ".py"]  # no kernel
    assert sum(text.count("\n") for text in texts) <= MOST_LINES


def test_local_logs_do_not_import_what_reads_others(clean: set[str]) -> None:
    names = ("remote", "remote_errors", "urls", "web")
    assert not {f"skewcheck.logs.{name}" for name in names} & clean


def test_a_skewed_log_imports_the_search() -> None:
    verdict, modules = _imported("drifted.parquet")
    assert verdict == "skew"
    assert "skewcheck.causes.diagnose" in modules
