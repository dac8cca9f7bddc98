"""The one pass of an audit over its log: which rows, and whether there are any."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from skewcheck.config.settings import Settings
from skewcheck.counts import Limits, Profile
from skewcheck.counts.parts import Division
from skewcheck.counts.plan import Plan
from skewcheck.engine.scan import Progress, scan
from skewcheck.logs import Log, Wanted
from skewcheck.logs.times import Window
from skewcheck.text.errors import NothingToTestError

if TYPE_CHECKING:
    from skewcheck.engine.memory import State


def window_of(settings: Settings) -> Window | None:
    """Return the time whose rows are asked for; None without a time column."""
    if settings.time_column is None:
        return None
    if settings.last is not None:
        now = datetime.now(UTC)
        return Window(settings.time_column, (now - settings.last).timestamp(), now.timestamp())
    since = settings.since.timestamp() if settings.since else float("-inf")
    until = settings.until.timestamp() if settings.until else float("inf")
    return Window(settings.time_column, since, until)


def _enough(log: Log, rows: int, settings: Settings, window: Window | None) -> None:
    more = f" and {len(log.files) - 1} more" if len(log.files) > 1 else ""
    files = f"{log.files[0].name}{more}"
    if not rows:
        where = ""
        if window is not None:
            where = f" in the time asked for, by {window.column!r} (does it hold times?)"
        raise NothingToTestError(f"{files}: no rows{where}: nothing to test")
    if rows < settings.min_rows:
        raise NothingToTestError(
            f"{files}: {rows:,} rows, fewer than --min-rows {settings.min_rows:,}"
        )


def measured(
    log: Log, plan: Plan, wanted: Wanted, division: Division | None, window: Window | None,
    settings: Settings, progress: Progress | None, state: State | None,
) -> Profile:  # fmt: skip
    """Measure a log, all but the files that a state remembers.

    NothingToTestError without rows, or with fewer than were asked for.
    """
    zero = Profile.zero(plan)
    if state is None:
        limits = Limits()
        profile = scan(
            log, wanted, zero, lambda batch: Profile.of(plan, batch, division, limits),
            window=window, progress=progress,
        )  # fmt: skip
    else:
        from skewcheck.engine.memory.entries import Entries  # most audits have no state

        memory = Entries.of(state, plan, division, wanted, window, settings.null_values)
        profile = scan(
            log, wanted, zero,
            lambda batch: Profile.of(plan, batch, division, memory.limits_of(batch.origin.file)),
            window=window, progress=progress, memory=memory,
        )  # fmt: skip
        memory.finish()
    _enough(log, profile.rows, settings, window)
    return profile


def left(log: Log) -> list[str]:
    """Say which files were not read as they may still grow."""
    if not log.left:
        return []
    names = ", ".join(log.left[:5])
    more = f" and {len(log.left) - 5} more" if len(log.left) > 5 else ""
    return [f"left for the next run, as modified within --settle: {names}{more}"]
