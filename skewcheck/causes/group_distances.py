"""Compare groups of rows with the reference, by counts in the cells of its edges.

A cell is an edge or the interval between two.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.distributions import windows
from skewcheck.features.steps import Step
from skewcheck.features.types import FloatArray, IntArray, NumericReference
from skewcheck.statistics import two_sample

Mask = NDArray[np.bool_]
MIN_DISTANCE = 0.05
"""KS D that a part must exceed: smaller differences are common between hosts."""
FALSE_PART_RATE = 0.001
"""Probability that any of a column's values is taken for a part if all rows are training's."""
FALSE_PLACE_RATE = 0.01
"""Probability that any set of a column's values, or any stretch of time, is told from the rest of
the log if all rows moved alike."""


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


def differs_from_rest(cells: IntArray, inside: Mask, rest: Mask, chosen_among: float) -> bool:
    """Return whether rows inside have another distribution than the rest, whatever training's is.

    That one part is significantly far from training and another is not does not tell them apart:
    the other may only have fewer rows. Two-sample Kolmogorov-Smirnov test over cells; its p-value
    is multiplied by the number of parts that this one was chosen among (Bonferroni). False where
    either side is empty.
    """
    if not inside.any() or not rest.any():
        return False
    k = int(cells.max()) + 1
    elsewhere, here = (np.bincount(cells[mask], minlength=k) for mask in (rest, inside))
    p_value = two_sample.ks(elsewhere, here).p_value
    return p_value is not None and p_value * chosen_among <= FALSE_PLACE_RATE
