"""Parameters recovered from the grid of served values: the scale, and the offset modulo a step."""

from __future__ import annotations

import math

import numpy as np

from skewcheck.catalogue.causes import WRONG_PARAMETERS
from skewcheck.causes.distributions import critical, distance
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.grids import Grid, find_grid, usual_off_share
from skewcheck.causes.mechanism import (
    FeatureContext,
    Mechanism,
    figures,
    final_linear,
    like,
    line,
    with_step,
)
from skewcheck.causes.moments_by_part import PartMoments
from skewcheck.causes.training_quantiles import PROBABILITIES, quantiles
from skewcheck.features.steps import Linear, MaxAbs, Step, forward, is_affine
from skewcheck.features.types import FloatArray, NumericReference

MAX_LOSS_OF_DISTINCT = 4
"""Factor by which distinct values may be fewer than expected: with fewer still, the values were
rounded, and no other scale explains them."""

MAX_WHOLE_STEPS = 100
"""Whole steps to either side that are tried: each costs a comparison of distributions."""
NEAR_MISS = 0.01
"""Relative error of a scale that puts many values back, as the fitted one puts back all."""
SCALE_ROUNDING = 2.0**-21
"""Relative error of a scale by the rounding of its numbers to float32, in any order."""


def from_grid(
    context: FeatureContext, served: FloatArray, scale: float, offset: float, step: float,
    tolerance: FloatArray | float = 0.0, *, exact: bool = True,
) -> Mechanism | None:  # fmt: skip
    """Return the parameters that the grid determines: the scale, and the offset modulo one step.

    `scale` is the served slope over training's, `offset` where raw 0 lies, in raw steps from
    training's. The whole steps, which a grid does not determine, are those of training where
    distributions allow them, else those that bring the distributions nearest. None where the
    result is not credible.
    """
    steps, reference = context.feature.steps, context.reference
    last = final_linear(steps)
    if last is None or reference is None:
        return None
    i, training_step = last
    start_value, next_value = forward(steps, np.array([0.0, step]))
    slope = float(next_value - start_value) / step * scale
    zero = float(start_value) + offset * slope * step
    if not exact and any(np.allclose(served, served.round(k), 0, 1e-6) for k in range(3)):
        return None  # rounded values lie on many grids
    whole, uncertainty = _whole_steps(reference, (served - zero) / (slope * step), step)

    def moved(by: int) -> Linear | None:
        return _step_of_line(steps, i, training_step, zero + (whole + by) * slope * step, slope)

    first, second = moved(0), moved(1)
    if first is None or second is None:
        return None
    modulo = line(second)[0] - line(first)[0]

    def distance_of(by: int) -> float:
        other = moved(by)
        used = steps if other is None else with_step(steps, i, other)
        return distance(reference, used, served, tolerance)

    to_training = round((line(training_step)[0] - line(first)[0]) / modulo)
    shift = to_training if abs(to_training) <= uncertainty else 0
    if isinstance(training_step, MaxAbs) and isinstance(moved(to_training), MaxAbs):
        shift = to_training  # the method has no offset
    elif uncertainty <= MAX_WHOLE_STEPS and distance_of(shift) > critical(reference, len(served)):
        # Atoms, as zeros are, meet at one of the shifts alone.
        nearest = sorted(range(-uncertainty, uncertainty + 1), key=abs)
        shift = min(nearest, key=lambda by: round(distance_of(by), 3))
    used_step = moved(shift)
    if used_step is None:
        return None
    within = 0 if isinstance(used_step, MaxAbs) else uncertainty + abs(shift)
    mechanism = _recovered_mechanism(
        with_step(steps, i, used_step), used_step, abs(modulo), within, exact=exact
    )
    return mechanism if _is_credible(context, mechanism, served, tolerance) else None


def of_part(evidence: Evidence, part: PartMoments) -> Mechanism | None:
    """Return the parameters that the grid tells of the served values of a part of the log.

    None without a grid, where training's parameters put the values on it, and where it leaves
    several scales open.
    """
    context, reference = evidence.context, evidence.context.reference
    rows = evidence.rows.only(np.isfinite(evidence.rows.served))
    if part.column is not None:
        column = rows.segments.get(part.column)
        if column is None or part.value not in column.values:
            return None
        rows = rows.only(column.codes == column.values.index(part.value))
    if reference is None or reference.step is None:
        return None
    steps, step, usual_share = context.feature.steps, reference.step, usual_off_share(reference)
    lost = rows.served_tolerance
    grid = find_grid(rows.served, steps, step, usual_share, lost, reference)
    if grid.scale is None or grid.offset is None or grid.rivals:
        return None
    return from_grid(context, rows.served, grid.scale, grid.offset, step, lost, exact=grid.exact)


