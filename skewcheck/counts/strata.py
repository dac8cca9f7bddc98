"""Rows of a batch by part of week and year."""

from __future__ import annotations

import numpy as np

from skewcheck.features.calendar_values import local, numbers_of
from skewcheck.features.strata import Parts
from skewcheck.features.types import FloatArray, IntArray

MONTHS = 12
EIGHTHS = 8
"""What a row counts, where it is divided between its month and the one that it is next to."""
_DAY = 86_400


def strata_of(parts: Parts, times: FloatArray) -> IntArray:
    """Return the number of each row's stratum; one more than the last for rows without a time.

    Months come first, then kinds of days (Monday's first, holidays last), then blocks of hours.
    """
    strata = np.full(len(times), parts.count, np.int64)
    known = np.isfinite(times)
    at = local(times[known], parts.zone)
    strata[known] = _of_week(parts, at)
    if parts.seasons > 1:
        months = numbers_of("month", at).astype(np.int64)
        strata[known] += months * parts.days * parts.blocks
    return strata


def _of_week(parts: Parts, at: FloatArray) -> IntArray:
    day = np.zeros(len(at), np.int64)
    if parts.weekdays > 1:
        day = numbers_of("weekday", at).astype(np.int64)
    if parts.holidays is not None:
        is_holiday = numbers_of("holiday", at, holidays=parts.holidays) == 1
        day = np.where(is_holiday, parts.weekdays, day)
    block = (numbers_of("hour", at) * parts.blocks // 24).astype(np.int64)
    of_week: IntArray = day * parts.blocks + block
    return of_week


def stratum_rows(parts: Parts, times: FloatArray | None, rows: int) -> tuple[int, ...]:
    """Return the rows of each stratum, those without a time, and those of each month.

    Where strata are by month, the first two are eighths of rows: a row counts in its month and,
    the nearer it is to the next or the last one, up to a half there: so a season that goes on
    evenly is that of the day.
    """
    size = parts.count + 1
    if times is None:
        times = np.full(rows, np.nan)
    at = local(times[np.isfinite(times)], parts.zone)
    untimed = len(times) - len(at)
    month = numbers_of("month", at).astype(np.int64)
    of_month = np.bincount(month, minlength=MONTHS)
    if parts.seasons == 1:
        counts = np.bincount(_of_week(parts, at), minlength=size)
        counts[-1] += untimed
        return tuple(int(n) for n in (*counts, *of_month))
    neighbour, eighths = _next_to(at)
    wide, of_week = parts.days * parts.blocks, _of_week(parts, at)
    counts = np.zeros(size, np.int64)
    np.add.at(counts, month * wide + of_week, EIGHTHS - eighths)
    np.add.at(counts, neighbour * wide + of_week, eighths)
    counts[-1] += EIGHTHS * untimed
    return tuple(int(n) for n in (*counts, *of_month))


def _next_to(at: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the month that each time is nearest to beside its own, and its share in eighths."""
    dates = np.floor(at / _DAY).astype(np.int64).astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    last = (months + 1).astype("datetime64[D]").astype(np.int64)
    past = (at / _DAY - first) / (last - first) - 0.5  # from the middle of the month
    number = months.astype(np.int64) % MONTHS
    neighbour = (number + np.where(past < 0, -1, 1)) % MONTHS
    return neighbour, np.rint(EIGHTHS * np.abs(past)).astype(np.int64)
