"""The design effect: rows logged over and over are worth what they were worth once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from skewcheck.statistics import two_sample as stats
from skewcheck.statistics.rare_levels import growth, missed

Compare = Callable[..., stats.Result]
REFERENCE = np.array([40, 210, 320, 180, 250])
SERVING = np.array([9, 31, 60, 22, 28])


@pytest.mark.parametrize("test", [stats.ks, stats.mannwhitney, stats.chi2, stats.psi])
@pytest.mark.parametrize("copies", [2, 7])
def test_copies_of_rows_change_no_p_value(test: Compare, copies: int) -> None:
    once, often = test(REFERENCE, SERVING), test(REFERENCE, copies * SERVING, float(copies))
    assert often.p_value == pytest.approx(once.p_value, rel=1e-9)
    # They do without the correction: that is the lie which it mends.
    assert test(REFERENCE, copies * SERVING).p_value < 0.5 * once.p_value


def test_copies_of_rows_change_no_p_value_of_a_share() -> None:
    assert stats.excess(30, 1000, 27, 300, 3.0) == pytest.approx(stats.excess(30, 1000, 9, 100))
    assert stats.exceedance(6, 300, 1000, 3.0) == pytest.approx(stats.exceedance(2, 100, 1000))
    many = missed(REFERENCE, 1000, 12, 300, 5.0, 2.0, 3.0)
    assert many == pytest.approx(missed(REFERENCE, 1000, 4, 100, 5.0, 2.0))
    many = growth(REFERENCE, 3 * SERVING, 1000, 450, 3.0)
    assert many == pytest.approx(growth(REFERENCE, SERVING, 1000, 150))
    assert many > growth(REFERENCE, 3 * SERVING, 1000, 450)


def test_pooling_is_by_what_rows_are_worth() -> None:
    reference, serving = np.array([900, 50, 50]), np.array([270, 12, 12])
    assert len(stats.pooled(reference, serving)[0]) == 3
    assert len(stats.pooled(reference, serving, deff=3.0)[0]) == 2
