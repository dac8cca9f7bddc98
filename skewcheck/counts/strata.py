"""Rows of a batch by part of week and year."""

from __future__ import annotations

import numpy as np

from skewcheck.features.calendar_values import local, numbers_of
from skewcheck.features.strata import Parts
from skewcheck.features.types import FloatArray, IntArray

MONTHS = 12
EIGHTHS = 8
"""Shares in which a row is divided between its block, or its month, and the one next to it."""
MOST_PAIRS = 2_000_000
"""Parts of a log times slots of its days that are counted one by one: of more they are sorted."""
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


def width(parts: Parts) -> int:
    """Return how many numbers are kept of some rows: see `stratum_table`."""
    return parts.count + 1 + MONTHS


def stratum_rows(parts: Parts, times: FloatArray | None, rows: int) -> tuple[int, ...]:
    """Return the numbers of `stratum_table` of all rows."""
    table = stratum_table(parts, times, np.zeros(rows, np.int64), 1)
    return tuple(int(n) for n in table[0])


def stratum_table(parts: Parts, times: FloatArray | None, places: IntArray, count: int) -> IntArray:
    """Return the rows of each stratum, those without a time, and those of each month.

    They are of `count` parts of a log, a row each; `places` are the parts of rows, negative for
    none. All but those of months are in shares of a row: where strata are by month a row counts, up
    to a half, in the month that it is next to, and so in the next block of hours of its day. What
    changes evenly over the day and the year is then that of the row's own hour and day.
    """
    size = width(parts)
    table = np.zeros(count * size, np.int64)
    if times is None:
        times = np.full(len(places), np.nan)
    inside, known = places >= 0, np.isfinite(times)
    both = inside & known
    of_part, at, rows = _together(places[both], local(times[both], parts.zone), parts, count)
    base, month = of_part * size, numbers_of("month", at).astype(np.int64)
    np.add.at(table, base + parts.count + 1 + month, rows)
    whole = 1
    hours = months = [(np.zeros(len(at), np.int64), np.ones(len(at), np.int64))]
    of_week = _of_week(parts, at)
    if parts.blocks > 1:
        whole *= EIGHTHS
        hours = _shared(*_next_block(parts, at))
    if parts.seasons > 1:
        whole *= EIGHTHS
        neighbour, eighths = _next_month(at)
        months = _shared(neighbour - month, eighths)
        of_week = of_week + month * parts.days * parts.blocks
    for blocks, of_block in hours:
        for away, of_month in months:
            stratum = of_week + blocks + away * parts.days * parts.blocks
            np.add.at(table, base + stratum, rows * of_block * of_month)
    untimed = places[inside & ~known]
    table += whole * np.bincount(untimed * size + parts.count, minlength=len(table))
    return table.reshape(count, size)


def _together(
    places: IntArray, at: FloatArray, parts: Parts, count: int
) -> tuple[IntArray, FloatArray, IntArray]:
    """Return parts, times in the middle of slots of a day, and the rows of each such pair.

    All times of a slot have the same stratum and the same shares of those next to it.
    """
    length = _DAY // (parts.blocks * 2 * EIGHTHS)  # seconds: 225 for blocks of an hour
    slot = np.floor(at).astype(np.int64) // length
    low = int(slot.min()) if len(slot) else 0
    span = int(slot.max()) - low + 1 if len(slot) else 0
    if span * count <= MOST_PAIRS:
        dense = np.bincount(places * span + (slot - low), minlength=span * count)
        pairs = np.flatnonzero(dense)
        rows = dense[pairs]
        of_part, slot = np.divmod(pairs, max(span, 1))
        slot = slot + low
    else:
        order = np.lexsort((slot, places))
        of_part, slot = places[order], slot[order]
        first = np.flatnonzero(np.diff(of_part, prepend=-1) | np.diff(slot, prepend=low - 1))
        rows = np.diff(first, append=len(slot))
        of_part, slot = of_part[first], slot[first]
    middle = np.asarray((slot + 0.5) * length, np.float64)
    return of_part.astype(np.int64), middle, rows.astype(np.int64)


def _shared(away: IntArray, eighths: IntArray) -> list[tuple[IntArray, IntArray]]:
    """Return how far away each share of a row counts, and the share in eighths."""
    return [(np.zeros_like(away), EIGHTHS - eighths), (away, eighths)]


def _next_block(parts: Parts, at: FloatArray) -> tuple[IntArray, IntArray]:
    """Return how far away the block of the same day is that each time is next to, and its share.

    At the ends of a day there is none: the next day may be of another kind.
    """
    past = at / _DAY % 1.0 * parts.blocks
    block = np.minimum(past.astype(np.int64), parts.blocks - 1)
    past = past - block - 0.5
    away = np.where(past < 0, -1, 1)
    there = (block + away >= 0) & (block + away < parts.blocks)
    eighths = np.rint(EIGHTHS * np.abs(past)).astype(np.int64) * there
    return away * there, eighths


def _next_month(at: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the month that each time is nearest to beside its own, and its share in eighths."""
    dates = np.floor(at / _DAY).astype(np.int64).astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    last = (months + 1).astype("datetime64[D]").astype(np.int64)
    past = (at / _DAY - first) / (last - first) - 0.5  # from the middle of the month
    number = months.astype(np.int64) % MONTHS
    neighbour = (number + np.where(past < 0, -1, 1)) % MONTHS
    share = np.clip(np.nan_to_num(np.abs(past)), 0, 0.5)  # times of no calendar have any
    return neighbour, np.rint(EIGHTHS * share).astype(np.int64)
