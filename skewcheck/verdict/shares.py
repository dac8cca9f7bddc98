"""Shares of rows: nulls, infinities, out of range, unseen levels. Measure functions of the tests.

What lies above the reference's own share counts.
"""

from __future__ import annotations

import math

import numpy as np

from skewcheck.catalogue.spec import TestSpec
from skewcheck.catalogue.tests import RANGE, UNSEEN
from skewcheck.results.tests import Measurement, Outcome, Reason
from skewcheck.statistics import intervals, power, two_sample
from skewcheck.statistics.rare_levels import missed, rare
from skewcheck.verdict.categorical import NO_VALUE, CategoricalSample
from skewcheck.verdict.moments import SPREAD
from skewcheck.verdict.numeric import NO_FINITE_VALUE, NumericSample

UNKNOWN = Reason("unknown_in_training")


def nulls(sample: NumericSample | CategoricalSample) -> Outcome:
    """Measure the share of nulls."""
    counts, reference = sample.counts, sample.reference
    return _above(counts.nulls, counts.rows, reference.nulls, reference.rows, sample.deff)


def nonfinite(sample: NumericSample) -> Outcome:
    """Measure the share of infinite values, as they were logged."""
    known = sample.known
    if known is None:
        return UNKNOWN
    counts = sample.logged
    return _above(counts.nonfinite, counts.rows, known.nonfinite, known.rows, sample.deff)


def _above(rows: int, n: int, known: int, m: int, deff: float) -> Outcome:
    """Compare `rows` of n with the reference's `known` of m: only what lies above it counts."""
    if not m:
        return UNKNOWN
    if not n:
        return Reason("no_row")
    share, usual = rows / n, known / m
    return Measurement(
        share, max(share - usual, 0.0), usual, two_sample.excess(known, m, rows, n, deff),
        n / deff, intervals.of_share(share, n / deff),
        power=power.SharePower(power.Excess(known, m), usual),
    )  # fmt: skip


def outside(sample: NumericSample) -> Outcome:
    """Measure the share of finite values out of training's range, beyond 2/(m + 1) by chance."""
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
        return _lowered(RANGE, rows / n, n / deff)
    expected = min(2 / (m + 1), 1.0)
    return Measurement(
        rows / n, max(rows / n - expected, 0.0), expected,
        two_sample.exceedance(rows, n, m, deff), n / deff, intervals.of_share(rows / n, n / deff),
        power=power.SharePower(power.Exceedance(m), expected),
    )  # fmt: skip


def unseen(sample: CategoricalSample) -> Outcome:
    """Measure the share of levels that training has not listed, beyond what rare levels explain."""
    reference, counts, deff = sample.reference, sample.counts, sample.deff
    if not sample.levels.names and not reference.rows:
        return Reason("no_level_named")
    n = counts.present
    value = max(counts.names, key=lambda name: (counts.names[name], name), default=None)
    if not n:
        return NO_VALUE
    share = counts.unseen / n
    rows = np.array([r for r in reference.counts.values() if r], np.int64)
    m = int(rows.sum()) + reference.other if reference.rows else 0
    if not m:
        return _lowered(UNSEEN, share, n / deff, value)
    usual, doubles, rest = rare(rows, reference.other)
    return Measurement(
        share, max(share - usual / m, 0.0), usual / m,
        missed(rest, m, counts.unseen, n, usual, doubles, deff), n / deff,
        intervals.of_share(share, n / deff), value,
        power=power.SharePower(power.Missed(rest, m, usual, doubles), usual / m),
    )  # fmt: skip


def _lowered(spec: TestSpec, share: float, n: float, value: str | None = None) -> Measurement:
    """Judge a share against none, without a sample to compare with: less four standard errors."""
    error = math.sqrt(share * (1 - share) / n) if n else 0.0
    # Of a row, where the share is just the threshold: the place where it must be seen.
    limit = spec.threshold or 0.0
    single = math.sqrt(limit * (1 - limit))
    return Measurement(
        share, max(share - SPREAD * error, 0.0), 0.0, rows=n, value=value,
        power=power.LoweredPower(SPREAD * single, single, 1 / spec.warns),
    )  # fmt: skip
