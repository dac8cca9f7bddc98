"""What tests could have shown, against simulation with the tests themselves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as scipy_stats

from skewcheck.statistics import power, two_sample

ALPHA = 1e-3
TIMES = 1000
PLACES = np.arange(-40, 41)
CLEAN = scipy_stats.norm.pdf(PLACES / 10) / 10


def share(hits: list[bool]) -> tuple[float, float]:
    return float(np.mean(hits)), 4 * float(np.std(hits)) / TIMES**0.5 + 0.01


@pytest.mark.parametrize(("n", "m", "shift"), [(150, 5000, 5), (400, 5000, 3), (700, 700, 3)])
def test_ks_and_ranks_show_what_they_say(n: int, m: int, shift: int) -> None:
    rng, moved = np.random.default_rng(n), np.roll(CLEAN, shift)
    moved = moved / moved.sum()
    clean = CLEAN / CLEAN.sum()
    d = float(np.abs(np.cumsum(clean) - np.cumsum(moved)).max())
    away = abs(float((moved * (np.cumsum(clean) - clean / 2)).sum()) - 0.5)
    sides = list(
        zip(rng.multinomial(m, clean, TIMES), rng.multinomial(n, moved, TIMES), strict=True)
    )
    simulated, error = share([(two_sample.ks(r, s).p_value or 0) <= ALPHA for r, s in sides])
    # A lower bound for KS, and no bad one.
    assert simulated - 0.25 < power.KsPower(m)(n, ALPHA, d) < simulated + error
    simulated, error = share(
        [(two_sample.mannwhitney(r, s).p_value or 0) <= ALPHA for r, s in sides]
    )
    reference = np.round(clean * 1e6).astype(np.int64)
    # Its own m is that of the reference: as many rows as here.
    computed = power.RankPower.of(np.round(clean * m).astype(np.int64))(n, ALPHA, away)
    assert computed == pytest.approx(simulated, abs=error + 0.02)
    assert power.RankPower.of(reference)(n, ALPHA, away) >= computed - 0.01


@pytest.mark.parametrize(("n", "m"), [(60, 3000), (150, 3000), (400, 400)])
def test_the_chi_square_shows_what_it_says(n: int, m: int) -> None:
    rng, p = np.random.default_rng(n), np.full(10, 0.1)
    q = p + np.array([0.03, -0.03] * 5)
    distance = float(((q - p) ** 2 / ((p + q) / 2)).sum())
    sides = zip(rng.multinomial(m, p, TIMES), rng.multinomial(n, q, TIMES), strict=True)
    simulated, error = share([(two_sample.chi2(r, s).p_value or 0) <= ALPHA for r, s in sides])
    # By PsiDistance an effect is the distance itself.
    chi2 = power.Chi2Power(np.round(p * m).astype(np.int64), 0, power.PsiDistance())
    computed = chi2(n, ALPHA, distance)
    assert computed == pytest.approx(simulated, abs=error + 0.03)


def test_a_share_shows_what_it_says() -> None:
    rng, m, n, own = np.random.default_rng(4), 5000, 300, 0.04
    seen = power.SharePower(power.Excess(200, m), own)
    simulated, error = share(
        [two_sample.excess(200, m, k, n) <= ALPHA for k in rng.binomial(n, own + 0.05, TIMES)]
    )
    assert seen(n, ALPHA, 0.05) == pytest.approx(simulated, abs=error)
    assert 0.3 < simulated < 0.95
    assert seen(2, 1e-9, 0.05) == 0.0


def test_published_rule_of_rows_for_ks() -> None:
    # ((c + 0.42)/D)^2 <= nm/(n + m): with 25 features, 135 p-values and D 0.1, about 750 rows.
    rows = power.needed(power.KsPower(20_000), 10, 0.01 / 135, 0.1)
    assert rows == pytest.approx(750, abs=10)
    assert power.KsPower(20_000)(rows, 0.01 / 135, 0.1) >= 0.8
    assert power.KsPower(20_000)(0.97 * rows, 0.01 / 135, 0.1) < 0.8


def test_a_small_reference_shows_nothing_whatever_the_log() -> None:
    assert power.needed(power.KsPower(90), 100, 1e-3, 0.1) == float("inf")
    assert power.needed(power.KsPower(90), 10, 1e-3, 0.5) < 100


def test_levels_that_are_all_pooled_show_nothing_and_one_level_shows_what_leaves_it() -> None:
    rare = power.Chi2Power(np.full(1000, 2), 0, power.PsiDistance())
    assert rare(1e9, ALPHA, 5.0) == 0.0
    constant = power.Chi2Power(np.array([5000]), 0, power.PsiDistance())
    assert constant(1000, ALPHA, 0.2) > 0.99


def test_a_lowered_effect() -> None:
    # Mean 0.25 of 1,500 normal values less 4/sqrt(1500) is at least 0.125.
    rng, n = np.random.default_rng(5), 1500
    simulated = np.mean(rng.normal(0.25, 1 / n**0.5, 20_000) - 4 / n**0.5 >= 0.125)
    assert power.LoweredPower(4.0, 1.0, 0.5)(n, ALPHA, 0.25) == pytest.approx(simulated, abs=0.02)
