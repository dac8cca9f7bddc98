"""One page that two scripts write: each replaces its own section."""

from __future__ import annotations

from pathlib import Path

SECOND = "# Faults of servers\n"
"""The heading with which the section of server_causes.py begins."""


def write_first(page: Path, text: str) -> None:
    """Write the first section; the second stays as it is."""
    page.write_text(_joined(text, _sections(page)[1]))


def write_second(page: Path, text: str) -> None:
    """Write the second section, which begins with its heading; the first stays as it is."""
    page.write_text(_joined(_sections(page)[0], text))


def _sections(page: Path) -> tuple[str, str]:
    first, heading, second = (page.read_text() if page.exists() else "").partition(SECOND)
    return first, heading + second


def _joined(first: str, second: str) -> str:
    return "\n\n".join(part.strip() for part in (first, second) if part.strip()) + "\n"
