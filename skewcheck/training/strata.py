"""Count training rows by part of week and year, of features whose distribution depends on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from skewcheck.counts.rows import SampleColumn, code_of
from skewcheck.counts.rows import feature_column as column_of
from skewcheck.counts.strata import strata_of
from skewcheck.features.calendar_values import local, numbers_of
from skewcheck.features.strata import ByStratum, Parts, Strata
from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    FloatArray,
    IntArray,
    NumericReference,
)

CELLS = 16
"""Cells of a feature in a stratum: 56 strata of so many take less than its reference does twice."""
MIN_ROWS = 40
"""Rows of a stratum, in the middle of all, from which strata are as fine as that: fewer than three
a cell say little."""
MIN_ROWS_OF_MONTHS = 100
"""The same of strata by month: a day of eight blocks is then compared with 800 rows or more."""
MIN_DAYS_OF_MONTH = 10
"""Days with rows from which training knows a month."""
MIN_HOLIDAYS = 2
"""Holidays with rows from which these are a kind of day."""
ALPHA = 0.01
"""Chance that a feature without a rhythm gets strata, over all features (Bonferroni)."""
MIN_EXCESS = 0.002
"""Chi-square over rows, less what chance gives: a daily sine of 0.06 standard deviations."""
MONTHS = 12
CHOICES: tuple[tuple[str, int, int, int], ...] = (
    ("month-weekday-hour", 12, 7, 8), ("month-weekday-hour", 12, 7, 4), ("month-weekday", 12, 7, 1),
    ("month-hour", 12, 1, 8), ("month", 12, 1, 1),
    ("weekday-hour", 1, 7, 8), ("weekday-hour", 1, 7, 4), ("weekday", 1, 7, 1), ("hour", 1, 1, 8),
)  # fmt: skip
"""Names of strata, their months, weekdays and blocks of hours: the finest first."""
NONE = "none"


@dataclass(frozen=True, slots=True)
class _Celled:
    """A feature's sampled values, each in a coarse cell of its reference; -1 for no value."""

    cuts: IntArray
    cells: IntArray
    values: FloatArray | None
    """Of a number."""

    @property
    def width(self) -> int:
        """The number of cells."""
        return len(self.cuts) + 1


def strata_of_training(
    features: Iterable[Feature], times: FloatArray, sample: Mapping[SampleColumn, FloatArray],
    parts: Parts, choice: str | None, below: int = 10_000,
) -> Strata | None:  # fmt: skip
    """Return the counts of sampled rows by stratum; None where no feature depends on it.

    `parts` names the column, the zone and holidays, `choice` the strata, None for the finest
    that have rows: by month only where features depend on it, and so for holidays. There are
    fewer than `below`.
    """
    celled = {f.name: some for f in features if (some := _celled(f, sample)) is not None}
    level = ALPHA / max(len(celled), 1)
    known = replace(parts, months=_months(parts, times), trained=_trained(parts, times))
    yearly = True  # until no feature depends on the month
    for name, seasons, weekdays, blocks in CHOICES:
        chosen = replace(known, weekdays=weekdays, blocks=blocks, seasons=seasons)
        if choice not in (None, name) or (seasons > 1 and not yearly):
            continue
        if chosen.count >= below or not _enough(chosen, times):
            continue
        of_week = replace(chosen, seasons=1, holidays=None)
        if chosen.holidays is not None and not _adds(
            _is_holiday(chosen, times), of_week, times, celled, level
        ):
            chosen = replace(chosen, holidays=None, trained=(0, 0))
        if seasons > 1 and choice is None:
            months = strata_of(replace(known, weekdays=1, blocks=1, seasons=MONTHS), times)
            yearly = _adds(months, replace(chosen, seasons=1), times, celled, level)
            if not yearly:
                continue
        return _counted(chosen, times, celled, level)
    return None


def _months(parts: Parts, times: FloatArray) -> tuple[int, ...]:
    """Return the months that training has rows of, in several days."""
    days = np.unique(np.floor(local(times[np.isfinite(times)], parts.zone) / 86_400))
    months = numbers_of("month", days * 86_400).astype(np.int64)
    counts = np.bincount(months, minlength=MONTHS)
    return tuple(np.flatnonzero(counts >= MIN_DAYS_OF_MONTH).tolist())


def _trained(parts: Parts, times: FloatArray) -> tuple[int, int]:
    """Return the first and the last day of training; (0, 0) where holidays do not matter."""
    at = local(times[np.isfinite(times)], parts.zone) // 86_400
    return (int(at.min()), int(at.max())) if parts.holidays is not None and len(at) else (0, 0)


def _is_holiday(parts: Parts, times: FloatArray) -> IntArray:
    """Return 1 for rows of holidays and 0 for others; all are 0 where too few holidays are."""
    known = np.isfinite(times)
    at = local(times[known], parts.zone)
    flags = np.zeros(len(times), np.int64)
    flags[known] = numbers_of("holiday", at, holidays=parts.holidays) == 1
    days = np.unique(np.floor(at[flags[known] > 0] / 86_400))
    return flags if len(days) >= MIN_HOLIDAYS else np.zeros(len(times), np.int64)


def _enough(parts: Parts, times: FloatArray) -> bool:
    """Return whether strata of ordinary days have rows."""
    usual = replace(parts, holidays=None)
    rows = np.bincount(strata_of(usual, times), minlength=usual.count)[: usual.count]
    least = MIN_ROWS if parts.seasons == 1 else MIN_ROWS_OF_MONTHS
    if parts.seasons > 1 and len(parts.months) < 2:
        return False
    return bool((rows > 0).sum() > 1 and np.median(rows[rows > 0]) >= least)


