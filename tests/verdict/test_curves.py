"""The distribution functions that a report draws, against those of the values themselves."""

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.results.audit import Curves


def curves(training: np.ndarray, serving: np.ndarray) -> Curves:
    parameters = skewcheck.fit(pd.DataFrame({"x": training}))
    found = skewcheck.audit(parameters, pd.DataFrame({"x": serving}))
    drawn = found.features[0].curves
    assert drawn is not None
    return drawn


def ecdf(values: np.ndarray, at: float) -> tuple[float, float]:
    """Just below, and at."""
    return float((values < at).mean()), float((values <= at).mean())


@pytest.mark.parametrize("shift", [0.0, 0.4, 30.0])
def test_every_point_is_one_of_the_functions(shift: float) -> None:
    random = np.random.default_rng(3)
    training, serving = random.normal(size=5000), random.normal(shift, 2, size=3000)
    drawn = curves(training, serving)
    assert 40 < len(drawn.at) < 150
    for values, shares in ((training, drawn.reference), (serving, drawn.serving)):
        assert (shares[0], shares[-1]) == (0, 1)
        assert np.all(np.diff(shares) >= 0)
        for at, share in zip(drawn.at[1:-1], shares[1:-1], strict=True):
            low, high = ecdf(values, at)
            assert low - 1e-12 <= share <= high + 1e-12
    assert np.all(np.diff(drawn.at) >= 0)


def test_the_widest_gap_is_among_the_points() -> None:
    random = np.random.default_rng(4)
    training, serving = random.integers(0, 300, 4000), random.integers(20, 330, 4000)
    drawn = curves(training, serving)
    values = np.unique(np.concatenate((training, serving)))
    gaps = [abs(ecdf(training, x)[1] - ecdf(serving, x)[1]) for x in values]
    drawn_gaps = np.abs(np.array(drawn.reference) - drawn.serving)
    assert drawn_gaps.max() == pytest.approx(max(gaps), abs=1e-12)


def test_a_value_that_repeats_is_a_jump() -> None:
    training = np.repeat([0.0, 1.0, 2.0], [50, 30, 20])
    drawn = curves(training, np.repeat([0.0, 1.0], [30, 70]))
    points = set(zip(drawn.at, drawn.reference, drawn.serving, strict=True))
    assert {(0.0, 0.0, 0.0), (0.0, 0.5, 0.3), (1.0, 0.5, 0.3), (1.0, 0.8, 1.0)} <= points


def test_what_lies_outside_training_is_told_by_the_second_point_and_the_last_but_one() -> None:
    training = np.linspace(0, 1, 5000)
    drawn = curves(training, np.concatenate((training[:700] - 3, training, training[:400] + 5)))
    assert drawn.serving[1] == pytest.approx(700 / 6100, abs=1e-12)
    assert drawn.serving[-2] == pytest.approx(5700 / 6100, abs=1e-12)
    assert (drawn.at[0], drawn.at[-1]) == (-3, training[399] + 5)


def test_categories_have_none() -> None:
    parameters = skewcheck.fit(pd.DataFrame({"x": list("abab") * 50}))
    found = skewcheck.audit(parameters, pd.DataFrame({"x": list("abba") * 50}))
    assert found.features[0].curves is None
