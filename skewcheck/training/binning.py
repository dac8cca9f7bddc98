"""Where to count: the edges of a numeric feature, and the grid that its values lie on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skewcheck.features.steps import Buckets, Clip, Impute, Step, inverse, numeric_steps
from skewcheck.features.types import FloatArray

EDGES = 1_000
HEAVY = 1 / 1_000
"""A value with a larger share of the rows is an edge of its own."""
LEAST_PLACES = 5
_STEPS = tuple(
    m * 10.0**k for k in range(6, -7, -1) for m in (5.0, 2.5, 2.0, 1.0)
)  # 5,000,000 down to 0.000001: the widest grid that fits is the grid


def chosen(
    distinct: FloatArray | None, sample: FloatArray, ends: tuple[float, float],
    steps: Sequence[Step],
) -> FloatArray:  # fmt: skip
    """Return ascending edges: all distinct values where those are few, else about 1,000.

    These are quantiles of the sample (finite values, any order), every value that is heavier
    than 1/1000, the least and the greatest value of all rows, and what the steps cut at.
    """
    low, high = ends
    cuts = _cuts(steps)
    cuts = cuts[(cuts > low) & (cuts < high)]
    if distinct is not None:
        return np.union1d(distinct, cuts)
    ordered = np.sort(sample)
    places = np.linspace(0, len(ordered) - 1, EDGES).astype(np.int64)
    # The outermost intervals of a heavy tail are wide: a few ranks more cut them up.
    tail = np.minimum(2 ** np.arange(7), len(ordered) - 1)
    places = np.concatenate((places, tail, len(ordered) - 1 - tail))
    values, counts = np.unique(ordered, return_counts=True)
    # In a sample, a value just as heavy as that may look a third lighter.
    heavy = values[counts >= max(HEAVY * len(ordered) * 2 / 3, 2)]
    return np.unique(np.concatenate((ordered[places], heavy, cuts, [low, high])))


def _cuts(steps: Sequence[Step]) -> FloatArray:
    """Return the raw values at which a clip, bucket or fill cuts the distribution."""
    found: list[float] = []
    before = numeric_steps(steps)
    for i, step in enumerate(before):
        at: list[float] = []
        if isinstance(step, Clip):
            at = [bound for bound in (step.min, step.max) if bound is not None]
        elif isinstance(step, Buckets):
            at = list(step.edges)
        elif isinstance(step, Impute) and not isinstance(step.value, str):
            at = [step.value]
        found += inverse(before[:i], np.array(at)).tolist() if at else []
    raw = np.array(found, np.float64)
    return raw[np.isfinite(raw)]


def grid(sample: FloatArray) -> tuple[float, float] | None:
    """Return the widest step on which at least 99 % of finite values lie, and their share.

    None where there is none, or where fewer than five of its places are taken: values much
    smaller than a step all lie near its 0. The steps tried are 1, 2, 2.5 and 5 times powers of
    ten.
    """
    distinct = np.unique(sample)
    if len(distinct) < LEAST_PLACES:
        return None
    largest = float(np.abs(distinct).max())
    with np.errstate(over="ignore"):
        single = bool((distinct.astype(np.float32).astype(np.float64) == distinct).all())
    # 12.34 is not 1234 hundredths to the last bit: double has 2**-53, single 2**-24.
    unit = 2.0**-24 if single else 2.0**-51
    for step in _STEPS:
        if step < largest * 1e-9:
            return None
        places = sample / step
        whole = np.round(places)
        slack = np.where(whole == 0, unit, np.minimum(unit * np.abs(places) + 1e-9, 0.01))
        on = np.abs(places - whole) <= slack
        share = float(on.mean())
        if share >= 0.99 and len(np.unique(whole[on])) >= LEAST_PLACES:
            return step, share
    return None
