"""Third and fourth moments: what SciPy gives for all values at once."""

from __future__ import annotations

import math
from functools import reduce
from operator import add

import numpy as np
import pytest
from scipy import stats

from skewcheck.counts.moments import Moments

RNG = np.random.default_rng
VALUES = {
    "normal": RNG(0).normal(1e4, 3, 4000),
    "exponential": RNG(1).exponential(2, 4000),
    "lognormal": RNG(2).lognormal(0, 2, 4000),
    "flag": (RNG(3).random(4000) < 0.01) * 1000.0,
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("parts", [1, 2, 17])
def test_kurtosis_of_parts_is_that_of_the_whole(name: str, parts: int) -> None:
    values = VALUES[name]
    merged = reduce(add, (Moments.of(np.sort(part)) for part in np.array_split(values, parts)))
    # scipy.stats.kurtosis(values, fisher=False)
    assert merged.kurtosis == pytest.approx(stats.kurtosis(values, fisher=False), rel=1e-9)
    m3 = stats.moment(values, 3) * len(values)
    assert merged.m3 == pytest.approx(m3, abs=1e-9 * math.sqrt(merged.m2 * merged.m4))


@pytest.mark.parametrize("divisor", [7.0, -0.3])
def test_standardized_moments_are_those_of_the_values(divisor: float) -> None:
    values = VALUES["exponential"]
    mapped = Moments.of(np.sort(values)).standardized(1.5, divisor)
    truth = Moments.of(np.sort((values - 1.5) / divisor))
    for name in ("n", "mean", "m2", "m3", "m4", "min", "max"):
        assert getattr(mapped, name) == pytest.approx(getattr(truth, name), rel=1e-9)


@pytest.mark.parametrize(
    ("values", "kurtosis"),
    [([], 1.0), ([4.0] * 9, 1.0), ([-1e100, 1e100, 3e100], math.inf), ([0.0, 5e-324], 1.0)],
)
def test_kurtosis_has_a_value_where_sums_do_not(values: list[float], kurtosis: float) -> None:
    assert Moments.of(np.array(values)).kurtosis == kurtosis
