"""The smallest error of the normalization itself that an audit of so many rows detects."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import betainc

from skewcheck.causes.grids import MIN_USABLE_VALUES, find_grid
from skewcheck.causes.mechanism import final_linear, like, line, with_step
from skewcheck.causes.mechanism_causes import NEGLIGIBLE
from skewcheck.features.propagate import centers
from skewcheck.features.steps import Step, bounds, forward
from skewcheck.features.types import Feature, FloatArray, NumericReference
from skewcheck.simulate.power.detection import LIKELY, SURE, Detectable, smallest

SIMULATED_LOGS = 100
"""Per error: a power is then known to 0.05 (standard error) at most."""
MAX_SIMULATED_ROWS = 2_000
"""Rows of such a log. An audit samples up to 10,000, so that the power is a lower bound."""
ERRORS = (1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2)
"""Relative errors of a scale that are tried, ascending."""


def paired(feature: Feature, rows: int, share: float) -> Detectable | None:
    """Return the relative error of the scale that parity detects, where both sides are logged.

    The values are those of the reference, logged as float32; a row fails where the error moves it
    beyond the rounding of the arithmetic. Skew is where `share` of the rows fail, and the error
    is not negligible. None without a scale or a reference.
    """
    reference, last = feature.reference, final_linear(feature.steps)
    if last is None or not isinstance(reference, NumericReference) or not reference.finite:
        return None
    values, weights = _values(reference)
    low, high = bounds(feature.steps, values, values)
    served = forward(feature.steps, values)

    def power(error: float) -> float:
        if error < NEGLIGIBLE:
            return 0.0
        scaled = forward(_with_scale_error(feature, error), values)
        with np.errstate(invalid="ignore"):
            fails = (scaled < low) | (scaled > high) & np.isfinite(served)
        p = float(weights[fails].sum() / weights.sum())
        least = max(1.0, math.ceil(share * rows))
        return float(betainc(least, rows - least + 1, p)) if rows >= least else 0.0

    return smallest(power, 1.0)


def served(feature: Feature, rows: int, share: float) -> Detectable | None:
    """Return the relative error of the scale that the grid test detects in served values alone.

    By simulated float32 logs of values of the reference. None for a feature without a grid.
    """
    reference = feature.reference
    if not isinstance(reference, NumericReference) or not reference.step or not reference.finite:
        return None
    if final_linear(feature.steps) is None:
        return None
    powers: dict[float, float] = {}
    for error in (e for e in ERRORS if e >= NEGLIGIBLE):
        powers[error] = _grid_power(feature, reference, error, min(rows, MAX_SIMULATED_ROWS), share)
        if powers[error] >= SURE:
            break
    likely = next((e for e, power in powers.items() if power >= LIKELY), None)
    sure = next((e for e, power in powers.items() if power >= SURE), None)
    return Detectable(likely, sure)


def _grid_power(
    feature: Feature, reference: NumericReference, error: float, rows: int, share: float
) -> float:
    """Return the share of simulated logs in which `share` of the rows are off the grid."""
    random = np.random.default_rng(0)
    values, weights = _values(reference)
    step = reference.step or 1.0
    on_grid = np.round(values / step) * step
    off_grid_share = 1 - (reference.step_share or 0.0) + 3 / max(reference.finite, 1)
    detected = 0
    logs = SIMULATED_LOGS if rows >= MIN_USABLE_VALUES else 0
    for _ in range(logs):
        raw = random.choice(on_grid, rows, p=weights / weights.sum())
        logged = (
            forward(_with_scale_error(feature, error), raw).astype(np.float32).astype(np.float64)
        )
        grid = find_grid(logged, feature.steps, step, off_grid_share, np.zeros(rows))
        usable = grid.usable >= MIN_USABLE_VALUES and grid.scale is not None
        detected += usable and grid.off >= share * grid.usable
    return detected / SIMULATED_LOGS


def _values(reference: NumericReference) -> tuple[FloatArray, FloatArray]:
    """Return the edges and the centers between them that hold rows, and these rows."""
    values = np.empty(2 * len(reference.histogram) + 1)
    values[::2], values[1::2] = centers(reference), reference.histogram.edges
    weights = reference.histogram.interleaved.astype(np.float64)
    return values[weights > 0], weights[weights > 0]


def _with_scale_error(feature: Feature, error: float) -> tuple[Step, ...]:
    """Return the training steps with the last scale times 1 + error."""
    last = final_linear(feature.steps)
    if last is None:
        return feature.steps
    offset, scale = line(last[1])
    return with_step(feature.steps, last[0], like(last[1], offset, scale * (1 + error)))
