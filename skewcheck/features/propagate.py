"""Propagate a reference distribution through preprocessing steps, from raw to served units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from skewcheck.features.histogram import Histogram
from skewcheck.features.reference_moments import centers, interval_ends
from skewcheck.features.steps import (
    Buckets,
    Cast,
    Impute,
    Interval,
    Piecewise,
    Quantize,
    Round,
    Step,
    bounds,
    forward,
    is_affine,
    numeric_steps,
)
from skewcheck.features.steps.rounding import ROUNDING, widened
from skewcheck.features.types import FloatArray, IntArray, NumericReference


@dataclass(frozen=True, slots=True)
class PropagatedReference:
    """A reference in served units, with an interval of possible values around each edge."""

    reference: NumericReference
    """Edges and counts in served units; nulls are counted at their fill value, if there is one."""
    low: FloatArray
    high: FloatArray
    """Rounding bounds [low, high] of each edge; of the edges' length, and they may overlap."""


@dataclass(frozen=True, slots=True, eq=False)
class _IdentityKey:
    """Cache key of a reference by identity: its arrays are not hashable, and never change."""

    reference: NumericReference

    def __hash__(self) -> int:
        return id(self.reference)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _IdentityKey) and other.reference is self.reference


def propagate(reference: NumericReference, steps: Sequence[Step]) -> PropagatedReference | None:
    """Propagate a reference with edges through the steps; None if no finite edge remains.

    Edges that become equal (clipping, rounding, buckets) are merged, with the counts between them.
    Rows whose value becomes NaN are counted as nulls, rows that become infinite in `nonfinite`, and
    nulls at the value that a fill step gives them.
    """
    key, step_tuple = _IdentityKey(reference), tuple(steps)
    try:
        hash(step_tuple)
    except TypeError:  # a caller's steps may hold lists
        return _propagate_cached.__wrapped__(key, step_tuple)
    return _propagate_cached(key, step_tuple)


@lru_cache(maxsize=128)  # the search for causes propagates the same few references repeatedly
def _propagate_cached(key: _IdentityKey, steps: tuple[Step, ...]) -> PropagatedReference | None:
    reference = key.reference
    if any(isinstance(step, Piecewise) for step in steps):
        return None  # different values may become equal, and others stay between them
    unfilled_steps = [step for step in numeric_steps(steps) if not isinstance(step, Impute)]
    histogram, means = reference.histogram, centers(reference)
    low, high = _windows(histogram.edges, unfilled_steps)
    intervals = _Intervals(
        forward(unfilled_steps, histogram.edges), low, high, histogram.at, histogram.between,
        forward(unfilled_steps, means),
        *(forward(unfilled_steps, ends) for ends in interval_ends(reference)),
    )  # fmt: skip
    infinite, infinite_rows = _infinite(reference)
    made = forward(unfilled_steps, infinite)
    is_nan = np.isnan(intervals.edges), np.isnan(intervals.means), np.isnan(made)
    nulls = np.concatenate(
        ([np.nan], histogram.edges[is_nan[0]], means[is_nan[1]], infinite[is_nan[2]])
    )
    rows = np.concatenate(
        ([reference.nulls], histogram.at[is_nan[0]], histogram.between[is_nan[1]],
         infinite_rows[is_nan[2]])
    ).astype(np.int64)  # fmt: skip
    left = replace(reference, nulls=int(rows.sum()), nonfinite=int(infinite_rows[~is_nan[2]].sum()))
    propagated = _of_finite(left, unfilled_steps, intervals)
    if propagated is None:
        return None
    for value in np.unique(made[np.isfinite(made)]):  # clips and buckets end infinities
        rows_there = int(infinite_rows[made == value].sum())
        window = _windows(infinite[made == value], unfilled_steps)
        propagated = _with_atom(
            propagated, float(value), rows_there, (float(window[0].min()), float(window[1].max()))
        )
        nonfinite = propagated.reference.nonfinite - rows_there
        ended = replace(propagated.reference, nonfinite=nonfinite)
        propagated = replace(propagated, reference=ended)
    return _with_fills(propagated, steps, nulls, rows)


