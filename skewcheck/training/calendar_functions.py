"""Search the functions of time that give all values of a feature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from skewcheck.features.calendar import (
    FLAGS,
    LENGTHS,
    OF_HOLIDAYS,
    UNITS,
    CalendarFunction,
    Holidays,
    Unit,
    Wave,
)
from skewcheck.features.calendar_values import covered, differs, local, numbers_of, values_of
from skewcheck.features.types import FloatArray
from skewcheck.training.zones import USUAL, candidate_zones

FIRST_ROWS = 200
"""Rows by which most functions are ruled out."""
MIN_VALUES = 3
"""Values of a feature below which a number or wave may fit by chance; of a flag 2."""
MIN_ROWS_OF_LEVEL = 10
"""Rows of the rarest level of a categorical feature: a rarer one may fit by chance."""
MAX_FUNCTIONS = 64
"""Functions that give the same values in training: of more, training tells too little."""
PROBES = 3_000
"""Moments at which functions are compared: those that are the same there are one."""
PROBED_YEARS = 3
"""Years behind training in which these lie; an audit may be as late."""
MIN_COVERED = 0.5
"""Share of training's rows that must be of days whose holidays are known."""
_DAY = 86_400
_YEAR = 365.25 * _DAY
_WAVES: Mapping[Unit, tuple[float, ...]] = {
    "hour": (24, 23), "weekday": (7, 6), "month": (12, 11), "day": (31, 30),
    "quarter": (4,), "day_of_year": (365, 366, 365.25), "week": (52, 53), "minute": (60, 59),
    "hour_of_week": (168,), "hour_and_minute": (24,), "hour_and_second": (24,),
}  # fmt: skip
"""Periods of the waves that people make of a unit, that of its largest number among them."""
_MOST: Mapping[Unit, int] = {**LENGTHS, "hour_and_minute": 1440, "hour_and_second": 86_400}
"""Different values of a unit, at most."""
_HOURS: tuple[Unit, ...] = ("hour_and_minute", "hour_and_second")
"""Units whose numbers are no whole ones."""
_ALL = 10_000
"""Years that a time can be in."""
_LEVELS: tuple[Unit, ...] = ("weekend", "weekday", "month", "quarter", "hour", *OF_HOLIDAYS)
"""Units whose numbers have names."""
_WEEKLY: tuple[Unit, ...] = ("weekday", "hour_of_week")
_ONES: tuple[Unit, ...] = ("hour", "weekday", "month", "day", "quarter", "day_of_year", "week")
"""Units that are counted from 0 or from 1; others begin at 0."""


@dataclass(frozen=True, slots=True)
class TimedRows:
    """Sampled rows: their times and a feature's values, of a categorical one places of `names`."""

    times: FloatArray
    values: FloatArray
    rounding: float
    names: tuple[str, ...] = ()
    holidays: Holidays | None = None
    """Those that `fit` was given."""


def functions_of(rows: TimedRows) -> tuple[CalendarFunction, ...]:
    """Return the functions that give all values of rows, different ones, the likeliest first."""
    distinct, counts = np.unique(rows.values, return_counts=True)
    if len(distinct) < 2 or (rows.names and counts.min() < MIN_ROWS_OF_LEVEL):
        return ()
    first = replace(rows, times=rows.times[:FIRST_ROWS], values=rows.values[:FIRST_ROWS])
    end = float(rows.times.max())
    random = np.random.default_rng(0)
    probes = random.uniform(float(rows.times.min()), end + PROBED_YEARS * _YEAR, PROBES)
    if rows.holidays is not None:  # few of the others lie where zones have other holidays
        near = random.choice(rows.holidays.days, PROBES) + random.uniform(-1, 2, PROBES)
        probes = np.concatenate((probes, near * _DAY))
    kept: dict[bytes, CalendarFunction] = {}
    for function in _candidates(first, len(distinct)):
        if function.levels:
            function = _of_levels(function.unit, function.zone, rows) or function
        if function.holidays is not None and not _proven(function, rows):
            continue
        if differs(function, rows.times, rows.values, rows.rounding, rows.names).any():
            continue
        key = np.nan_to_num(np.round(values_of(function, probes, rows.names), 3), nan=-2) + 0.0
        other = kept.get(key.tobytes())
        if other is None or (function.wave and abs(function.first) < abs(other.first)):
            kept[key.tobytes()] = function
    return tuple(kept.values()) if len(kept) <= MAX_FUNCTIONS else ()


