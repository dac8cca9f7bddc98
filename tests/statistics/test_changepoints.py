"""Change points against brute force, simulation and SciPy."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats as scipy_stats
from scipy.special import xlogy

from skewcheck.statistics import changepoints

RNG = np.random.default_rng


def drawn(seed: int, windows: int, rows: int = 500, bins: int = 10) -> np.ndarray:
    return RNG(seed).multinomial(rows, np.full(bins, 1 / bins), windows)


def test_runs_are_the_best_of_all_ways_to_cut() -> None:
    def value(counts: np.ndarray, starts: tuple[int, ...], cost: float) -> float:
        ends = (*starts[1:], len(counts))
        totals = [counts[a:b].sum(0) for a, b in zip(starts, ends, strict=True)]
        return sum(xlogy(t, t / t.sum()).sum() - cost for t in totals)

    for seed in range(30):
        rng = RNG(seed)
        counts = rng.multinomial(200, rng.dirichlet([5, 5, 5]), 7)
        counts[4:] = rng.multinomial(200, rng.dirichlet([5, 5, 5]), 3)
        ways = [(0, *cut) for size in range(7) for cut in combinations(range(1, 7), size)]
        best = max(ways, key=lambda starts: value(counts, starts, 6.0))
        assert changepoints.runs(counts, 6.0) == best


def test_counts_without_change_are_one_run() -> None:
    cut = 0
    for seed in range(400):
        counts = drawn(seed, 24)
        cost = changepoints.penalty(counts, 0.05, 1.0)
        cut += len(changepoints.runs(counts, cost)) > 1
    assert cut <= scipy_stats.binom.ppf(0.999, 400, 0.05)


def test_the_penalty_is_half_a_chi_square_quantile() -> None:
    counts = drawn(0, 25)
    expected = scipy_stats.chi2.isf(0.01 / 24, 9) / 2
    assert changepoints.penalty(counts, 0.01, 1.0) == pytest.approx(expected)
    assert changepoints.penalty(counts, 0.01, 3.0) == pytest.approx(3 * expected)
    assert changepoints.penalty(counts[:1], 0.01, 1.0) == np.inf
    assert changepoints.penalty(counts[:, :1], 0.01, 1.0) == np.inf


def test_dispersion_is_one_for_draws_and_more_for_windows_that_fluctuate() -> None:
    assert 1 <= np.mean([changepoints.dispersion(drawn(seed, 40)) for seed in range(50)]) < 1.1
    rng = RNG(3)
    # Dirichlet-multinomial: variance times 1 + (n - 1)/(a + 1), 5 for n = 401 and a = 99.
    dispersions = [
        changepoints.dispersion(np.array([rng.multinomial(401, p) for p in shares]))
        for shares in rng.dirichlet(np.full(10, 9.9), (50, 40))
    ]
    assert np.mean(dispersions) == pytest.approx(5, rel=0.15)
    # One change is no fluctuation.
    counts = drawn(1, 40)
    counts[20:, 0] += 400
    assert changepoints.dispersion(counts) < 1.5
    assert changepoints.dispersion(drawn(1, 3)) == 1
    # Nor is one where nearly all windows are the same.
    counts = np.tile([400, 0], (24, 1))
    counts[15:17] = 0, 400
    assert changepoints.dispersion(counts) == 1


def test_dependence_shows_most_in_the_mean() -> None:
    """Rows of which 40 in a row are the same: the variance of a mean is 40 times as large."""
    rng = RNG(7)
    dispersions = []
    for _ in range(40):
        bins = np.repeat(rng.integers(0, 10, (24, 25)), 40, axis=1)
        dispersions.append(
            changepoints.dispersion(np.array([np.bincount(w, minlength=10) for w in bins]), 10)
        )
    assert np.median(dispersions) == pytest.approx(40, rel=0.5)
    # What chance does is no dependence.
    dispersions = [changepoints.dispersion(drawn(seed, 24), 10) for seed in range(200)]
    assert np.mean(np.array(dispersions) > changepoints.MAX_MEAN_DISPERSION) < 0.1
    assert np.mean(dispersions) < 1.3


def test_what_changes_slowly_shows_at_a_distance() -> None:
    rng = RNG(8)
    angle = np.arange(48) / 24 * 2 * np.pi
    shares = 0.5 + 0.2 * np.sin(angle)[:, None] * np.array([1, -1])
    counts = np.array([rng.multinomial(300, p) for p in shares])
    near = changepoints.dispersion(counts, lags=[1])
    assert changepoints.dispersion(counts) > 2 * near


def test_honest_fluctuation_is_no_change() -> None:
    rng = RNG(5)
    cut = 0
    for _ in range(100):
        shares = rng.dirichlet(np.full(10, 9.9), 24)
        counts = np.array([rng.multinomial(400, p) for p in shares])
        dispersion = changepoints.dispersion(counts)
        cut += len(changepoints.runs(counts, changepoints.penalty(counts, 0.01, dispersion))) > 1
    assert cut <= 6


def test_too_few_rows_are_no_run_of_their_own() -> None:
    counts = drawn(0, 10, rows=20)
    counts[4] = 0
    counts[4, 0] = 20
    starts = changepoints.runs(counts, 5.0)
    assert len(starts) > 1
    rows = np.diff([*starts, 10]) * 20
    assert rows.min() >= changepoints.MIN_ROWS_PER_BIN * counts.shape[1]
    alone = changepoints.runs(20 * counts, 5.0)
    assert {4, 5} <= set(alone)


def test_the_probability_of_a_place_is_how_often_it_is_right() -> None:
    confidences, hits = [], []
    for seed in range(400):
        rng = RNG(seed)
        at = int(rng.integers(4, 17))
        p = np.array([0.5, 0.3, 0.2])
        q = np.array([0.42, 0.3, 0.28])
        counts = np.vstack((rng.multinomial(80, p, at), rng.multinomial(80, q, 20 - at)))
        chance = changepoints.posterior(counts, 0, 20, 1.0)
        assert chance.sum() == pytest.approx(1)
        best = int(np.argmax(chance))
        confidences.append(chance[best])
        hits.append(best == at - 1)
    assert 0.3 < np.mean(hits) < 0.9
    assert np.mean(confidences) == pytest.approx(np.mean(hits), abs=0.1)


@pytest.mark.parametrize("ties", [False, True])
def test_trend_as_scipy_has_it(ties: bool) -> None:
    rng = RNG(2)
    values = 0.02 * np.arange(30) + rng.normal(0, 0.3, 30)
    values = np.round(values, 1) if ties else values
    slope, p = changepoints.trend(values.tolist())
    assert slope == pytest.approx(scipy_stats.theilslopes(values).slope)
    expected = scipy_stats.kendalltau(np.arange(30), values, method="asymptotic").pvalue
    # SciPy does not correct for continuity.
    assert expected < p < 1.15 * expected


def test_nothing_has_no_trend() -> None:
    assert changepoints.trend([1.0, 2.0, 3.0]) == (0.0, 1.0)
    assert changepoints.trend([2.0] * 9)[1] == 1.0
    gap = [1.0, 2.0, float("nan"), 4.0, 5.0, 6.0]
    assert changepoints.trend(gap)[0] == pytest.approx(1.0)


def test_a_step_and_a_line_are_told_apart() -> None:
    right = 0
    for seed in range(100):
        noise = RNG(seed).normal(0, 0.3, 24)
        step, line = np.where(np.arange(24) < 5 + seed % 15, 0.0, 1.0), np.linspace(0, 1.5, 24)
        right += changepoints.stepped((step + noise).tolist())
        right += not changepoints.stepped((line + noise).tolist())
    assert right >= 180
    gap = [0.0, 0.0, float("nan"), 1.0, 1.0]
    assert changepoints.stepped(gap)
    assert not changepoints.stepped([1.0, 2.0])
