"""Mean and standard deviation: measure functions.

Shifts are in standard deviations of training, after the training normalization. Without a
reference distribution they are those from the mean and standard deviation in the parameter file,
or from 0 and 1 where the last step standardizes. The latter are training's only if the step was
fitted: constants, as of image models, gate by a threshold of the user's alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skewcheck.features.steps import Impute, PowerTransform, Step, ZScore, forward, is_affine
from skewcheck.results.tests import Measurement, Outcome, Reason
from skewcheck.statistics import power
from skewcheck.verdict.normalized import log_ratio
from skewcheck.verdict.numeric import NO_DISTRIBUTION, NumericSample

MEAN_THRESHOLD = 0.25
"""Of the shift of a mean in standard deviations: about a KS D of 0.1 for a normal feature."""
STD_THRESHOLD = math.log(1.5)
"""Of the absolute logarithm of a ratio of standard deviations: about the same KS D."""
LOWERED_ERRORS = 4.0
"""Standard errors by which an effect is lowered where there is no p-value: one-sided, 3e-5, about
the level of a single test of a whole audit."""
WARNING_RATIO = 2.0
"""An effect of its threshold divided by this warns."""


CONSTANTS = Reason("constants")


@dataclass(frozen=True, slots=True)
class Standardized:
    """The moments of a log's values in standard deviations from the mean, both of training."""

    mean: float
    std: float
    rows: float
    """Independent rows that they are of."""
    assumed: bool = False
    """Training's moments are taken from constants of the steps."""


def mean(sample: NumericSample) -> Outcome:
    """Measure the shift of the mean, in standard deviations of training."""
    if sample.untested is not None:
        moments = standardized(sample)
        return sample.untested if moments is None else mean_alone(moments)
    sides = sample.normalized
    return sides if isinstance(sides, Reason) else Measurement(sides.shift, abs(sides.shift), 0.0)


def std(sample: NumericSample) -> Outcome:
    """Measure the ratio of the standard deviations, serving over training."""
    if sample.untested is not None:
        moments = standardized(sample)
        return sample.untested if moments is None else std_alone(moments)
    sides = sample.normalized
    if isinstance(sides, Reason):
        return sides
    return Measurement(sides.ratio, log_ratio(sides.ratio), 1.0)


def standardized(sample: NumericSample) -> Standardized | None:
    """Return the log's moments by those in the parameter file, where it has no distribution.

    Else by the last step, where that standardizes. None where neither is there, and without a
    finite value.
    """
    if sample.untested is not NO_DISTRIBUTION or not sample.counts.finite:
        return None
    reference, counts = sample.reference, sample.counts
    if reference.mean is not None and reference.std:
        shift = (counts.moments.mean - reference.mean) / reference.std
        ratio = counts.moments.std / reference.std
        return Standardized(shift, ratio, counts.finite / sample.deff)
    return _by_last_step(sample, sample.steps)


def _by_last_step(sample: NumericSample, steps: Sequence[Step]) -> Standardized | None:
    """Return the moments where the last step gives training a mean of 0 and a std of 1.

    Or of what an epsilon in its divisor leaves of 1. Those of raw values are normalized first,
    nulls at what a step fills in, which is exact where the steps are affine.
    """
    last = steps[-1] if steps else None
    standardizes = isinstance(last, ZScore) or (isinstance(last, PowerTransform) and last.std != 1)
    unit = last.std / last.divisor if isinstance(last, ZScore) else 1.0
    if not standardizes or not unit or not (sample.served or is_affine(steps)):
        return None
    rows, mean, std = sample.counts.finite, sample.counts.moments.mean, sample.counts.moments.std
    if not sample.served:
        bare = [step for step in steps if not isinstance(step, Impute)]
        served = forward(bare, np.array([mean, mean + std]))
        mean, std = float(served[0]), float(abs(served[1] - served[0]))
        fill = float(forward(steps, np.array([np.nan]))[0])
        if math.isfinite(fill):
            share = sample.counts.nulls / (rows + sample.counts.nulls)
            rows += sample.counts.nulls
            std = math.sqrt((1 - share) * (std**2 + share * (mean - fill) ** 2))
            mean += share * (fill - mean)
    return Standardized(mean / unit, std / unit, rows / sample.deff, not sample.fitted)


def mean_alone(moments: Standardized) -> Measurement:
    """Measure the mean of standardized values, 0 in training, less four standard errors.

    The standard deviation of a value is taken as 1 where it is less.
    """
    error = max(moments.std, 1.0)
    lowered = abs(moments.mean) - LOWERED_ERRORS * error / math.sqrt(moments.rows)
    margin = power.LoweredPower(LOWERED_ERRORS * error, error, 1 / WARNING_RATIO)
    return _alone(moments, moments.mean, lowered, 0.0, MEAN_THRESHOLD, margin)


def std_alone(moments: Standardized) -> Measurement:
    """Measure the std of standardized values, 1 in training, less four standard errors.

    The standard error of ln std is 1/sqrt(2n) for a normal sample; 2/sqrt(n) allows for heavy
    tails.
    """
    lowered = log_ratio(moments.std) - LOWERED_ERRORS * 2 / math.sqrt(moments.rows)
    margin = power.LoweredPower(LOWERED_ERRORS * 2, math.sqrt(0.5), 1 / WARNING_RATIO)
    return _alone(moments, moments.std, lowered, 1.0, STD_THRESHOLD, margin)


def _alone(
    moments: Standardized, statistic: float, lowered: float, expected: float, threshold: float,
    margin: power.LoweredPower,
) -> Measurement:  # fmt: skip
    """Return the measurement of a moment; without a threshold where training's is assumed."""
    return Measurement(
        statistic, max(lowered, 0.0), expected, rows=moments.rows,
        threshold=None if moments.assumed else threshold, power=margin,
        reason=CONSTANTS if moments.assumed else None, assumed=moments.assumed,
    )  # fmt: skip
