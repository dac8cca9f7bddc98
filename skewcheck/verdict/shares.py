"""Shares of rows that are null, infinite, out of range or unseen levels: measure functions.

The effect is by how much a share is above that of the reference.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from skewcheck.catalogue.spec import TestSpec
from skewcheck.catalogue.tests import RANGE, UNSEEN
from skewcheck.results.tests import Measurement, Outcome, Reason
from skewcheck.statistics import intervals, power, two_sample
from skewcheck.statistics.rare_levels import missed, rare
from skewcheck.verdict.categorical import NO_VALUE, CategoricalSample
from skewcheck.verdict.numeric import CONSTANTS, LOWERED_ERRORS, NO_FINITE_VALUE, NumericSample

UNKNOWN = Reason("unknown_in_training")


def nulls(sample: NumericSample | CategoricalSample) -> Outcome:
    """Measure the share of nulls."""
    counts, reference = sample.counts, sample.reference
    return _above(counts.nulls, counts.rows, reference.nulls, reference.rows, sample.deff)


def nonfinite(sample: NumericSample) -> Outcome:
    """Measure the share of infinite values, as they were logged."""
    reference = sample.known
    if reference is None:
        return UNKNOWN
    counts = sample.logged
    return _above(counts.nonfinite, counts.rows, reference.nonfinite, reference.rows, sample.deff)


def _above(rows: int, n: int, reference: int, m: int, deff: float) -> Outcome:
    """Compare `rows` of n with the reference's of m: the effect is the excess of the share."""
    if not m:
        return UNKNOWN
    if not n:
        return Reason("no_row")
    share, expected = rows / n, reference / m
    return Measurement(
        share, max(share - expected, 0.0), expected,
        two_sample.excess(reference, m, rows, n, deff),
        n / deff, intervals.of_share(share, n / deff),
        power=power.SharePower(power.Excess(reference, m), expected),
    )  # fmt: skip


def outside(sample: NumericSample) -> Outcome:
    """Measure the share of finite values out of training's range.

    Of m + n values of one distribution, 2/(m + 1) of the n are expected out of the range of the m.
    """
    reference, counts, deff = sample.reference, sample.counts, sample.deff
    edges = reference.histogram.edges
    if not len(edges):
        return UNKNOWN
    if reference.min != edges[0] or reference.max != edges[-1]:
        return Reason("range_unknown")
    if not counts.finite:
        return NO_FINITE_VALUE
    between, n = counts.histogram.between, counts.finite
    rows = int(between[0] + between[-1])
    m = reference.finite
    if not m:
        lowered = _lowered(RANGE, rows / n, n / deff)
        return replace(lowered, assumed=True, reason=CONSTANTS) if reference.assumed else lowered
    expected = min(2 / (m + 1), 1.0)
    return Measurement(
        rows / n, max(rows / n - expected, 0.0), expected,
        two_sample.exceedance(rows, n, m, deff), n / deff, intervals.of_share(rows / n, n / deff),
        power=power.SharePower(power.Exceedance(m), expected),
    )  # fmt: skip


def unseen(sample: CategoricalSample) -> Outcome:
    """Measure the share of rows with a level that training has not, beyond that of rare levels."""
    reference, counts, deff = sample.reference, sample.counts, sample.deff
    if not sample.levels.names and not reference.rows:
        return Reason("no_level_named")
    if reference.partial and not reference.rows:
        return Reason("levels_not_listed")
    n = counts.present
    value = max(counts.names, key=lambda name: (counts.names[name], name), default=None)
    if not n:
        return NO_VALUE
    share = counts.unseen / n
    rows = np.array([r for r in reference.counts.values() if r], np.int64)
    m = int(rows.sum()) + reference.other if reference.rows else 0
    if not m:
        return _lowered(UNSEEN, share, n / deff, value)
    singles, doubles, frequent = rare(rows, reference.other)
    return Measurement(
        share, max(share - singles / m, 0.0), singles / m,
        missed(frequent, m, counts.unseen, n, singles, doubles, deff), n / deff,
        intervals.of_share(share, n / deff), value,
        power=power.SharePower(power.Missed(frequent, m, singles, doubles), singles / m),
    )  # fmt: skip


def _lowered(spec: TestSpec, share: float, n: float, value: str | None = None) -> Measurement:
    """Measure a share where no training rows are known: the effect is it less four standard errors.

    The power is computed with the standard error that a share at the threshold has.
    """
    error = math.sqrt(share * (1 - share) / n) if n else 0.0
    threshold = spec.threshold or 0.0
    error_of_row = math.sqrt(threshold * (1 - threshold))
    return Measurement(
        share, max(share - LOWERED_ERRORS * error, 0.0), 0.0, rows=n, value=value,
        power=power.LoweredPower(LOWERED_ERRORS * error_of_row, error_of_row, 1 / spec.warns),
    )  # fmt: skip