def _celled(feature: Feature, sample: Mapping[SampleColumn, FloatArray]) -> _Celled | None:
    values, reference = sample.get(column_of(feature.name)), feature.reference
    if values is None or reference is None:
        return None
    if isinstance(reference, CategoricalReference):
        return _levels(reference, values)
    finite = np.isfinite(values)
    if not len(reference.histogram) or not finite.any() or (~finite & ~np.isnan(values)).any():
        return None
    return _numbers(reference, values)


def _numbers(reference: NumericReference, values: FloatArray) -> _Celled:
    """Put numbers in cells of about as many rows of the reference each."""
    histogram = reference.histogram
    share = np.cumsum(histogram.interleaved) / max(histogram.total, 1)
    cuts = np.unique(np.searchsorted(share, np.arange(1, CELLS) / CELLS) + 1)
    cuts = cuts[(cuts > 0) & (cuts < len(share))]
    edges = histogram.edges
    low, high = np.searchsorted(edges, values, "left"), np.searchsorted(edges, values, "right")
    cells = np.searchsorted(cuts, low + high, "right")
    return _Celled(cuts, np.where(np.isnan(values), -1, cells), values)


def _levels(reference: CategoricalReference, values: FloatArray) -> _Celled | None:
    """Put rows in cells of the most frequent levels; all others are the last cell."""
    if len(reference.counts) < 2:
        return None
    kept = list(reference.counts)[: CELLS - 1]
    places = {code_of(name): i for i, name in enumerate(kept)}
    distinct, inverse = np.unique(values, return_inverse=True)
    known = [places.get(code, len(kept)) for code in distinct.tolist()]
    cells = np.where(np.isnan(distinct), -1, np.array(known, np.int64))[inverse]
    return _Celled(np.arange(len(kept)), cells, None)


def _counted(
    parts: Parts, times: FloatArray, celled: Mapping[str, _Celled], level: float
) -> Strata | None:
    strata = strata_of(parts, times)
    tables = {name: _table(some, strata, parts.count) for name, some in celled.items()}
    rhythmic = {name: table for name, table in tables.items() if _depends(table, level)}
    return Strata(parts, rhythmic) if rhythmic else None


def _table(celled: _Celled, strata: IntArray, size: int) -> ByStratum:
    present, timed = celled.cells >= 0, strata < size
    nulls = np.bincount(strata[timed & ~present], minlength=size)
    kept = timed & present
    cells, at = celled.cells[kept], strata[kept]
    width = celled.width
    counts = np.bincount(at * width + cells, minlength=size * width).reshape(size, width)
    if celled.values is None:
        return ByStratum(celled.cuts, counts, nulls)
    values = celled.values[kept]
    rows = np.maximum(np.bincount(at, minlength=size), 1)
    means = np.bincount(at, values, size) / rows
    stds = np.sqrt(np.bincount(at, (values - means[at]) ** 2, size) / rows)
    return ByStratum(celled.cuts, counts, nulls, _short(means), _short(stds))


def _short(values: FloatArray) -> FloatArray:
    """Return numbers with 7 digits, far below what chance makes of a stratum's moments."""
    return np.array([float(f"{value:.7g}") for value in values.tolist()])


def _depends(table: ByStratum, level: float) -> bool:
    """Return whether cells depend on strata, by chi-square of their table."""
    counts = table.counts[table.counts.sum(1) > 0][:, table.counts.sum(0) > 0]
    if min(counts.shape, default=0) < 2:
        return False
    expected = np.outer(counts.sum(1), counts.sum(0)) / counts.sum()
    return _differ(counts, expected, level)


def _differ(counts: IntArray, expected: FloatArray, level: float) -> bool:
    total = counts.sum()
    some = expected > 0
    statistic = float(((counts - expected)[some] ** 2 / expected[some]).sum())
    free = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    excess = (statistic - free) / total
    return bool(excess >= MIN_EXCESS and chdtrc(free, statistic) <= level)


def _adds(
    factor: IntArray, parts: Parts, times: FloatArray, celled: Mapping[str, _Celled], level: float
) -> bool:
    """Return whether any feature's cells depend on a factor among rows of the same stratum.

    Counts of factor and cell are compared with their sum over strata of what independence gives
    there, as Mantel and Haenszel (J. Natl. Cancer Inst. 22 (1959), p. 719) do; chi-square of that
    is too small rather than too large.
    """
    strata = strata_of(parts, times)
    timed = strata < parts.count
    return any(
        _differ(counts, expected, level)
        for counts, expected in _tables(factor[timed], strata[timed], celled, timed)
    )


def _tables(
    factor: IntArray, strata: IntArray, celled: Mapping[str, _Celled], timed: NDArray[np.bool_]
) -> Iterator[tuple[IntArray, FloatArray]]:
    levels, places = np.unique(factor, return_inverse=True)
    groups = int(strata.max(initial=0)) + 1
    for some in celled.values():
        cells = some.cells[timed]
        kept = cells >= 0
        rows, wide = len(levels), some.width
        if rows < 2 or not kept.any():
            continue
        of_factor = _crossed(strata[kept], places[kept], groups, rows)
        of_cell = _crossed(strata[kept], cells[kept], groups, wide)
        counts = _crossed(places[kept], cells[kept], rows, wide)
        per_row = of_factor / np.maximum(of_factor.sum(1, keepdims=True), 1)
        present = counts.sum(0) > 0
        yield counts[:, present], (per_row.T @ of_cell)[:, present]


def _crossed(first: IntArray, second: IntArray, rows: int, columns: int) -> IntArray:
    counts: IntArray = np.bincount(first * columns + second, minlength=rows * columns)
    return counts.reshape(rows, columns)
