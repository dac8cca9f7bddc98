"""The last word of a test run: which tests this machine could not run, and why, in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

Report = pytest.TestReport | pytest.CollectReport


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
