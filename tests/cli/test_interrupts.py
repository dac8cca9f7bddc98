"""Ctrl-C in silence, wherever a run is. It is raised inside an import: no test waits for a time."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = """
import runpy, signal, sys, weakref
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
class Met:
    pass
def callback(gone):
    raise KeyboardInterrupt
def interrupt():
    {how}
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            sys.meta_path.remove(self)
            interrupt()
sys.meta_path.insert(0, Finder())
sys.argv = ["skewcheck", "audit", {params!r}, {logs!r}]
runpy.run_module("skewcheck", run_name="__main__", alter_sys=True)
"""
RAISED = "raise KeyboardInterrupt"
EVALUATED = "exec('raise KeyboardInterrupt')"
IN_A_CALLBACK = "met = Met(); reference = weakref.ref(met, callback); del met"


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("skewcheck.cli", RAISED),
        ("typer", RAISED),
        ("skewcheck.config.options", EVALUATED),  # CPython would end by the signal
        ("skewcheck.cli.audit", IN_A_CALLBACK),  # CPython would print it, and go on
        ("skewcheck.api", RAISED),
        ("numpy", EVALUATED),
        ("pyarrow", IN_A_CALLBACK),
    ],
)
def test_ctrl_c_while_it_starts(name: str, how: str) -> None:
    code = CODE.format(
        name=name, how=how, params=str(ROOT / "fixtures/params.json"),
        logs=str(ROOT / "fixtures/clean"),
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_other_errors_of_callbacks_are_printed() -> None:
    code = (
        "import sys, weakref\n"
        "sys.argv = ['skewcheck', '--version']\n"
        "from skewcheck.__main__ import main\n"
        "code = main()\n"
        "class Met: pass\n"
        "met = Met()\n"
        "kept = weakref.ref(met, lambda gone: 1 / 0)\n"
        "del met\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0
    assert "ZeroDivisionError" in done.stderr


def test_the_command_begins_there() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"skewcheck": "skewcheck.__main__:main"}