def _infinite(reference: NumericReference) -> tuple[FloatArray, IntArray]:
    """Return the infinities that training had, and the rows of each."""
    rows = np.array(
        [reference.negative_infinite, reference.nonfinite - reference.negative_infinite]
    )
    return np.array([-np.inf, np.inf])[rows > 0], rows[rows > 0]


def _of_finite(
    reference: NumericReference, steps: Sequence[Step], intervals: _Intervals
) -> PropagatedReference | None:
    """Keep finite edges, ascending and distinct; None if there is none."""
    finite_edges = intervals.edges[np.isfinite(intervals.edges)]
    if not len(finite_edges):
        return None
    intervals = intervals.reversed() if finite_edges[-1] < finite_edges[0] else intervals
    finite = np.isfinite(intervals.edges)
    edges, low, high = intervals.edges[finite], intervals.low[finite], intervals.high[finite]
    first_indices = np.flatnonzero(np.append(True, np.diff(edges) != 0))
    return PropagatedReference(
        _served(reference, steps, intervals, edges[first_indices]),
        np.minimum.reduceat(low, first_indices), np.maximum.reduceat(high, first_indices),
    )  # fmt: skip


def _with_fills(
    propagated: PropagatedReference, steps: Sequence[Step], null_values: FloatArray, rows: IntArray
) -> PropagatedReference:
    """Move nulls to the value that the steps fill in.

    `null_values` are the raw values that become null before a fill (NaN first), `rows` how many
    rows have each; both of the same length.
    """
    fill_values = forward(steps, null_values)
    low, high = _windows(null_values, numeric_steps(steps))
    for fill_value in np.unique(fill_values[~np.isnan(fill_values) & (rows > 0)]):
        is_same = fill_values == fill_value
        moved_rows, reference = int(rows[is_same].sum()), propagated.reference
        if np.isfinite(fill_value):
            window = float(low[is_same].min()), float(high[is_same].max())
            propagated = _with_atom(propagated, float(fill_value), moved_rows, window)
            infinite = reference.nonfinite
        else:
            infinite = reference.nonfinite + moved_rows
        updated = replace(
            propagated.reference, nulls=reference.nulls - moved_rows, nonfinite=infinite
        )
        propagated = replace(propagated, reference=updated)
    return propagated


def _with_atom(
    propagated: PropagatedReference, fill: float, rows: int, window: tuple[float, float]
) -> PropagatedReference:
    """Add `rows`, which had no finite value, at the fill value: an edge, if it is none.

    If it splits an interval, that interval's rows are divided in proportion to length; the error is
    at most the interval's mass, about 1/1000 of the rows.
    """
    reference, low, high = propagated.reference, propagated.low, propagated.high
    histogram = reference.histogram
    i = int(np.searchsorted(histogram.edges, fill))
    if i == len(histogram) or histogram.edges[i] != fill:
        left, right = (float(ends[i]) for ends in interval_ends(reference))
        share = min(max((fill - left) / (right - left), 0.0), 1.0) if right > left else float(i > 0)
        histogram = _with_edge(histogram, i, fill, share)
        low, high = np.insert(low, i, window[0]), np.insert(high, i, window[1])
    at = histogram.at.copy()
    at[i] += rows
    mean, std = reference.mean, reference.std
    if mean is not None and std is not None:
        share = rows / (reference.finite + rows)
        std = float(np.sqrt((1 - share) * (std**2 + share * (mean - fill) ** 2)))
        mean = (1 - share) * mean + share * fill
    filled = replace(
        reference, mean=mean, std=std,
        min=fill if reference.min is None else min(reference.min, fill),
        max=fill if reference.max is None else max(reference.max, fill),
        histogram=replace(histogram, at=at),
    )  # fmt: skip
    return PropagatedReference(filled, low, high)


def _with_edge(histogram: Histogram, i: int, edge: float, share_below: float) -> Histogram:
    """Return the histogram with an edge of no rows that divides interval i by a share."""
    between, sums = histogram.between, histogram.sums
    below = round(share_below * between[i])
    parts = np.array([below, between[i] - below])
    weights = parts / max(between[i], 1) * sums[i]
    return Histogram(
        np.insert(histogram.edges, i, edge), np.insert(histogram.at, i, 0),
        np.concatenate((between[:i], parts, between[i + 1 :])),
        np.concatenate((sums[:i], weights, sums[i + 1 :])),
    )  # fmt: skip


