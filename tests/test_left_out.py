"""What the last lines of a run say of tests that this machine could not run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = """
import pytest

@pytest.mark.skipif(True, reason="no browser: get one")
@pytest.mark.parametrize("page", "ab")
def test_page(page):
    pass

def test_here():
    pass

def test_machine():
    pytest.skip("no git: install it")
"""


def last_lines(folder: Path, **files: str) -> list[str]:
    """Run test files in a folder; return what pytest says at the end."""
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(text)
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"}
    environment["PYTHONPATH"] = str(Path(__file__).parent)
    words = ("-q", "-p", "left_out", "-p", "no:cacheprovider", "--rootdir", str(folder))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, str(folder)], cwd=folder, text=True, check=True,
        env=environment, stdout=subprocess.PIPE,
    )  # fmt: skip
    return done.stdout.splitlines()[1:]


def test_each_reason_with_its_number_of_tests_stands_in_one_line(tmp_path: Path) -> None:
    file = "import pytest\npytest.skip('no JVM', allow_module_level=True)"
    line, last = last_lines(tmp_path, some=TESTS, whole=file)
    assert line == (
        "left out: 2 tests (no browser: get one), 1 test file (no JVM), 1 test (no git: install it)"
    )
    assert last.startswith("1 passed, 4 skipped in ")


def test_nothing_is_said_where_nothing_is_left_out(tmp_path: Path) -> None:
    (last,) = last_lines(tmp_path, some="def test_here():\n    pass\n")
    assert last.startswith("1 passed in ")


def test_no_two_test_modules_share_a_name() -> None:
    # pytest imports them by name: the second of two is an error, but only where both are collected
    folder = Path(__file__).parent
    names = [path.name for path in folder.rglob("*.py") if path.name != "conftest.py"]
    assert len(names) == len(set(names))
