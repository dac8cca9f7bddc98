"""The tests of a numeric feature: its counts against the reference at the same edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skewcheck.counts.numeric import NumericCounts
from skewcheck.features.propagate import moments, propagate
from skewcheck.features.steps import Impute, PowerTransform, Step, ZScore, forward, is_affine
from skewcheck.features.types import IntArray, NumericReference
from skewcheck.results.policy import MOVED, THRESHOLDS, Test, untested
from skewcheck.statistics import intervals, power, two_sample, wasserstein
from skewcheck.verdict.merged_edges import HIDDEN, Groups
from skewcheck.verdict.shares import bounded, nonfinite, nulls, outside

NO_DISTRIBUTION = "no reference distribution: give --reference, or fit one"
NO_VALUES = "no finite value in the log"
DISTRIBUTION = ("ks", "mannwhitney", "psi", "wasserstein", "js", "kl", "mean", "std")
CHANCE = 1e-6
"""A constant column is a finding where chance would make one less often than this."""


def numeric_tests(
    counts: NumericCounts,
    reference: NumericReference | None,
    steps: Sequence[Step],
    *,
    served: bool,
    deff: float = 1.0,
    thorough: bool = True,
) -> list[Test]:
    """Test one side of a numeric feature against the reference in that side's units.

    `steps` is the training normalization. Each test is there whatever the data: with its
    figures, or `untested` with the reason. `deff` is the design effect: how many rows of the log
    are worth one independent row. Served, infinities that the steps make of training
    rows count as nulls as well: many a log has no other way to write them. Tests that are not
    `thorough` are without intervals: of a thousand windows nobody reads them.
    """
    infinite = nonfinite(counts, reference, deff)
    if served and reference is not None and reference.nonfinite:
        reference = replace(reference, nulls=reference.nulls + reference.nonfinite, nonfinite=0)
        counts = replace(counts, nulls=counts.nulls + counts.nonfinite, nonfinite=0)
    known = reference is not None and _rows(reference) > 0
    tests = [_type(counts.mistyped, counts.rows), _constant(counts, reference, deff)]
    if reference is None or not known:
        rows = counts.finite / deff
        told = _against_moments(counts, reference, rows)
        told = told or _promised(counts, steps, rows, served=served)
        left = DISTRIBUTION[:-2] if told else DISTRIBUTION
        tests += [*(untested(name, NO_DISTRIBUTION) for name in left), *told]
    elif not counts.finite:
        tests += [untested(name, NO_VALUES) for name in DISTRIBUTION]
    else:
        tests += _distribution(counts, reference, () if served else steps, deff, thorough)
    tests += [nulls(counts.nulls, counts.rows, reference, deff), infinite]
    tests.append(outside(counts, reference, deff))
    return tests


def _rows(reference: NumericReference) -> int:
    return int(reference.at.sum() + reference.between.sum())


def _type(mistyped: int, rows: int) -> Test:
    share = mistyped / max(rows, 1)
    return Test("type", statistic=share, effect=share)


def _constant(counts: NumericCounts, reference: NumericReference | None, deff: float) -> Test:
    """Tell one value where training had several, unless chance may have done it."""
    if reference is None or not counts.finite:
        return untested("constant", NO_VALUES if reference else NO_DISTRIBUTION)
    if counts.moments.min < counts.moments.max or reference.min == reference.max:
        return Test("constant", statistic=0.0, effect=0.0)
    cells = two_sample.cells(reference.at, reference.between)
    n = counts.finite / deff
    p = two_sample.all_equal(cells, n) if cells.sum() else 0.5 ** (n - 1)
    found = float(p < CHANCE)
    return Test("constant", statistic=found, effect=found, value=counts.moments.min)


def _distribution(
    counts: NumericCounts, reference: NumericReference, steps: Sequence[Step], deff: float,
    thorough: bool,
) -> list[Test]:  # fmt: skip
    groups = Groups.of(reference, counts.low, counts.high)
    training = groups.merged(reference)
    serving = groups.merged(_as_reference(counts, reference))
    tests = _compared(training, serving, steps, deff, thorough)
    if groups.hidden <= HIDDEN:
        return tests
    reason = f"rounding hides where {groups.hidden:.0%} of the training values lie"
    # What is seen in spite of it stands; that nothing is seen means nothing.
    seen = any((t.effect or 0.0) >= THRESHOLDS[t.name] / 2 for t in tests if t.name in MOVED)
    kept = {"mean", "std"}
    return [t if seen or t.name in kept else untested(t.name, reason) for t in tests]


def _compared(
    reference: NumericReference, serving: NumericReference, steps: Sequence[Step], deff: float,
    thorough: bool,
) -> list[Test]:  # fmt: skip
    training, logged = _interleaved(reference), _interleaved(serving)
    ks = two_sample.ks(training, logged, deff)
    rank = two_sample.mannwhitney(training, logged, deff)
    rows, m = float(logged.sum() / deff), float(training.sum())
    bins = two_sample.quantile_bins(training)
    # The nulls are a bin of their own: 0 to 60 % of them must not pass.
    p = np.append(two_sample.binned(training, bins), reference.nulls)
    q = np.append(two_sample.binned(logged, bins), serving.nulls)
    psi = two_sample.psi(p, q, deff)
    tests = [
        Test(
            "ks", statistic=ks.statistic, effect=ks.statistic, p_value=ks.p_value, rows=rows,
            power=power.of_ks(m),
        ),
        Test(
            "mannwhitney", statistic=rank.statistic, effect=abs(rank.statistic - 0.5),
            expected=0.5, p_value=rank.p_value, rows=rows,
            power=power.of_mannwhitney(training),
        ),
        Test(
            "psi", statistic=psi.statistic, effect=max(psi.statistic - psi.expected, 0.0),
            expected=psi.expected, p_value=psi.p_value, rows=float(q.sum() / deff),
            power=power.of_chi2(p, 0, power.by_psi),
        ),
        *_distances(reference, serving, steps, deff, thorough),
        Test("js", statistic=(js := two_sample.js(p, q)), effect=js),
        Test("kl", statistic=(kl := two_sample.kl(p, q)), effect=abs(kl)),
    ]  # fmt: skip
    if not thorough:
        return tests
    told = {
        "ks": intervals.of_ks(ks.statistic, rows, m),
        "mannwhitney": intervals.of_mannwhitney(training, logged, deff),
        "psi": intervals.of_psi(p, q, psi.expected, deff),
        "js": intervals.of_js(p, q, deff),
    }
    return [replace(t, interval=told[t.name]) if t.name in told else t for t in tests]


def _interleaved(side: NumericReference) -> IntArray:
    return two_sample.cells(side.at, side.between)


def _distances(
    reference: NumericReference, serving: NumericReference, steps: Sequence[Step], deff: float,
    thorough: bool,
) -> list[Test]:  # fmt: skip
    """Compare in normalized units, told in training standard deviations."""
    if not is_affine(steps):
        bare = [step for step in steps if not isinstance(step, Impute)]
        one, two = (propagate(_without_moments(side), bare) for side in (reference, serving))
        if one is None or two is None or not two.reference.finite:
            return _unmeasured("the training normalization gives no finite value")
        reference, serving = one.reference, two.reference
    (mean, std), (served_mean, served_std) = moments(reference), moments(serving)
    if not std > 0:
        return _unmeasured(
            "training had a single value: there is no standard deviation to measure with"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        sides = _cells(reference), _cells(serving)
        distance = wasserstein.wasserstein(*sides) / std
        ends = intervals.of_wasserstein(*sides, deff) if thorough else None
    shift, ratio = (served_mean - mean) / std, served_std / std
    if not np.isfinite([distance, shift, ratio]).all():
        return _unmeasured("values too large to add up")
    return [
        Test(
            "wasserstein",
            statistic=distance,
            effect=distance,
            # Inside an open bin the distance is taken finer than its interval.
            interval=None
            if ends is None
            else (min(ends[0] / std, distance), max(ends[1] / std, distance)),
        ),
        Test("mean", statistic=shift, effect=abs(shift), expected=0.0),
        Test("std", statistic=ratio, effect=_log_ratio(ratio), expected=1.0),
    ]


def _unmeasured(reason: str) -> list[Test]:
    return [untested(name, reason) for name in ("wasserstein", "mean", "std")]


def _log_ratio(ratio: float) -> float:
    """Return |ln ratio|; a large number where the ratio is 0."""
    return abs(math.log(ratio)) if ratio > 0 else 99.0


def _cells(reference: NumericReference) -> wasserstein.Cells:
    return wasserstein.Cells(reference.edges, reference.at, reference.between, reference.sums)


def _as_reference(counts: NumericCounts, reference: NumericReference) -> NumericReference:
    """Return serving's counts in the shape of a reference, to be pushed as that is."""
    return NumericReference(
        rows=counts.finite + counts.nulls, nulls=counts.nulls,
        mean=counts.moments.mean, std=counts.moments.std,
        min=counts.moments.min, max=counts.moments.max,
        edges=reference.edges, at=counts.at, between=counts.between, sums=counts.sums,
    )  # fmt: skip


