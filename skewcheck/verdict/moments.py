"""Mean and standard deviation: measure functions.

Shifts are in standard deviations of training, after the training normalization. Without a
reference distribution they are what `moments_alone` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from skewcheck.results.tests import Measurement, Outcome, Reason
from skewcheck.verdict.normalized import log_ratio
from skewcheck.verdict.numeric import NO_DISTRIBUTION, NumericSample

if TYPE_CHECKING:
    from skewcheck.verdict.moments_alone import Standardized


def mean(sample: NumericSample) -> Outcome:
    """Measure the shift of the mean, in standard deviations of training."""
    if sample.untested is not None:
        moments = standardized(sample)
        if moments is None:
            return sample.untested
        from skewcheck.verdict.moments_alone import mean_alone  # most have a distribution

        return mean_alone(moments)
    sides = sample.normalized
    return sides if isinstance(sides, Reason) else Measurement(sides.shift, abs(sides.shift), 0.0)


def std(sample: NumericSample) -> Outcome:
    """Measure the ratio of the standard deviations, serving over training."""
    if sample.untested is not None:
        moments = standardized(sample)
        if moments is None:
            return sample.untested
        from skewcheck.verdict.moments_alone import std_alone  # as above

        return std_alone(moments)
    sides = sample.normalized
    if isinstance(sides, Reason):
        return sides
    return Measurement(sides.ratio, log_ratio(sides.ratio), 1.0)


def standardized(sample: NumericSample) -> Standardized | None:
    """Return the log's moments by training's constants, where it has no distribution.

    None with a distribution, without constants, and without a finite value.
    """
    if sample.untested is not NO_DISTRIBUTION or not sample.counts.finite:
        return None
    from skewcheck.verdict.moments_alone import of_constants  # as above

    return of_constants(sample)
