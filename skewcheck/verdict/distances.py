"""Distances of two distributions of numbers: measure functions of their tests."""

from __future__ import annotations

import numpy as np

from skewcheck.results.tests import Measurement, Outcome, Reason
from skewcheck.statistics import intervals, power, two_sample
from skewcheck.verdict.numeric import NumericSample


def ks(sample: NumericSample) -> Outcome:
    """Measure the Kolmogorov-Smirnov distance of the distribution functions."""
    training, serving = sample.cells
    found, m = two_sample.ks(training, serving, sample.deff), float(training.sum())
    return Measurement(
        found.statistic, found.statistic, p_value=found.p_value, rows=sample.rows,
        interval=None if sample.part else intervals.of_ks(found.statistic, sample.rows, m),
        power=power.KsPower(m),
    )  # fmt: skip


def mannwhitney(sample: NumericSample) -> Outcome:
    """Measure how far P(serving > training) lies from one half."""
    training, serving = sample.cells
    found = two_sample.mannwhitney(training, serving, sample.deff)
    interval = None if sample.part else intervals.of_mannwhitney(training, serving, sample.deff)
    return Measurement(
        found.statistic, abs(found.statistic - 0.5), 0.5, found.p_value, sample.rows, interval,
        power=power.RankPower.of(training),
    )  # fmt: skip


def psi(sample: NumericSample) -> Outcome:
    """Measure the population stability index over the quantiles of the reference."""
    p, q = sample.bins
    found = two_sample.psi(p, q, sample.deff)
    return Measurement(
        found.statistic, max(found.statistic - found.expected, 0.0), found.expected,
        found.p_value, float(q.sum() / sample.deff),
        None if sample.part else intervals.of_psi(p, q, found.expected, sample.deff),
        power=power.Chi2Power(p, 0, power.PsiDistance()),
    )  # fmt: skip


def js(sample: NumericSample) -> Outcome:
    """Measure the Jensen-Shannon distance over the bins of PSI."""
    distance = two_sample.js(*sample.bins)
    interval = None if sample.part else intervals.of_js(*sample.bins, sample.deff)
    return Measurement(distance, distance, interval=interval)


def kl(sample: NumericSample) -> Outcome:
    """Measure the divergence of serving from training over the bins of PSI."""
    divergence = two_sample.kl(*sample.bins)
    return Measurement(divergence, abs(divergence))


def wasserstein(sample: NumericSample) -> Outcome:
    """Measure the Wasserstein distance of the normalized values."""
    sides = sample.normalized
    if isinstance(sides, Reason):
        return sides
    with np.errstate(over="ignore", invalid="ignore"):
        ends = None if sample.part else intervals.of_wasserstein(*sides.histograms, sample.deff)
    # Of values near the largest number only the distance is known.
    if ends is None or not np.isfinite(ends).all():
        return Measurement(sides.distance, sides.distance)
    # Inside an open bin the distance is taken finer than its interval.
    interval = (
        min(ends[0] / sides.std, sides.distance), max(ends[1] / sides.std, sides.distance)
    )  # fmt: skip
    return Measurement(sides.distance, sides.distance, interval=interval)
