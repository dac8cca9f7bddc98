"""The smallest error of the normalization itself that an audit of so many rows would catch."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import betainc

from skewcheck.causes.diagnosis import NEGLIGIBLE
from skewcheck.causes.grids import LEAST, looked_at
from skewcheck.causes.mechanism import final_linear, like, line, with_step
from skewcheck.features.propagate import centers
from skewcheck.features.steps import Step, bounds, forward
from skewcheck.features.types import Feature, FloatArray, NumericReference
from skewcheck.simulate.power.catching import LIKELY, SURE, Caught, smallest

TRIALS = 100
"""Simulated logs per error."""
SAMPLED = 2_000
"""Rows of such a log: the audit looks at up to 10,000, so that this is a lower bound."""
ERRORS = (1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2)


def paired(feature: Feature, rows: int, share: float) -> Caught | None:
    """Return the relative error of the scale that parity catches, where both sides are logged.

    The values are those of the reference, logged as float32; a row fails where the error moves it
    beyond the rounding of the arithmetic. `share` of the rows must fail to be skew, and the error
    must matter. None without a scale or a reference.
    """
    reference, last = feature.reference, final_linear(feature.steps)
    if last is None or not isinstance(reference, NumericReference) or not reference.finite:
        return None
    values, weights = _values(reference)
    low, high = bounds(feature.steps, values, values)
    served = forward(feature.steps, values)

    def chance(error: float) -> float:
        if error < NEGLIGIBLE:
            return 0.0
        other = forward(_stretched(feature, error), values)
        with np.errstate(invalid="ignore"):
            fails = (other < low) | (other > high) & np.isfinite(served)
        p = float(weights[fails].sum() / weights.sum())
        least = max(1.0, math.ceil(share * rows))
        return float(betainc(least, rows - least + 1, p)) if rows >= least else 0.0

    return smallest(chance, 1.0)


def served(feature: Feature, rows: int, share: float) -> Caught | None:
    """Return the relative error of the scale that the raw grid betrays, without raw values.

    By simulated float32 logs of values of the reference. None for a feature without a grid.
    """
    reference = feature.reference
    if not isinstance(reference, NumericReference) or not reference.step or not reference.finite:
        return None
    if final_linear(feature.steps) is None:
        return None
    found: dict[float, float] = {}
    for error in (e for e in ERRORS if e >= NEGLIGIBLE):
        found[error] = _betrayed(feature, reference, error, min(rows, SAMPLED), share)
        if found[error] >= SURE:
            break
    likely = next((e for e, chance in found.items() if chance >= LIKELY), None)
    sure = next((e for e, chance in found.items() if chance >= SURE), None)
    return Caught(likely, sure)


def _betrayed(
    feature: Feature, reference: NumericReference, error: float, rows: int, share: float
) -> float:
    random = np.random.default_rng(0)
    values, weights = _values(reference)
    step = reference.step or 1.0
    on_grid = np.round(values / step) * step
    stragglers = 1 - (reference.step_share or 0.0) + 3 / max(reference.finite, 1)
    hits = 0
    trials = TRIALS if rows >= LEAST else 0
    for _ in range(trials):
        raw = random.choice(on_grid, rows, p=weights / weights.sum())
        logged = forward(_stretched(feature, error), raw).astype(np.float32).astype(np.float64)
        grid = looked_at(logged, feature.steps, step, stragglers, np.zeros(rows))
        usable = grid.usable >= LEAST and grid.scale is not None
        hits += usable and grid.off >= share * grid.usable
    return hits / TRIALS


def _values(reference: NumericReference) -> tuple[FloatArray, FloatArray]:
    """Return values that stand for a reference, and their rows."""
    values = np.empty(2 * len(reference.histogram) + 1)
    values[::2], values[1::2] = centers(reference), reference.histogram.edges
    weights = reference.histogram.interleaved.astype(np.float64)
    return values[weights > 0], weights[weights > 0]


def _stretched(feature: Feature, error: float) -> tuple[Step, ...]:
    """Return the training steps with a scale that is wrong by a share of itself."""
    last = final_linear(feature.steps)
    if last is None:
        return feature.steps
    offset, scale = line(last[1])
    return with_step(feature.steps, last[0], like(last[1], offset, scale * (1 + error)))
