"""The training distribution as a right server serves it: its edges pushed through the steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.features import FloatArray, IntArray, NumericReference
from skewcheck.steps import (
    Buckets,
    Cast,
    Impute,
    Interval,
    Quantize,
    Round,
    Step,
    bounds,
    forward,
    inverse,
    is_affine,
)


@dataclass(frozen=True, slots=True)
class Pushed:
    """A reference in served units, and the windows in which a value counts as on an edge."""

    reference: NumericReference
    low: FloatArray
    high: FloatArray


def disjoint(low: FloatArray, high: FloatArray, edges: FloatArray) -> Interval:
    """Cut windows [low, high] around ascending edges at the middle between neighbours."""
    if len(edges) < 2:
        return low, high
    middle = edges[:-1] + np.diff(edges) / 2
    low = np.concatenate((low[:1], np.maximum(low[1:], np.nextafter(middle, np.inf))))
    high = np.concatenate((np.minimum(high[:-1], middle), high[-1:]))
    return np.minimum(low, edges), np.maximum(high, edges)


def _with_nulls_filled(reference: NumericReference, fill: float) -> NumericReference:
    """Count the nulls at the fill value, which becomes an edge if it is none.

    Where it cuts an interval, the rows of that are divided by length: at most one
    interval's mass, about 1/1000, is uncertain.
    """
    edges, at, between, sums = (
        reference.edges, reference.at.copy(), reference.between, reference.sums,
    )  # fmt: skip
    i = int(np.searchsorted(edges, fill))
    if i == len(edges) or edges[i] != fill:
        left = edges[i - 1] if i else (reference.min if reference.min is not None else fill)
        right = (
            edges[i] if i < len(edges) else (reference.max if reference.max is not None else fill)
        )
        share = min(max((fill - left) / (right - left), 0.0), 1.0) if right > left else float(i > 0)
        below = round(share * between[i])
        parts = np.array([below, between[i] - below])
        weights = parts / max(between[i], 1) * sums[i]
        edges = np.insert(edges, i, fill)
        at = np.insert(at, i, 0)
        between = np.concatenate((between[:i], parts, between[i + 1 :]))
        sums = np.concatenate((sums[:i], weights, sums[i + 1 :]))
    at[i] += reference.nulls
    mean, std = reference.mean, reference.std
    if mean is not None and std is not None and reference.finite + reference.nulls:
        share = reference.nulls / (reference.finite + reference.nulls)
        std = float(np.sqrt((1 - share) * (std**2 + share * (mean - fill) ** 2)))
        mean = (1 - share) * mean + share * fill
    return NumericReference(
        rows=reference.rows, nulls=0, nonfinite=reference.nonfinite, mean=mean, std=std,
        min=_least(reference.min, fill), max=_greatest(reference.max, fill),
        edges=edges, at=at, between=between, sums=sums,
    )  # fmt: skip


def _least(a: float | None, b: float) -> float:
    return b if a is None else min(a, b)


def _greatest(a: float | None, b: float) -> float:
    return b if a is None else max(a, b)


def _ends(reference: NumericReference) -> tuple[FloatArray, FloatArray]:
    """Return the left and right ends of the intervals between edges, outermost at min and max."""
    edges = reference.edges
    first = edges[0] if reference.min is None else min(reference.min, edges[0])
    last = edges[-1] if reference.max is None else max(reference.max, edges[-1])
    return np.concatenate(([first], edges)), np.concatenate((edges, [last]))


def centers(reference: NumericReference) -> FloatArray:
    """Return the mean of the values in each interval between edges; the middle where none is."""
    left, right = _ends(reference)
    middle = left + (right - left) / 2
    counts = np.maximum(reference.between, 1)
    means = np.where(reference.between > 0, reference.sums / counts, middle)
    return np.clip(means, left, right)


def moments(reference: NumericReference) -> tuple[float, float]:
    """Return mean and population standard deviation, from the counts where they are not stored.

    NaN and NaN without a finite row. From counts, the values of an interval stand at its mean.
    """
    if reference.mean is not None and reference.std is not None:
        return reference.mean, reference.std
    counts = np.concatenate((reference.at, reference.between)).astype(np.float64)
    if not len(reference.edges) or not counts.sum():
        return np.nan, np.nan
    places = np.concatenate((reference.edges, centers(reference)))
    mean = float(np.average(places, weights=counts))
    return mean, float(np.sqrt(np.average((places - mean) ** 2, weights=counts)))


def _filled(reference: NumericReference, steps: Sequence[Step]) -> NumericReference:
    if not reference.nulls:
        return reference
    for i, step in enumerate(steps):
        if isinstance(step, Impute) and not isinstance(step.value, str):
            # The fill value in raw units: what it would be before the steps that precede it.
            if i == 0:
                return _with_nulls_filled(reference, step.value)
            raw = float(inverse(steps[:i], np.array([step.value]))[0])
            return _with_nulls_filled(reference, raw) if np.isfinite(raw) else reference
    return reference


def push(
    reference: NumericReference, steps: Sequence[Step], *, apart: bool = True
) -> Pushed | None:
    """Push a reference with edges through the steps; None where nothing finite is left.

    Edges that the steps make equal (clipping, rounding, buckets) become one, and so do, where
    windows must lie `apart`, those that the rounding of the arithmetic cannot tell apart; with
    them goes what lies between. Rows that the steps make NaN or infinite become nulls.
    """
    filled = _filled(reference, steps)
    low, high = bounds(steps, filled.edges, filled.edges)
    cells = _Cells(
        forward(steps, filled.edges), low, high, filled.at, filled.between,
        forward(steps, centers(filled)), *(forward(steps, end) for end in _ends(filled)),
    )  # fmt: skip
    known = cells.edges[np.isfinite(cells.edges)]
    if not len(known):
        return None
    if known[-1] < known[0]:
        cells = cells.turned()
    keep = np.isfinite(cells.edges)
    group, chosen = _groups(cells, keep, merge=apart and not any(map(_coarse, steps)))
    right_edge = np.arange(len(cells.between)) - np.flatnonzero(keep)[0]
    near = group[np.clip(right_edge, 0, len(group) - 1)]
    before = group[np.clip(right_edge - 1, 0, len(group) - 1)]
    interval = np.where(right_edge < len(group), near, near + 1)
    finite = np.isfinite(cells.means)
    inner = (right_edge > 0) & (right_edge < len(group)) & (near == before)
    collapsed = finite & (inner | (cells.left == cells.right))
    k = int(group[-1]) + 1
    at = np.bincount(group, cells.at[keep], k) + np.bincount(near, cells.between * collapsed, k)
    rest = np.where(finite & ~collapsed, cells.between, 0)
    between = np.bincount(interval, rest, k + 1)
    means = np.where(finite, cells.means, 0.0)
    sums = np.bincount(interval, rest * means, k + 1).astype(np.float64)
    lost = int(cells.at[~keep].sum() + cells.between[~finite].sum())
    edges = cells.edges[keep][chosen]
    first = np.searchsorted(group, np.arange(k))
    last = np.searchsorted(group, np.arange(k), "right") - 1
    low, high = disjoint(cells.low[keep][first], cells.high[keep][last], edges)
    served = _served(
        filled, steps, edges, at.astype(np.int64), between.astype(np.int64), sums, lost,
        (float(low[0]), float(high[-1])),
    )  # fmt: skip
    return Pushed(served, low, high)


def _coarse(step: Step) -> bool:
    """Return whether a step leaves few values, so far apart that rounding jumps between them."""
    return isinstance(step, Buckets | Round | Quantize) or (
        isinstance(step, Cast) and "int" in step.dtype
    )


def _groups(cells: _Cells, keep: NDArray[np.bool_], *, merge: bool) -> tuple[IntArray, IntArray]:
    """Return the group of each kept edge, ascending from 0, and the edge that stands for each.

    Equal edges are a group. With `merge`, so are edges whose windows meet: the heaviest takes
    those that meet it, then the heaviest of those that are left. An atom keeps its whole window.
    """
    edges, low, high = cells.edges[keep], cells.low[keep], cells.high[keep]
    owner = np.searchsorted(edges, edges)
    if merge:
        weight = np.bincount(owner, cells.at[keep], len(edges))[owner]
        meets = (high[:-1] >= low[1:]) & (edges[:-1] != edges[1:])
        close = np.flatnonzero(np.append(meets, False) | np.append(False, meets))
        free = np.ones(len(edges), bool)
        for i in close[np.argsort(-weight[close], kind="stable")]:
            if free[i]:
                near = slice(np.searchsorted(high, low[i]), np.searchsorted(low, high[i], "right"))
                owner[near] = np.where(free[near], owner[i], owner[near])
                free[near] = False
    group = np.concatenate(([0], np.cumsum(np.diff(owner) != 0)))
    return group, owner[np.searchsorted(group, np.arange(int(group[-1]) + 1))]


@dataclass(frozen=True, slots=True)
class _Cells:
    """Served edges with their windows and counts, and the intervals between them."""

    edges: FloatArray
    low: FloatArray
    high: FloatArray
    at: IntArray
    between: IntArray
    means: FloatArray
    left: FloatArray
    right: FloatArray

    def turned(self) -> _Cells:
        """Return the cells from the last to the first: a negative scale turns the order round."""
        return _Cells(
            self.edges[::-1], self.low[::-1], self.high[::-1], self.at[::-1], self.between[::-1],
            self.means[::-1], self.right[::-1], self.left[::-1],
        )  # fmt: skip


def _served(
    filled: NumericReference, steps: Sequence[Step],
    edges: FloatArray, at: IntArray, between: IntArray, sums: FloatArray, lost: int,
    outer: tuple[float, float],
) -> NumericReference:  # fmt: skip
    """Put the pushed parts together, with moments that are exact where the steps are affine."""
    mean = std = None
    if is_affine(steps) and filled.mean is not None and filled.std is not None:
        one = forward(steps, np.array([filled.mean, filled.mean + filled.std]))
        mean, std = float(one[0]), abs(float(one[1] - one[0]))
    ends = forward(steps, np.array([e for e in (filled.min, filled.max) if e is not None]))
    if not np.isfinite(ends).all():  # the steps lose an end: the outermost edge stands for it
        ends = np.array([edges[0], edges[-1], *ends[np.isfinite(ends)]])
    least = greatest = None
    if len(ends):
        least, greatest = float(ends.min()), float(ends.max())
        # Where rounding cannot tell an end from the outermost edge, that edge is the end.
        least = float(edges[0]) if outer[0] <= least <= edges[0] else least
        greatest = float(edges[-1]) if edges[-1] <= greatest <= outer[1] else greatest
    return NumericReference(
        rows=filled.rows, nulls=filled.nulls + lost, nonfinite=filled.nonfinite,
        mean=mean, std=std, min=least, max=greatest,
        edges=edges, at=at, between=between, sums=sums,
    )  # fmt: skip
