"""Evidence over nights: its formulas against plain normal densities, its rates by simulation."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from skewcheck.statistics import nights

DAYS, FEATURES, ROWS, REFERENCE, LEARN = 365, 10, 1000, 20_000, 14
CHECKED = 30
"""Nights between two looks in the simulated years, to keep the test short."""
ALARM = np.log(100)


def worlds(
    seed: int, years: int, days: int, tau: float = 0.0, week: float = 0.0,
    reference: int = REFERENCE,
) -> np.ndarray:  # fmt: skip
    """Return shifts by year, feature and night, of correlated features.

    An error of the reference, one of the rows, nights that vary by `tau`, and days of the week.
    """
    rng = np.random.default_rng(seed)

    def correlated(n: int) -> np.ndarray:
        common = rng.normal(size=(years, 1, n))
        return (0.5**0.5) * (common + rng.normal(size=(years, FEATURES, n)))

    weekday = week * correlated(7)
    weekday -= weekday.mean(axis=2, keepdims=True)
    steady = correlated(days) / ROWS**0.5 - correlated(1) / reference**0.5
    return steady + tau * correlated(days) + weekday[..., np.arange(days) % 7]


def log_e(shifts: np.ndarray, reference: int = REFERENCE) -> np.ndarray:
    """Return the evidence of all features together, by year."""
    variances = np.full(shifts.shape[-1], 1 / ROWS)
    each = nights.evidence(shifts, variances, 1 / reference, LEARN).log_e
    return np.array([nights.mean(year) for year in each])


def test_the_evidence_is_the_ratio_of_mixtures_of_normal_densities(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taus = np.array([0.0, 0.05])
    taus, starts = np.array([0.0, 0.05]), np.array([0.2, 0.025, 0.025])
    # From the third gating night on, the fourth term of the sum is left to later nights.
    starts = np.append(starts, 0.75 * (1 / np.log2([2, 3, 4]) - 1 / np.log2([3, 4, 5])))
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
        densities.append(0.5 * (1 - starts.sum()) * multivariate_normal.pdf(y, np.zeros(6), null))
        for k in range(1, 7):
            since = (np.arange(1, 7) >= k).astype(float)
            for m in nights.SHIFTS:
                weight = 0.5 * starts[k - 1] / len(nights.SHIFTS)
                covariance = null + m**2 * np.outer(since, since)
                densities.append(weight * multivariate_normal.pdf(y, np.zeros(6), covariance))
    found = nights.evidence(y, v, offset, 3)
    assert found.log_e == pytest.approx(np.log(sum(densities) / largest), abs=1e-9)


def test_weights_of_first_nights_add_up() -> None:
    for learn in (1, 2, 14):
        some, later = nights._starts(5000, learn)
        assert np.exp(some).sum() + later == pytest.approx(1)
        assert (np.diff(some[learn:]) < 0).all()


@pytest.mark.parametrize(("tau", "week"), [(0.0, 0.0), (0.03, 0.0), (0.0, 0.05)])
def test_no_clean_year_alarms(tau: float, week: float) -> None:
    clean = worlds(1, 20, DAYS, tau, week)
    largest = [log_e(clean[..., :n]).max() for n in range(DAYS, LEARN, -CHECKED)]
    assert max(largest) < ALARM


def test_a_small_reference_is_no_shift() -> None:
    """Its error is twelve standard errors of a month of nights; that must not count."""
    clean = worlds(2, 10, 120, reference=500)
    assert max(log_e(clean[..., :n], 500).max() for n in (30, 60, 90, 120)) < ALARM


@pytest.mark.parametrize(
    ("size", "delay", "start"), [(0.1, 10, 14), (0.1, 10, 20), (0.05, 45, 14), (0.05, 45, 60)]
)
def test_a_step_in_one_of_ten_features_is_seen_in_time(size: float, delay: int, start: int) -> None:
    moved = worlds(3, 50, start + delay)
    moved[:, 3, start:] += size
    looks = range(start + delay, start, -(delay // 5))
    seen = np.max([log_e(moved[..., :n]) for n in looks], axis=0) >= ALARM
    assert seen.mean() >= 0.9


def test_a_creep_is_seen_by_night_95() -> None:
    moved = worlds(4, 40, 95)
    moved[:, 3] += 0.001 * np.arange(1, 96)
    assert (log_e(moved) >= ALARM).mean() >= 0.9


def test_shift_and_first_night_are_estimated() -> None:
    shifts = worlds(5, 1, 150)[0, :2]
    shifts[0, 100:] += 0.2
    found = nights.evidence(shifts, np.full(150, 1 / ROWS), 1 / REFERENCE, LEARN)
    assert abs(found.start[0] - 100) <= 1
    assert found.shift[0] == pytest.approx(0.2, abs=0.02)
    assert abs(found.shift[1]) < 0.01


def test_evidence_of_several_numbers_is_that_of_each() -> None:
    moved = worlds(6, 3, 60, 0.02)
    moved[1, 4, 40:] += 0.1
    variances = np.linspace(1, 2, 60) / ROWS
    together = nights.evidence(moved, variances, 1 / REFERENCE, LEARN)
    for place in np.ndindex(3, FEATURES):
        alone = nights.evidence(moved[place], variances, 1 / REFERENCE, LEARN)
        assert together.log_e[place] == pytest.approx(float(alone.log_e), abs=1e-9)
        assert together.shift[place] == pytest.approx(float(alone.shift), abs=1e-9)
        assert together.start[place] == alone.start


def test_the_mean_of_nights_has_the_error_of_rows_nights_and_reference() -> None:
    rng = np.random.default_rng(7)
    variances = np.array([1.0, 2.0, 4.0]) / ROWS
    errors = []
    for _ in range(2000):
        y = 0.1 + rng.normal(0, np.sqrt(variances)) + rng.normal(0, 0.03)
        errors.append(nights.level(y, variances, 0.03**2)[0] - 0.1)
    found, error = nights.level(np.full(3, 0.1), variances, 0.03**2)
    assert found == pytest.approx(0.1)
    assert error == pytest.approx(np.std(errors), rel=0.06)
    assert nights.level(np.array([0.1, 0.3]), np.full(2, 1e-9), 0.0)[1] == pytest.approx(0.1)
    assert nights.level(np.array([0.1]), np.array([0.04]), 0.05) == pytest.approx((0.1, 0.3))


def test_adjusted_evidence_is_the_least_mean_of_a_set() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        values = dict(zip("abcde", rng.normal(0, 3, 5).round(1), strict=True))
        sets = [s for n in range(1, 6) for s in combinations(values, n)]
        for name, found in nights.adjusted(values).items():
            means = [np.mean([np.exp(values[x]) for x in s]) for s in sets if name in s]
            assert np.exp(found) == pytest.approx(min(means))
