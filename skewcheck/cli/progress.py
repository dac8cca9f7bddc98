"""A bar on stderr for work that takes longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from skewcheck.cli.output import is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress

Advance = Callable[[int, int, int, str], None]
"""Called with the rows and bytes that are done, the bytes in all, and the file at hand."""
Status = Callable[[int, float, str], str]
"""Returns what stands beside the bar: of rows that are done, the seconds they took, and a name."""

PATIENCE = 1.0
"""Seconds of work before a bar is worth the space."""


def of_rows(rows: int, seconds: float, file: str) -> str:
    """Return how many rows are done, how fast, and the file at hand."""
    from skewcheck.text.printable import count, printable

    return f"{count(rows)} rows, {rows / seconds:,.0f}/s, {printable(file, 30)}"


def of_name(_: int, __: float, name: str) -> str:
    """Return what is at hand."""
    from skewcheck.text.printable import printable

    return printable(name, 30) if name else ""


@contextmanager
def shown(wanted: bool, status: Status = of_rows) -> Iterator[Advance | None]:
    """Yield what the work has to call; None where no bar is wanted or stderr is no terminal."""
    if not wanted or not is_terminal(sys.stderr):
        yield None
        return
    began = time.monotonic()
    bar: Progress | None = None

    def _advance(rows: int, done: int, total: int, name: str) -> None:
        nonlocal bar
        seconds = time.monotonic() - began
        if seconds < PATIENCE:
            return
        if bar is None:
            bar = _bar()
            bar.add_task("", total=None)
            bar.start()
        description = status(rows, seconds, name)
        bar.update(bar.task_ids[0], completed=done, total=total or None, description=description)

    try:
        yield _advance
    finally:
        if bar is not None:
            bar.stop()


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    return Progress(
        BarColumn(24),
        TaskProgressColumn("{task.percentage:>3.0f}%", "", markup=False),
        TextColumn("{task.description}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