def _windows(edges: FloatArray, steps: Sequence[Step]) -> Interval:
    """Return the rounding bounds of each edge after the steps, each of the edges' shape.

    At a step with few distinct outputs (buckets, rounding, quantization, integer casts) an edge may
    jump to the next output. Few rows are that close to a jump, so the bounds restart there at the
    exact value.
    """
    values = low = high = edges
    for step in steps:
        values = forward((step,), values)
        if isinstance(step, Buckets | Round | Quantize) or (
            isinstance(step, Cast) and "int" in step.dtype
        ):
            low, high = widened(values, values, ROUNDING * np.abs(values))
        else:
            low, high = bounds((step,), low, high)
    return np.fmin(low, values), np.fmax(high, values)


@dataclass(frozen=True, slots=True)
class _Intervals:
    """Propagated edges (k) with bounds and counts, and the k + 1 intervals around them."""

    edges: FloatArray
    low: FloatArray
    high: FloatArray
    at: IntArray
    between: IntArray
    means: FloatArray
    left: FloatArray
    right: FloatArray

    def reversed(self) -> _Intervals:
        """Return the intervals in reverse order, for steps with a negative scale."""
        return _Intervals(
            self.edges[::-1], self.low[::-1], self.high[::-1], self.at[::-1], self.between[::-1],
            self.means[::-1], self.right[::-1], self.left[::-1],
        )  # fmt: skip

    def merged(self, edges: FloatArray) -> Histogram:
        """Return the histogram at distinct `edges`; an interval of width 0 counts at its edge."""
        is_finite_edge, edge_count = np.isfinite(self.edges), len(edges)
        merged_index = np.searchsorted(edges, self.edges[is_finite_edge])
        right_edge = np.arange(len(self.between)) - np.flatnonzero(is_finite_edge)[0]
        right_index = merged_index[np.clip(right_edge, 0, len(merged_index) - 1)]
        left_index = merged_index[np.clip(right_edge - 1, 0, len(merged_index) - 1)]
        interval = np.where(right_edge < len(merged_index), right_index, right_index + 1)
        finite = np.isfinite(self.means)
        inner = (right_edge > 0) & (right_edge < len(merged_index)) & (right_index == left_index)
        is_collapsed = finite & (inner | (self.left == self.right))
        at = np.bincount(merged_index, self.at[is_finite_edge], edge_count) + np.bincount(
            right_index, self.between * is_collapsed, edge_count
        )
        remaining = np.where(finite & ~is_collapsed, self.between, 0)
        sums = np.bincount(interval, remaining * np.where(finite, self.means, 0.0), edge_count + 1)
        between = np.bincount(interval, remaining, edge_count + 1)
        return Histogram(
            edges, at.astype(np.int64), between.astype(np.int64), sums.astype(np.float64)
        )


def _served(
    reference: NumericReference, steps: Sequence[Step], intervals: _Intervals, edges: FloatArray
) -> NumericReference:
    """Build the propagated reference.

    Mean and std stay exact if the steps are affine, and those of a single value after any steps.
    """
    mean = std = None
    exact = is_affine(steps) or reference.std == 0
    if exact and reference.mean is not None and reference.std is not None:
        moment_values = forward(steps, np.array([reference.mean, reference.mean + reference.std]))
        if np.isfinite(moment_values).all():
            mean, std = float(moment_values[0]), abs(float(moment_values[1] - moment_values[0]))
    ends = forward(steps, np.array([e for e in (reference.min, reference.max) if e is not None]))
    if not np.isfinite(ends).all():  # the steps lose an end: the outermost edge stands for it
        ends = np.array([edges[0], edges[-1], *ends[np.isfinite(ends)]])
    infinite = (
        intervals.at[np.isinf(intervals.edges)].sum()
        + intervals.between[np.isinf(intervals.means)].sum()
    )
    return replace(
        reference, nonfinite=reference.nonfinite + int(infinite), negative_infinite=0, mean=mean,
        std=std,
        min=float(ends.min()) if len(ends) else None, max=float(ends.max()) if len(ends) else None,
        step=None, step_share=None, histogram=intervals.merged(edges),
    )  # fmt: skip
