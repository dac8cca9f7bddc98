"""What a report draws: bins as shares of all rows, distribution functions of the numbers."""

from __future__ import annotations

import numpy as np

from skewcheck.counts.categorical import CategoricalCounts, Levels
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.sides import CategoricalSide, NumericSide
from skewcheck.features.types import CategoricalReference, NumericReference
from skewcheck.results.audit import Bar, Curves
from skewcheck.statistics import two_sample
from skewcheck.verdict.categorical import aligned

MOST = 8
"""Levels that get a bar of their own; the rest share one."""
POINTS = 60
"""Steps of equal mass in which a distribution function is drawn."""


def drawn(
    side: NumericSide | CategoricalSide | None, counts: NumericCounts | CategoricalCounts | None
) -> tuple[tuple[Bar, ...], Curves | None]:
    """Return the bars of one side of a feature and, of a number, its distribution functions."""
    if isinstance(side, NumericSide) and isinstance(counts, NumericCounts):
        return numeric_bars(counts, side.reference), curves(counts, side.reference)
    if isinstance(side, CategoricalSide) and isinstance(counts, CategoricalCounts):
        return categorical_bars(counts, side.levels, side.reference), None
    return (), None


def numeric_bars(counts: NumericCounts, reference: NumericReference | None) -> tuple[Bar, ...]:
    """Return a bar for each PSI bin, labelled by where it begins, and one for nulls if any."""
    if reference is None or not reference.histogram or not counts.rows:
        return ()
    training, edges = reference.histogram.interleaved, reference.histogram.edges
    if not training.sum():
        return ()
    bins = two_sample.quantile_bins(training)
    p = two_sample.binned(training, bins) / reference.rows
    q = two_sample.binned(counts.histogram.interleaved, bins) / counts.rows
    starts = np.searchsorted(bins, np.arange(len(p)))
    # Cell 2i is the interval below edge i, cell 2i + 1 the edge itself.
    begins = edges[np.clip(starts // 2, 0, len(edges) - 1)]
    bars = [Bar(f"{x:.4g}", float(a), float(b)) for x, a, b in zip(begins, p, q, strict=True)]
    if reference.nulls or counts.nulls:
        bars.append(Bar("null", reference.nulls / reference.rows, counts.nulls / counts.rows))
    return tuple(bars)


def categorical_bars(
    counts: CategoricalCounts, levels: Levels, reference: CategoricalReference | None
) -> tuple[Bar, ...]:
    """Return a bar for each of the levels that weigh most on either side, and one for the rest."""
    if reference is None or not counts.rows or not reference.rows:
        return ()
    p = aligned(levels, reference) / reference.rows
    q = np.append(counts.counts, counts.unseen) / counts.rows
    order = np.argsort(-np.maximum(p[:-1], q[:-1]), kind="stable")
    shown, rest = order[:MOST], order[MOST:]
    bars = [Bar(levels.names[i], float(p[i]), float(q[i])) for i in shown]
    other = float(p[rest].sum() + p[-1]), float(q[rest].sum() + q[-1])
    if any(other):
        bars.append(Bar("other", *other))
    if reference.nulls or counts.nulls:
        bars.append(Bar("null", reference.nulls / reference.rows, counts.nulls / counts.rows))
    return tuple(bars)


def curves(counts: NumericCounts, reference: NumericReference | None) -> Curves | None:
    """Return both distribution functions at about 60 places of equal mass, and where D is.

    They are exact there. The first and the last point are the smallest and the largest value of
    either, the second is just below the first edge, the last but one at the last edge.
    """
    if reference is None or not reference.histogram:
        return None
    training, serving = reference.histogram, counts.histogram
    if not training.total or not serving.total:
        return None
    p, q = training.shares, serving.shares
    low, high = counts.moments.min, counts.moments.max
    least = low if reference.min is None else min(low, reference.min)
    most = high if reference.max is None else max(high, reference.max)
    edges = training.edges
    # The functions after cell 2i, just below edge i, and after cell 2i + 1, at it.
    at = np.append(np.repeat(edges, 2), max(edges[-1], most))
    steps = np.searchsorted((p + q) / 2, np.linspace(0, 1, POINTS + 1)[1:-1])
    others = np.array([0, np.argmax(np.abs(p - q)), len(at) - 2, len(at) - 1])
    kept = np.unique(np.concatenate((np.maximum(steps - 1, 0), steps, others)))
    kept = kept[np.isfinite(at[kept])]
    start = float(min(edges[0], least))
    return Curves((start, *at[kept].tolist()), (0.0, *p[kept].tolist()), (0.0, *q[kept].tolist()))
