"""Served moments that a method gives only to the data that its parameters were estimated on.

A z-score with its own mean and deviation gives exactly 0 and 1, minmax exactly the ends of its
range, maxabs a largest absolute value of exactly 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from skewcheck.catalogue.causes import RECOMPUTED_PARAMETERS as RECOMPUTED
from skewcheck.catalogue.causes import WRONG_METHOD
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.mechanism import FeatureContext, Mechanism, final_linear
from skewcheck.causes.moments_by_part import PartMoments, is_training, served_parts
from skewcheck.counts.moments import Moments
from skewcheck.features.propagate import propagate
from skewcheck.features.steps import Linear, MaxAbs, MinMax, ZScore, forward

MIN_SERVED_ROWS = 50
"""Fewer served rows have a mean of 0 and a deviation of 1 by chance, as whole numbers do."""
SUM_TOLERANCE = 1e-6
"""Distance from 0 and 1 that sums of float32 values may leave."""
MAX_P_OF_ZERO_MEAN = 1e-3
"""A served mean of 0 is a finding where right values have one less often than this."""

MAX_MORE_AT_AN_END = 0.02
"""Share of the served values that lie at an end beyond training's share there."""


def where(evidence: Evidence) -> Iterator[PartMoments]:
    """Yield the parts whose served moments show that parameters were estimated on them.

    The whole log, or else files, or else values of one segment column.
    """
    context = evidence.context
    last = final_linear(context.feature.steps)
    if last is None or evidence.served is None or not evidence.served.whole.n:
        return
    step = last[1]
    if not isinstance(step, ZScore) and _reaches_ends_anyway(context, evidence.served.whole.n):
        return
    fitted = [
        part
        for part in served_parts(evidence, MIN_SERVED_ROWS)
        if _has_fixed_points(part.moments, step)
        and not is_training(part.moments, context, context.feature.steps)
        and not (isinstance(step, ZScore) and _two_values_by_chance(part.moments))
    ]
    whole = [part for part in fitted if part.column is None]
    # Several columns may divide the same rows. Where all files have the moments, so has the whole.
    column = next((part.column for part in fitted if part.column is not None), None)
    parts = [part for part in fitted if part.column == column and column is not None]
    all_parts = len(parts) > 1 and sum(part.share for part in parts) > 0.999
    yield from whole if whole and not all_parts else parts


def of_alarmed(evidence: Evidence) -> Mechanism | None:
    """Return what the served moments of a whole log show, given that its distribution is wrong.

    Another method with parameters of the log, or its own mean with training's deviation.
    """
    context, steps = evidence.context, evidence.context.feature.steps
    last = final_linear(steps)
    if last is None or evidence.served is None or evidence.served.whole.n < MIN_SERVED_ROWS:
        return None
    step, served, on = last[1], evidence.served.whole, {"on": "log"}
    if is_training(served, context, steps):
        return None
    if step.op != "zscore" and _has_fixed_points(served, ZScore(0.0, 1.0)):
        return Mechanism(WRONG_METHOD, steps, {"op": "zscore"}, variant="computed", details=on)
    in_unit_interval = _has_fixed_points(served, MinMax(0.0, 1.0)) and not _between_0_and_1(context)
    if step.op != "minmax" and in_unit_interval and not _piled_up_at_ends(evidence):
        # Whole numbers reach training's ends too: then nobody knows whose they are.
        variant = "alone" if _reaches_ends_anyway(context, served.n) else "computed"
        return Mechanism(WRONG_METHOD, steps, {"op": "minmax"}, variant=variant, details=on)
    centred = served.max > served.min and abs(served.mean) < SUM_TOLERANCE
    if (
        centred
        and isinstance(step, ZScore)
        and p_of_zero_mean(step, context, served.n) < MAX_P_OF_ZERO_MEAN
    ):
        return Mechanism(RECOMPUTED, steps, variant="mean", details=on)
    return None


def named_by_ends(evidence: Evidence, mechanism: Mechanism) -> Mechanism:
    """Return other parameters, which the grid proves, as recomputed ones where the ends show it.

    Whole numbers reach both ends of training's range in most logs, but with other parameters they
    reach neither exactly, unless those are the ends of the log.
    """
    last = final_linear(mechanism.steps)
    if last is None or evidence.served is None or not mechanism.cause.recovered:
        return mechanism
    step = last[1]
    if isinstance(step, ZScore) or not _has_fixed_points(evidence.served.whole, step):
        return mechanism
    return replace(mechanism, cause=RECOMPUTED, details={**mechanism.details, "on": "log"})


