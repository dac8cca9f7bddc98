"""Rare levels, and more of them than a file lists: clean logs are ok, stuck ones are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

import skewcheck
from skewcheck.results.audit import Audit
from skewcheck.results.tests import JudgedTest
from skewcheck.statistics.rare_levels import growth, missed, rare

RNG = np.random.default_rng


def frame(ids: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"x": np.char.add("k", ids.astype(str))})


def audited(training: np.ndarray, serving: np.ndarray) -> Audit:
    return skewcheck.audit(skewcheck.fit(frame(training), categorical=["x"]), frame(serving))


def one(audit: Audit, name: str) -> JudgedTest:
    return next(test for test in audit.features[0].tests if test.name == name)


@pytest.mark.parametrize("shape", ["uniform", "zipf"])
def test_more_levels_than_a_file_lists_are_no_skew(shape: str) -> None:
    rng = RNG(1)

    def draw(rows: int) -> np.ndarray:
        return rng.integers(0, 20_000, rows) if shape == "uniform" else rng.zipf(1.15, rows) % 10**6

    training, serving = draw(40_000), draw(2_000)
    audit = audited(training, serving)
    # So many strangers are expected that few more would not be seen in so few rows: training
    # cannot support the test, which holds nothing up.
    assert (audit.verdict, one(audit, "unseen").verdict) == ("ok", "untested")
    assert one(audit, "unseen").needed == pytest.approx(
        6_000 if shape == "uniform" else 3_000, rel=0.1
    )
    levels = np.concatenate((training, serving))
    assert len(np.unique(training)) > 10_000
    if shape == "zipf":
        # The largest change of any single level, counted by NumPy.
        _, places = np.unique(levels, return_inverse=True)
        p, q = np.bincount(places[:40_000]) / 40_000, np.bincount(places[40_000:], minlength=1)
        q = np.pad(q, (0, max(len(p) - len(q), 0))) / 2_000
        p = np.pad(p, (0, len(q) - len(p)))
        assert one(audit, "linf").statistic == pytest.approx(np.abs(p - q).max(), abs=1e-12)


def test_linf_is_of_a_single_stranger() -> None:
    rng = RNG(2)
    known = rng.integers(0, 20, 5_000)
    strangers = np.repeat([900, 901, 902], [300, 200, 100])
    audit = audited(known, np.concatenate((known[:1_400], strangers)))
    assert one(audit, "linf").statistic == pytest.approx(300 / 2_000)
    assert one(audit, "linf").value == "k900"
    assert (one(audit, "unseen").statistic, one(audit, "unseen").verdict) == (0.3, "skew")


def test_many_strangers_are_not_one_value() -> None:
    training = np.repeat(np.arange(2_000), 3)
    assert one(audited(training, np.arange(10_000, 13_000)), "constant").verdict == "ok"
    assert one(audited(training, np.full(3_000, 10_000)), "constant").verdict == "skew"


def test_a_rare_level_that_is_stuck_is_found_in_two_hundred_rows() -> None:
    rng = RNG(3)

    def draw(rows: int) -> np.ndarray:
        common = rng.random(rows) < 0.6
        return np.where(common, rng.integers(1_000, 1_010, rows), rng.integers(0, 400, rows))

    training, clean = draw(5_000), draw(200)
    assert audited(training, clean).verdict == "inconclusive"
    audit = audited(training, np.where(clean < 400, 7, clean))
    assert (audit.verdict, one(audit, "linf").value) == ("skew", "k7")


def test_growth_is_the_least_of_binomial_tests() -> None:
    reference, serving = np.array([5, 3, 0, 9]), np.array([2, 9, 4, 0])
    # scipy.stats.binomtest(k, k + c, n / (n + m), alternative="greater")
    truth = min(
        scipy_stats.binomtest(int(k), int(k + c), 40 / 140, alternative="greater").pvalue
        for c, k in zip(reference, serving, strict=True)
    )
    assert growth(reference, serving, 100, 40) == pytest.approx(truth, rel=1e-9)


@pytest.mark.parametrize(
    ("levels", "m", "n"), [(300, 500, 50_000), (100, 200, 5_000), (20, 60, 10**5)]
)
def test_strangers_of_clean_logs_are_significant_in_one_of_a_hundred_at_most(
    levels: int, m: int, n: int
) -> None:
    rng, share = RNG(levels), np.full(levels, 1 / levels)
    rejected = 0
    for _ in range(600):
        training, serving = rng.multinomial(m, share), rng.multinomial(n, share)
        own, doubles, rest = rare(training[training > 0], 0)
        rejected += missed(rest, m, int(serving[training == 0].sum()), n, own, doubles) <= 0.01
    assert rejected <= 6


@pytest.mark.parametrize("new", [1, 200])
def test_a_tenth_of_new_rows_is_found(new: int) -> None:
    rng = RNG(new)
    training = rng.zipf(1.5, 5_000) % 9_000
    serving = rng.zipf(1.5, 2_000) % 9_000
    serving[:200] = 10_000 + np.arange(200) % new
    test = one(audited(training, serving), "unseen")
    assert test.verdict == "skew"


def test_the_share_beyond_a_cut_list_is_that_of_the_levels_cut_off() -> None:
    # Against the true share, known here: every level has the same.
    rng, off = RNG(8), []
    for _ in range(20):
        seen = rng.multinomial(40_000, np.full(20_000, 1 / 20_000))
        listed = np.argsort(-seen, kind="stable")[:10_000]
        own, _, _ = rare(seen[listed], int(40_000 - seen[listed].sum()))
        off.append(own / 40_000)
    assert 0.5 <= np.mean(off) <= 0.6  # from above: how many levels are cut off is not stored
