"""Check that a profile has rows to test; the notes on files that are not read."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.counts.dimensions import Spans
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.features.notes import Note
from skewcheck.logs.log import Log
from skewcheck.logs.paths import Unopened
from skewcheck.text.errors import NothingToTestError, OptionName, UsageError


def check(profile: Profile, plan: Plan, files: Sequence[str]) -> None:
    """Check that a profile has rows enough, and windows where they were asked for.

    Raises NothingToTestError without rows, or with fewer than the plan asks for, and UsageError
    where windows of time were asked for and no row has a time.
    """
    window = plan.window
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    log = f"{files[0]}{more}"
    if not profile.rows:
        if profile.intake.total.featureless:
            raise NothingToTestError(f"{log}: no row has a value of any feature: nothing to test")
        where = ""
        if window is not None:
            where = f" in the time asked for, by {window.column!r} (does it hold times?)"
        raise NothingToTestError(f"{log}: no rows{where}: nothing to test")
    if profile.rows < plan.min_rows:
        raise NothingToTestError(
            f"{log}: {profile.rows:,} rows, fewer than ", OptionName("min_rows", plan.min_rows)
        )
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
        by_reason.setdefault(file.why, []).append(file.name)
    return [Note(f"{why}_files", {"files": tuple(names)}) for why, names in by_reason.items()]


def renamed_columns(log: Log, plan: Plan) -> list[Note]:
    """Return a note on each column that only files without a served column have.

    It may be that column under another name.
    """
    notes = []
    served = (side for feature in plan.features if (side := feature.served) is not None)
    for column in dict.fromkeys(name for side in served for name in side.columns):
        having = [file for file in log.files if file.has(column)]
        lacking = [file for file in log.files if not file.has(column)]
        if not having or not lacking:
            continue
        usual = frozenset().union(*(file.schema() for file in having))
        others = [(name, file.name) for file in lacking for name in file.schema()]
        unusual = dict.fromkeys(name for name, _ in others if name not in usual)
        if unusual:
            files = tuple(dict.fromkeys(file for name, file in others if name in unusual))
            notes.append(
                Note("unusual_columns", {"column": column, "names": tuple(unusual), "files": files})
            )
    return notes
