"""The power of the tests of a feature against a given change of its distribution.

Normal and noncentral chi-square approximations. An audit detects what its most powerful test does:
the largest of the powers is a lower bound. `tests/simulate/test_power.py` compares it with
simulated audits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, chdtri, chndtr, kolmogi, ndtr, ndtri

from skewcheck.features.types import FloatArray, IntArray
from skewcheck.statistics import two_sample

LIKELY, SURE = 0.8, 0.99
"""Powers for which the smallest detected change is given: the usual target, and near certainty."""


@dataclass(frozen=True, slots=True)
class AlarmLimits:
    """What a test must reach to fail an audit: significance, and a threshold of the effect."""

    alpha: float
    """Level of a single test: that of the audit over the number of its gating tests."""
    ks: float
    mannwhitney: float
    psi: float
    linf: float
    nulls: float


@dataclass(frozen=True, slots=True)
class Detectable:
    """The smallest changes detected with a power of 80 and of 99 %; None where none is."""

    likely: float | None
    sure: float | None


def smallest(power: Callable[[float], float], most: float) -> Detectable:
    """Return the smallest changes up to `most` that are detected, to a hundredth of themselves.

    `power` is that of a change, and grows with it up to the first change that is detected.
    """
    return Detectable(_smallest(power, most, LIKELY), _smallest(power, most, SURE))


def _smallest(power: Callable[[float], float], most: float, target: float) -> float | None:
    tried = most * np.geomspace(1e-4, 1, 25)
    high = next((float(x) for x in tried if power(float(x)) >= target), None)
    if high is None:
        return None
    low = high / float(tried[1] / tried[0])
    while high - low > 0.005 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if power(middle) < target else (low, middle)
    return high


def of_numeric(reference: IntArray, serving: FloatArray, n: float, limits: AlarmLimits) -> float:
    """Return the power of KS, the rank test or PSI, whichever is largest, against n rows.

    `reference` are rows and `serving` shares by cell, in ascending order of the values.
    """
    p = reference / reference.sum()
    m = float(reference.sum())
    return max(
        _ks(p, serving, m, n, limits),
        _ranks(p, serving, m, n, limits),
        _psi(reference, serving, n, limits),
    )


def _ks(p: FloatArray, q: FloatArray, m: float, n: float, limits: AlarmLimits) -> float:
    """Return the power of KS: D where it is largest in truth is normal about the true D."""
    reference, serving = np.cumsum(p), np.cumsum(q)
    i = int(np.argmax(np.abs(reference - serving)))
    f, g = float(np.clip(reference[i], 0, 1)), float(np.clip(serving[i], 0, 1))
    error = np.sqrt(f * (1 - f) / m + g * (1 - g) / n)
    least = max(limits.ks, kolmogi(limits.alpha) * np.sqrt(1 / n + 1 / m))
    return _reaches(abs(f - g), least, error)


def _ranks(p: FloatArray, q: FloatArray, m: float, n: float, limits: AlarmLimits) -> float:
    """Return the power of the rank test: P(serving > reference) is normal.

    Its variance is that of the placements (Sen 1960).
    """
    of_p, of_q = np.cumsum(p) - p / 2, np.cumsum(q) - q / 2
    effect = abs(float((q * of_p).sum()) - 0.5)
    error = np.sqrt(_variance(q, of_p) / n + _variance(p, of_q) / m)
    null = np.sqrt(_variance(p, of_p) * (1 / n + 1 / m))
    return _reaches(effect, max(limits.mannwhitney, float(-ndtri(limits.alpha / 2)) * null), error)


def _variance(shares: FloatArray, values: FloatArray) -> float:
    mean = float((shares * values).sum())
    return float((shares * (values - mean) ** 2).sum())


def _reaches(effect: float, least: float, error: float) -> float:
    """Return the probability that an estimate of the effect with this error is at least `least`."""
    return float(ndtr((effect - least) / error)) if error > 0 else float(effect >= least)


def _psi(reference: IntArray, serving: FloatArray, n: float, limits: AlarmLimits) -> float:
    """Return the power of PSI: over 1/n + 1/m it is noncentral chi-square about the true PSI."""
    bins = two_sample.quantile_bins(reference)
    size = int(bins[-1]) + 1
    p, q = np.zeros(size), np.zeros(size)
    np.add.at(p, bins, reference / reference.sum())
    np.add.at(q, bins, serving)
    return _chi2(p, q, float(reference.sum()), n, limits.alpha, limits.psi)


def _chi2(p: FloatArray, q: FloatArray, m: float, n: float, alpha: float, least: float) -> float:
    """Return the power of PSI over bins to be significant at alpha and at least `least`."""
    kept = (p > 0) & (q > 0)
    p, q = p[kept], q[kept]
    degrees = len(p) - 1
    if degrees < 1:
        return 0.0
    psi = float(((q - p) * np.log(q / p)).sum())
    size = n * m / (n + m)
    critical = max(float(chdtri(degrees, alpha)), least * size + degrees)
    return float(1 - chndtr(critical, degrees, psi * size))


def of_level(reference: IntArray, change: float, n: float, limits: AlarmLimits) -> float:
    """Return the power against n rows in which the most frequent level's share differs by `change`.

    It is less, or more where it is under a half; the others keep their proportions. 0 for a change
    that no share can have.
    """
    m = float(reference.sum())
    p = reference[reference > 0] / m
    i = int(np.argmax(p))
    other = p[i] + change if p[i] < 0.5 else p[i] - change
    if not 0 < other < 1 or len(p) < 2:
        return 0.0
    q = p * (1 - other) / (1 - p[i])
    q[i] = other
    error = np.sqrt(p[i] * (1 - p[i]) / m + other * (1 - other) / n)
    pooled = p * min(n, m) >= two_sample.POOLED
    p, q = (np.append(s[pooled], s[~pooled].sum()) for s in (p, q))
    by_share = min(_chi2(p, q, m, n, limits.alpha, 0.0), _reaches(change, limits.linf, error))
    return max(by_share, _chi2(p, q, m, n, limits.alpha, limits.psi))


def of_nulls(nulls: int, rows: int, more: float, n: float, limits: AlarmLimits) -> float:
    """Return the power against n rows whose share of nulls is higher by `more`.

    Of the test of nulls, or of PSI, in which they are a bin: there nulls weigh much where training
    had none.
    """
    training_share = nulls / rows
    low, high = 0.0, float(np.ceil(n))
    while high - low > 1:
        middle = np.floor((low + high) / 2)
        reached = _nulls_reach(nulls, rows, middle, n, limits)
        low, high = (low, middle) if reached else (middle, high)
    if training_share + more >= 1:
        return 1.0
    return float(betainc(high, max(n - high, 0.0) + 1, training_share + more))


def _nulls_reach(nulls: int, rows: int, served: float, n: float, limits: AlarmLimits) -> bool:
    """Return whether `served` nulls of n rows are an alarm, all else as in training."""
    if two_sample.excess(nulls, rows, served, n) > limits.alpha:
        return False
    p, q = (nulls + two_sample.PSEUDOCOUNT) / rows, (served + two_sample.PSEUDOCOUNT) / n
    psi = (q - p) * np.log(q / p) + (p - q) * np.log((1 - q) / (1 - p)) if q < 1 else np.inf
    expected = two_sample.BINS * (1 / n + 1 / rows)
    return bool(served / n - nulls / rows >= limits.nulls or psi - expected >= limits.psi)
