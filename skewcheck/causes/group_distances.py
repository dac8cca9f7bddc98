"""Compare groups of rows with the reference, by counts in the cells of its edges.

A cell is an edge or the interval between two.
"""

from __future__ import annotations

import math

import numpy as np

from skewcheck.causes.distributions import windows
from skewcheck.features.steps import Step
from skewcheck.features.types import FloatArray, IntArray, NumericReference

MIN_DISTANCE = 0.05
"""KS D that a part must exceed: smaller differences are common between hosts."""
FALSE_PART_RATE = 0.001
"""Probability that any of a column's values is taken for a part if all rows are training's."""


def cells_of(
    reference: NumericReference, steps: tuple[Step, ...], values: FloatArray,
    tolerance: FloatArray | float,
) -> tuple[IntArray, IntArray]:  # fmt: skip
    """Return the cell of each value (at or between edges) and training's rows per cell."""
    counted = windows(reference, steps, values, tolerance)
    if counted is None:
        return np.zeros(len(values), np.int64), np.zeros(1, np.int64)
    propagated, edges = counted
    disjoint = edges.disjoint()
    cells = np.searchsorted(disjoint.low, values, "right") + np.searchsorted(disjoint.high, values)
    return cells, propagated.reference.histogram.interleaved


def distances_of_groups(
    cells: IntArray, groups: IntArray, count: int, training: IntArray
) -> tuple[FloatArray, IntArray]:
    """Return each group's KS D from training and its number of rows; group -1 is left out."""
    grouped, k = groups >= 0, len(training)
    table = np.bincount(groups[grouped] * k + cells[grouped], minlength=count * k).reshape(count, k)
    rows = table.sum(1)
    share = np.cumsum(table, 1) / np.maximum(rows, 1)[:, None]
    expected = np.cumsum(training) / training.sum()
    return np.abs(share - expected).max(1), rows


def differing_groups(
    cells: IntArray, groups: IntArray, count: int, training: IntArray, reference: NumericReference
) -> list[int]:
    """Return the groups whose KS D is significant, corrected for the number of groups (Bonferroni).

    The critical value inverts the first term of the Kolmogorov distribution's tail,
    P = 2 exp(-2 x^2) (Smirnov, Annals of Mathematical Statistics 19 (1948)).
    """
    if not count:
        return []
    distances, rows = distances_of_groups(cells, groups, count, training)
    noise = math.sqrt(-math.log(FALSE_PART_RATE / 2 / count) / 2)
    m = max(reference.finite, 1)
    limits = np.maximum(noise * np.sqrt((rows + m) / np.maximum(rows * m, 1)), MIN_DISTANCE)
    return [int(i) for i in np.flatnonzero(distances > limits)]
