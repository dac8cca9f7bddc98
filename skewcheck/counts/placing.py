"""Rows and sums of a column by cell, and its moments: three ways that count the same rows.

A compiled kernel takes one pass. Where it was not built, values are sorted; and where sorting is
slow, as AVX-512 makes it on some processors, looked up in a table of buckets.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.cells import Cells
from skewcheck.counts.kernel import kernel
from skewcheck.counts.moments import Moments
from skewcheck.features.types import FloatArray, IntArray

SLOW_SORT = 25e-9
"""Seconds a value: a sort takes 6 to 15 ns where it is quick, and 40 ns where compressing stores
are microcoded (AMD Zen 4); the table 15 to 20."""
PROBE = 16_384
"""Values that are sorted to see how long it takes: a third of a millisecond."""
TABLE_ROWS = 4
"""Values for each threshold from which on a table of buckets is worth its making."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A column by cell: m + 1 cells."""

    rows: IntArray
    sums: FloatArray
    moments: Moments
    """Of the finite values, which alone are in cells."""
    nulls: int
    """NaN."""
    infinite: int
    negative_infinite: int
    """Of the infinite ones, those below 0."""


def placed(values: NDArray[np.generic], cells: Cells) -> Placed:
    """Count values of the type of the cells, in any order, NaN and infinities among them."""
    counted = by_kernel(values, cells, narrow_too=True) if kernel else None
    if counted is not None:
        return counted
    return by_table(values, cells) if sorting_is_slow() else by_sort(values, cells)


def by_kernel(values: NDArray[np.generic], cells: Cells, *, narrow_too: bool) -> Placed | None:
    """Count by the kernel; None where it cannot, or was not built.

    With `narrow_too` false also None where a float64 value is one that float32 holds, and no
    shorter type (`counts.windows`): such values are counted in windows of their own.
    """
    code = _CODES.get(values.dtype)
    if kernel is None or code is None or len(cells.thresholds) >= 2**16 - 1:
        return None
    buckets = cells.bucket if len(values) < TABLE_ROWS * len(cells.thresholds) else cells.buckets
    if buckets is None:
        return None
    into = np.zeros(len(cells.thresholds) + 1, _CELL)
    counted = kernel.count(
        np.ascontiguousarray(values), code, narrow_too, buckets.thresholds, buckets.first,
        buckets.low, buckets.scale, buckets.steps, into,
    )  # fmt: skip
    if counted is None:
        return None
    finite, nulls, infinite, negative, mean, m2, m3, m4, least, most = counted
    moments = Moments(finite, mean, m2, least, most, m3, m4) if finite else Moments()
    return Placed(into["rows"], into["sum"], moments, nulls, infinite, negative)


_CELL = np.dtype([("rows", np.int64), ("sum", np.float64)])
"""A cell of the kernel's."""
_CODES = {np.dtype(np.float64): "d", np.dtype(np.float32): "f", np.dtype(np.int64): "q"}
"""The letters by which the kernel knows the types of values."""


def by_sort(values: NDArray[np.generic], cells: Cells) -> Placed:
    """Sort a copy, and find the thresholds in it: NaN sorts last, infinities to the ends."""
    ascending = np.sort(values)
    nulls = negative = infinite = 0
    if ascending.dtype.kind == "f":
        numbers = int(np.searchsorted(ascending, np.array(np.nan, ascending.dtype)))
        negative = int(np.searchsorted(ascending[:numbers], -np.inf, "right"))
        stop = int(np.searchsorted(ascending[:numbers], np.inf, "left"))
        nulls, infinite = len(ascending) - numbers, numbers - (stop - negative)
        ascending = ascending[negative:stop]
    places = np.searchsorted(ascending, cells.thresholds[: cells.valid])
    beyond = np.full(len(cells.thresholds) - cells.valid, len(ascending))
    cuts = np.concatenate(([0], places, beyond, [len(ascending)]))
    rows, sums = np.diff(cuts), np.zeros(len(cuts) - 1)
    filled = rows > 0
    if filled.any():
        sums[filled] = np.add.reduceat(ascending, cuts[:-1][filled], dtype=np.float64)
    # The sorted copy has served its purpose: a new array would be a megabyte of new memory.
    scratch = ascending if ascending.dtype == np.float64 else None
    moments = Moments.of(ascending, scratch)
    return Placed(rows, sums, moments, nulls, infinite, negative)


def by_table(values: NDArray[np.generic], cells: Cells) -> Placed:
    """Look each value up in the table of buckets: its cell is a step or two from there."""
    buckets = cells.buckets
    if buckets is None or (values.dtype.kind == "i" and not _are_exact(values)):
        return by_sort(values, cells)
    finite = values.astype(np.float64)
    nulls = infinite = negative = 0
    if values.dtype.kind == "f" and not np.isfinite(finite).all():
        nulls = int(np.count_nonzero(np.isnan(finite)))
        negative = int(np.count_nonzero(finite == -np.inf))
        infinite = negative + int(np.count_nonzero(finite == np.inf))
        finite = finite[np.isfinite(finite)]
    place, count = buckets.cell_of(finite), len(cells.thresholds) + 1
    rows = np.bincount(place, minlength=count).astype(np.int64, copy=False)
    sums = np.asarray(np.bincount(place, finite, count), np.float64)
    return Placed(rows, sums, Moments.of(finite, finite), nulls, infinite, negative)


def _are_exact(values: NDArray[np.generic]) -> bool:
    """Tell whether float64 holds all of these integers."""
    return not len(values) or bool(values.min() >= -(2**53) and values.max() <= 2**53)


@cache
def sorting_is_slow() -> bool:
    """Tell whether NumPy sorts float64 slowly on this processor: it is tried, once a process."""
    values = np.random.default_rng(0).random(PROBE)
    seconds = []
    for _ in range(3):
        start = perf_counter()
        np.sort(values)
        seconds.append(perf_counter() - start)
    return min(seconds) > SLOW_SORT * PROBE
