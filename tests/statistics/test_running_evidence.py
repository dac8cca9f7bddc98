"""The log-likelihood ratio of two models, against the densities of SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from skewcheck.statistics.running_evidence import log_likelihood_ratio

rng = np.random.default_rng(3)
NEAR, FAR = rng.normal(0, 0.1, 200), rng.normal(0, 0.2, 200)


def likelihood(residuals: np.ndarray) -> float:
    """Return the largest log-likelihood of a normal distribution around 0."""
    deviation = np.sqrt(np.mean(residuals**2))
    return float(norm.logpdf(residuals, scale=deviation).sum())


def test_the_ratio_is_that_of_normal_densities() -> None:
    expected = likelihood(NEAR) - likelihood(FAR)
    assert log_likelihood_ratio(NEAR, FAR) == pytest.approx(expected)
    assert log_likelihood_ratio(FAR, NEAR) == pytest.approx(-expected)


def test_a_free_parameter_costs_half_the_logarithm_of_the_rows() -> None:
    more = log_likelihood_ratio(NEAR, FAR, free=(3, 2))
    assert more == pytest.approx(log_likelihood_ratio(NEAR, FAR) - np.log(200) / 2)


def test_rows_that_neither_explains_do_not_count() -> None:
    wrong = np.full(5, 40.0)
    with_wrong = log_likelihood_ratio(np.append(NEAR, wrong), np.append(FAR, wrong))
    assert with_wrong == pytest.approx(log_likelihood_ratio(NEAR, FAR))
    assert log_likelihood_ratio(wrong, wrong) == 0.0


def test_residuals_of_0_are_finite_evidence() -> None:
    assert log_likelihood_ratio(np.zeros(20), np.zeros(20)) == 0.0
    assert 100 < log_likelihood_ratio(np.zeros(20), FAR[:20]) < np.inf
