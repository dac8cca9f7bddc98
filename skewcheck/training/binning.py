"""Edges of the histogram of a numeric feature, and the grid that its values lie on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.steps import Buckets, Clip, Impute, Step, inverse, numeric_steps
from skewcheck.features.types import FloatArray, IntArray

MAX_QUANTILES = 1_000
"""Values that are edges: with four fifths of them at quantiles, a KS distance is exact to 0.00125,
the largest share of the rows between two edges."""
MIN_ATOM_SHARE = 1 / MAX_QUANTILES
"""A value with at least this share of the rows is an edge of its own: it would fill the interval
between two quantiles."""
TAIL_RANKS = 7
"""Ranks 1, 2, 4 ... from either end that are edges, too: they cut up the widest intervals."""
WIDTH_SHARE = 0.2
"""Share of the edges that are chosen by the width of intervals rather than by their rows."""
MIN_GRID_PLACES = 5
"""Places of a grid that values must take: values much smaller than a step all lie near its 0."""
MIN_GRID_SHARE = 0.99
"""Share of the values on the grid: a few percent are typed in by hand, or are fillings."""
_GRID_STEPS = np.array(
    [m * 10.0**k for k in range(6, -7, -1) for m in (5.0, 2.5, 2.0, 1.0)]
)  # 5,000,000 down to 0.000001: the widest grid that fits is the grid
_GRID_CELLS = 20_000
"""Values times steps that are compared at once: few values take as long as the calls, and many fit
the cache of a processor."""
_SCREENED = 32
"""Every so manieth value is tried first: rows that it has off a grid are off it among all rows, and
more than 1 % of them in most columns of which all values lie on none."""


def choose_edges(
    distinct: FloatArray | None, sample: FloatArray, ends: tuple[float, float],
    steps: Sequence[Step],
) -> FloatArray:  # fmt: skip
    """Return ascending edges: all distinct values where they are known, else about 1,000.

    The latter are quantiles of the sample (finite values, in any order), every value with more
    than 1/1000 of the rows, `ends`, the least and the greatest value of all rows, and the raw
    values at which the steps clip, bin or fill.
    """
    low, high = ends
    cuts = _cuts(steps)
    cuts = cuts[(cuts > low) & (cuts < high)]
    if distinct is not None:
        return _with_cuts(distinct, cuts)
    ordered = np.sort(sample)
    tail = np.minimum(2 ** np.arange(TAIL_RANKS), len(ordered) - 1)
    places = np.concatenate((_places(ordered), tail, len(ordered) - 1 - tail))
    starts = np.flatnonzero(np.diff(ordered, prepend=-np.inf) > 0)
    counts = np.diff(starts, append=len(ordered))
    # In a sample, the count of such a value may be a third lower by chance.
    atoms = ordered[starts[counts >= max(MIN_ATOM_SHARE * len(ordered) * 2 / 3, 2)]]
    return _with_cuts(np.unique(np.concatenate((ordered[places], atoms, [low, high]))), cuts)


def _with_cuts(edges: FloatArray, cuts: FloatArray) -> FloatArray:
    """Return ascending edges and cuts, without cuts that float32 does not tell from an edge.

    Such a cut would take the rows of the edge, which is on one side of it.
    """
    with np.errstate(over="ignore"):
        same = np.isin(cuts.astype(np.float32), edges.astype(np.float32))
    return np.union1d(edges, cuts[~same])


def _places(ordered: FloatArray) -> IntArray:
    """Return places of about `MAX_QUANTILES` ascending values, from the first to the last.

    At equal steps of their rank and, for a part, of the sum of the square roots of the gaps
    between them: an area between distribution functions is uncertain by width times rows of an
    interval, of which the sum is least with edges as dense as the square root of the rows' density
    (for squared errors it is the cube root: Panter and Dite, Proceedings of the IRE 39 (1951)).
    Gaps wider than a step have an edge on both sides.
    """
    n = len(ordered)
    if n < 2:
        return np.zeros(n, np.int64)
    roots = np.sqrt(np.diff(ordered))
    ranks = np.arange(n) / (n - 1)
    wide = WIDTH_SHARE if np.isfinite(roots).all() and roots.sum() > 0 else 0.0
    width = np.append(0.0, np.cumsum(roots)) / max(float(roots.sum()), 1e-300) if wide else ranks
    along = (1 - wide) * ranks + wide * width
    steps = np.minimum(np.searchsorted(along, np.linspace(0, 1, MAX_QUANTILES)), n - 1)
    gaps = np.flatnonzero(np.diff(along) > 1 / MAX_QUANTILES)
    return np.concatenate((steps, gaps, gaps + 1))


def _cuts(steps: Sequence[Step]) -> FloatArray:
    """Return the finite raw values at which a step clips, bins or fills."""
    cuts: list[float] = []
    numeric = numeric_steps(steps)
    for i, step in enumerate(numeric):
        at: list[float] = []
        if isinstance(step, Clip):
            at = [bound for bound in (step.min, step.max) if bound is not None]
        elif isinstance(step, Buckets):
            at = list(step.edges)
        elif isinstance(step, Impute) and not isinstance(step.value, str):
            at = [step.value]
        cuts += inverse(numeric[:i], np.array(at)).tolist() if at else []
    raw = np.array(cuts, np.float64)
    return raw[np.isfinite(raw)]


def grid(sample: FloatArray) -> tuple[float, float] | None:
    """Return the widest grid step on which 99 % or more of finite values lie, and their share.

    The steps tried are 1, 2, 2.5 and 5 times powers of ten. None where there is none, or where
    the values take fewer than five of its places. The most frequent value is no evidence by itself:
    a column of zeros and a few others would lie on any grid, so that of the others 99 % must.
    """
    distinct, counts = np.unique(sample, return_counts=True)
    if len(distinct) < MIN_GRID_PLACES:
        return None
    largest = float(np.abs(distinct).max())
    others = counts.copy()
    others[int(np.argmax(counts))] = 0
    with np.errstate(over="ignore"):
        single = bool((distinct.astype(np.float32).astype(np.float64) == distinct).all())
    # Decimal fractions are on a grid but for rounding: 2**-53 relative in double, 2**-24 in single.
    unit = 2.0**-24 if single else 2.0**-51
    finest = largest * 1e-9
    steps = _GRID_STEPS[finest <= _GRID_STEPS]
    weights = np.stack((counts, others), axis=1)
    most_off = (1 - MIN_GRID_SHARE) * weights.sum(axis=0) + 1  # and one for rounding
    few = slice(None, None, _SCREENED)
    fitting = [
        not (weights[few].sum(axis=0) - on @ weights[few] > most_off).any()
        for _, _, on in _placed(distinct[few], steps, unit)
    ]
    for step, whole, on in _placed(distinct, steps[fitting], unit):
        share = on @ weights / weights.sum(axis=0)
        if share.min() >= MIN_GRID_SHARE and len(np.unique(whole[on])) >= MIN_GRID_PLACES:
            return float(step), float(share[0])
    return None


def _placed(
    values: FloatArray, steps: FloatArray, unit: float
) -> Iterator[tuple[float, FloatArray, NDArray[np.bool_]]]:
    """Yield each step, the nearest place of its grid to each value, and which lie there.

    They do but for the rounding of a decimal fraction, relative to it.
    """
    at_once = max(_GRID_CELLS // len(values), 1)
    for part in (steps[i : i + at_once] for i in range(0, len(steps), at_once)):
        places = values / part[:, None]
        whole = np.round(places)
        slack = np.where(whole == 0, unit, np.minimum(unit * np.abs(places) + 1e-9, 0.01))
        yield from zip(part, whole, np.abs(places - whole) <= slack, strict=True)
