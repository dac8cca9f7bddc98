"""What a log may have missed: bounds against linear programs, chances against SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import linprog

from skewcheck.statistics.missed_rows import (
    FARTHEST,
    chance_of_missing,
    least_share,
    log_narrowing,
)


def least_by_program(value: float) -> float:
    """Return the least mass off a value of distributions on a grid, of mean 0 and std 1."""
    grid = np.linspace(-FARTHEST, FARTHEST, 4001)
    x = np.append(grid, value)
    program = linprog(
        np.append(np.ones(len(grid)), 0.0), A_eq=np.array([np.ones(len(x)), x, x**2]),
        b_eq=[1.0, 0.0, 1.0],
    )  # fmt: skip
    assert program.success
    return float(program.fun)


@pytest.mark.parametrize("value", [0.0, 0.02, -0.3, 0.9, 1.0, 2.6, -8.0])
def test_no_distribution_has_less_of_other_values(value: float) -> None:
    least, truth = least_share(value, 0.0), least_by_program(value)
    assert least <= truth * (1 + 1e-9) + 1e-12
    # Neither bound uses both moments at once: together they are within a factor of 2.
    assert least >= truth / 2.1


def test_the_bound_holds_for_a_flag_that_a_log_has_not() -> None:
    for rate in np.geomspace(0.5, 1 / (FARTHEST**2 + 1), 20):
        z = -math.sqrt(rate / (1 - rate))
        # All rows without the flag: Cantelli's inequality is an equality.
        assert least_share(z, 0.0) == pytest.approx(rate)


def test_a_log_of_training_s_moments_need_have_missed_nothing() -> None:
    assert least_share(0.0, 1.0) == least_share(0.0, 3.0) == 0.0
    assert least_share(0.0, 0.5) == pytest.approx(0.75 / (FARTHEST**2 - 0.25))


@pytest.mark.parametrize("share", [1e-4, 0.01, 0.7])
@pytest.mark.parametrize("rows", [1, 30, 5000])
def test_the_chance_is_binomial(share: float, rows: int) -> None:
    # scipy.stats.binom.pmf(0, rows, share)
    assert chance_of_missing(share, rows) == pytest.approx(stats.binom.pmf(0, rows, share))
    assert chance_of_missing(1.0, rows) == 0.0


def test_the_spread_with_missed_rows_is_that_of_the_mixture() -> None:
    level, rows = 3e-5, 40_000
    missed = -math.log(level) / rows
    # `rows` rows miss that share at this level, to first order.
    assert stats.binom.pmf(0, rows, missed) == pytest.approx(level, rel=0.01)
    values, weights = np.array([-0.1, 0.3, FARTHEST]), np.array([0.5, 0.5, 0.0]) * (1 - missed)
    weights[-1] = missed
    square = float(np.mean(values[:2] ** 2))
    whole = float(weights @ values**2)
    assert log_narrowing(square, rows, level) == pytest.approx(-math.log(math.sqrt(whole)))
    assert log_narrowing(square, 100, level) < 0
