"""Check that a profile has rows to test; the notes on files that are not read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.features.notes import Note
from skewcheck.logs.log import Log
from skewcheck.logs.paths import Unopened
from skewcheck.text.errors import LogError, NothingToTestError, OptionName, UsageError

if TYPE_CHECKING:
    from skewcheck.logs.reach import Reach
    from skewcheck.logs.times import Window

MAX_GROUPS = 10
"""Groups of files with the same content that are listed: a report must not grow with the log."""


def check(profile: Profile, plan: Plan, files: Sequence[str]) -> None:
    """Check that a profile has rows enough, and windows where they were asked for.

    Raises NothingToTestError without rows, or with fewer than the plan asks for, and UsageError
    where windows of time were asked for and no row has a time.
    """
    window = plan.window
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    log = f"{files[0]}{more}"
    refuse_undecoded(profile, plan.max_bad)
    if not profile.rows:
        if profile.intake.total.featureless:
            raise NothingToTestError(f"{log}: no row has a value of any feature: nothing to test")
        where = "" if window is None else _outside(profile.reach, window)
        raise NothingToTestError(f"{log}: no rows{where}: nothing to test")
    if profile.rows < plan.min_rows:
        raise NothingToTestError(
            f"{log}: {profile.rows:,} rows, fewer than ", OptionName("min_rows", plan.min_rows)
        )
    if profile.parts:
        _refuse_untimed(profile, window)


def _outside(reach: Reach, window: Window) -> str:
    """Return that no row lies in the time asked for, and when the nearest rows were, to a minute.

    Of a `reach` of no times it asks whether the column holds any.
    """
    nearest: list[str] = []
    if reach.before is not None:
        row = "the last row before it" if reach.later else "the newest row"
        nearest.append(f"{row} is of {_minute(reach.before)}")
    if reach.later:
        nearest.append(f"the first row after it is of {_minute(reach.after)}")
    told = f"{' and '.join(nearest)} UTC" if nearest else "does it hold times?"
    return f" in the time asked for, by {window.column!r} ({told})"


def _minute(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def refuse_undecoded(profile: Profile, max_bad: float) -> None:
    """Raise a LogError where more records cannot be decoded than are let pass."""
    total, first = profile.intake.total, profile.intake.first_undecoded
    records = total.parsed - total.other - total.gained
    if first is not None and total.undecoded > max_bad * records:
        share = total.undecoded / records
        least = math.ceil(share * 100) / 100
        raise LogError(
            f"{first[0]}: record {first[1] + 1:,} cannot be decoded, and {share:.1%} of all: mend"
            " them, or let them pass with ", OptionName("max_bad", f"{least:.2f}"),
        )  # fmt: skip


def _refuse_untimed(profile: Profile, window: Window | None) -> None:
    """Raise UsageError where windows of time were asked for and no row has a time."""
    from skewcheck.counts.dimensions import Spans  # most audits have no parts

    for parts in profile.parts:
        if isinstance(parts.dimension, Spans) and not parts.keys:
            column = "" if window is None else window.column
            raise UsageError(
                OptionName("every", parts.dimension.asked),
                f": no row has a time in {column!r} that can be read"
                " (timestamps, ISO 8601 text or epoch numbers); name another with ",
                OptionName("time_column"),
            )


def unopened_files(unopened: Sequence[Unopened]) -> list[Note]:
    """Return a note for each reason why files that were met are not read; none for none."""
    by_reason: dict[str, list[str]] = {}
    for file in unopened:
        if file.why == "mark":
            continue  # every writer leaves some: they are counted alone
        by_reason.setdefault(file.why, []).append(file.name)
    return [Note(f"{why}_files", {"files": tuple(names)}) for why, names in by_reason.items()]


def table_versions(log: Log) -> list[Note]:
    """Return a note for each table on which version of it was read."""
    return [
        Note("table_version", {"table": v.table, "type": v.kind, "version": v.version})
        for v in log.versions
    ]


def decimal_commas(log: Log) -> list[Note]:
    """Return a note on files whose numbers have a comma before their decimals."""
    files = tuple(file.name for file in log.files if file.contents.decimal == ",")
    return [Note("decimal_comma", {"files": files})] if files else []


def copied_files(log: Log) -> list[Note]:
    """Return a note on files with the same content, whose rows are audited as often as they are."""
    sizes = [file.size for file in log.files]
    if len(set(sizes)) == len(sizes):
        return []
    from skewcheck.logs.copies import copies  # files of most logs have sizes of their own

    groups = copies(log.files)
    shown = [Note("copied_files", {"files": names}) for names in groups[:MAX_GROUPS]]
    rest = tuple(name for names in groups[MAX_GROUPS:] for name in names)
    return [*shown, Note("more_copied_files", {"files": rest})] if rest else shown
