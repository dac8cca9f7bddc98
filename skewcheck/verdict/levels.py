"""Distances of two distributions of levels: measure functions of categorical features."""

from __future__ import annotations

from skewcheck.results.tests import Measurement, Outcome, Reason
from skewcheck.statistics import intervals, power, two_sample
from skewcheck.verdict.categorical import CategoricalSample

SINGLE_LEVEL = Reason("single_level")
FEW_ROWS = Reason("few_rows_of_each_level")


def chi2(sample: CategoricalSample) -> Outcome:
    """Measure the chi-square statistic of homogeneity."""
    if sample.few:
        return SINGLE_LEVEL if sample.single else FEW_ROWS
    test = sample.homogeneity
    rows = sample.counts.present / sample.deff
    return Measurement(test.statistic, expected=test.expected, p_value=test.p_value, rows=rows)


def psi(sample: CategoricalSample) -> Outcome:
    """Measure the population stability index over the pooled levels and nulls.

    With too few rows for two cells there is no statistic, but a power: then the test is
    inconclusive and has the rows needed.
    """
    if sample.single:
        return SINGLE_LEVEL
    rows = sample.counts.present / sample.deff
    distance = power.PsiDistance()
    power_function = power.Chi2Power(sample.training[:-1], sample.reference.other, distance)
    if sample.few:
        return Measurement(rows=rows, power=power_function)
    p, q = sample.bins
    psi = two_sample.psi(p, q, sample.deff)
    return Measurement(
        psi.statistic, max(psi.statistic - psi.expected, 0.0), psi.expected,
        sample.p_value, rows, intervals.of_psi(p, q, psi.expected, sample.deff),
        power=power_function,
    )  # fmt: skip


def linf(sample: CategoricalSample) -> Outcome:
    """Measure the largest change of a level's share, over listed levels and named unseen ones."""
    if sample.single:
        return SINGLE_LEVEL
    counts, listed, other = sample.counts, sample.training[:-1], sample.reference.other
    training, serving, m = sample.unpooled
    n = counts.present
    difference, i = two_sample.linf(training, serving, m, n)
    return Measurement(
        difference, difference, None, sample.p_value, n / sample.deff,
        intervals.of_linf(training, serving, m, n, sample.deff),
        [*sample.levels.names, *counts.names][i],
        power=power.Chi2Power(listed, other, power.LevelDistance.of(listed, other)),
    )  # fmt: skip


def js(sample: CategoricalSample) -> Outcome:
    """Measure the Jensen-Shannon distance of all levels."""
    if sample.single:
        return SINGLE_LEVEL
    distance = two_sample.js(*sample.cells)
    return Measurement(distance, distance, interval=intervals.of_js(*sample.cells, sample.deff))


def kl(sample: CategoricalSample) -> Outcome:
    """Measure the Kullback-Leibler divergence of serving from training, of all levels."""
    if sample.single:
        return SINGLE_LEVEL
    divergence = two_sample.kl(*sample.cells)
    return Measurement(divergence, abs(divergence))
