"""Time zones that features may have been computed in, the likeliest first."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

import numpy as np

from skewcheck.features.calendar_values import local

USUAL = (
    "Europe/London", "Europe/Berlin", "America/New_York", "America/Chicago", "America/Denver",
    "America/Los_Angeles", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
    "Europe/Helsinki", "Europe/Moscow", "Europe/Istanbul", "America/Sao_Paulo", "Asia/Singapore",
)  # fmt: skip
"""Zones that stand for others with the same offsets: of those with most servers."""
FARTHEST_WEST, FARTHEST_EAST = -12 * 60, 14 * 60
"""Minutes from UTC between which clocks are set."""
YEARS = 3
"""Years behind training in which zones must differ to be two."""
_STEP = 7 * 86_400
"""Seconds between moments at which offsets are compared: no season is shorter than some weeks."""


def candidate_zones(first: float, last: float) -> tuple[str, ...]:
    """Return UTC, offsets of whole and half hours, and one zone of each other set of offsets.

    `first` and `last` are the times between which training lies, epoch seconds.
    """
    year = 366 * 86_400
    return _candidates(int(first // year) - 1, int(last // year) + 1 + YEARS)


@lru_cache(maxsize=4)
def _candidates(first: int, last: int) -> tuple[str, ...]:
    times = np.arange(first * 366 * 86_400, last * 366 * 86_400, _STEP, dtype=np.float64)
    fixed = sorted(range(FARTHEST_WEST, FARTHEST_EAST + 1, 30), key=abs)
    offsets = ["UTC", *(_offset(minutes) for minutes in fixed if minutes)]
    constant = {(local(times, name) - times).tobytes(): name for name in offsets}
    names = ["UTC", *USUAL, *offsets]
    names += sorted(n for n in available_timezones() if "/" in n and not n.startswith("Etc/"))
    zones: dict[bytes, str] = {}
    present = available_timezones()
    for name in names:
        if name in present or "/" not in name:
            key = (local(times, name) - times).tobytes()
            zones.setdefault(key, constant.get(key, name))
    return tuple(zones.values())


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
