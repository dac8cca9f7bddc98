"""Count training rows by part of the week, of features whose distribution depends on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from scipy.special import chdtrc

from skewcheck.counts.rows import SampleColumn, code_of
from skewcheck.counts.rows import feature_column as column_of
from skewcheck.counts.strata import strata_of
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
ALPHA = 0.01
"""Chance that a feature without a rhythm gets strata, over all features (Bonferroni)."""
MIN_EXCESS = 0.002
"""Chi-square over rows, less what chance gives: a daily sine of 0.06 standard deviations."""
CHOICES: tuple[tuple[str, int, int], ...] = (
    ("weekday-hour", 7, 8), ("weekday-hour", 7, 4), ("weekday", 7, 1), ("hour", 1, 8),
)  # fmt: skip
"""Names of strata, their weekdays and blocks of hours: the finest first."""
NONE = "none"


def strata_of_training(
    features: Iterable[Feature], times: FloatArray, sample: Mapping[SampleColumn, FloatArray],
    parts: Parts, choice: str | None, below: int = 10_000,
) -> Strata | None:  # fmt: skip
    """Return the counts of sampled rows by stratum; None where no feature depends on it.

    `parts` names the column and the zone, `choice` the strata, None for the finest
    that have rows. There are fewer than `below`.
    """
    chosen = _chosen(times, parts, choice, below)
    if chosen is None:
        return None
    strata = strata_of(chosen, times)
    tables = {
        f.name: table for f in features if (table := _table(f, sample, strata, chosen)) is not None
    }
    level = ALPHA / max(len(tables), 1)
    rhythmic = {name: table for name, table in tables.items() if _depends(table, level)}
    return Strata(chosen, rhythmic) if rhythmic else None


def _chosen(times: FloatArray, parts: Parts, choice: str | None, below: int) -> Parts | None:
    for name, weekdays, blocks in CHOICES:
        candidate = Parts(parts.column, parts.zone, weekdays, blocks)
        if choice not in (None, name) or candidate.count >= below:
            continue
        rows = np.bincount(strata_of(candidate, times), minlength=candidate.count)
        some = rows[: candidate.count]
        if (some > 0).sum() > 1 and np.median(some[some > 0]) >= MIN_ROWS:
            return candidate
    return None


def _table(
    feature: Feature, sample: Mapping[SampleColumn, FloatArray], strata: IntArray, parts: Parts
) -> ByStratum | None:
    values, reference = sample.get(column_of(feature.name)), feature.reference
    if values is None or reference is None:
        return None
    timed = strata < parts.count
    values, strata = values[timed], strata[timed]
    null = np.isnan(values)
    nulls = np.bincount(strata[null], minlength=parts.count)
    if isinstance(reference, CategoricalReference):
        return _levels(reference, values, strata, nulls, parts)
    finite = np.isfinite(values)
    if not len(reference.histogram) or not finite.any() or (~finite & ~null).any():
        return None
    return _numbers(reference, values[finite], strata[finite], nulls, parts)


def _numbers(
    reference: NumericReference, values: FloatArray, strata: IntArray, nulls: IntArray, parts: Parts
) -> ByStratum | None:
    """Count numbers in cells of about as many rows of the reference each."""
    histogram = reference.histogram
    share = np.cumsum(histogram.interleaved) / max(histogram.total, 1)
    cuts = np.unique(np.searchsorted(share, np.arange(1, CELLS) / CELLS) + 1)
    cuts = cuts[(cuts > 0) & (cuts < len(share))]
    edges = histogram.edges
    low, high = np.searchsorted(edges, values, "left"), np.searchsorted(edges, values, "right")
    cells = np.searchsorted(cuts, low + high, "right")
    width = len(cuts) + 1
    counts = np.bincount(strata * width + cells, minlength=parts.count * width)
    rows = np.maximum(np.bincount(strata, minlength=parts.count), 1)
    means = np.bincount(strata, values, parts.count) / rows
    squares = np.bincount(strata, (values - means[strata]) ** 2, parts.count)
    stds = _short(np.sqrt(squares / rows))
    return ByStratum(cuts, counts.reshape(parts.count, width), nulls, _short(means), stds)


def _short(values: FloatArray) -> FloatArray:
    """Return numbers with 7 digits, far below what chance makes of a stratum's moments."""
    return np.array([float(f"{value:.7g}") for value in values.tolist()])


def _levels(
    reference: CategoricalReference, values: FloatArray, strata: IntArray, nulls: IntArray,
    parts: Parts,
) -> ByStratum | None:  # fmt: skip
    """Count the most frequent levels; all others are the last cell."""
    if len(reference.counts) < 2:
        return None
    kept = list(reference.counts)[: CELLS - 1]
    places = {code_of(name): i for i, name in enumerate(kept)}
    present = ~np.isnan(values)
    cells = np.array([places.get(code, len(kept)) for code in values[present].tolist()], np.int64)
    width = len(kept) + 1
    counts = np.bincount(strata[present] * width + cells, minlength=parts.count * width)
    return ByStratum(np.arange(len(kept)), counts.reshape(parts.count, width), nulls)


def _depends(table: ByStratum, level: float) -> bool:
    """Return whether cells depend on strata, by chi-square of their table."""
    counts = table.counts[table.counts.sum(1) > 0][:, table.counts.sum(0) > 0]
    if min(counts.shape, default=0) < 2:
        return False
    total = counts.sum()
    expected = np.outer(counts.sum(1), counts.sum(0)) / total
    statistic = float(((counts - expected) ** 2 / expected).sum())
    free = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    excess = (statistic - free) / total
    return bool(excess >= MIN_EXCESS and chdtrc(free, statistic) <= level)
