"""The tests of a categorical feature: its counts against the reference, level by level."""

from __future__ import annotations

import numpy as np

from skewcheck import stats
from skewcheck.features import CategoricalReference, IntArray
from skewcheck.judging.numeric import CHANCE, NO_DISTRIBUTION
from skewcheck.judging.shares import nulls, unseen
from skewcheck.profile.categorical import CategoricalCounts, Levels
from skewcheck.verdict import Test, untested

DISTRIBUTION = ("psi", "chi2", "linf", "js", "kl")


def categorical_tests(
    counts: CategoricalCounts, levels: Levels, reference: CategoricalReference | None
) -> list[Test]:
    """Test one side of a categorical feature; each test is there, `untested` with the reason."""
    tests = [_type(counts)]
    if reference is None or not (training := aligned(levels, reference)).sum():
        tests += [untested(name, NO_DISTRIBUTION) for name in ("constant", *DISTRIBUTION)]
    elif not counts.present:
        tests += [untested(name, "no value in the log") for name in ("constant", *DISTRIBUTION)]
    else:
        serving = np.append(counts.counts, counts.unseen)
        tests += [_constant(serving, training), *_distribution(counts, levels, reference)]
    return [*tests, nulls(counts.nulls, counts.rows, reference), unseen(counts, reference)]


def aligned(levels: Levels, reference: CategoricalReference) -> IntArray:
    """Return the training counts in the order of the levels, all others last."""
    known = [reference.counts.get(name, 0) for name in levels.names]
    return np.array([*known, reference.other], np.int64)


def _type(counts: CategoricalCounts) -> Test:
    share = counts.mistyped / max(counts.rows, 1)
    return Test("type", statistic=share, effect=share)


def _constant(serving: IntArray, training: IntArray) -> Test:
    one = int((serving > 0).sum()) == 1 and int((training > 0).sum()) > 1
    found = float(one and stats.all_equal(training, int(serving.sum())) < CHANCE)
    return Test("constant", statistic=found, effect=found)


def _distribution(
    counts: CategoricalCounts, levels: Levels, reference: CategoricalReference
) -> list[Test]:
    training, serving = aligned(levels, reference), np.append(counts.counts, counts.unseen)
    difference, i = stats.linf(training, serving)
    p, q = stats.pooled(training, serving)
    if len(p) < 2:
        reason = "too few rows: all levels are expected less than 5 times"
        if int((training + serving > 0).sum()) < 2:
            reason = "training had a single level"
        return [untested(name, reason) for name in DISTRIBUTION]
    chi2 = stats.chi2(p, q)
    # Nulls are left out of chi2, which is of levels; psi has a bin for them.
    p, q = np.append(p, reference.nulls), np.append(q, counts.nulls)
    psi = stats.psi(p, q)
    return [
        Test(
            "psi", statistic=psi.statistic, effect=max(psi.statistic - psi.expected, 0.0),
            expected=psi.expected, p_value=chi2.p_value,
        ),
        Test("chi2", statistic=chi2.statistic, expected=chi2.expected, p_value=chi2.p_value),
        Test(
            "linf", statistic=difference, effect=difference, p_value=chi2.p_value,
            value=levels.names[i] if i < len(levels.names) else None,
        ),
        Test("js", statistic=(js := stats.js(p, q)), effect=js),
        Test("kl", statistic=(kl := stats.kl(p, q)), effect=abs(kl)),
    ]  # fmt: skip
