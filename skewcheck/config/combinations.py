"""Options that need others, or cannot stand beside them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from skewcheck.config import options as o
from skewcheck.config.given import Given
from skewcheck.config.options import Option
from skewcheck.text.errors import UsageError

if TYPE_CHECKING:
    from skewcheck.config.types import Settings


def check(given: Given, settings: Settings) -> None:
    """Raise UsageError for an option whose others are missing, or rule it out."""
    if settings.version is not None and settings.as_of is not None:
        raise o.AS_OF.error(given, f"cannot stand beside {o.VERSION.mention(given)}; give one")
    if settings.within is not None and not settings.join:
        raise o.WITHIN.error(given, f"needs {o.JOIN.mention(given, 'COLUMN')}")
    if settings.within is not None and settings.time_column is None:
        raise _needs_time(o.WITHIN, given)
    _check_times(given, settings)
    _check_windows(given, settings)
    needed = o.STATE.mention(given, "FOLDER")
    if settings.state_hash == "full" and settings.state is None:
        raise o.STATE_HASH.error(given, f"needs {needed}, where files are remembered")
    if settings.learn != o.LEARN.default and settings.state is None:
        raise o.LEARN.error(given, f"needs {needed}, where nights are remembered")
    if settings.only_new_alarms and settings.state is None:
        raise o.ONLY_NEW_ALARMS.error(given, f"needs {needed}, where the last run is remembered")


def _check_times(given: Given, settings: Settings) -> None:
    timed = (option for option in (o.SINCE, o.UNTIL, o.LAST) if option.key in given.values)
    option: Option[object] | None = next(timed, None)
    if option is not None and settings.time_column is None:
        raise _needs_time(option, given)
    since, until = o.SINCE.mention(given), o.UNTIL.mention(given)
    if settings.last and (settings.since or settings.until):
        problem = f"cannot stand beside {since} or {until}; give one of them"
        raise o.LAST.error(given, problem)
    if settings.since and settings.until and settings.since >= settings.until:
        raise o.UNTIL.error(given, f"must be later than {since}")


def _needs_time(option: Option[object], given: Given) -> UsageError:
    needed = o.TIME_COLUMN.mention(given, "NAME")
    return option.error(given, f"needs {needed} to know the time of a row")


def _check_windows(given: Given, settings: Settings) -> None:
    every, baseline = settings.every, settings.baseline
    if isinstance(every, timedelta) and settings.time_column is None:
        raise _needs_time(o.EVERY, given)
    if baseline in o.BASELINES and every is None:
        needed = o.EVERY.mention(given, "1h, 1d or 5000")
        raise o.BASELINE.error(given, f"{baseline} is of windows: needs {needed}")
    if baseline is not None and every is None and not settings.by:
        needed = f"{o.EVERY.mention(given)} or {o.BY.mention(given, 'COLUMNS')}"
        raise o.BASELINE.error(given, f"is of windows or segments: needs {needed}")
    if baseline == "same-hour" and not (
        isinstance(every, timedelta) and every < timedelta(days=1) and not timedelta(days=1) % every
    ):
        needed = f"{o.EVERY.mention(given)} with a part of a day, as 1h or 15m"
        raise o.BASELINE.error(given, f"same-hour needs {needed}")
