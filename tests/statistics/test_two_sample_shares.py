"""Probabilities of shares and counts of rows: against SciPy and simulation."""

from __future__ import annotations

import numpy as np
import pytest
import strategies  # noqa: F401 -- the profile that makes examples the same every time
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from skewcheck.statistics import two_sample as stats


@given(st.integers(0, 900), st.integers(1, 900), st.integers(0, 900), st.integers(1, 900))
def test_excess_is_the_exact_test_of_fisher(known: int, m: int, found: int, n: int) -> None:
    known, found = min(known, m), min(found, n)
    truth = scipy_stats.hypergeom.sf(found - 1, n + m, known + found, n) if found else 1.0
    assert stats.excess(known, m, found, n) == pytest.approx(truth, rel=1e-9)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize(("n", "m"), [(200, 200), (200, 20_000), (2000, 1000), (20_000, 20_000)])
def test_excess_cries_wolf_as_rarely_as_it_says(share: float, n: int, m: int) -> None:
    alpha, total = 0.01 / 75, n + m
    spread = 6 * np.sqrt(total * share * (1 - share))
    some = np.linspace(max(total * share - spread, 1), min(total * share + spread, total), 25)
    for both in some.astype(int):
        # The fewest of so many that are an alarm, and the chance of as many (scipy.stats).
        low = scipy_stats.hypergeom.ppf(0.5, total, both, n)
        least = next(
            (k for k in range(int(low), min(n, both) + 1)
             if stats.excess(both - k, m, k, n) <= alpha),
            None,
        )  # fmt: skip
        if least is not None:
            assert scipy_stats.hypergeom.sf(least - 1, total, both, n) <= alpha
            # And no fewer, by SciPy, would have been.
            assert scipy_stats.hypergeom.sf(least - 2, total, both, n) > alpha * (1 - 1e-9)


def test_excess_of_dependent_rows_is_that_of_fewer() -> None:
    assert stats.excess(500, 1000, 1200, 2000, 4.0) == stats.excess(500, 1000, 300, 500)
    # 2 of 3 rows are left of 7 of 10, and none of 2: never more than there were.
    assert stats.excess(5, 100, 7, 10, 3.0) == stats.excess(5, 100, 2, 3)
    assert stats.excess(5, 100, 2, 10, 3.0) == 1.0
    assert stats.excess(3, 10**6, 10**9, 10**9, 1.0) == 0.0


@pytest.mark.parametrize(("n", "m"), [(5, 20), (30, 30), (200, 50)])
@pytest.mark.parametrize("k", [1, 2, 4])
def test_exceedance_is_what_chance_does(n: int, m: int, k: int) -> None:
    rng = np.random.default_rng(n + k)
    ranks = rng.permuted(np.tile(np.arange(n + m), (20_000, 1)), axis=1)
    training, serving = ranks[:, :m], ranks[:, m:]
    outside = (serving < training.min(1)[:, None]) | (serving > training.max(1)[:, None])
    simulated = (outside.sum(1) >= k).mean()
    error = 5 * np.sqrt(simulated * (1 - simulated) / 20_000) + 1e-4
    assert stats.exceedance(k, n, m) == pytest.approx(simulated, abs=error)
    # All beyond one given end, by scipy.stats.hypergeom: the n last ranks hold no training.
    upper = scipy_stats.hypergeom(n + m, m, k).pmf(0)
    assert upper <= stats.exceedance(k, n, m) <= 2 * (k + 1) * upper + 1e-12


def test_exceedance_at_its_ends() -> None:
    assert stats.exceedance(0, 10, 10) == 1.0
    assert 0 < stats.exceedance(10, 10, 10) < 1e-3
    assert stats.exceedance(1, 10_000_000, 60_000) == pytest.approx(1.0, abs=1e-3)


def test_all_equal_is_what_chance_does() -> None:
    rng = np.random.default_rng(6)
    counts = np.array([70, 20, 0, 10])
    draws = rng.choice(4, (200_000, 4), p=counts / 100)
    simulated = (draws == draws[:, :1]).all(1).mean()
    assert stats.all_equal(counts, 4) == pytest.approx(simulated, abs=0.005)
    assert stats.all_equal(np.array([9]), 10**6) == 1.0
