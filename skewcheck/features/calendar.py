"""What training knew of features that are functions of a row's time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Unit = Literal[
    "weekend", "workday", "hour", "weekday", "month", "day", "quarter", "day_of_year", "week",
    "year", "minute", "second", "hour_of_week", "minute_of_day", "hour_and_minute",
    "second_of_day", "hour_and_second", "holiday", "before_holiday", "after_holiday", "day_off",
    "business_day",
]  # fmt: skip
"""What is counted; `hour_and_minute` and `hour_and_second` are hours with a fraction. A `day_off`
is a holiday or of a weekend, and a `business_day` is none."""
Wave = Literal["", "sin", "cos"]
UNITS: tuple[Unit, ...] = get_args(Unit)
"""The simplest first."""
OF_HOLIDAYS: tuple[Unit, ...] = (
    "holiday", "before_holiday", "after_holiday", "day_off", "business_day",
)  # fmt: skip
"""Units that are known where holidays are."""
FLAGS: tuple[Unit, ...] = ("weekend", "workday", *OF_HOLIDAYS)
LENGTHS: Mapping[Unit, int] = {
    **dict.fromkeys(FLAGS, 2), "hour": 24, "weekday": 7, "month": 12, "day": 31, "quarter": 4,
    "day_of_year": 366, "week": 53, "minute": 60, "second": 60, "hour_of_week": 168,
    "minute_of_day": 1440, "hour_and_minute": 24, "second_of_day": 86400, "hour_and_second": 24,
}  # fmt: skip
"""Numbers of a unit, at most; a year has none."""


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days that are holidays, and between which days all of them are known."""

    days: tuple[int, ...]
    """Ascending, days since 1970-01-01."""
    since: int
    """The first day of which it is known whether it is a holiday."""
    until: int
    """The last one."""


@dataclass(frozen=True, slots=True)
class CalendarFunction:
    """A function of time: the number of a unit, a wave of it, or a level by its number."""

    unit: Unit
    zone: str = "UTC"
    """`UTC`, an offset as `+05:30`, or a name of the IANA time zone database."""
    first: float = 0.0
    """The value of a unit's first number; of a wave what is added to the numbers from 0."""
    start: int = 0
    """The day that a week begins with, Monday is 0."""
    wave: Wave = ""
    period: float = 0.0
    """Of a wave, in units."""
    levels: tuple[str | None, ...] = ()
    """Of a categorical feature, the level of each number from 0; None where training had no row."""
    holidays: Holidays | None = None
    """Of a unit that needs them; the file has them once."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The features that are functions of a row's time."""

    column: str
    """Of times."""
    features: Mapping[str, tuple[CalendarFunction, ...]]
    """By feature, the functions that give all values of training, the likeliest first: training may
    be too short to tell a fixed offset from a zone with daylight saving."""
