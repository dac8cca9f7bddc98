"""Places of a log with one side in which columns are in another order than in the rest.

A value of a segment column, a file, a stretch of time. Only parts in which several columns have
another distribution than in the whole log are searched, by chi-square in bins of equal shares.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.column_orders import Order
from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.faulty_parts import log_likelihood_ratios
from skewcheck.causes.group_distances import cells_of
from skewcheck.causes.permuted_distributions import (
    MIN_EVIDENT,
    MIN_ROWS,
    MatrixSide,
    permuted_columns,
)
from skewcheck.causes.places import located, of_mask, place_of
from skewcheck.counts.rows import FILE
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.results.causes import Place, nulls_last

Mask = NDArray[np.bool_]
MAX_SLICES = 16
"""Slices of time that are looked at one by one."""
MAX_PARTS = 16
"""Values of a column, and slices, that are searched: each costs as much as the whole log."""
BINS = 16
"""Bins in which a part is compared with the whole log."""
MIN_DEVIATIONS = 6.0
"""Standard deviations of chi-square above its mean from which a column differs in a part."""


def ordered_parts(sides: Sequence[MatrixSide], rows: SampledRows) -> Iterator[tuple[Place, Mask]]:
    """Yield the places that have an order of columns of their own, the largest of a column first.

    Values of a segment column that have the same order are one place.
    """
    binned = [_bins(side.values) for side in sides]
    for column, labels in sorted(rows.segments.items(), key=lambda item: item[0] == FILE):
        distinct = int((labels.counts()[: len(labels.values)] > 0).sum())
        codes = np.where(labels.codes < len(labels.values), labels.codes, -1)
        orders: dict[Order, list[int]] = {}
        for i in _differing(binned, codes, len(labels.values)) if distinct > 1 else ():
            found = permuted_columns([side.only(codes == i) for side in sides])
            if found is not None:
                orders.setdefault(found.order, []).append(i)
        for values in sorted(orders.values(), key=lambda values: -len(values)):
            mask = np.isin(codes, values)
            named = tuple(sorted((labels.values[i] for i in values), key=nulls_last))
            if not mask.all():
                yield place_of(column, named, distinct), mask
    period = None if rows.times is None else _period(sides, binned, rows.times)
    if period is not None:
        place = located(of_mask(rows, period)) or Place()
        yield replace(place, purity=1.0, coverage=1.0), period


def _bins(values: FloatArray) -> IntArray:
    """Return the bin of each value between quantiles of all; BINS for what is not finite."""
    finite = np.isfinite(values)
    bins = np.full(len(values), BINS)
    if finite.any():
        edges = np.quantile(values[finite], np.arange(1, BINS) / BINS)
        bins[finite] = np.searchsorted(edges, values[finite])
    return bins


def _differing(binned: Sequence[IntArray], groups: IntArray, count: int) -> list[int]:
    """Return the groups of rows in which MIN_EVIDENT columns differ from all rows.

    Those of the most such columns first; group -1 is left out, and so are groups of few rows.
    """
    rows = np.bincount(groups[groups >= 0], minlength=count)
    differ = np.zeros(count, np.int64)
    for bins in binned:
        kept, width = groups >= 0, BINS + 1
        table = np.bincount(groups[kept] * width + bins[kept], minlength=count * width)
        table = table.reshape(count, width)
        share = np.bincount(bins, minlength=width) / max(len(bins), 1)
        taken = share > 0
        expected = rows[:, None] * share[taken]
        off = (table[:, taken] - expected) ** 2 / np.maximum(expected, 1)
        freedom = int(taken.sum()) - 1
        differ += off.sum(1) > freedom + MIN_DEVIATIONS * math.sqrt(2 * max(freedom, 1))
    order = np.argsort(-differ, kind="stable")
    worth = (differ[order] >= MIN_EVIDENT) & (rows[order] >= MIN_ROWS)
    return [int(i) for i in order[worth][:MAX_PARTS]]


def _period(
    sides: Sequence[MatrixSide], binned: Sequence[IntArray], times: FloatArray
) -> Mask | None:
    """Return the rows of a stretch of time that has an order of its own; None without one.

    Slices of equal numbers of rows find it. Its ends are those of the greatest sum of the rows'
    log-likelihood ratios over all numbers (maximum subarray: Bentley, CACM 27 (1984), 865).
    """
    by_time = np.argsort(times, kind="stable")
    by_time = by_time[np.isfinite(times[by_time])]
    count = min(MAX_SLICES, len(by_time) // MIN_ROWS)
    if count < 2:
        return None
    groups = np.full(len(times), -1)
    groups[by_time] = np.arange(len(by_time)) * count // len(by_time)
    slices = [
        i for i in _differing(binned, groups, count)
        if permuted_columns([side.only(groups == i) for side in sides]) is not None
    ]  # fmt: skip
    inside = np.isin(groups, slices)
    if not inside.any() or inside.all():
        return None
    sums = np.append(0.0, np.cumsum(_log_ratios(sides, inside)[by_time]))
    last = int(np.argmax(sums - np.minimum.accumulate(sums)))
    first = int(np.argmin(sums[: last + 1]))
    period = np.zeros(len(times), bool)
    period[by_time[first:last]] = True
    return period


def _log_ratios(sides: Sequence[MatrixSide], inside: Mask) -> FloatArray:
    """Return each row's log-likelihood ratio of some rows to training, summed over all numbers."""
    score = np.zeros(len(inside))
    for side in sides:
        finite = np.isfinite(side.values)
        if side.reference is not None and (inside & finite).any():
            lost = np.broadcast_to(side.tolerance, finite.shape)[finite]
            cells, training = cells_of(side.reference, side.steps, side.values[finite], lost)
            score[finite] += log_likelihood_ratios(cells, inside[finite], training)
    return score