def p_of_zero_mean(step: ZScore, context: FeatureContext, n: int) -> float:
    """Return the probability that the mean of n right values is 0 to within SUM_TOLERANCE.

    The mean is normal with deviation 1 / sqrt(n): its density at 0 is sqrt(n) / 2.5. Values on a
    grid have means on a grid n times as fine, which may hold training's mean. Where training's
    mean is 0 itself, both may be 0 by design (full circles, differences): then it is 1.
    """
    reference = context.reference
    if abs(step.mean) < SUM_TOLERANCE * step.std:
        return 1.0
    width = 2 * SUM_TOLERANCE
    if reference is not None and reference.step:
        finest = reference.step / n
        if abs(step.mean / finest - round(step.mean / finest)) * finest < SUM_TOLERANCE * step.std:
            width = max(width, finest / step.std)
    return width * math.sqrt(n) / 2.5


def _two_values_by_chance(served: Moments) -> bool:
    """Return whether served values with a mean of 0 and a std of 1 are two, as those of a flag.

    Both moments are then training's wherever the log has training's share of the two, as right logs
    have by chance: of n rows, with a probability of (max - min) / sqrt(2 pi n) at most. All values
    lie at the ends where the mean of (x - min)(max - x), here -min * max - 1, is 0.
    """
    span = served.max - served.min
    two_values = abs(served.min * served.max + 1) < SUM_TOLERANCE * span
    return two_values and span / math.sqrt(2 * math.pi * served.n) > MAX_P_OF_ZERO_MEAN


def _reaches_ends_anyway(context: FeatureContext, rows: int) -> bool:
    """Return whether right logs reach both ends of training's range, as whole numbers do.

    True where the reference is not known.
    """
    reference = context.reference
    if reference is None or not reference.finite:
        return True
    at = reference.histogram.at
    ends = (int(at[0]), int(at[-1]))
    return min(ends) / reference.finite * rows > 0.01


def _between_0_and_1(context: FeatureContext) -> bool:
    """Return whether right values, or raw ones served as they are, lie between 0 and 1."""
    reference = context.reference
    if reference is None or reference.min is None or reference.max is None:
        return True
    raw = np.array([reference.min, reference.max])
    return any(
        ends.min() >= -SUM_TOLERANCE and ends.max() <= 1 + SUM_TOLERANCE
        for ends in (raw, forward(context.feature.steps, raw))
    )


def _piled_up_at_ends(evidence: Evidence) -> bool:
    """Return whether served values are equal to their least or largest oftener than training's.

    Clipped and binarized values are, those of a min-max normalization are not: as often at most as
    training's are equal to any value.
    """
    reference, x = evidence.context.reference, evidence.rows.served
    x = x[np.isfinite(x)]
    pushed = None if reference is None else propagate(reference, evidence.context.feature.steps)
    if pushed is None or not pushed.reference.finite or not len(x):
        return False
    at_ends = np.array([(x == x.min()).mean(), (x == x.max()).mean()])
    expected = float(pushed.reference.histogram.at.max(initial=0)) / pushed.reference.finite
    return bool((at_ends > expected + MAX_MORE_AT_AN_END).any())


def _has_fixed_points(moments: Moments, step: Linear) -> bool:
    """Return whether moments are those that the step's method gives the data it was fitted to."""
    n = moments.n
    if n < MIN_SERVED_ROWS or not moments.max > moments.min:
        return False
    if isinstance(step, ZScore):
        # pandas divides by n - 1: then the population's own deviation is a little under 1.
        unit_deviations = (1.0, math.sqrt((n - 1) / n))
        return abs(moments.mean) < SUM_TOLERANCE and any(
            abs(moments.std - unit) < SUM_TOLERANCE for unit in unit_deviations
        )
    if isinstance(step, MinMax):
        low, high = step.range
        return abs(moments.min - low) < SUM_TOLERANCE and abs(moments.max - high) < SUM_TOLERANCE
    if isinstance(step, MaxAbs):
        return abs(max(-moments.min, moments.max) - 1) < SUM_TOLERANCE
    return False
