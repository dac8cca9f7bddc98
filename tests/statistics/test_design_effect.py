"""Design effects against their values by theory and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from skewcheck.counts.categorical import Levels
from skewcheck.counts.sides import CategoricalSide, NumericSide
from skewcheck.counts.windows import Windows
from skewcheck.statistics.design_effect import of_clusters, of_scores

RNG = np.random.default_rng
NUMBERS = NumericSide("x", Windows.exact(np.empty(0)), None)
LEVELS = CategoricalSide(("x",), Levels.text(("a", "b")), None)


def clusters(number: int, size: int, icc: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return rows per cluster and bin: quarters of a normal with a random effect; no nulls."""
    z = np.sqrt(icc) * rng.normal(size=(number, 1)) + np.sqrt(1 - icc) * rng.normal(
        size=(number, size)
    )
    bins = np.searchsorted(stats.norm.ppf([0.25, 0.5, 0.75]), z)
    return np.stack([(bins == i).sum(1) for i in (*range(4), 9)], axis=1)


def test_the_effect_of_equal_clusters_is_that_of_theory() -> None:
    # Of a normal cut at its median, two rows are on one side with a covariance of
    # asin(icc) / (2 pi): Sheppard, Phil. Trans. R. Soc. A 192 (1899). Kish: 1 + (b - 1) rho.
    rng, size, icc = RNG(1), 50, 0.3
    table = clusters(20_000, size, icc, rng)
    rho = 2 / np.pi * np.arcsin(icc)
    median, rank = of_scores(NUMBERS, table, 0.01).effects[[1, 3]]
    assert median == pytest.approx(1 + (size - 1) * rho, rel=0.04)
    # The rank is closer to the value itself, and so its effect: 6 asin(icc / 2) / pi, nearly.
    assert median < rank < 1 + (size - 1) * icc
    assert of_clusters(NUMBERS, table) == pytest.approx(rank, rel=0.01)


def test_independent_rows_are_worth_themselves() -> None:
    rng = RNG(2)
    effects = [of_clusters(NUMBERS, clusters(1000, 10, 0.0, rng)) for _ in range(50)]
    assert 1.0 <= np.mean(effects) < 1.1


def test_p_values_of_independent_rows_are_uniform() -> None:
    rng = RNG(3)
    tables = [clusters(64, 64, 0.0, rng) for _ in range(400)]
    p_values = [of_scores(NUMBERS, table, 0.1).p_values[1] for table in tables]
    assert stats.kstest(p_values, "uniform").pvalue > 1e-3
    # Without their largest, differences vary less: p-values are larger.
    p_values = [of_scores(NUMBERS, table, 0.1, successive=True).p_values[1] for table in tables]
    assert stats.kstest(p_values, "uniform", alternative="greater").pvalue > 1e-3


def test_few_clusters_are_worth_less() -> None:
    # The mean of ten clusters over its standard error is Student's t with nine degrees of freedom.
    rng = RNG(4)
    table = clusters(10, 100, 0.3, rng)
    factor = (stats.t.ppf(5e-5, 9) / stats.norm.ppf(5e-5)) ** 2
    assert of_clusters(NUMBERS, table) == pytest.approx(
        of_scores(NUMBERS, table, 0.01).effect * factor
    )
    assert of_clusters(NUMBERS, table[:1]) == 100  # nothing is known of others: worth one row


def test_one_large_cluster_makes_all_rows_worth_few() -> None:
    rng = RNG(5)
    small = clusters(1000, 10, 0.3, rng)
    large = clusters(1, 10_000, 0.3, rng)
    assert 20_000 / of_clusters(NUMBERS, np.vstack((small, large))) < 50


def test_a_trend_is_no_dependence_of_neighbours() -> None:
    rng = RNG(6)
    table = clusters(100, 64, 0.0, rng)
    table[50:, 3] += table[50:, 0]
    table[50:, 0] = 0
    assert of_scores(NUMBERS, table, 0.1).effect > 3
    assert of_scores(NUMBERS, table, 0.1, successive=True).effect < 1.3


def test_levels_and_nulls_have_effects_of_their_own() -> None:
    rng = RNG(7)
    counts = rng.multinomial(100, [0.5, 0.5], 200)
    nothing = np.zeros((200, 1), np.int64)
    lone = np.where(np.arange(200)[:, None] < 10, 100, 0)  # ten clusters have all nulls
    table = np.hstack((counts, nothing, nothing, lone))
    assert of_scores(LEVELS, np.hstack((counts, nothing, nothing, nothing)), 0.01).effect < 1.5
    assert of_scores(LEVELS, table, 0.01).effect > 30
    rare = np.hstack((counts, nothing, nothing, lone // 100))  # ten of 20,000: no alarm in it
    assert of_scores(LEVELS, rare, 0.01).effect < 1.5
    constant = np.hstack((nothing + 9, nothing, nothing, nothing, nothing))
    assert of_scores(LEVELS, constant, 0.01).effect == 1
