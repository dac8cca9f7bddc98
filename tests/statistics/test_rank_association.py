"""Correlation of normal scores; expected values are SciPy's, simulated, or exact by symmetry."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from skewcheck.statistics.rank_association import (
    MAX_CORRELATION,
    Scores,
    correlation,
    fisher_z,
    unit_variance,
)

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], tuple[Array, Array]]


def r_of(x: Array, y: Array) -> float:
    return correlation(Scores.of(np.asarray(x, float)), Scores.of(np.asarray(y, float)))[0]


def normal(rho: float) -> Draw:
    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        x = rng.normal(size=n)
        return x, rho * x + np.sqrt(1 - rho**2) * rng.normal(size=n)

    return draw


def heavy(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    x, y = normal(0.6)(rng, n)
    wide = np.sqrt(3 / rng.chisquare(3, n))
    return x * wide, y * wide


def bent(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    x = rng.normal(size=n)
    return x, x + 0.7 * x * x + rng.normal(size=n)


def counts(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    x, y = normal(0.7)(rng, n)
    return np.floor(np.exp(x)), np.floor(np.exp(y))


def flags(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    x, y = normal(0.95)(rng, n)
    return (x > 0).astype(float), (y > 0.5).astype(float)


def test_scores_of_many_distinct_values_are_quantiles_of_their_ranks() -> None:
    x = np.random.default_rng(0).permutation(2_001).astype(float)
    expected = stats.norm.ppf((stats.rankdata(x) - 0.5) / len(x))
    middle = np.abs(expected) < 2
    assert Scores.of(x).values[middle] == pytest.approx(expected[middle], abs=1e-4)
    assert Scores.of(x).spread == pytest.approx(1, abs=2e-3)


def test_ties_share_the_mean_of_the_normal_distribution_over_their_ranks() -> None:
    x = np.repeat([5.0, 7.0, 9.0], [10, 30, 60])
    z = stats.norm.ppf([0.0, 0.1, 0.4, 1.0])
    means = [stats.truncnorm.mean(a, b) for a, b in itertools.pairwise(z)]
    assert Scores.of(x).values[[0, 10, 40]] == pytest.approx(means)
    assert Scores.of(x).spread == pytest.approx(np.average(np.square(means), weights=[1, 3, 6]))


@pytest.mark.parametrize("rho", [0.0, 0.5, -0.9])
def test_of_normal_variables_it_is_their_correlation(rho: float) -> None:
    x, y = normal(rho)(np.random.default_rng(1), 200_000)
    assert r_of(x, y) == pytest.approx(rho, abs=4 / np.sqrt(len(x)))


@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.integers(1, 20))
@settings(deadline=None)
def test_a_strictly_monotone_change_changes_nothing(seed: int, n: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, levels, n).astype(float), rng.normal(size=n)
    x[rng.random(n) < 0.1] = np.nan
    before = r_of(x, y)
    for bend in (np.exp, lambda v: v**3, lambda v: 3.5 * v - 8, np.arctan):
        assert r_of(bend(x), y) == pytest.approx(before, nan_ok=True)
        assert r_of(bend(x), bend(y)) == pytest.approx(before, nan_ok=True)
        assert r_of(-bend(x), y) == pytest.approx(-before, nan_ok=True, abs=1e-12)


@pytest.mark.parametrize(
    ("draw", "n"),
    [
        (normal(0.0), 400), (normal(0.9), 400), (heavy, 1_000), (bent, 400), (counts, 400),
        (flags, 1_000),
    ],
    ids=["independent", "normal", "heavy tails", "bent", "counts", "flags"],
)  # fmt: skip
def test_the_variance_is_that_of_repeated_samples(draw: Draw, n: int) -> None:
    rng = np.random.default_rng(2)
    z = [np.arctanh(r_of(*draw(rng, n))) for _ in range(600)]
    simulated = np.var(z) * n
    estimated = unit_variance(*map(Scores.of, draw(rng, 20_000)))
    # The variance of 600 draws is known to 6 %; below 1 the estimate is 1.
    assert estimated == pytest.approx(max(simulated, 1.0), rel=0.2)


def test_rows_without_a_value_are_left_out() -> None:
    x, y = normal(0.8)(np.random.default_rng(3), 5_000)
    holes = np.random.default_rng(4).random(5_000) < 0.3
    hidden = np.where(holes, np.nan, x)
    r, rows = correlation(Scores.of(hidden), Scores.of(y))
    assert rows == (~holes).sum()
    assert r == pytest.approx(r_of(x[~holes], y[~holes]), abs=0.01)
    assert unit_variance(Scores.of(hidden), Scores.of(y)) == pytest.approx(
        unit_variance(Scores.of(x[~holes]), Scores.of(y[~holes]))
    )


def test_nothing_to_correlate() -> None:
    ones, some = np.ones(9), np.arange(9.0)
    assert np.isnan(r_of(ones, some))
    assert np.isnan(unit_variance(Scores.of(ones), Scores.of(some)))
    assert np.isnan(r_of(np.full(9, np.nan), some))
    assert np.isnan(r_of(np.array([1.0, np.nan]), np.array([np.nan, 2.0])))
    assert Scores.of(np.empty(0)).spread == 0


def test_two_spellings_of_one_quantity_do_not_differ_by_their_last_digits() -> None:
    x = np.random.default_rng(5).normal(size=3_000)
    assert fisher_z(r_of(x, x.round(2))) == fisher_z(1.0) == np.arctanh(MAX_CORRELATION)
    assert fisher_z(-1.0) == -fisher_z(1.0)
