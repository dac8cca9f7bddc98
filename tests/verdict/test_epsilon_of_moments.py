"""Moments that a last step gives training: with an epsilon in its divisor, less than 1."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck import Parameters
from skewcheck.features.steps import EpsilonIn, ZScore
from skewcheck.features.types import Feature

DIVISORS = {"scale": 1.0 + 3.0, "variance": np.sqrt(1.0 + 3.0), "floor": 3.0}
X = np.random.default_rng(0).normal(10, 1, 2000)


@pytest.mark.parametrize("place", DIVISORS)
@pytest.mark.parametrize("spread", [1.0, 4.0])
def test_served_values_without_a_distribution(place: EpsilonIn, spread: float) -> None:
    step = ZScore(10.0, 1.0, 3.0, place)
    known = Parameters((Feature("x", "numeric", (step,), fitted=True),), "sha256:0")
    served = spread * (X - 10.0) / DIVISORS[place]
    audit = skewcheck.audit(known, pd.DataFrame({"x": served}), served="{feature}")
    tests = {test.name: test for test in audit.features[0].tests}
    assert tests["std"].statistic == pytest.approx(spread * X.std(), rel=1e-9)
    assert audit.exit_code == (spread > 1)
