"""The few bins of a feature that the variance between clusters is estimated of.

Numbers between a few quantiles of the reference, the most frequent levels, and nulls.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.measured import places
from skewcheck.counts.sides import CategoricalSide, NumericSide, Side
from skewcheck.features.types import FloatArray
from skewcheck.logs.arrays import Numbers

QUANTILES = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
"""Quantiles of the reference between which numbers are counted. Each bin costs GROUPS counts per
feature, and with more of them each has fewer rows to estimate a variance of."""
TOP_LEVELS = 9
"""Most frequent levels with a bin of their own: rarer ones have too few rows for a variance."""
MOST_BINS = TOP_LEVELS + 3
"""The most bins that a feature has."""


def places_of_sample(side: Side, values: FloatArray) -> NDArray[np.generic]:
    """Return what `places` does, of a column of the sample of rows: there strangers are -1.

    NaN where a file lacks the column.
    """
    if isinstance(side, NumericSide) or side.numbers:
        return places(side, Numbers(values), len(values))
    stranger = len(side.levels.names)
    return np.where(values >= 0, values, np.where(values == -1, stranger, stranger + 1))


def bins_of(side: Side, values: NDArray[np.generic]) -> tuple[int, NDArray[np.uint8]]:
    """Return the number of bins and each row's, nulls last, of what `places` returned.

    Numbers are binned by `cuts`; levels as `TOP_LEVELS` says, then all others that training had,
    then unseen ones.
    """
    if isinstance(side, CategoricalSide):
        lookup = _levels(side)
        return int(lookup[-1]) + 1, lookup[values.astype(np.intp, copy=False)]
    edges = cuts(side)
    # Which rows just beside an edge count as below it is of no matter, so float32 will do. For so
    # few edges, comparing with each is quicker than a search.
    with np.errstate(over="ignore"):
        single, edges = values.astype(np.float32, copy=False), edges.astype(np.float32)
    bins = np.isnan(single).view(np.uint8) * np.uint8(len(edges) + 1)
    for edge in edges:
        bins += (single > edge).view(np.uint8)
    return len(edges) + 2, bins


def cuts(side: NumericSide) -> FloatArray:
    """Return at most 7 numbers, ascending, at or below which rows are counted.

    They are the reference's quantiles, and its ends, of which the lower counts as above.
    """
    reference, high = side.reference, side.windows.high
    if reference is None or not len(high) or len(reference.histogram) != len(high):
        return np.empty(0)
    least = np.nextafter(side.windows.low[:1].astype(np.float32), np.float32(-np.inf))
    ends = least.astype(np.float64), high[-1:]
    up_to = reference.histogram.up_to
    if not up_to[-1]:
        return np.unique(np.concatenate(ends))
    wanted = QUANTILES * reference.histogram.total
    at = np.minimum(np.searchsorted(up_to, wanted), len(high) - 1)
    return np.unique(np.concatenate((high[at], *ends)))


def _levels(side: CategoricalSide) -> NDArray[np.uint8]:
    """Return the bin of each level, of strangers and of nulls."""
    counts = side.reference.counts if side.reference else {}
    rows = np.array([counts.get(name, 0) for name in side.levels.names], np.int64)
    top = np.argsort(-rows, kind="stable")[:TOP_LEVELS]
    lookup = np.full(len(rows) + 2, len(top), np.uint8)
    lookup[top] = np.arange(len(top))
    lookup[-2:] = len(top) + 1, len(top) + 2
    return lookup
