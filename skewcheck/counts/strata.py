"""Rows of a batch by part of the week."""

from __future__ import annotations

import numpy as np

from skewcheck.features.calendar_values import local, numbers_of
from skewcheck.features.strata import Parts
from skewcheck.features.types import FloatArray, IntArray


def strata_of(parts: Parts, times: FloatArray) -> IntArray:
    """Return the number of each row's stratum; one more than the last for rows without a time."""
    strata = np.full(len(times), parts.count, np.int64)
    known = np.isfinite(times)
    at = local(times[known], parts.zone)
    day = numbers_of("weekday", at).astype(np.int64) if parts.weekdays > 1 else 0
    block = (numbers_of("hour", at) * parts.blocks // 24).astype(np.int64)
    strata[known] = day * parts.blocks + block
    return strata


def stratum_rows(parts: Parts, times: FloatArray | None, rows: int) -> tuple[int, ...]:
    """Return the rows of each stratum, and last of those without a time."""
    if times is None:
        return (*(0,) * parts.count, rows)
    counts = np.bincount(strata_of(parts, times), minlength=parts.count + 1)
    return tuple(int(n) for n in counts)
