"""Mean and standard deviation of a feature without a distribution of training.

They are compared with the mean and standard deviation in the parameter file, or with 0 and 1 where
the last step standardizes. The latter are training's only if the step was fitted: constants, as of
image models, gate by a threshold of the user's alone.

Nothing is then known of training's tails, which are taken to be the log's. A wider spread counts as
far as the standard error of a variance by the log's own fourth moment lets it; where that moment is
that of a few rows, there is none. A narrower one counts as far as the rows that the log may have
missed by chance cannot explain it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from skewcheck.counts.moments import Moments
from skewcheck.features.steps import (
    Impute,
    PowerTransform,
    Step,
    ZScore,
    forward,
    inverse,
    is_affine,
)
from skewcheck.results.tests import Measurement, Reason
from skewcheck.statistics import missed_rows, power
from skewcheck.verdict.normalized import log_ratio
from skewcheck.verdict.numeric import CONSTANTS, LOWERED_ERRORS, NumericSample

MEAN_THRESHOLD = 0.25
"""Of the shift of a mean in standard deviations: about a KS D of 0.1 for a normal feature."""
STD_THRESHOLD = math.log(1.5)
"""Of the absolute logarithm of a ratio of standard deviations: about the same KS D."""
LOWERED_LEVEL = float(ndtr(-LOWERED_ERRORS))
"""The level of these, one-sided."""
STD_ERROR = 2.0
"""Standard error of ln std times sqrt(n), at least: sqrt((kurtosis - 1) / 4), for a kurtosis of 17.
That of a normal sample is 3, of an exponential one 9; samples have less than their distribution."""
MAX_MARGIN = 0.5
"""What four standard errors of ln std may come to where the kurtosis is above 17. They are then
those of a variance of that very size: less than 16 rows, by their fourth powers, make all of it."""
GROSS = 10.0
"""By how much narrower a log with heavy tails must be not to pass for them: of clean ones with the
tails of lognormal(0, 2) or of Student's t with 2 degrees of freedom one in 1,000 is (5,000 training
rows, 3,000 of the log)."""
WARNING_RATIO = 2.0
"""An effect of its threshold divided by this warns."""
HEAVY_TAILS = Reason("heavy_tails")


@dataclass(frozen=True, slots=True)
class Standardized:
    """The moments of a log's values in standard deviations from the mean, both of training."""

    log: Moments
    rows: float
    """Independent rows that they are of."""
    assumed: bool = False
    """Training's moments are taken from constants of the steps."""

    @property
    def least_missed(self) -> float:
        """The least share of training whose like the log does not have."""
        return missed_rows.least_share(self.log.mean, self.log.std)


def of_constants(sample: NumericSample) -> Standardized | None:
    """Return the log's moments by those in the parameter file, or else by the last step.

    None where neither is there.
    """
    reference, counts = sample.reference, sample.counts
    if reference.mean is not None and reference.std:
        log = counts.moments.standardized(reference.mean, reference.std)
        return Standardized(log, counts.finite / sample.deff)
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
    log = sample.counts.moments
    if not sample.served:
        normalized_log = _normalized(log, sample.counts.nulls, steps)
        if normalized_log is None:
            return None
        log = normalized_log
    return Standardized(log.standardized(0.0, unit), log.n / sample.deff, not sample.fitted)


def _normalized(raw: Moments, nulls: int, steps: Sequence[Step]) -> Moments | None:
    """Return the moments of raw values after affine steps; None where these have no inverse."""
    bare = [step for step in steps if not isinstance(step, Impute)]
    zero, one = inverse(bare, np.array([0.0, 1.0])).tolist()
    if not (math.isfinite(zero) and math.isfinite(one) and one != zero):
        return None
    values = raw.standardized(zero, one - zero)
    fill = float(forward(steps, np.array([np.nan]))[0])
    return values + Moments(nulls, fill, 0.0, fill, fill) if math.isfinite(fill) else values


def mean_alone(moments: Standardized) -> Measurement:
    """Measure the mean of standardized values, 0 in training, less four standard errors.

    The standard deviation of a value is taken as 1 where it is less. Heavy tails do no harm: a few
    far values move the mean by no more than they move its standard error.
    """
    log = moments.log
    error = max(log.std, 1.0)
    lowered = abs(log.mean) - LOWERED_ERRORS * error / math.sqrt(moments.rows)
    margin = power.LoweredPower(LOWERED_ERRORS * error, error, 1 / WARNING_RATIO)
    return _alone(moments, log.mean, lowered, 0.0, MEAN_THRESHOLD, margin)


def std_alone(moments: Standardized) -> Measurement:
    """Measure the std of standardized values, 1 in training, less four standard errors.

    Or, where it is less, with the rows that the log may have missed. Where the log's tails are so
    heavy that no standard error would hold, it is untested, unless it is skew or narrower by far.
    """
    kurtosis = moments.log.kurtosis
    error = max(STD_ERROR, math.sqrt(kurtosis - 1) / 2)
    # Constants gate by a user's threshold alone, and then the user says what the spread must be.
    narrower = moments.log.std <= 1 and not moments.assumed
    measurement = (_narrower if narrower else _at_margin)(moments, error)
    if error > STD_ERROR and moments.log.std * GROSS > 1:
        return replace(measurement, unsupported=HEAVY_TAILS)
    return measurement


def _at_margin(moments: Standardized, error: float) -> Measurement:
    """Measure a std less its standard error; `error` is that of its logarithm times sqrt(n)."""
    margin = LOWERED_ERRORS * error / math.sqrt(moments.rows)
    stable = error <= STD_ERROR or margin < MAX_MARGIN
    lowered = log_ratio(moments.log.std) - margin if stable else 0.0
    return _alone(moments, moments.log.std, lowered, 1.0, STD_THRESHOLD, _std_power(error))


def _narrower(moments: Standardized, error: float) -> Measurement:
    """Measure a std of at most 1: the log may lack the few rows that made training wider."""
    log, rows = moments.log, moments.rows
    square = log.mean**2 + log.std**2
    margin = LOWERED_ERRORS * error / math.sqrt(rows)
    by_chance = missed_rows.log_narrowing(square, rows, LOWERED_LEVEL)
    lowered = min(log_ratio(log.std) - margin, by_chance)
    seen = log_ratio(log.std) - margin >= STD_THRESHOLD and square < math.exp(-2 * STD_THRESHOLD)
    narrow = missed_rows.NarrowPower(square, LOWERED_LEVEL, 1 / WARNING_RATIO)
    return _alone(
        moments, log.std, lowered, 1.0, STD_THRESHOLD, narrow if seen else _std_power(error)
    )


def _std_power(error: float) -> power.LoweredPower:
    return power.LoweredPower(LOWERED_ERRORS * error, math.sqrt(0.5), 1 / WARNING_RATIO)


def _alone(
    moments: Standardized, statistic: float, lowered: float, expected: float, threshold: float,
    margin: power.PowerFunction,
) -> Measurement:  # fmt: skip
    """Return the measurement of a moment; without a threshold where training's is assumed."""
    return Measurement(
        statistic, max(lowered, 0.0), expected, rows=moments.rows,
        threshold=None if moments.assumed else threshold, power=margin,
        reason=CONSTANTS if moments.assumed else None, assumed=moments.assumed,
    )  # fmt: skip
