"""Facts of a feature's values, of its type and of being constant: measure functions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from skewcheck.features.types import NumericReference
from skewcheck.results.tests import Measurement, Outcome
from skewcheck.statistics import two_sample
from skewcheck.verdict.categorical import CategoricalSample
from skewcheck.verdict.moments import standardized
from skewcheck.verdict.numeric import NO_DISTRIBUTION, NO_FINITE_VALUE, NumericSample

if TYPE_CHECKING:
    from skewcheck.verdict.moments_alone import Standardized

FACT_LEVEL = 1e-6
"""Significance level of facts that chance might make, as a constant column: the fact is certain,
that it is a fault is not, and a log has many columns."""


def mistyped_numbers(sample: NumericSample) -> Outcome:
    """Measure the share of the rows with a value that is no number.

    Where training had such rows, a share that training's explains is nothing new: the effect is 0
    unless the excess is significant at `FACT_LEVEL`.
    """
    counts, reference = sample.counts, sample.reference
    measurement = of_share(counts.mistyped, counts.rows)
    known, rows = reference.mistyped, reference.rows + reference.mistyped
    if not known or not counts.mistyped:
        return measurement
    p = two_sample.excess(known, rows, counts.mistyped, counts.rows, sample.deff)
    new = counts.mistyped / counts.rows > known / rows and p < FACT_LEVEL
    return measurement if new else replace(measurement, effect=0.0)


def mistyped_levels(sample: CategoricalSample) -> Outcome:
    """Measure the share of the rows with a value that is no level: nested, or bytes."""
    return of_share(sample.counts.mistyped, sample.counts.rows)


def of_share(mistyped: int, rows: int) -> Measurement:
    """Return the share of mistyped rows as a measurement; 0 without a row."""
    share = mistyped / max(rows, 1)
    return Measurement(share, share)


def constant_number(sample: NumericSample) -> Outcome:
    """Measure (1 or 0) whether there is one value where training had several, unless by chance."""
    counts, reference = sample.counts, sample.reference
    moments = standardized(sample)
    known = sample.known is not None or moments is not None
    if not known or reference.assumed or (moments is not None and moments.assumed):
        return NO_DISTRIBUTION
    if not counts.finite:
        return NO_FINITE_VALUE
    if counts.moments.min < counts.moments.max or _was_constant(reference):
        return Measurement(0.0, 0.0)
    value = counts.moments.min
    cells = reference.histogram.interleaved
    if not cells.sum():
        return _constant_by_moments(moments, counts.finite / sample.deff, value)
    p = two_sample.all_equal(cells, counts.finite / sample.deff)
    constant = float(p < FACT_LEVEL)
    return Measurement(constant, constant, value=value)


def _was_constant(reference: NumericReference) -> bool:
    """Return whether training had a single value, as far as is known."""
    return reference.std == 0 or (reference.min is not None and reference.min == reference.max)


def _constant_by_moments(moments: Standardized | None, rows: float, value: float) -> Measurement:
    """Measure a log of one value where nothing is known of training but moments, or a range.

    A range alone says nothing of how many of training's rows had another value.
    """
    from skewcheck.statistics import missed_rows  # most features have a distribution

    share = 0.0 if moments is None else moments.least_missed
    rows = rows if moments is None else moments.rows
    if missed_rows.chance_of_missing(share, rows) < FACT_LEVEL:
        return Measurement(1.0, 1.0, value=value)
    power = missed_rows.MissedPower(share, FACT_LEVEL)
    return Measurement(0.0, 0.0, rows=rows, value=value, threshold=1.0, power=power)


def constant_level(sample: CategoricalSample) -> Outcome:
    """Measure (1 or 0) whether there is one level where training had several, unless by chance."""
    if sample.untested is not None:
        return sample.untested
    counts, training = sample.counts, sample.training
    single = int((counts.counts > 0).sum()) + len(counts.names) == 1
    several = int((training > 0).sum()) > 1
    n = counts.present / sample.deff
    constant = float(single and several and two_sample.all_equal(training, n) < FACT_LEVEL)
    return Measurement(constant, constant)
