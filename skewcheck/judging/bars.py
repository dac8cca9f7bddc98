"""The bins that a report draws: training against production, as shares of all rows."""

from __future__ import annotations

import numpy as np

from skewcheck import stats
from skewcheck.auditing import Bar
from skewcheck.features import CategoricalReference, NumericReference
from skewcheck.judging.categorical import aligned
from skewcheck.profile.categorical import CategoricalCounts, Levels
from skewcheck.profile.numeric import NumericCounts

MOST = 8
"""Levels that get a bar of their own; the rest share one."""


def numeric_bars(counts: NumericCounts, reference: NumericReference | None) -> tuple[Bar, ...]:
    """Return a bar for each PSI bin, labelled by where it begins, and one for nulls if any."""
    if reference is None or not len(reference.edges) or not counts.rows:
        return ()
    training = stats.cells(reference.at, reference.between)
    if not training.sum():
        return ()
    bins = stats.quantile_bins(training)
    p = stats.binned(training, bins) / reference.rows
    q = stats.binned(stats.cells(counts.at, counts.between), bins) / counts.rows
    starts = np.searchsorted(bins, np.arange(len(p)))
    # Cell 2i is the interval below edge i, cell 2i + 1 the edge itself.
    edges = reference.edges[np.clip(starts // 2, 0, len(reference.edges) - 1)]
    bars = [Bar(f"{edge:.4g}", float(a), float(b)) for edge, a, b in zip(edges, p, q, strict=True)]
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
