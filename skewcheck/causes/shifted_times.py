"""Another clock: the time zone, first day or period by which a server computes calendar features.

Each row is compared with its time, so that a clock is proven by the rows that only it explains.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import TIME_SHIFT
from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.places import SECONDS_PER_MINUTE, located, of_mask
from skewcheck.features.calendar import FLAGS, CalendarFunction
from skewcheck.features.calendar_values import MAX_ROUNDING, ROUNDING, differs, values_of
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import OPEN, SURE, Cause, Place

MIN_ROWS = 20
"""Sampled rows that differ, below which another clock explains them by chance."""
EXPLAINED = 0.98
"""Share of the rows that differ which a clock must give: some have their reasons."""
MIN_VALUES = 3
"""Different values of these rows: fewer may be those of a constant, or of a flag that is turned."""
ZONES = (
    "Europe/London", "Europe/Berlin", "America/New_York", "America/Chicago", "America/Denver",
    "America/Los_Angeles", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip
"""Zones with daylight saving that a server may be set to; offsets stand for the others."""
_QUARTERS = (*range(-12 * 4, 14 * 4 + 1, 2), 23, 35, 51)
"""Offsets from UTC that clocks are set to, in quarters of an hour: half hours, and three more."""
MIN_SHARE = 0.5
"""Share of the rows that tell a clock from training's that it must give to be named at all."""
_HALF_DAY = 12


@dataclass(frozen=True, slots=True)
class Compared:
    """A feature of a log beside training's function of time."""

    name: str
    function: CalendarFunction
    rows: SampledRows
    names: Sequence[str] = ()
    """The levels of a categorical feature, whose raw values are their places."""
    share: float = 1.0
    """Of all rows that differ."""
    since: float | None = None
    """The time of the first of all rows that differ; None where it is not known."""


def shifted_times(compared: Compared, zone: str | None = None) -> Cause | None:
    """Return the clock that gives the values of the rows that differ from training's function.

    One that gives those of all rows, the right ones among them, comes first. `zone` is that of
    another feature of the log: it alone is tried, and of any number of rows. None where no clock
    gives nearly all.
    """
    rows, function, names = compared.rows, compared.function, compared.names
    times, values = rows.times, rows.raw.get(compared.name)
    if times is None or values is None:
        return None
    known = np.isfinite(times) & np.isfinite(values)
    rounding = MAX_ROUNDING if function.wave else ROUNDING
    differ = np.zeros(len(times), bool)
    differ[known] = differs(function, times[known], values[known], rounding, names)
    least = 2 if function.unit in FLAGS else MIN_VALUES
    few = differ.sum() < MIN_ROWS or len(np.unique(values[differ])) < least
    if not differ.any() or (few and zone is None):
        return None
    found = [
        clock
        for clock in _clocks(function)
        if (zone is None or clock.function.zone == zone != function.zone)
        and clock.gives(times[differ], values[differ], names)
    ]
    if not found:
        return None
    judged = [_judged(clock, compared, times, differ) for clock in found]
    clock, (confidence, _) = max(zip(found, judged, strict=True), key=lambda pair: pair[1])
    if not confidence:
        return None
    every = bool(differ[known].all())
    place = _since(located(of_mask(rows, differ)), compared.since, complete=every)
    return Cause(
        TIME_SHIFT.code, compared.share, confidence, clock.parameters, place, clock.variant,
        dict(clock.parameters), side="raw",
    )  # fmt: skip


def _judged(
    clock: _Clock, compared: Compared, times: FloatArray, differ: NDArray[np.bool_]
) -> tuple[float, float]:
    """Return how sure a clock is that gives the rows that differ; 0 where too many speak against.

    Beside it stands the share of the rows that tell it from training's which are its own.

    Rows tell a clock from training's where both give other values. All of them must be the clock's,
    or all of a place: values that are late by minutes are those of another zone as well, in a few
    rows behind each full hour.
    """
    mine = values_of(compared.function, times, compared.names)
    theirs = clock.values(times, compared.names)
    telling = np.abs(mine - theirs) > MAX_ROUNDING
    if not telling.any():
        return 0.0, 0.0
    share = float(differ[telling].mean())
    if share >= EXPLAINED:
        return SURE, share
    place = located(of_mask(compared.rows.only(telling), differ[telling]))
    if place is not None and place.purity >= EXPLAINED:
        return SURE, share
    return OPEN if share >= MIN_SHARE else 0.0, share


def _since(place: Place | None, since: float | None, *, complete: bool) -> Place | None:
    """Return a place with the minute of the first of all rows that differ, where it has a time."""
    if place is None or place.since is None or since is None or complete:
        return place
    minute = np.floor(since / SECONDS_PER_MINUTE) * SECONDS_PER_MINUTE
    return replace(place, since=min(place.since, float(minute)))


@dataclass(frozen=True, slots=True)
class _Clock:
    """What a server may compute in place of training's function."""

    function: CalendarFunction
    parameters: Mapping[str, object]
    variant: str

    def gives(self, times: FloatArray, values: FloatArray, names: Sequence[str]) -> bool:
        """Return whether nearly all values are those of this clock at these times."""
        rounding = MAX_ROUNDING if self.function.wave else ROUNDING
        made = self.values(times, names)
        return bool((np.abs(made - values) <= 10 * rounding).mean() >= EXPLAINED)

    def values(self, times: FloatArray, names: Sequence[str]) -> FloatArray:
        """Return the clock's values at these times."""
        made = values_of(self.function, times, names)
        if self.variant == "clock12":
            return (made - 1) % _HALF_DAY + 1
        return made % _HALF_DAY if self.variant == "clock0" else made


def _clocks(function: CalendarFunction) -> Iterator[_Clock]:
    """Yield other clocks, the likeliest first, with the parameters and variant of the cause."""
    offsets = (
        f"{'-' if quarters < 0 else '+'}{abs(quarters) // 4:02}:{abs(quarters) % 4 * 15:02}"
        for quarters in sorted(_QUARTERS, key=abs)
        if quarters
    )
    for zone in ("UTC", *ZONES, *offsets):
        if zone != function.zone:
            parameters: dict[str, object] = {"zone": zone, "training": function.zone}
            yield _Clock(replace(function, zone=zone), parameters, "zone")
    if function.levels:
        return
    for start in range(7) if function.unit in ("weekday", "hour_of_week") else (function.start,):
        for first in (function.first, 1 - function.first, function.first + 1, function.first - 1):
            if (start, first) != (function.start, function.first):
                parameters = {"start": start, "first": first}
                yield _Clock(replace(function, start=start, first=first), parameters, "counted")
    if function.unit == "hour" and not function.wave:
        for variant in ("clock12", "clock0"):
            yield _Clock(function, {"modulo": _HALF_DAY}, variant)
