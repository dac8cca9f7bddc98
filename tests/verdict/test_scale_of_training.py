"""Verdicts and distances do not depend on how many rows training had."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from scipy.spatial import distance

import skewcheck
from skewcheck.results.tests import JudgedTest
from skewcheck.statistics import two_sample

SIZES = (2_000, 200_000)
ROWS = 5_000


def audited(train: pd.Series, log: pd.Series) -> dict[str, JudgedTest]:
    known = skewcheck.fit(pd.DataFrame({"x": train}), categorical=["x"] if log.dtype == "O" else ())
    return {test.name: test for test in skewcheck.audit(known, log.to_frame("x")).features[0].tests}


def alarms(tests: dict[str, JudgedTest]) -> dict[str, str]:
    return {name: str(t.verdict) for name, t in tests.items() if t.verdict in ("warn", "skew")}


def with_share(values: np.ndarray, share: float, value: object) -> pd.Series:
    """Return values of which exactly this share is another."""
    series = pd.Series(values)
    series[np.arange(len(values)) < round(share * len(values))] = value
    return series


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("share", [0.008, 0.03, 0.048, 0.052])
@pytest.mark.parametrize("kind", ["number", "level"])
def test_nulls_have_one_rule_whatever_the_rows_of_training(
    rows: int, share: float, kind: str
) -> None:
    rng = np.random.default_rng(rows)
    values = (
        rng.normal(size=rows + ROWS) if kind == "number" else rng.choice(list("abc"), rows + ROWS)
    )
    train, log = pd.Series(values[:rows]), with_share(values[rows:], share, None)
    found = alarms(audited(train, log))
    # The documented rule: a warning from 1 percentage point above, skew from 5.
    verdict = "skew" if share >= 0.05 else "warn"
    assert found.get("nulls") == (verdict if share >= 0.01 else None)
    assert "skew" not in found.values() or share >= 0.05


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("share", [0.03, 0.048, 0.052])
def test_a_new_level_or_value_has_one_rule_as_well(rows: int, share: float) -> None:
    rng = np.random.default_rng(rows)
    levels = rng.choice(list("abc"), rows + ROWS).astype(object)
    tests = audited(pd.Series(levels[:rows]), with_share(levels[rows:], share, "new"))
    assert alarms(tests)["unseen"] == ("skew" if share >= 0.05 else "warn")
    assert ("skew" in alarms(tests).values()) == (share >= 0.05)
    flags = rng.choice([0.0, 1.0], rows + ROWS)
    tests = audited(pd.Series(flags[:rows]), with_share(flags[rows:], share, 0.5))
    assert ("skew" in alarms(tests).values()) == (share >= 0.05)


@settings(max_examples=120)
@given(
    st.integers(2, 12).flatmap(
        lambda b: st.tuples(*[st.lists(st.integers(0, 60), min_size=b, max_size=b)] * 2)
    )
)
def test_psi_is_of_the_shares_alone(pair: tuple[list[int], list[int]]) -> None:
    p, q = (np.array(weights) + np.eye(len(weights), dtype=int)[0] for weights in pair)
    # The same shares of 1,000 to 1,000,000 times as many rows.
    found = [
        two_sample.psi(p * scale, q * other).statistic
        for scale in (10**3, 10**4, 10**6) for other in (10**3, 10**6)
    ]  # fmt: skip
    assert found == pytest.approx([found[-1]] * len(found), rel=0.01, abs=0.002)
    # By hand: no share counts as less than 1/50 of the other, or of 5 %.
    a, b = p / p.sum(), q / q.sum()
    least = np.minimum(np.maximum(a, b), 0.05) / 50
    used = a + b > 0
    terms = (b - a)[used] * np.log(np.maximum(b, least)[used] / np.maximum(a, least)[used])
    assert found[-1] == pytest.approx(terms.sum(), rel=1e-3, abs=1e-4)


def test_a_new_bin_alone_makes_the_limit_just_above_5_points() -> None:
    for share in (0.01, 0.03, 0.0499, 0.0501, 0.051, 0.06):
        p, q = np.array([10**8, 0]), np.round(np.array([1 - share, share]) * 10**8).astype(np.int64)
        found = two_sample.psi(p, q).statistic
        new = share * np.log(share / (min(share, 0.05) / 50))
        assert found == pytest.approx(new - share * np.log(1 - share), rel=1e-6)
        assert (found >= 0.2) == (share > 0.0505)


@settings(max_examples=12)
@given(st.integers(0, 2**32 - 1), st.sampled_from([3, 12, 400]), st.integers(0, 30))
def test_js_and_kl_of_levels_are_scipys_on_all_of_them(seed: int, levels: int, new: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(levels + new, 0.5), 2)
    weights[0, levels:] = 0
    train, log = (
        pd.Series(np.char.add("v", rng.choice(levels + new, rows, p=w / w.sum()).astype(str)))
        for rows, w in zip((4_000, 900), weights, strict=True)
    )
    tests = audited(train.astype(object), log.astype(object))
    every = sorted({*train, *log})
    p, q = (x.value_counts().reindex(every, fill_value=0).to_numpy() for x in (train, log))
    if len(every) < 2:
        return
    # scipy.spatial.distance.jensenshannon(p, q, base=2), of the shares of every level
    assert tests["js"].statistic == pytest.approx(distance.jensenshannon(p, q, 2.0), abs=1e-7)
    # scipy.stats.entropy(q + 0.5, p + 0.5); of unseen levels 64 are known by name
    if (p == 0).sum() <= 64:
        assert tests["kl"].statistic == pytest.approx(
            scipy_stats.entropy(q + 0.5, p + 0.5), rel=1e-9
        )
