"""The mean of PSI without any shift, against simulation."""

from __future__ import annotations

import numpy as np
import pytest

from skewcheck.statistics import two_sample as stats

ZIPF = 1 / np.arange(1, 201)
DECILES = np.full(10, 0.1)


def simulated(weights: np.ndarray, n: int, m: int, times: int = 3000) -> tuple[float, float]:
    """Return the mean of smoothed PSI of independent samples, and its standard error."""
    rng = np.random.default_rng(n + m)
    p, q = (
        (c + 0.5) / (c.sum(1, keepdims=True) + 0.5 * len(weights))
        for c in (rng.multinomial(rows, weights / weights.sum(), times) for rows in (m, n))
    )
    psi = ((q - p) * np.log(q / p)).sum(1)
    return float(psi.mean()), float(psi.std() / times**0.5)


@pytest.mark.parametrize(
    ("weights", "n"), [(ZIPF, 200), (ZIPF, 2000), (DECILES, 50), (DECILES, 200), (DECILES, 2000)]
)
@pytest.mark.parametrize("m", [300, 20_000])
def test_psi_without_a_shift_has_the_mean_that_is_expected(
    weights: np.ndarray, n: int, m: int
) -> None:
    truth, error = simulated(weights, n, m)
    # The distribution is known here: as many rows as if it had been counted exactly.
    common = np.round(weights / weights.sum() * 1e9).astype(np.int64)
    p, log_p, p_log_p = stats._smoothed_moments(common / common.sum(), m, 1.0)
    q, log_q, q_log_q = stats._smoothed_moments(common / common.sum(), n, 1.0)
    found = float((q_log_q - q * log_p - p * log_q + p_log_p).sum())
    assert found == pytest.approx(truth, abs=4 * error, rel=1e-9)


@pytest.mark.parametrize(("weights", "n"), [(ZIPF, 200), (DECILES, 50), (DECILES, 2000)])
def test_effects_of_clean_logs_are_nought_on_average(weights: np.ndarray, n: int) -> None:
    # All bins have rows in training; the common shares are estimated from both samples.
    rng = np.random.default_rng(7)
    weights, m, found = weights / weights.sum(), 20_000, []
    for _ in range(300):
        result = stats.psi(rng.multinomial(m, weights), rng.multinomial(n, weights))
        found.append((result.statistic, result.expected))
    mean, expected = np.mean(found, 0)
    error = np.std(found, 0)[0] / 300**0.5
    assert expected == pytest.approx(mean, abs=4 * error)


def test_many_small_bins_expect_less_than_the_limit_says() -> None:
    rng = np.random.default_rng(8)
    result = stats.psi(*(rng.multinomial(n, ZIPF / ZIPF.sum()) for n in (20_000, 200)))
    assert result.expected == pytest.approx(0.43, abs=0.03)  # the limit: 199/200 and a bit


def test_the_mean_is_continuous_where_sums_end() -> None:
    # About SUMMED expected rows: summed below, by Taylor's theorem above.
    below, above = (
        stats.psi_unmoved(np.full(10, 10_000), np.full(10, rows)) * rows for rows in (49, 51)
    )
    assert below == pytest.approx(above, rel=5e-3)


def test_rows_that_depend_on_each_other_scatter_psi_as_fewer_would() -> None:
    rng = np.random.default_rng(3)
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    reference = np.round(weights * 1e6).astype(np.int64)
    found = [stats.psi(reference, 5 * rng.multinomial(100, weights), 5.0) for _ in range(2000)]
    mean = np.mean([one.statistic for one in found])
    assert np.mean([one.expected for one in found]) == pytest.approx(mean, rel=0.08)
