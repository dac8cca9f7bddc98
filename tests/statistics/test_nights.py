"""Evidence over nights: its formulas against plain normal densities, its rates by simulation."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from skewcheck.statistics import nights

YEARS, DAYS, FEATURES, ROWS, REFERENCE = 20, 365, 10, 1000, 20_000
CHECKED = 15
"""Nights between two looks in the simulated years, to keep the test short."""


def world(seed: int, days: int, tau: float = 0.0, reference: int = REFERENCE) -> np.ndarray:
    """Return shifts of correlated features: an error of the reference, nights, and rows."""
    rng = np.random.default_rng(seed)

    def correlated(n: int) -> np.ndarray:
        return (0.5**0.5) * (rng.normal(size=(n, 1)) + rng.normal(size=(n, FEATURES)))

    rows, offset = correlated(days) / ROWS**0.5, correlated(1) / reference**0.5
    return rows - offset + tau * correlated(days)


def log_e(shifts: np.ndarray, reference: int = REFERENCE) -> float:
    """Return the evidence of all features together."""
    variances = np.full(len(shifts), 1 / ROWS)
    each = [nights.evidence(x, variances, 1 / reference).log_e for x in shifts.T]
    return nights.mean(each)


def test_the_evidence_is_the_ratio_of_mixtures_of_normal_densities(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taus = np.array([0.0, 0.05])
    monkeypatch.setattr(nights, "TAUS", taus)
    monkeypatch.setattr(nights, "_TAU_WEIGHTS", np.log([0.5, 0.5]))
    rng = np.random.default_rng(1)
    y, v, offset = rng.normal(0.02, 0.05, 6), rng.uniform(0.5, 2, 6) / 1000, 1 / 5000
    densities, largest = [], 0.0
    for tau in np.linspace(*taus, nights.REFINED):
        r = offset + tau**2 / nights.TRAINING_NIGHTS
        null = np.diag(v + tau**2) + r
        largest = max(largest, multivariate_normal.pdf(y, np.zeros(6), null))
        if tau not in taus:
            continue
        densities.append(0.5 / 7 * multivariate_normal.pdf(y, np.zeros(6), null))
        for k in range(1, 7):
            since = (np.arange(1, 7) >= k).astype(float)
            for m in nights.SHIFTS:
                weight = 0.5 / (k * (k + 1) * len(nights.SHIFTS))
                covariance = null + m**2 * np.outer(since, since)
                densities.append(weight * multivariate_normal.pdf(y, np.zeros(6), covariance))
    found = nights.evidence(y, v, offset)
    assert found.log_e == pytest.approx(np.log(sum(densities) / largest), abs=1e-9)


@pytest.mark.parametrize("tau", [0.0, 0.03])
def test_no_clean_year_alarms(tau: float) -> None:
    for seed in range(YEARS // 2):
        shifts = world(seed, DAYS, tau)
        assert max(log_e(shifts[:n]) for n in range(DAYS, 14, -CHECKED)) < np.log(100)


def test_a_small_reference_is_no_shift() -> None:
    """Its error is twelve standard errors of a month of nights; that must not count."""
    for seed in range(10):
        shifts = world(seed, 120, reference=500)
        assert max(log_e(shifts[:n], 500) for n in (30, 60, 90, 120)) < np.log(100)


@pytest.mark.parametrize(("size", "delay"), [(0.1, 10), (0.05, 45)])
def test_a_step_in_one_of_ten_features_is_seen_in_time(size: float, delay: int) -> None:
    start, seen = 100, 0
    for seed in range(20):
        shifts = world(seed, start + delay)
        shifts[start:, 3] += size
        seen += log_e(shifts) >= np.log(100)
    assert seen >= 18


def test_a_creep_is_seen_by_night_95() -> None:
    for seed in range(10):
        shifts = world(seed, 95)
        shifts[:, 3] += 0.001 * np.arange(1, 96)
        assert log_e(shifts) >= np.log(100)


def test_shift_and_first_night_are_estimated() -> None:
    shifts = world(5, 150)[:, 0]
    shifts[100:] += 0.2
    found = nights.evidence(shifts, np.full(150, 1 / ROWS), 1 / REFERENCE)
    assert abs(found.start - 100) <= 1
    assert found.shift == pytest.approx(0.2, abs=0.02)
    clean = nights.evidence(world(6, 150)[:, 0], np.full(150, 1 / ROWS), 1 / REFERENCE)
    assert abs(clean.shift) < 0.01


def test_adjusted_evidence_is_the_least_mean_of_a_set() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        values = dict(zip("abcde", rng.normal(0, 3, 5).round(1), strict=True))
        sets = [s for n in range(1, 6) for s in combinations(values, n)]
        for name, found in nights.adjusted(values).items():
            means = [np.mean([np.exp(values[x]) for x in s]) for s in sets if name in s]
            assert np.exp(found) == pytest.approx(min(means))