def _candidates(first: TimedRows, distinct: int) -> Iterator[CalendarFunction]:
    """Yield the functions that give the first rows, the likeliest before others."""
    values = first.values
    waves = not first.names and bool((np.abs(values) <= 1 + first.rounding).all())
    whole = bool((values == np.round(values)).all())
    for zone in candidate_zones(float(first.times.min()), float(first.times.max())):
        at = local(first.times, zone)
        if first.names:
            made = (_of_levels(unit, zone, first) for unit in _LEVELS)
            yield from (function for function in made if function is not None)
            continue
        for unit in UNITS:
            if unit in OF_HOLIDAYS and first.holidays is None:
                continue
            if not (2 if unit in FLAGS else MIN_VALUES) <= distinct <= _MOST.get(unit, _ALL):
                continue
            if unit == "hour_and_second" and zone not in ("UTC", *USUAL):
                continue  # of measurements all others are ruled out by the number of their values
            if unit in _HOURS or whole:
                some = (_with_holidays(f, first) for f in _counts(unit, zone, values))
                yield from (f for f in some if _gives(f, at, first))
            if waves and not whole and unit in _WAVES:
                yield from _waves(unit, zone, at, first)


def _counts(unit: Unit, zone: str, values: FloatArray) -> Iterator[CalendarFunction]:
    """Yield functions that may have all values, by their range."""
    low, high = float(values.min()), float(values.max())
    for start in (0, 6, 5, 1, 2, 3, 4) if unit in _WEEKLY else (0,):
        for base in (0.0, 1.0) if unit in _ONES else (0.0,):
            last = base + LENGTHS.get(unit, _ALL) - (unit not in _HOURS)
            if base <= low and high <= last:
                yield CalendarFunction(unit, zone, base, start)


def _with_holidays(function: CalendarFunction, rows: TimedRows) -> CalendarFunction:
    of_holidays = function.unit in OF_HOLIDAYS
    return replace(function, holidays=rows.holidays) if of_holidays else function


def _proven(function: CalendarFunction, rows: TimedRows) -> bool:
    """Return whether training has both values where holidays are known, and most rows there."""
    known = covered(function, rows.times)
    return bool(known.mean() >= MIN_COVERED) and len(np.unique(rows.values[known])) > 1


def _gives(function: CalendarFunction, at: FloatArray, rows: TimedRows) -> bool:
    made = numbers_of(function.unit, at, function.start, function.holidays) + function.first
    return not (np.abs(made - rows.values) > rows.rounding * np.maximum(1, made / 10)).any()


def _waves(unit: Unit, zone: str, at: FloatArray, rows: TimedRows) -> Iterator[CalendarFunction]:
    """Yield waves that have the values of rows: a sin(x) + b cos(x) with a**2 + b**2 = 1."""
    for period in _WAVES[unit]:
        for start in (0, 6) if unit == "weekday" and period != LENGTHS[unit] else (0,):
            angle = 2 * np.pi * numbers_of(unit, at, start) / period
            table = np.column_stack((np.sin(angle), np.cos(angle)))
            (a, b), *_ = np.linalg.lstsq(table, rows.values, rcond=None)
            if abs(np.hypot(a, b) - 1) > 10 * rows.rounding:
                continue
            if np.abs(table @ (a, b) - rows.values).max() > 2 * rows.rounding:
                continue
            yield _wave(unit, zone, start, period, float(np.arctan2(b, a)))


def _wave(unit: Unit, zone: str, start: int, period: float, phase: float) -> CalendarFunction:
    """Return sin(x + phase) as the sine or cosine whose numbers begin nearest to 0."""
    choices: list[tuple[Wave, float]] = [("sin", phase), ("cos", phase - np.pi / 2)]
    shifts = []
    for wave, angle in choices:
        shift = (angle / (2 * np.pi) * period + period / 2) % period - period / 2
        near = round(4 * shift) / 4  # quarters, as people write them
        shifts.append((wave, near + 0.0 if abs(near - shift) < 1e-3 else shift))
    name, first = min(shifts, key=lambda pair: round(abs(pair[1]), 6))
    return CalendarFunction(unit, zone, first, start, name, period)


def _of_levels(unit: Unit, zone: str, rows: TimedRows) -> CalendarFunction | None:
    """Return the function with the one level of each number in rows; None where one has more."""
    days = rows.holidays if unit in OF_HOLIDAYS else None
    if len(rows.names) < (2 if unit in FLAGS else MIN_VALUES):
        return None
    if unit in OF_HOLIDAYS and days is None:
        return None
    numbers = numbers_of(unit, local(rows.times, zone), holidays=days)
    known = np.isfinite(numbers)
    places = numbers[known].astype(np.intp)
    length = LENGTHS[unit]
    least, most = np.full(length, np.inf), np.full(length, -np.inf)
    np.minimum.at(least, places, rows.values[known])
    np.maximum.at(most, places, rows.values[known])
    seen = np.isfinite(least)
    if (least[seen] != most[seen]).any() or (least[seen] < 0).any():
        return None
    named = [rows.names[int(i)] if np.isfinite(i) else None for i in least.tolist()]
    return CalendarFunction(unit, zone, levels=tuple(named), holidays=days)
