"""Intervals of a reference distribution: their ends and means; the moments of the whole."""

from __future__ import annotations

import numpy as np

from skewcheck.features.types import FloatArray, NumericReference


def interval_ends(reference: NumericReference) -> tuple[FloatArray, FloatArray]:
    """Return the left and right end of each of the k + 1 intervals; min and max are outermost."""
    edges = reference.histogram.edges
    first = edges[0] if reference.min is None else min(reference.min, edges[0])
    last = edges[-1] if reference.max is None else max(reference.max, edges[-1])
    return np.concatenate(([first], edges)), np.concatenate((edges, [last]))


def centers(reference: NumericReference) -> FloatArray:
    """Return the mean value of each of the k + 1 intervals between edges, shape (k + 1,).

    The midpoint where an interval is empty. Means are clipped to the interval.
    """
    left, right = interval_ends(reference)
    middle = left + (right - left) / 2
    between, sums = reference.histogram.between, reference.histogram.sums
    means = np.where(between > 0, sums / np.maximum(between, 1), middle)
    return np.clip(means, left, right)


def moments(reference: NumericReference) -> tuple[float, float]:
    """Return mean and population standard deviation (ddof 0) of the finite values.

    Taken from the reference if stored there, else computed from the counts, with all values of an
    interval at its mean. (NaN, NaN) without edges or without a finite row.
    """
    if reference.mean is not None and reference.std is not None:
        return reference.mean, reference.std
    histogram = reference.histogram
    counts = np.concatenate((histogram.at, histogram.between)).astype(np.float64)
    if not histogram or not counts.sum():
        return np.nan, np.nan
    values = np.concatenate((histogram.edges, centers(reference)))
    mean = float(np.average(values, weights=counts))
    return mean, float(np.sqrt(np.average((values - mean) ** 2, weights=counts)))
