"""Rows at the bounds of a clip, which collect all values beyond them, whatever these are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import DRIFT
from skewcheck.causes.distributions import shares_of
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.features.steps import Clip, Impute, Step, forward
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import Cause

MIN_EXCESS = 0.1
"""Share of the rows at a bound, beyond that of training, from which a world moved beyond it."""


def bounds_of(steps: Sequence[Step], *, raw: bool) -> Iterator[tuple[float, float]]:
    """Yield each bound of a clip as the file has it, and as the log has it.

    In raw values only that of a clip which comes first, but for filled nulls: they were logged
    after it.
    """
    for i, step in enumerate(steps):
        if not isinstance(step, Clip):
            continue
        if raw and not all(isinstance(before, Impute) for before in steps[:i]):
            return
        for bound in (step.min, step.max):
            if bound is not None:
                later = () if raw else steps[i + 1 :]
                yield bound, float(forward(later, np.array([bound]))[0])


def is_bound(
    value: float, steps: Sequence[Step], tolerance: FloatArray | float, *, raw: bool
) -> bool:
    """Return whether a value is a bound of a clip, to rounding and what digits of a text lose."""
    bounds = [logged for _, logged in bounds_of(steps, raw=raw)]
    return bool(_at(np.array(bounds), value, tolerance).any())


def told_beyond(
    causes: Sequence[Cause], context: FeatureContext, values: FloatArray,
    tolerance: FloatArray | float, *, raw: bool,
) -> list[Cause]:  # fmt: skip
    """Return causes whose drift is one beyond a clip, if far more rows are at a bound of it.

    `values` are those of the log, finite or not.
    """
    steps, reference = context.feature.steps, context.reference
    present = values[np.isfinite(values)]
    if reference is None or not len(present):
        return list(causes)
    before = () if raw else steps
    excess = {
        bound: float(_at(present, logged, tolerance).mean())
        - float(shares_of(reference, before, np.array([logged]))[0])
        for bound, logged in bounds_of(steps, raw=raw)
    }
    bound = max(excess, key=lambda bound: excess[bound], default=0.0)
    if excess.get(bound, 0.0) < MIN_EXCESS:
        return list(causes)
    beyond = {"bound": bound}
    return [
        replace(cause, variant="clipped", parameters=beyond, details=beyond)
        if cause.code == DRIFT.code
        else cause
        for cause in causes
    ]


def _at(values: FloatArray, bound: float, tolerance: FloatArray | float) -> NDArray[np.bool_]:
    """Return which values are a bound, to the rounding of float32 and what a text loses."""
    lost = float(np.max(tolerance, initial=0.0))
    at: NDArray[np.bool_] = np.abs(values - bound) <= 1e-6 * (1 + abs(bound)) + lost
    return at
