"""The training distribution as a right server serves it: its edges pushed through the steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from skewcheck.features.steps import (
    Buckets,
    Cast,
    Impute,
    Interval,
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
class Pushed:
    """A reference in served units, and what a right server may make of each of its edges."""

    reference: NumericReference
    low: FloatArray
    high: FloatArray
    """Windows [low, high] around the edges; they may overlap."""


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


@dataclass(frozen=True, slots=True, eq=False)
class _Itself:
    """A reference by its identity: its arrays have no hash, and nobody changes them."""

    reference: NumericReference

    def __hash__(self) -> int:
        return id(self.reference)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other.reference is self.reference


def push(reference: NumericReference, steps: Sequence[Step]) -> Pushed | None:
    """Push a reference with edges through the steps; None where nothing finite is left.

    Edges that the steps make equal (clipping, rounding, buckets) become one, and with them goes
    what lies between. Rows that the steps make NaN become nulls, those that they make infinite
    join `nonfinite`. Nulls are counted at what the steps make of a null.
    """
    known, done = _Itself(reference), tuple(steps)
    try:
        hash(done)
    except TypeError:  # a caller's steps may hold lists
        return _pushed.__wrapped__(known, done)
    return _pushed(known, done)


@lru_cache(maxsize=128)  # diagnosis asks for the same few again and again
def _pushed(known: _Itself, steps: tuple[Step, ...]) -> Pushed | None:
    reference = known.reference
    bare = [step for step in numeric_steps(steps) if not isinstance(step, Impute)]
    low, high = _windows(reference.edges, bare)
    inner = centers(reference)
    cells = _Cells(
        forward(bare, reference.edges), low, high, reference.at, reference.between,
        forward(bare, inner), *(forward(bare, end) for end in _ends(reference)),
    )  # fmt: skip
    lost = np.isnan(cells.edges), np.isnan(cells.means)
    nulls = np.concatenate(([np.nan], reference.edges[lost[0]], inner[lost[1]]))
    rows = np.concatenate(
        ([reference.nulls], reference.at[lost[0]], reference.between[lost[1]])
    ).astype(np.int64)
    pushed = _of_finite(replace(reference, nulls=int(rows.sum())), bare, cells)
    if pushed is None:
        return None
    return _with_fills(pushed, steps, nulls, rows)


def _of_finite(reference: NumericReference, steps: Sequence[Step], cells: _Cells) -> Pushed | None:
    """Keep what stays finite, ascending and distinct; None where no edge does."""
    known = cells.edges[np.isfinite(cells.edges)]
    if not len(known):
        return None
    cells = cells.turned() if known[-1] < known[0] else cells
    finite = np.isfinite(cells.edges)
    edges, low, high = cells.edges[finite], cells.low[finite], cells.high[finite]
    first = np.flatnonzero(np.append(True, np.diff(edges) != 0))
    return Pushed(
        _served(reference, steps, cells, edges[first]),
        np.minimum.reduceat(low, first), np.maximum.reduceat(high, first),
    )  # fmt: skip


def _with_fills(pushed: Pushed, steps: Sequence[Step], x: FloatArray, rows: IntArray) -> Pushed:
    """Count the nulls, which `rows` of raw values x became before a fill, at what they end in."""
    ends, (low, high) = forward(steps, x), _windows(x, numeric_steps(steps))
    for end in np.unique(ends[~np.isnan(ends) & (rows > 0)]):
        same = ends == end
        moved, reference = int(rows[same].sum()), pushed.reference
        if np.isfinite(end):
            window = float(low[same].min()), float(high[same].max())
            pushed = _filled(pushed, float(end), moved, window)
        else:
            infinite = reference.nonfinite + moved
            kept = replace(reference, nulls=reference.nulls - moved, nonfinite=infinite)
            pushed = replace(pushed, reference=kept)
    return pushed


def _filled(pushed: Pushed, fill: float, rows: int, window: tuple[float, float]) -> Pushed:
    """Count so many of the nulls at the fill value, which becomes an edge if it is none.

    Where it cuts an interval, the rows of that are divided by length: at most one
    interval's mass, about 1/1000, is uncertain.
    """
    reference, low, high = pushed.reference, pushed.low, pushed.high
    edges, at, between, sums = (
        reference.edges, reference.at.copy(), reference.between, reference.sums,
    )  # fmt: skip
    i = int(np.searchsorted(edges, fill))
    if i == len(edges) or edges[i] != fill:
        left, right = (float(ends[i]) for ends in _ends(reference))
        share = min(max((fill - left) / (right - left), 0.0), 1.0) if right > left else float(i > 0)
        below = round(share * between[i])
        parts = np.array([below, between[i] - below])
        weights = parts / max(between[i], 1) * sums[i]
        edges, at = np.insert(edges, i, fill), np.insert(at, i, 0)
        between = np.concatenate((between[:i], parts, between[i + 1 :]))
        sums = np.concatenate((sums[:i], weights, sums[i + 1 :]))
        low, high = np.insert(low, i, window[0]), np.insert(high, i, window[1])
    at[i] += rows
    mean, std = reference.mean, reference.std
    if mean is not None and std is not None:
        share = rows / (reference.finite + rows)
        std = float(np.sqrt((1 - share) * (std**2 + share * (mean - fill) ** 2)))
        mean = (1 - share) * mean + share * fill
    filled = replace(
        reference, nulls=reference.nulls - rows, mean=mean, std=std,
        min=fill if reference.min is None else min(reference.min, fill),
        max=fill if reference.max is None else max(reference.max, fill),
        edges=edges, at=at, between=between, sums=sums,
    )  # fmt: skip
    return Pushed(filled, low, high)


def _windows(edges: FloatArray, steps: Sequence[Step]) -> Interval:
    """Return what a right server may make of each edge.

    A step that leaves few values, far apart, may let an edge jump to the next of them. Few rows
    are so near to a jump, so that the windows begin anew behind it.
    """
    y = low = high = edges
    for step in steps:
        y = forward((step,), y)
        if isinstance(step, Buckets | Round | Quantize) or (
            isinstance(step, Cast) and "int" in step.dtype
        ):
            low, high = widened(y, y, ROUNDING * np.abs(y))
        else:
            low, high = bounds((step,), low, high)
    return np.fmin(low, y), np.fmax(high, y)


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

    def counted(self, edges: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Count at distinct `edges`, between them, and sum what lies between.

        An interval goes to an edge where the steps leave it no width.
        """
        keep, k = np.isfinite(self.edges), len(edges)
        group = np.searchsorted(edges, self.edges[keep])
        right_edge = np.arange(len(self.between)) - np.flatnonzero(keep)[0]
        near = group[np.clip(right_edge, 0, len(group) - 1)]
        before = group[np.clip(right_edge - 1, 0, len(group) - 1)]
        interval = np.where(right_edge < len(group), near, near + 1)
        finite = np.isfinite(self.means)
        inner = (right_edge > 0) & (right_edge < len(group)) & (near == before)
        flat = finite & (inner | (self.left == self.right))
        at = np.bincount(group, self.at[keep], k) + np.bincount(near, self.between * flat, k)
        rest = np.where(finite & ~flat, self.between, 0)
        sums = np.bincount(interval, rest * np.where(finite, self.means, 0.0), k + 1)
        between = np.bincount(interval, rest, k + 1)
        return at.astype(np.int64), between.astype(np.int64), sums.astype(np.float64)


def _served(
    before: NumericReference, steps: Sequence[Step], cells: _Cells, edges: FloatArray
) -> NumericReference:
    """Put the pushed parts together, with moments that are exact where the steps are affine."""
    mean = std = None
    if is_affine(steps) and before.mean is not None and before.std is not None:
        one = forward(steps, np.array([before.mean, before.mean + before.std]))
        mean, std = float(one[0]), abs(float(one[1] - one[0]))
    ends = forward(steps, np.array([e for e in (before.min, before.max) if e is not None]))
    if not np.isfinite(ends).all():  # the steps lose an end: the outermost edge stands for it
        ends = np.array([edges[0], edges[-1], *ends[np.isfinite(ends)]])
    at, between, sums = cells.counted(edges)
    infinite = cells.at[np.isinf(cells.edges)].sum() + cells.between[np.isinf(cells.means)].sum()
    return replace(
        before, nonfinite=before.nonfinite + int(infinite), mean=mean, std=std,
        min=float(ends.min()) if len(ends) else None, max=float(ends.max()) if len(ends) else None,
        step=None, step_share=None, edges=edges, at=at, between=between, sums=sums,
    )  # fmt: skip
