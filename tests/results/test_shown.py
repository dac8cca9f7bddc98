"""How far figures are rounded so that no difference of two gives a row back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skewcheck.catalogue.causes import CAUSES
from skewcheck.catalogue.tests import TESTS
from skewcheck.results.shown import (
    FEWEST_ROWS,
    HIDING_ROWS,
    LADDER,
    bound,
    rounded,
    shown_figure,
    shown_figures,
    shown_moments,
    shown_tests,
    step,
)
from skewcheck.results.tests import JudgedTest
from skewcheck.results.verdicts import Verdict

ROWS = st.integers(FEWEST_ROWS, 10**7)


@pytest.mark.parametrize(
    ("least", "width"),
    [(0.2, 0.2), (0.1, 0.1), (0.1001, 0.2), (0.021, 0.05), (0.51, 1.0), (3.0, 5.0), (1e-4, 1e-4)],
)
def test_steps_are_1_2_5_times_a_power_of_ten(least: float, width: float) -> None:
    assert step(least) == pytest.approx(width, rel=1e-12)


@given(st.floats(0, 1), ROWS, st.sampled_from(["ks", "psi", "linf", "range", "unseen", "js"]))
def test_a_figure_is_shared_by_10_rows(value: float, rows: int, code: str) -> None:
    """Multiples of r >= 10 / n: n times the figure is known to 10 rows, half of them either way."""
    shown = shown_figure(value, TESTS[code], rows)
    assert shown is not None
    width = step(HIDING_ROWS / rows)
    assert width * rows >= HIDING_ROWS * (1 - 1e-9)
    assert shown / width == pytest.approx(round(shown / width), abs=1e-6)
    assert abs(shown - value) <= width / 2 * (1 + 1e-6)


@given(st.floats(-1e9, 1e9), ROWS)
def test_a_mean_hides_a_row_of_any_size(value: float, rows: int) -> None:
    """Other means that look the same are 10 deviations a row away, or 2.5 % of the mean."""
    spec = TESTS["mean"]
    shown = shown_figure(value, spec, rows)
    around = max(HIDING_ROWS / rows, abs(value) * 0.05) / 2.2
    others = [shown_figure(value + side * around, spec, rows) for side in (-1, 1)]
    assert shown in others


def test_fewer_than_50_rows_have_no_figure() -> None:
    spec = TESTS["ks"]
    assert (shown_figure(0.4, spec, 49), shown_figure(0.4, spec, 50)) == (None, 0.4)
    assert shown_figures({"ks": 0.4, "nulls": 0.5}, 60) == {"nulls": 0.6}  # 30 rows with a value
    test = JudgedTest("ks", Verdict.SKEW, 0.4, 0.4, None, 1e-9, 1e-9, 0.1, interval=(0.3, 0.5))
    (shown,) = shown_tests([test], 60, 11, 0.01)
    assert (shown.verdict, shown.threshold) == (Verdict.SKEW, 0.1)
    assert {shown.statistic, shown.effect, shown.p_value, shown.p_adjusted, shown.interval} == {
        None
    }
    # Rows with a value that are no numbers, or infinite, are none that a figure is of.
    others = JudgedTest("nonfinite", Verdict.OK, 0.2)
    assert shown_tests([test, others], 60, 0, 0.01)[0].statistic is None
    assert shown_tests([test], 60, 0, 0.01)[0].statistic == 0.4


@given(st.floats(0, 1), st.floats(0.01, 1), ROWS)
def test_a_figure_stays_on_its_side_of_the_threshold(
    effect: float, threshold: float, rows: int
) -> None:
    """Else a report would show 0.1 for an effect that is just below a threshold of 0.1."""
    shown = rounded(effect, HIDING_ROWS / rows, threshold)
    assert (shown >= threshold) == (effect >= threshold)


@given(st.floats(0, 1), st.floats(1e-6, 0.2))
def test_p_values_are_bounds_from_a_ladder(p: float, alpha: float) -> None:
    shown = bound(p, alpha)
    assert shown is not None
    assert shown >= p
    assert shown in {0.0, alpha, *LADDER}
    assert (shown <= alpha) >= (p <= alpha)


def test_an_interval_is_rounded_outwards() -> None:
    test = JudgedTest("ks", Verdict.OK, 0.23, 0.23, threshold=0.3, interval=(0.13, 0.31))
    (shown,) = shown_tests([test], 100, 0, 0.01)  # in steps of 0.1
    assert (shown.statistic, shown.interval) == (0.2, (0.1, 0.4))


def test_an_error_is_rounded_to_its_standard_error() -> None:
    """Of one row that makes an RMSE of 100 among 60 it is as large as the RMSE; by hand."""
    precise = JudgedTest("error", Verdict.OK, 2.1534, 0.0767, threshold=0.1, interval=(2.14, 2.16))
    (shown,) = shown_tests([precise], 150_000, 0, 0.01)
    assert shown.statistic == 2.155  # a standard error of 0.005
    outlier = JudgedTest("error", Verdict.OK, 100.33, 98.8, threshold=0.1, interval=(2.0, 198.6))
    (shown,) = shown_tests([outlier], 60, 0, 0.01)
    assert shown.statistic == 100.0
    assert shown.interval == (0.0, 200.0)  # a standard error of 49


def test_moments_of_a_cause_are_rounded_to_their_standard_error() -> None:
    rng = np.random.default_rng(1)
    for rows in (50, 400, 10_000):
        values = rng.normal(50, 10, rows)
        moments = {"mean": float(values.mean()), "std": float(values.std()), "op": "zscore"}
        shown = shown_moments(moments, rows)
        assert shown["op"] == "zscore"
        for key in ("mean", "std"):
            error = float(values.std()) / np.sqrt(rows)
            # n times the width of what it may be: sqrt(n) deviations, 7 for 50 rows.
            assert abs(float(str(shown[key])) - float(str(moments[key]))) <= error
            assert shown[key] != moments[key]
    assert shown_moments({"mean": 3.0}, 100) == {}


def test_what_few_rows_show_of_a_cause_is_names() -> None:
    """No number of a few rows, be it the decimals that they were rounded to."""
    numbers = {"mean", "std", "factor", "decimals", "dtype", "epsilon", "lambda", "base", "value"}
    assert not {key for spec in CAUSES.values() for key in spec.shown} & numbers


@pytest.mark.parametrize("mean", [7.908122786111239, -7.9, 2718.281])
@pytest.mark.parametrize("std", [8.881784197001252e-16, 0.0, 1e-4])
def test_rows_that_are_all_alike_have_no_mean(mean: float, std: float) -> None:
    """It would be the value of each, as that of a user who is in the log sixty times."""
    shown = shown_moments({"mean": mean, "std": std, "op": "zscore"}, 60)
    assert shown == {"op": "zscore"}
    assert shown_moments({"mean": mean, "std": abs(mean)}, 60).keys() == {"mean", "std"}
