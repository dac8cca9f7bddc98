"""Mean and standard deviation: measure functions of their tests.

Shifts are in standard deviations of training, after the training normalization. Without a
distribution of training its mean and standard deviation are enough, or what the last step of the
normalization makes of any training data.
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

MEAN_OFF = 0.25
"""Standard deviations by which a mean may be off: about a KS D of 0.1 for a normal feature."""
STD_OFF = math.log(1.5)
"""Likewise for the logarithm of a ratio of standard deviations."""
SPREAD = 4.0
"""Standard errors by which an effect is lowered where no sample of training is known."""
WARNS = 2.0
"""An effect of its threshold divided by this warns."""


def mean(sample: NumericSample) -> Outcome:
    """Measure the shift of the mean, in standard deviations of training."""
    if sample.untested is not None:
        told = standardized(sample)
        return sample.untested if told is None else mean_alone(*told)
    sides = sample.normalized
    return sides if isinstance(sides, Reason) else Measurement(sides.shift, abs(sides.shift), 0.0)


def std(sample: NumericSample) -> Outcome:
    """Measure the ratio of the standard deviations."""
    if sample.untested is not None:
        told = standardized(sample)
        return sample.untested if told is None else std_alone(*told)
    sides = sample.normalized
    if isinstance(sides, Reason):
        return sides
    return Measurement(sides.ratio, log_ratio(sides.ratio), 1.0)


def standardized(sample: NumericSample) -> tuple[float, float, float] | None:
    """Return the log's mean and std where training has 0 and 1, and of how many rows they are.

    By the moments in the parameter file, where it has those and no distribution; else by what the
    last step promises. None where nothing tells.
    """
    if sample.untested is not NO_DISTRIBUTION or not sample.counts.finite:
        return None
    reference, counts, rows = sample.reference, sample.counts, sample.counts.finite / sample.deff
    if reference.mean is not None and reference.std:
        shift = (counts.moments.mean - reference.mean) / reference.std
        return shift, counts.moments.std / reference.std, rows
    return _promised(sample, sample.steps, rows)


def _promised(
    sample: NumericSample, steps: Sequence[Step], rows: float
) -> tuple[float, float, float] | None:
    """Return what the last step itself promises of the served values.

    A z-score has mean 0 and standard deviation 1. Raw values are normalized first, which their
    moments allow where the steps are affine.
    """
    last = steps[-1] if steps else None
    unit = isinstance(last, ZScore) or (isinstance(last, PowerTransform) and last.std != 1)
    if not unit or not (sample.served or is_affine(steps)):
        return None
    mean, std = sample.counts.moments.mean, sample.counts.moments.std
    if not sample.served:
        bare = [step for step in steps if not isinstance(step, Impute)]
        one = forward(bare, np.array([mean, mean + std]))
        mean, std = float(one[0]), float(abs(one[1] - one[0]))
    return mean, std, rows


def mean_alone(mean: float, std: float, n: float) -> Measurement:
    """Judge the mean of n values that should be 0, in units of their std: less four errors."""
    error = max(std, 1.0)
    return Measurement(
        mean, max(abs(mean) - SPREAD * error / math.sqrt(n), 0.0), 0.0, threshold=MEAN_OFF,
        rows=n, power=power.LoweredPower(SPREAD * error, error, 1 / WARNS),
    )  # fmt: skip


def std_alone(mean: float, std: float, n: float) -> Measurement:  # noqa: ARG001  # as mean_alone
    """Judge the standard deviation of n values that should be 1: less four standard errors.

    The standard error of ln std is 1/sqrt(2n) for a normal sample; heavy tails have more.
    """
    return Measurement(
        std, max(log_ratio(std) - SPREAD * 2 / math.sqrt(n), 0.0), 1.0, threshold=STD_OFF,
        rows=n, power=power.LoweredPower(SPREAD * 2, math.sqrt(0.5), 1 / WARNS),
    )  # fmt: skip
