"""KS D of values from what steps make of training, against SciPy."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import ks_2samp

import skewcheck
from skewcheck.causes.distributions import distance
from skewcheck.features.steps import Step, ZScore
from skewcheck.features.types import NumericReference

TRAINING = np.random.default_rng(6).poisson(20, 3000).astype(float)
REFERENCE = skewcheck.fit(pa.table({"count": TRAINING})).features[0].reference
STEPS: tuple[Step, ...] = (ZScore(20.0, 4.5),)


@pytest.mark.parametrize(("mean", "rows"), [(20, 2000), (21, 2000), (45, 300)])
def test_the_distance_is_that_of_both_samples(mean: float, rows: int) -> None:
    assert isinstance(REFERENCE, NumericReference)
    log = np.random.default_rng(7).poisson(mean, rows).astype(float)
    served = (log - 20.0) / 4.5
    d = distance(REFERENCE, STEPS, served)
    assert d == pytest.approx(ks_2samp(TRAINING, log).statistic, abs=1e-12)
    assert distance(REFERENCE, STEPS, served, limit=d) == d
    if d > 0.05:
        assert 0.05 < distance(REFERENCE, STEPS, served, limit=0.05) <= d


def test_no_values_are_as_far_as_can_be() -> None:
    assert isinstance(REFERENCE, NumericReference)
    assert distance(REFERENCE, STEPS, np.empty(0)) == 1.0
