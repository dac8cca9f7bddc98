"""Confidence intervals: they hold the truth in 93 % at least, over shapes, sizes and shifts."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.windows import Windows
from skewcheck.features.histogram import Histogram
from skewcheck.statistics import intervals, two_sample
from skewcheck.statistics.wasserstein import wasserstein

TIMES = 200
LEAST = 0.93 - 2 * (0.93 * 0.07 / TIMES) ** 0.5
"""What a true coverage of 93 % falls below in one of forty simulations."""
EDGES = np.arange(-60.0, 61.0)
PLACES = np.arange(-60, 61)
SHAPES = {
    "normal": scipy_stats.norm.pdf(PLACES / 12),
    "skewed": scipy_stats.gamma.pdf(PLACES + 60, 2, scale=8),
    "heavy": scipy_stats.t.pdf(PLACES / 8, 3),
    "half one value": scipy_stats.norm.pdf(PLACES / 12) + 5.0 * (PLACES == 0),
}


def moved(weights: NDArray[np.float64], by: int) -> NDArray[np.float64]:
    """Return a distribution moved by some places, with 2 % of a uniform one in it."""
    there = np.roll(weights, by) / weights.sum()
    return 0.98 * there + 0.02 / len(weights)


def deciles(p: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.unique(np.floor((np.cumsum(p) - p) * 10), return_inverse=True)[1]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("by", [0, 1, 6])
@pytest.mark.parametrize(("n", "m"), [(200, 5000), (2000, 2000)])
def test_intervals_hold_the_truth(shape: str, by: int, n: int, m: int) -> None:
    rng = np.random.default_rng(n + by)
    p, q = moved(SHAPES[shape], 0), moved(SHAPES[shape], by)
    bins = deciles(p)
    a, b = np.bincount(bins, p), np.bincount(bins, q)
    truth = {
        "ks": np.abs(np.cumsum(p) - np.cumsum(q)).max(),
        "rank": float((q * (np.cumsum(p) - p / 2)).sum()),
        "psi": float(((b - a) * np.log(b / a)).sum()),
        "js": two_sample.js(
            np.round(a * 1e12).astype(np.int64), np.round(b * 1e12).astype(np.int64)
        ),
        "wasserstein": float(np.abs(np.cumsum(p) - np.cumsum(q)).sum()),
    }
    hits = dict.fromkeys(truth, 0)
    for r, s in zip(rng.multinomial(m, p, TIMES), rng.multinomial(n, q, TIMES), strict=True):
        x, y = np.bincount(bins, r).astype(np.int64), np.bincount(bins, s).astype(np.int64)
        sides = [Histogram.discrete(EDGES, side) for side in (r, s)]
        found = {
            "ks": intervals.of_ks(two_sample.ks(r, s).statistic, n, m),
            "rank": intervals.of_mannwhitney(r, s),
            "psi": intervals.of_psi(x, y, two_sample.psi(x, y).expected),
            "js": intervals.of_js(x, y),
            "wasserstein": intervals.of_wasserstein(*sides),
        }
        for name, (low, high) in found.items():
            hits[name] += low - 1e-9 <= truth[name] <= high + 1e-9
    assert {k: v / TIMES for k, v in hits.items() if v / TIMES < LEAST} == {}


@pytest.mark.parametrize("by", [0, 1, 6, 60])
@pytest.mark.parametrize("n", [1, 5, 80, 2000])
def test_intervals_of_psi_and_js_hold_the_statistic_and_are_wide_of_few_rows(
    n: int, by: int
) -> None:
    rng = np.random.default_rng(n + by)
    p, q = moved(SHAPES["normal"], 0), moved(SHAPES["normal"], by)
    bins = deciles(p)
    a, b = np.bincount(bins, p), np.bincount(bins, q)
    for deff in (1.0, 3.0):
        x, y = rng.multinomial(5000, a), rng.multinomial(n, b)
        psi = two_sample.psi(x, y, deff)
        for found, (low, high) in (
            (psi.statistic, intervals.of_psi(x, y, psi.expected, deff)),
            (two_sample.js(x, y), intervals.of_js(x, y, deff)),
        ):
            assert 0 <= low <= found <= high
        low, high = intervals.of_psi(x, y, psi.expected, deff)
        # Nobody knows a PSI better than one degree of freedom of n rows lets.
        assert high - low >= (3.84 * deff / n if by < 60 else 0.1)
        assert low == 0.0 or n > 5


@pytest.mark.parametrize("weights", [[0.5, 0.5], [0.9, 0.05, 0.05], 1 / np.arange(1, 201)])
@pytest.mark.parametrize("change", [0.0, 0.15])
def test_the_largest_change_of_a_share(weights: list[float], change: float) -> None:
    rng, p = np.random.default_rng(6), np.asarray(weights) / np.sum(weights)
    q = p * (1 - change)
    q[0] += change
    truth, hits = np.abs(p - q).max(), 0
    for _ in range(TIMES):
        r, s = rng.multinomial(20_000, p), rng.multinomial(500, q)
        low, high = intervals.of_linf(r, s, 20_000, 500)
        hits += low - 1e-9 <= truth <= high
    assert hits / TIMES >= LEAST


@pytest.mark.parametrize(("k", "n"), [(0, 20), (3, 20), (20, 20), (140, 2000)])
def test_shares_have_scipys_wilson_interval(k: int, n: int) -> None:
    truth = scipy_stats.binomtest(k, n).proportion_ci(method="wilson")
    assert intervals.of_share(k / n, n) == pytest.approx((truth.low, truth.high), abs=1e-6)


def test_few_wide_cells_and_rows_beyond_the_edges_count() -> None:
    # Exponential values with edges at 0 and 1 alone: the tail is one cell.
    rng, hits = np.random.default_rng(7), 0
    cuts = np.array([0.0, 1.0])
    for _ in range(TIMES):
        made = [rng.exponential(mean, 2000) for mean in (1.0, 1.5)]
        sides = [NumericCounts.of(x, Windows.exact(cuts)).histogram for x in made]
        low, high = intervals.of_wasserstein(*sides)
        assert low <= wasserstein(*sides) <= high
        hits += low <= 0.5 <= high
    assert hits / TIMES >= LEAST


def test_rows_that_depend_on_each_other_widen_every_interval() -> None:
    reference, serving = np.array([300, 400, 300]), np.array([60, 100, 140])
    sides = [Histogram.discrete(np.arange(3.0), side) for side in (reference, serving)]
    pairs = [
        [f(reference, serving, deff) for deff in (1.0, 4.0)]
        for f in (intervals.of_mannwhitney, intervals.of_js)
    ]
    pairs.append([intervals.of_linf(reference, serving, 1000, 300, deff) for deff in (1.0, 4.0)])
    pairs.append([intervals.of_psi(reference, serving, 0.01 * deff, deff) for deff in (1.0, 4.0)])
    pairs.append([intervals.of_wasserstein(*sides, deff) for deff in (1.0, 4.0)])
    for narrow, wide in pairs:
        assert wide[0] <= narrow[0] <= narrow[1] < wide[1]
