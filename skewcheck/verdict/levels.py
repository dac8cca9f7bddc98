"""Distances of two distributions of levels: measure functions of their tests."""

from __future__ import annotations

from skewcheck.results.tests import Measurement, Outcome, Reason
from skewcheck.statistics import intervals, power, two_sample
from skewcheck.verdict.categorical import CategoricalSample

SINGLE_LEVEL = Reason("single_level")
FEW_ROWS = Reason("few_rows_of_each_level")


def chi2(sample: CategoricalSample) -> Outcome:
    """Measure the chi-square statistic of homogeneity."""
    if sample.few:
        return _untested(sample)
    found = sample.homogeneity
    rows = sample.counts.present / sample.deff
    return Measurement(found.statistic, expected=found.expected, p_value=found.p_value, rows=rows)


def psi(sample: CategoricalSample) -> Outcome:
    """Measure the population stability index over the pooled levels and nulls.

    A longer log may show more levels than can be compared now: then it tells how many rows.
    """
    if sample.single:
        return SINGLE_LEVEL
    rows = sample.counts.present / sample.deff
    distance = power.PsiDistance()
    shows = power.Chi2Power(sample.training[:-1], sample.reference.other, distance)
    if sample.few:
        return Measurement(rows=rows, power=shows)
    p, q = sample.bins
    found = two_sample.psi(p, q, sample.deff)
    return Measurement(
        found.statistic, max(found.statistic - found.expected, 0.0), found.expected,
        sample.p_value, rows, intervals.of_psi(p, q, found.expected, sample.deff), power=shows,
    )  # fmt: skip


def linf(sample: CategoricalSample) -> Outcome:
    """Measure the level whose share changed most, an unseen one whose name was kept among them."""
    if sample.single:
        return SINGLE_LEVEL
    counts, known, other = sample.counts, sample.training[:-1], sample.reference.other
    training, serving, m = sample.every
    n = counts.present
    difference, i = two_sample.linf(training, serving, m, n)
    return Measurement(
        difference, difference, None, sample.p_value, n / sample.deff,
        intervals.of_linf(training, serving, m, n, sample.deff),
        [*sample.levels.names, *counts.names][i],
        power=power.Chi2Power(known, other, power.LevelDistance.of(known, other)),
    )  # fmt: skip


def js(sample: CategoricalSample) -> Outcome:
    """Measure the Jensen-Shannon distance over the bins of PSI."""
    if sample.few:
        return _untested(sample)
    distance = two_sample.js(*sample.bins)
    return Measurement(distance, distance, interval=intervals.of_js(*sample.bins, sample.deff))


def kl(sample: CategoricalSample) -> Outcome:
    """Measure the divergence of serving from training over the bins of PSI."""
    if sample.few:
        return _untested(sample)
    divergence = two_sample.kl(*sample.bins)
    return Measurement(divergence, abs(divergence))


def _untested(sample: CategoricalSample) -> Reason:
    return SINGLE_LEVEL if sample.single else FEW_ROWS