def has_scale_of(grid: Grid, mechanism: Mechanism, context: FeatureContext) -> bool:
    """Return whether a mechanism has the scale that the grid of served values shows.

    Where that is not exact, other scales may be right, but no near miss. True where the grid shows
    none, and of steps that do not shift and scale the feature itself.
    """
    steps = context.feature.steps
    if grid.scale is None or mechanism.source is not None or not is_affine(mechanism.steps):
        return True
    ratio = abs(_slope(mechanism.steps) / _slope(steps))
    tolerance = 4 * grid.scale_error + SCALE_ROUNDING
    scales = np.array([grid.scale, *(scale for scale, _ in grid.rivals)])
    error = float(np.abs(ratio / scales - 1).min())
    return error <= tolerance or (error > NEAR_MISS and not grid.exact)


def same_scale(mechanism: Mechanism, other: Mechanism) -> bool:
    """Return whether two mechanisms of affine steps scale alike, to the rounding of float32."""
    ratio = abs(_slope(mechanism.steps) / _slope(other.steps))
    return abs(ratio - 1) <= SCALE_ROUNDING


def _slope(steps: tuple[Step, ...]) -> float:
    start, after_one = forward(steps, np.array([0.0, 1.0]))
    return float(after_one - start)


def _is_credible(
    context: FeatureContext,
    other: Mechanism,
    served: FloatArray,
    tolerance: FloatArray | float = 0.0,
) -> bool:
    """Return whether other parameters bring values as near to training's as its own do.

    And whether there are as many distinct values as expected: rounded values are few, and many
    scales put them on a grid. `served` values are finite.
    """
    reference = context.reference
    if reference is None:
        return True
    cells = reference.histogram.interleaved
    p_absent = (1 - cells / max(int(cells.sum()), 1)) ** len(served)
    if MAX_LOSS_OF_DISTINCT * len(np.unique(served)) < float((1 - p_absent).sum()):
        return False
    distance_of_training, distance_of_other = (
        distance(reference, steps, served, tolerance)
        for steps in (context.feature.steps, other.steps)
    )
    return distance_of_other <= distance_of_training + critical(reference, len(served))


def _whole_steps(
    reference: NumericReference, raw_steps: FloatArray, step: float
) -> tuple[int, int]:
    """Return by how many whole steps served values lie above training's, and the uncertainty.

    Medians have a standard error of 1.2533 s / sqrt(n) (Kendall and Stuart, vol. 1, 14.12, for
    normal values), with s from the quantiles; three of them are allowed.
    """
    expected, observed = quantiles(reference) / step, np.quantile(raw_steps, PROBABILITIES)
    inner_quantiles = slice(4, 15)
    # The distance of the 5 % and 95 % quantiles of a normal distribution is 3.29 s.
    spread = max(float(expected[-1] - expected[0]), float(observed[-1] - observed[0])) / 3.29
    error = 1.2533 * spread * math.sqrt(1 / len(raw_steps) + 1 / max(reference.finite, 1))
    return round(float(np.mean((observed - expected)[inner_quantiles]))), math.floor(
        3 * error + 0.5
    )


def _recovered_mechanism(
    steps: tuple[Step, ...], step: Linear, modulo: float, uncertainty: int, *, exact: bool
) -> Mechanism:
    """Return the mechanism of recovered parameters, with their uncertainty in whole steps."""
    parameters, key = dict(figures(step)), next(iter(figures(step)))
    details = {"used": figures(step), "key": key, "modulo": modulo, "within": uncertainty * modulo}
    if uncertainty:
        parameters |= {f"{key}_modulo": modulo, f"{key}_within": uncertainty * modulo}
    variant = ("grid" if exact else "grid_open") + ("_within" if uncertainty else "")
    if isinstance(step, MaxAbs):
        variant = "grid_scale" if exact else "grid_open_scale"
    return Mechanism(WRONG_PARAMETERS, steps, parameters, variant=variant, details=details)


def _step_of_line(
    steps: tuple[Step, ...], i: int, step: Linear, zero: float, slope: float
) -> Linear | None:
    """Return step i such that the whole is served = zero + slope * raw.

    None unless it is the last step, after steps of positive slope.
    """
    before = forward(steps[:i], np.array([0.0, 1.0]))
    gain = float(before[1] - before[0])
    if len(steps) > i + 1 or not gain or not slope / gain > 0:
        return None
    scale = gain / slope
    return like(step, float(before[0]) - zero * scale, scale)
