"""Tests that need what this machine may lack: marked here, counted in a line at the run's end."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable

import pytest

Report = pytest.TestReport | pytest.CollectReport


def needs(program: str) -> pytest.MarkDecorator:
    """Leave a test out where a program is not on the path."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"no {program}: install it")


def reason(report: Report) -> str:
    """Return why a test was skipped, as its marker or its `pytest.skip` says."""
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)


def left_out(skipped: Iterable[Report]) -> str:
    """Return the line: tests counted by reason, the most frequent first; empty without any."""
    # A file that is skipped as it is collected never says how many tests it has.
    counts = Counter((isinstance(report, pytest.TestReport), reason(report)) for report in skipped)
    parts = (
        f"{number} {'test' if single else 'test file'}{'' if number == 1 else 's'} ({why})"
        for (single, why), number in counts.most_common()
    )
    return f"left out: {', '.join(parts)}" if counts else ""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the line above pytest's last one."""
    if line := left_out(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line)
