"""Errors of what was given and is not read: left out, empty, or written by skewcheck."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NoReturn

from skewcheck.logs.asked import Asked
from skewcheck.logs.file import File
from skewcheck.logs.paths import Unopened
from skewcheck.logs.trouble import shown, trouble
from skewcheck.text.errors import NothingToTestError, OptionName, UsageError


def refuse_unusable(
    files: Sequence[File], left_out: Sequence[Unopened], asked: Asked, *, tables: bool
) -> None:
    """Raise the error of a log none of whose files is read.

    And a UsageError for what is asked of tables or databases where there is none.
    """
    for key, value in (("version", asked.version), ("as_of", asked.as_of)):
        if value is not None and not tables:
            raise UsageError(OptionName(key), ": no Delta or Iceberg table is among the logs")
    if asked.sql is not None and not any(file.contents.queried for file in files):
        raise UsageError(OptionName("sql"), ": no database is among the logs")
    if not files:
        _refuse_left_out(left_out)


def _refuse_left_out(left_out: Sequence[Unopened]) -> NoReturn:
    """Raise the error of a log none of whose files is read."""
    by_reason: dict[str, list[str]] = {}
    for file in left_out:
        by_reason.setdefault(file.why, []).append(file.name)
    why = next(why for why in ("unsettled", "empty", "vacant", "report") if why in by_reason)
    first, *others = by_reason[why]
    files = f"{shown(first)} and {len(others)} more" if others else shown(first)
    if why == "unsettled":
        raise NothingToTestError(
            OptionName("settle"),
            f": {files}: modified so lately that it may still grow, and left for the"
            " next run: nothing to test",
        )
    if why == "empty":
        raise NothingToTestError(
            f"{files}: empty (nothing but white space), and no logs beside: nothing to test"
        )
    if why == "vacant":
        raise NothingToTestError(f"{files}: a table without a row: nothing to test")
    raise trouble(files, "written by skewcheck, and no logs beside them")


def refuse_asked(name: str, why: Literal["report", "empty"]) -> NoReturn:
    """Raise the error of a file that a folder may hold, where it was given by its name."""
    if why == "empty":
        raise trouble(name, "is empty (nothing but white space): remove it, or write it again")
    raise trouble(name, "skewcheck wrote this file, which is no log: give logs")
