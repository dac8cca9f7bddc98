"""Values of functions of time: numbers of a calendar in a time zone, their waves and levels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.calendar import (
    FLAGS,
    LENGTHS,
    OF_HOLIDAYS,
    CalendarFunction,
    Holidays,
    Unit,
)
from skewcheck.features.types import FloatArray, IntArray

QUARTER = 900
"""Seconds after which an offset is looked up again: zones change theirs at full quarters of UTC."""
KNOWN_QUARTERS = 200_000
"""Offsets that are remembered: two zones over three years."""
ROUNDING = 1e-6
"""How far a value may be off: float32 arithmetic of numbers up to 10, and sines."""
MAX_ROUNDING = 1e-3
"""The same of values printed with few digits: with fewer than these, a sine tells no period."""
TIME_ROUNDING = 1e-6
"""Seconds by which a time in float64 may be off: it may be the last moment of an hour."""
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_DAY = 86_400
_THURSDAY = 3
"""The weekday of 1970-01-01, Monday is 0."""


@lru_cache(maxsize=1024)
def zone_of(name: str) -> tzinfo | None:
    """Return the time zone of a name or offset; None where it is not known."""
    if name == "UTC":
        return UTC
    if (offset := _OFFSET.fullmatch(name)) is not None:
        sign, hours, minutes = offset.groups()
        if int(hours) > 23 or int(minutes) > 59:
            return None
        length = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-length if sign == "-" else length)
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # not a name, a folder, or no database
        return None


@lru_cache(maxsize=KNOWN_QUARTERS)
def _offset_at(name: str, quarter: int) -> float:
    zone = zone_of(name)
    moment = datetime.fromtimestamp(quarter * QUARTER, UTC)
    offset = None if zone is None else moment.astimezone(zone).utcoffset()
    return 0.0 if offset is None else offset.total_seconds()


def local(times: FloatArray, zone: str) -> FloatArray:
    """Return finite epoch seconds as seconds of local time since the local 1970."""
    if zone == "UTC" or not len(times):
        return times
    if _OFFSET.fullmatch(zone):
        return times + _offset_at(zone, 0)
    quarters, places = np.unique(np.floor(times / QUARTER), return_inverse=True)
    offsets = np.array([_offset_at(zone, int(quarter)) for quarter in quarters])
    moved: FloatArray = times + offsets[places]
    return moved


def numbers_of(
    unit: Unit, at: FloatArray, start: int = 0, holidays: Holidays | None = None
) -> FloatArray:
    """Return the numbers of a unit from 0, of a year its own; `at` are seconds of local time.

    Units of holidays are NaN on days of which these say nothing.
    """
    seconds = np.floor(at).astype(np.int64)
    days, of_day = np.divmod(seconds, _DAY)
    weekday = (days + _THURSDAY) % 7
    numbers: NDArray[np.generic]
    if unit in OF_HOLIDAYS:
        return _of_holidays(unit, days, weekday, holidays)
    match unit:
        case "weekend":
            numbers = weekday >= 5
        case "workday":
            numbers = weekday < 5
        case "weekday":
            numbers = (weekday - start) % 7
        case "hour_of_week":
            numbers = (weekday - start) % 7 * 24 + of_day // 3600
        case "hour":
            numbers = of_day // 3600
        case "minute":
            numbers = of_day // 60 % 60
        case "second":
            numbers = of_day % 60
        case "minute_of_day":
            numbers = of_day // 60
        case "second_of_day":
            numbers = of_day
        case "hour_and_minute":
            numbers = of_day // 60 / 60
        case "hour_and_second":
            numbers = of_day / 3600
        case _:
            numbers = _of_date(unit, days, weekday)
    return numbers.astype(np.float64)


def _of_holidays(
    unit: Unit, days: IntArray, weekday: IntArray, holidays: Holidays | None
) -> FloatArray:
    """Return 1 for the days that are such and 0 for others."""
    if holidays is None:
        return np.full(len(days), np.nan)
    days = days + {"before_holiday": 1, "after_holiday": -1}.get(unit, 0)
    numbers = np.isin(days, holidays.days)
    if unit in ("day_off", "business_day"):
        numbers |= weekday >= 5
    if unit == "business_day":
        numbers = ~numbers
    known = (holidays.since <= days) & (days <= holidays.until)
    return np.where(known, numbers.astype(np.float64), np.nan)


def covered(function: CalendarFunction, times: FloatArray) -> NDArray[np.bool_]:
    """Return at which finite epoch seconds it is known whether a day is a holiday, if it matters.

    All times are covered where the function is of no holidays.
    """
    if function.unit not in OF_HOLIDAYS:
        return np.ones(len(times), bool)
    at = local(times, function.zone)
    return np.isfinite(numbers_of(function.unit, at, holidays=function.holidays))


def _of_date(unit: Unit, days: IntArray, weekday: IntArray) -> IntArray:
    """Return numbers of a year's parts; weeks are those of ISO 8601, that of a year's Thursday."""
    of_week = days - weekday + _THURSDAY if unit == "week" else days
    dates = of_week.astype("datetime64[D]")
    years = dates.astype("datetime64[Y]")
    months = dates.astype("datetime64[M]")
    of_year = of_week - years.astype("datetime64[D]").astype(np.int64)
    match unit:
        case "year":
            return years.astype(np.int64) + 1970
        case "month":
            return months.astype(np.int64) % 12
        case "quarter":
            return months.astype(np.int64) % 12 // 3
        case "day":
            return days - months.astype("datetime64[D]").astype(np.int64)
        case "week":
            return of_year // 7
        case _:
            return of_year


def values_of(
    function: CalendarFunction, times: FloatArray, names: Sequence[str] = ()
) -> FloatArray:
    """Return a function's values at epoch seconds; NaN where there is none.

    Of a function with levels they are the places of these among `names`, -1 for none of them.
    """
    values = np.full(len(times), np.nan)
    known = np.isfinite(times)
    at = local(times[known], function.zone)
    numbers = numbers_of(function.unit, at, function.start, function.holidays)
    if function.levels:
        index = {name: i for i, name in enumerate(names)}
        places = [np.nan if n is None else index.get(n, -1.0) for n in function.levels]
        length = LENGTHS.get(function.unit, 0)
        places += [np.nan] * (length + 1 - len(places))  # the last one of days not covered
        values[known] = np.array(places)[np.nan_to_num(numbers, nan=length).astype(np.intp)]
        return values
    values[known] = _value(function, numbers)
    return values


def _value(function: CalendarFunction, numbers: FloatArray) -> FloatArray:
    value = numbers + function.first
    if not function.wave:
        return value
    angle = 2 * np.pi * value / function.period
    waves: FloatArray = np.sin(angle) if function.wave == "sin" else np.cos(angle)
    return waves


def differs(
    function: CalendarFunction, times: FloatArray, values: FloatArray, rounding: float,
    names: Sequence[str] = (),
) -> NDArray[np.bool_]:  # fmt: skip
    """Return in which rows a feature's value is not that of the function at the row's time.

    Rows without a time, without a value, or of a number that training did not have do not differ.
    A time within float64's rounding of the next number may count as it, or as the one before.
    """
    expected = values_of(function, times, names)
    off = _off(expected, values, rounding)
    if off.any():
        rows = np.flatnonzero(off)
        for near in (-TIME_ROUNDING, TIME_ROUNDING):
            expected = values_of(function, times[rows] + near, names)
            off[rows] &= _off(expected, values[rows], rounding)
    return off


def _off(expected: FloatArray, values: FloatArray, rounding: float) -> NDArray[np.bool_]:
    off: NDArray[np.bool_] = np.abs(values - expected) > rounding * np.maximum(
        1, np.abs(expected) / 10
    )
    return off


def is_flag(function: CalendarFunction) -> bool:
    """Return whether a function has two values."""
    return function.unit in FLAGS


def rounding_of(decimals: int | None) -> float:
    """Return how far values may be off that are printed with so many decimals; None: in full."""
    lost = 0.0 if decimals is None else 0.505 * 10.0**-decimals
    return max(ROUNDING, min(lost, MAX_ROUNDING))