def _without_moments(reference: NumericReference) -> NumericReference:
    """Drop what the steps would bend: mean and std of raw values, and the nulls."""
    return NumericReference(
        rows=_rows(reference), min=reference.min, max=reference.max,
        edges=reference.edges, at=reference.at, between=reference.between, sums=reference.sums,
    )  # fmt: skip


def _against_moments(
    counts: NumericCounts, reference: NumericReference | None, rows: float
) -> list[Test]:
    """Compare mean and std where the parameter file has only those of the distribution."""
    if reference is None or reference.mean is None or not reference.std or not counts.finite:
        return []
    shift = (counts.moments.mean - reference.mean) / reference.std
    return bounded(shift, counts.moments.std / reference.std, rows)


def _promised(
    counts: NumericCounts, steps: Sequence[Step], rows: float, *, served: bool
) -> list[Test]:
    """Test, without any reference, what the last step itself promises of the served values.

    A z-score has mean 0 and standard deviation 1. Raw values are normalized first, which their
    moments allow where the steps are affine.
    """
    last = steps[-1] if steps else None
    standardized = isinstance(last, ZScore) or (isinstance(last, PowerTransform) and last.std != 1)
    if not standardized or not counts.finite or not (served or is_affine(steps)):
        return []
    mean, std = counts.moments.mean, counts.moments.std
    if not served:
        bare = [step for step in steps if not isinstance(step, Impute)]
        one = forward(bare, np.array([mean, mean + std]))
        mean, std = float(one[0]), float(abs(one[1] - one[0]))
    return bounded(mean, std, rows)
