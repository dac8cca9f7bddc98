"""Mean and standard deviation: measure functions.

Shifts are in standard deviations of training, after the training normalization. Without a
reference distribution they are those from the mean and standard deviation in the parameter file,
or from 0 and 1 where the last step standardizes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

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


def mean(sample: NumericSample) -> Outcome:
    """Measure the shift of the mean, in standard deviations of training."""
    if sample.untested is not None:
        moments = standardized(sample)
        return sample.untested if moments is None else mean_alone(*moments)
    sides = sample.normalized
    return sides if isinstance(sides, Reason) else Measurement(sides.shift, abs(sides.shift), 0.0)


def std(sample: NumericSample) -> Outcome:
    """Measure the ratio of the standard deviations, serving over training."""
    if sample.untested is not None:
        moments = standardized(sample)
        return sample.untested if moments is None else std_alone(*moments)
    sides = sample.normalized
    if isinstance(sides, Reason):
        return sides
    return Measurement(sides.ratio, log_ratio(sides.ratio), 1.0)


def standardized(sample: NumericSample) -> tuple[float, float, float] | None:
    """Return the log's standardized mean and std, and the independent rows that they are of.

    By the moments in the parameter file, where it has those and no distribution; else as the last
    step standardizes. None where neither is there, and without a finite value.
    """
    if sample.untested is not NO_DISTRIBUTION or not sample.counts.finite:
        return None
    reference, counts, rows = sample.reference, sample.counts, sample.counts.finite / sample.deff
    if reference.mean is not None and reference.std:
        shift = (counts.moments.mean - reference.mean) / reference.std
        return shift, counts.moments.std / reference.std, rows
    return _by_last_step(sample, sample.steps, rows)


def _by_last_step(
    sample: NumericSample, steps: Sequence[Step], rows: float
) -> tuple[float, float, float] | None:
    """Return mean, std and rows where the last step gives training a mean of 0 and a std of 1.

    Those of raw values are normalized first, which is exact where the steps are affine.
    """
    last = steps[-1] if steps else None
    standardizes = isinstance(last, ZScore) or (isinstance(last, PowerTransform) and last.std != 1)
    if not standardizes or not (sample.served or is_affine(steps)):
        return None
    mean, std = sample.counts.moments.mean, sample.counts.moments.std
    if not sample.served:
        bare = [step for step in steps if not isinstance(step, Impute)]
        served = forward(bare, np.array([mean, mean + std]))
        mean, std = float(served[0]), float(abs(served[1] - served[0]))
    return mean, std, rows


def mean_alone(mean: float, std: float, n: float) -> Measurement:
    """Measure the mean of n standardized values, 0 in training, less four standard errors.

    The standard deviation of a value is taken as 1 where it is less.
    """
    error = max(std, 1.0)
    return Measurement(
        mean, max(abs(mean) - LOWERED_ERRORS * error / math.sqrt(n), 0.0), 0.0,
        threshold=MEAN_THRESHOLD, rows=n,
        power=power.LoweredPower(LOWERED_ERRORS * error, error, 1 / WARNING_RATIO),
    )  # fmt: skip


def std_alone(mean: float, std: float, n: float) -> Measurement:  # noqa: ARG001  # as mean_alone
    """Measure the std of n standardized values, 1 in training, less four standard errors.

    The standard error of ln std is 1/sqrt(2n) for a normal sample; 2/sqrt(n) allows for heavy
    tails.
    """
    return Measurement(
        std, max(log_ratio(std) - LOWERED_ERRORS * 2 / math.sqrt(n), 0.0), 1.0,
        threshold=STD_THRESHOLD, rows=n,
        power=power.LoweredPower(LOWERED_ERRORS * 2, math.sqrt(0.5), 1 / WARNING_RATIO),
    )  # fmt: skip
