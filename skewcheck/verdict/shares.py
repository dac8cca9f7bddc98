"""Tests of a share of rows: nulls, infinities, values out of range, levels never seen."""

from __future__ import annotations

import math

import numpy as np

from skewcheck.counts.categorical import CategoricalCounts
from skewcheck.counts.numeric import NumericCounts
from skewcheck.features.types import CategoricalReference, NumericReference, Reference
from skewcheck.results.policy import SHARE_WARNS, THRESHOLDS, WARNS, Test, untested
from skewcheck.statistics import intervals, power, two_sample
from skewcheck.statistics.rare_levels import missed, rare

MEAN_OFF = 0.25
"""Standard deviations by which a mean may be off: about a KS D of 0.1 for a normal feature."""
STD_OFF = math.log(1.5)
"""Likewise for the logarithm of a ratio of standard deviations."""
SPREAD = 4.0
"""Standard errors by which an effect is lowered where no sample of training is known."""
UNKNOWN = "the parameter file does not say what training had"


def _above(name: str, rows: int, n: int, known: int, m: int, deff: float) -> Test:
    """Compare a share with the reference's own: only what lies above it counts."""
    if not n:
        return untested(name, "no row to look at")
    share, own = rows / n, known / m if m else 0.0
    p = two_sample.excess(known, m, rows, n, deff)
    return Test(
        name, statistic=share, effect=max(share - own, 0.0), expected=own, p_value=p,
        rows=n / deff, power=power.of_share(lambda k, n: two_sample.excess(known, m, k, n), own),
        interval=intervals.of_share(share, n / deff),
    )  # fmt: skip


def nulls(rows: int, n: int, reference: Reference | None, deff: float = 1.0) -> Test:
    """Test the share of nulls."""
    if reference is None or not reference.rows:
        return untested("nulls", UNKNOWN)
    return _above("nulls", rows, n, reference.nulls, reference.rows, deff)


def nonfinite(counts: NumericCounts, reference: NumericReference | None, deff: float = 1.0) -> Test:
    """Test the share of infinite values."""
    if reference is None or not reference.rows:
        return untested("nonfinite", UNKNOWN)
    known = reference.nonfinite
    return _above("nonfinite", counts.nonfinite, counts.rows, known, reference.rows, deff)


def outside(counts: NumericCounts, reference: NumericReference | None, deff: float = 1.0) -> Test:
    """Test the share of finite values outside the training range, beyond 2/(m + 1) by chance."""
    if reference is None or not len(reference.edges):
        return untested("range", UNKNOWN)
    if reference.min != reference.edges[0] or reference.max != reference.edges[-1]:
        return untested("range", "the training range is not among the reference's edges")
    if not counts.finite:
        return untested("range", "no finite value in the log")
    found, n = int(counts.between[0] + counts.between[-1]), counts.finite
    m = reference.finite
    if not m:
        return _lowered("range", found / n, n / deff)
    expected = min(2 / (m + 1), 1.0)
    return Test(
        "range", statistic=found / n, effect=max(found / n - expected, 0.0), expected=expected,
        p_value=two_sample.exceedance(found, n, m, deff), rows=n / deff,
        power=power.of_share(lambda k, n: two_sample.exceedance(k, n, m), expected),
        interval=intervals.of_share(found / n, n / deff),
    )  # fmt: skip


def unseen(
    counts: CategoricalCounts, reference: CategoricalReference | None, deff: float = 1.0
) -> Test:
    """Test the share of levels that training has not listed, beyond what rare levels explain."""
    n = counts.present
    value = max(counts.names, key=lambda name: (counts.names[name], name), default=None)
    if not n:
        return untested("unseen", "no value in the log")
    share = counts.unseen / n
    if reference is None or not reference.rows:
        return _lowered("unseen", share, n / deff, value)
    rows = np.array([r for r in reference.counts.values() if r], np.int64)
    m = int(rows.sum()) + reference.other
    if not m:
        return _lowered("unseen", share, n / deff, value)
    own, doubles, rest = rare(rows, reference.other)
    p = missed(rest, m, counts.unseen, n, own, doubles, deff)
    seen = power.of_share(lambda k, n: missed(rest, m, k, n, own, doubles), own / m)
    return Test(
        "unseen", statistic=share, effect=max(share - own / m, 0.0), expected=own / m, p_value=p,
        value=value, rows=n / deff, power=seen, interval=intervals.of_share(share, n / deff),
    )  # fmt: skip


def _lowered(name: str, share: float, n: float, value: str | None = None) -> Test:
    """Judge a share against none, without a sample to compare with: less four standard errors."""
    error = math.sqrt(share * (1 - share) / n) if n else 0.0
    # Of a row, where the share is just the threshold: the place where it must be seen.
    single = math.sqrt(THRESHOLDS[name] * (1 - THRESHOLDS[name]))
    return Test(
        name, statistic=share, effect=max(share - SPREAD * error, 0.0), expected=0.0, value=value,
        rows=n, power=power.lowered(SPREAD * single, single, 1 / SHARE_WARNS),
    )  # fmt: skip


def bounded(mean: float, std: float, n: float) -> list[Test]:
    """Judge mean and std of n values that should have 0 and 1: less four standard errors."""
    ratio = abs(math.log(std)) if std > 0 else 99.0
    error = max(std, 1.0)
    off = max(abs(mean) - SPREAD * error / math.sqrt(n), 0.0)
    # The standard error of ln std is 1/sqrt(2n) for a normal sample; heavy tails have more.
    wide = max(ratio - SPREAD * 2 / math.sqrt(n), 0.0)
    return [
        Test(
            "mean", statistic=mean, effect=off, expected=0.0, threshold=MEAN_OFF, rows=n,
            power=power.lowered(SPREAD * error, error, 1 / WARNS),
        ),
        Test(
            "std", statistic=std, effect=wide, expected=1.0, threshold=STD_OFF, rows=n,
            power=power.lowered(SPREAD * 2, math.sqrt(0.5), 1 / WARNS),
        ),
    ]  # fmt: skip
