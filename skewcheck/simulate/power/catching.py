"""How probably an audit of so many rows ends in skew, if the world moved by so much.

Normal and noncentral chi-square approximations of the tests that gate; an audit catches what its
best test does, so these are lower bounds. `tests/foreseeing` compares them with simulated audits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, chdtri, chndtr, kolmogi, ndtr, ndtri

from skewcheck.features.types import FloatArray, IntArray
from skewcheck.statistics import two_sample

LIKELY, SURE = 0.8, 0.99


@dataclass(frozen=True, slots=True)
class Bars:
    """What an effect must reach: significance at `alpha`, and the thresholds by test."""

    alpha: float
    """Of a single test: that of the audit over the number of its gating tests."""
    ks: float
    mannwhitney: float
    psi: float
    linf: float
    nulls: float


@dataclass(frozen=True, slots=True)
class Caught:
    """The smallest change that is caught with a probability of 80 and of 99 %; None for none."""

    likely: float | None
    sure: float | None


def smallest(chance: Callable[[float], float], most: float) -> Caught:
    """Return the smallest changes up to `most` that are caught, to a hundredth of themselves.

    `chance` grows with the change, as far as that is caught at all.
    """
    return Caught(_smallest(chance, most, LIKELY), _smallest(chance, most, SURE))


def _smallest(chance: Callable[[float], float], most: float, wanted: float) -> float | None:
    tried = most * np.geomspace(1e-4, 1, 25)
    high = next((float(x) for x in tried if chance(float(x)) >= wanted), None)
    if high is None:
        return None
    low = high / float(tried[1] / tried[0])
    while high - low > 0.005 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle) < wanted else (low, middle)
    return high


def of_numeric(reference: IntArray, moved: FloatArray, n: float, bars: Bars) -> float:
    """Return the chance that KS, the rank test or PSI catches n rows of other shares per cell."""
    p = reference / reference.sum()
    m = float(reference.sum())
    return max(_ks(p, moved, m, n, bars), _ranks(p, moved, m, n, bars),
               _psi(reference, moved, n, bars))  # fmt: skip


def _ks(p: FloatArray, q: FloatArray, m: float, n: float, bars: Bars) -> float:
    """D at the place where it is largest is normal about the true one."""
    below, above = np.cumsum(p), np.cumsum(q)
    i = int(np.argmax(np.abs(below - above)))
    f, g = float(np.clip(below[i], 0, 1)), float(np.clip(above[i], 0, 1))
    error = np.sqrt(f * (1 - f) / m + g * (1 - g) / n)
    least = max(bars.ks, kolmogi(bars.alpha) * np.sqrt(1 / n + 1 / m))
    return _reaches(abs(f - g), least, error)


def _ranks(p: FloatArray, q: FloatArray, m: float, n: float, bars: Bars) -> float:
    """P(serving > reference) is normal, its variance that of the placements (Sen 1960)."""
    of_p, of_q = np.cumsum(p) - p / 2, np.cumsum(q) - q / 2
    effect = abs(float((q * of_p).sum()) - 0.5)
    error = np.sqrt(_variance(q, of_p) / n + _variance(p, of_q) / m)
    null = np.sqrt(_variance(p, of_p) * (1 / n + 1 / m))
    return _reaches(effect, max(bars.mannwhitney, float(-ndtri(bars.alpha / 2)) * null), error)


def _variance(shares: FloatArray, values: FloatArray) -> float:
    mean = float((shares * values).sum())
    return float((shares * (values - mean) ** 2).sum())


def _reaches(effect: float, least: float, error: float) -> float:
    return float(ndtr((effect - least) / error)) if error > 0 else float(effect >= least)


def _psi(reference: IntArray, moved: FloatArray, n: float, bars: Bars) -> float:
    """PSI over 1/n + 1/m is noncentral chi-square about the PSI of the worlds."""
    bins = two_sample.quantile_bins(reference)
    size = int(bins[-1]) + 1
    p, q = np.zeros(size), np.zeros(size)
    np.add.at(p, bins, reference / reference.sum())
    np.add.at(q, bins, moved)
    return _chi2(p, q, float(reference.sum()), n, bars.alpha, bars.psi)


def _chi2(p: FloatArray, q: FloatArray, m: float, n: float, alpha: float, least: float) -> float:
    kept = (p > 0) & (q > 0)
    p, q = p[kept], q[kept]
    degrees = len(p) - 1
    if degrees < 1:
        return 0.0
    psi = float(((q - p) * np.log(q / p)).sum())
    size = n * m / (n + m)
    bar = max(float(chdtri(degrees, alpha)), least * size + degrees)
    return float(1 - chndtr(bar, degrees, psi * size))


def of_level(reference: IntArray, change: float, n: float, bars: Bars) -> float:
    """Return the chance that n rows are caught in which the commonest level's share has changed.

    It shrinks, or grows where it is under a half; the others keep their proportions.
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
    by_share = min(_chi2(p, q, m, n, bars.alpha, 0.0), _reaches(change, bars.linf, error))
    return max(by_share, _chi2(p, q, m, n, bars.alpha, bars.psi))


def of_nulls(nulls: int, rows: int, more: float, n: float, bars: Bars) -> float:
    """Return the chance that n rows are caught whose share of nulls is higher by `more`.

    By the test of nulls, or by PSI, in which they are a bin: new nulls weigh much there.
    """
    own = nulls / rows
    low, high = 0.0, float(np.ceil(n))
    while high - low > 1:
        middle = np.floor((low + high) / 2)
        reached = _nulls_reach(nulls, rows, middle, n, bars)
        low, high = (low, middle) if reached else (middle, high)
    if own + more >= 1:
        return 1.0
    return float(betainc(high, max(n - high, 0.0) + 1, own + more))


def _nulls_reach(nulls: int, rows: int, found: float, n: float, bars: Bars) -> bool:
    """Return whether so many nulls are an alarm, all else as in training."""
    if two_sample.excess(nulls, rows, found, n) > bars.alpha:
        return False
    p, q = (nulls + two_sample.PSEUDOCOUNT) / rows, (found + two_sample.PSEUDOCOUNT) / n
    psi = (q - p) * np.log(q / p) + (p - q) * np.log((1 - q) / (1 - p)) if q < 1 else np.inf
    expected = two_sample.BINS * (1 / n + 1 / rows)
    return bool(found / n - nulls / rows >= bars.nulls or psi - expected >= bars.psi)
