"""The tests of a categorical feature: its counts against the reference, level by level."""

from __future__ import annotations

import numpy as np

from skewcheck.counts.categorical import CategoricalCounts, Levels
from skewcheck.features.types import CategoricalReference, IntArray
from skewcheck.results.policy import Test, untested
from skewcheck.statistics import intervals, power, two_sample
from skewcheck.statistics.rare_levels import growth
from skewcheck.verdict.numeric import CHANCE, NO_DISTRIBUTION
from skewcheck.verdict.shares import nulls, unseen

DISTRIBUTION = ("psi", "chi2", "linf", "js", "kl")


def categorical_tests(
    counts: CategoricalCounts,
    levels: Levels,
    reference: CategoricalReference | None,
    *,
    deff: float = 1.0,
) -> list[Test]:
    """Test one side of a categorical feature; each test is there, `untested` with the reason.

    `deff` is the design effect: how many rows of the log are worth one independent row.
    """
    tests = [_type(counts)]
    if reference is None or not (training := aligned(levels, reference)).sum():
        tests += [untested(name, NO_DISTRIBUTION) for name in ("constant", *DISTRIBUTION)]
    elif not counts.present:
        tests += [untested(name, "no value in the log") for name in ("constant", *DISTRIBUTION)]
    else:
        tests += [
            _constant(counts, training, deff),
            *_distribution(counts, levels, reference, deff),
        ]
    tests.append(nulls(counts.nulls, counts.rows, reference, deff))
    if not levels.names and (reference is None or not reference.rows):
        return [*tests, untested("unseen", "the parameter file names no level")]
    return [*tests, unseen(counts, reference, deff)]


def aligned(levels: Levels, reference: CategoricalReference) -> IntArray:
    """Return the training counts in the order of the levels, all others last."""
    known = [reference.counts.get(name, 0) for name in levels.names]
    return np.array([*known, reference.other], np.int64)


def _type(counts: CategoricalCounts) -> Test:
    share = counts.mistyped / max(counts.rows, 1)
    return Test("type", statistic=share, effect=share)


def _constant(counts: CategoricalCounts, training: IntArray, deff: float) -> Test:
    one = int((counts.counts > 0).sum()) + len(counts.names) == 1 and int((training > 0).sum()) > 1
    found = float(one and two_sample.all_equal(training, counts.present / deff) < CHANCE)
    return Test("constant", statistic=found, effect=found)


def _distribution(
    counts: CategoricalCounts, levels: Levels, reference: CategoricalReference, deff: float
) -> list[Test]:
    training, serving = aligned(levels, reference)[:-1], counts.counts
    unlisted = reference.other, counts.unseen
    p, q = two_sample.pooled(training, serving, unlisted, deff)
    if len(p) < 2 and int((training + serving > 0).sum()) + any(unlisted) < 2:
        return [untested(name, "training had a single level") for name in DISTRIBUTION]
    chi2 = two_sample.chi2(p, q, deff)
    linf = _linf(counts, levels, reference, chi2.p_value, deff)
    rows, seen = (
        counts.present / deff,
        power.of_chi2(training, reference.other, power.by_psi),
    )
    if len(p) < 2:
        # A longer log may show more levels: psi, which gates, is a matter of rows.
        told = {"linf": linf, "psi": Test("psi", rows=rows, power=seen)}
        reason = "too few rows: all levels are expected less than 5 times"
        return [told.get(name, untested(name, reason)) for name in DISTRIBUTION]
    # Nulls are left out of chi2, which is of levels; psi has a bin for them.
    p, q = np.append(p, reference.nulls), np.append(q, counts.nulls)
    psi = two_sample.psi(p, q, deff)
    return [
        Test(
            "psi", statistic=psi.statistic, effect=max(psi.statistic - psi.expected, 0.0),
            expected=psi.expected, p_value=linf.p_value, rows=rows, power=seen,
            interval=intervals.of_psi(p, q, psi.expected, deff),
        ),
        Test(
            "chi2", statistic=chi2.statistic, expected=chi2.expected, p_value=chi2.p_value,
            rows=rows,
        ),
        linf,
        Test(
            "js", statistic=(js := two_sample.js(p, q)), effect=js,
            interval=intervals.of_js(p, q, deff),
        ),
        Test("kl", statistic=(kl := two_sample.kl(p, q)), effect=abs(kl)),
    ]  # fmt: skip


def _linf(
    counts: CategoricalCounts, levels: Levels, reference: CategoricalReference, p: float | None,
    deff: float,
) -> Test:  # fmt: skip
    """Test the level whose share changed most, a stranger whose name was kept among them.

    Pooling hides a rare level that is stuck, so p is also that of the level which has grown most
    surely: Bonferroni over all that occur, and a hundredth of the error for all of them.
    """
    known = aligned(levels, reference)[:-1]
    strange = np.array(list(counts.names.values()), np.int64)
    # Training had no more rows of an unlisted level than of any that is listed.
    least = min((rows for rows in reference.counts.values() if rows), default=reference.other)
    training = np.append(known, np.full(len(strange), min(least, reference.other)))
    serving = np.append(counts.counts, strange)
    m, n = reference.other + sum(reference.counts.values()), counts.present
    difference, i = two_sample.linf(training, serving, m, n)
    occur = int((training + serving > 0).sum()) + reference.other + counts.unseen
    # A listed level without a training row may be the code that all strangers are served as.
    single = (training > 0) | (np.arange(len(training)) >= len(levels.names))
    surge = 100 * occur * growth(training[single], serving[single], m, n, deff)
    return Test(
        "linf", statistic=difference, effect=difference, value=[*levels.names, *counts.names][i],
        p_value=min(surge, 1.0 if p is None else p, 1.0), rows=n / deff,
        power=power.of_chi2(
            known, reference.other, power.by_linf(known, reference.other)
        ),
        interval=intervals.of_linf(training, serving, m, n, deff),
    )  # fmt: skip
