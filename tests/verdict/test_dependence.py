"""Rows that depend on each other: what they are worth, and the warning where nobody said so."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

from skewcheck import api
from skewcheck.features.types import Parameters
from skewcheck.reports.words.notes import texts
from skewcheck.reports.words.reasons import reason
from skewcheck.statistics.power import KsPower
from skewcheck.text.errors import UsageError

RNG = np.random.default_rng


def log(sizes: list[int], icc: float, rng: np.random.Generator) -> pd.DataFrame:
    """Return rows of users, one after the other: three features under a random effect."""
    users = np.repeat(np.arange(len(sizes)), sizes)

    def z() -> np.ndarray:
        own = np.sqrt(icc) * rng.normal(size=len(sizes))
        return own[users] + np.sqrt(1 - icc) * rng.normal(size=len(users))

    levels = np.searchsorted([0.5, 0.8, 0.95], special.ndtr(z()))
    return pd.DataFrame(
        {"x": z(), "n": np.round(np.exp(z())), "k": np.array(list("abcd"))[levels]}
    ).assign(user_id=[f"u{i}" for i in users])


@pytest.fixture(scope="module")
def known() -> Parameters:
    """Return what 20,000 independent rows taught."""
    return api.fit(log([1] * 20_000, 0.0, RNG(0)), exclude=["user_id"])


def warned(parameters: Parameters, frame: pd.DataFrame, **options: object) -> str:
    """Return the warning, if there is one."""
    notes = texts(api.audit(parameters, frame, **options).notes)
    return next((note for note in notes if "p-values are too small" in note), "")


def test_clean_logs_of_100_users_are_no_skew_with_the_cluster(known: Parameters) -> None:
    rng = RNG(1)
    for _ in range(20):
        frame = log([200] * 100, 0.3, rng)
        audit = api.audit(known, frame, cluster="user_id")
        assert audit.verdict not in {"skew", "warn"}
        # By Kish's formula a mean's design effect is 1 + 199 * 0.3: 330 rows are left, to 14 %,
        # less Student's part.
        left = [f.effective_rows or 0 for f in audit.features if f.name == "x"]
        assert 150 < left[0] < 500
        assert any(
            "of 100 values of user_id are worth about" in note for note in texts(audit.notes)
        )


def test_a_shift_of_all_users_is_still_found(known: Parameters) -> None:
    frame = log([200] * 100, 0.3, RNG(2))
    assert api.audit(known, frame.assign(x=frame.x + 1), cluster="user_id").verdict == "skew"


def test_the_same_rows_without_it_are_warned_of(known: Parameters) -> None:
    rng = RNG(3)
    for sizes, least in (([200] * 100, 19), ([20] * 1000, 12)):
        # Three features: by chance, none may look moved where the effect is small.
        told = [warned(known, log(sizes, 0.3, rng).drop(columns="user_id")) for _ in range(20)]
        assert sum("64 consecutive rows are worth about" in text for text in told) >= least


def test_runs_of_what_training_had_are_no_lie() -> None:
    hours = pd.DataFrame(
        {"hour": np.repeat(RNG(11).permutation(24), 200), "x": RNG(12).normal(size=4800)}
    )
    assert warned(api.fit(hours), hours) == ""
    assert "hour: 64 consecutive rows" in warned(api.fit(hours), hours[:3600])


def test_in_any_order_the_column_is_named(known: Parameters) -> None:
    frame = log([200] * 100, 0.3, RNG(4)).sample(frac=1, random_state=1)
    assert warned(known, frame).endswith("give --cluster user_id")
    assert warned(known, frame, cluster="user_id") == ""
    # Without the column there is nothing to tell by: a warning would be a guess.
    assert warned(known, frame.drop(columns="user_id")) == ""


def test_codes_that_training_never_gives_are_alike_as_well(known: Parameters) -> None:
    frame = log([1] * 4000, 0.0, RNG(11))
    codes = known.transform(frame)["k"].to_numpy(dtype=float)
    users = np.arange(4000) // 40
    served = pd.DataFrame({"k": np.where(users % 3 == 0, 7.0, codes), "user_id": users})
    audit = api.audit(known, served, served="{feature}", features=["k"])
    assert audit.verdict == "skew"
    assert any("user_id are like each other" in note for note in texts(audit.notes))


def test_independent_rows_are_not_warned_of(known: Parameters) -> None:
    rng = RNG(15)
    for i in range(20):
        frame = log([1] * 5000, 0.0, rng)
        frame["user_id"] = rng.integers(0, 200, 5000)
        shifted = frame.assign(x=frame.x + (np.arange(5000) > 3000))  # a fault midway is no cluster
        assert warned(known, shifted if i % 2 else frame) == ""


def test_repeated_rows_are_warned_of(known: Parameters) -> None:
    frame = log([1] * 3000, 0.0, RNG(6)).drop(columns="user_id")
    again = pd.concat([frame, frame.head(400)]).sample(frac=1, random_state=1)
    assert "of the rows sampled repeat others" in warned(known, again)
    few = pd.concat([frame, frame.head(40)]).sample(frac=1, random_state=1)
    assert warned(known, few) == ""
    # A single stuck column repeats, but the rows do not.
    assert warned(known, frame.assign(x=np.where(np.arange(3000) % 2, 0.123, frame.x))) == ""


def test_rows_of_few_values_repeat_by_chance() -> None:
    rng = RNG(7)
    known = api.fit(pd.DataFrame({"n": rng.integers(0, 20, 5000).astype(float)}))
    assert warned(known, pd.DataFrame({"n": rng.integers(0, 20, 5000).astype(float)})) == ""


def test_every_file_must_have_the_column(known: Parameters, tmp_path: Path) -> None:
    frame = log([10] * 50, 0.3, RNG(8))
    frame.to_parquet(tmp_path / "a.parquet")
    frame.drop(columns="user_id").to_parquet(tmp_path / "b.parquet")
    with pytest.raises(UsageError, match=r"\(cluster=...\): no column 'user' in .*a\.parquet"):
        api.audit(known, tmp_path, cluster="user")
    with pytest.raises(UsageError, match=r"\(cluster=...\): no column 'user_id' in .*b\.parquet"):
        api.audit(known, tmp_path, cluster="user_id")


def test_the_report_says_what_rows_are_worth(known: Parameters) -> None:
    frame = log([200] * 100, 0.3, RNG(9))
    report = json.loads(api.render(api.audit(known, frame, cluster="user_id"), "json"))
    assert all(0 < f["effective_rows"] < f["rows"] for f in report["features"])
    plain = json.loads(api.render(api.audit(known, frame), "json"))
    assert "effective_rows" not in plain["features"][0]


def test_a_feature_can_be_the_cluster(known: Parameters) -> None:
    frame = log([1] * 5000, 0.0, RNG(10))
    assert api.audit(known, frame, cluster="n").verdict in {"ok", "inconclusive"}


@pytest.mark.parametrize("moved", ["a step", "a trend", "a burst", "nulls"])
def test_sessions_of_a_log_that_drifts_are_no_clusters(known: Parameters, moved: str) -> None:
    rng = RNG(16)
    for _ in range(5):
        frame = log([1] * 12_000, 0.0, rng)
        frame["user_id"] = [f"u{i // 100}" for i in range(12_000)]  # one after the other
        t = np.arange(12_000) / 12_000
        by = {"a step": t > 0.5, "a trend": t, "a burst": (t > 0.4) & (t < 0.5), "nulls": 0 * t}
        x = (frame.x + by[moved]).where((t < 0.6) | (moved != "nulls"))
        audit = api.audit(known, frame.assign(x=x))
        assert audit.verdict == "skew" if moved != "a burst" else "ok"
        assert not any("p-values are too small" in note for note in texts(audit.notes))


def test_files_are_in_the_order_of_the_log(known: Parameters, tmp_path: Path) -> None:
    rng = RNG(17)
    for i in range(24):
        frame = log([1] * 512, 0.0, rng).drop(columns="user_id")
        frame.assign(x=frame.x + i / 12).to_parquet(tmp_path / f"{i:02}.parquet")
    audit = api.audit(known, tmp_path)
    assert audit.verdict == "skew"
    assert not any("p-values are too small" in note for note in texts(audit.notes))


def test_a_cluster_that_tells_nothing(known: Parameters) -> None:
    frame = log([1] * 4000, 0.0, RNG(18))
    with pytest.raises(UsageError, match=r"\(cluster=...\): user_id is null in all 4,000 rows;"):
        api.audit(known, frame.assign(user_id=None), cluster="user_id")
    one = api.audit(known, frame.assign(user_id="u1", x=frame.x + 1), cluster="user_id")
    assert one.verdict == "inconclusive"
    assert any("all rows with a user_id have the same one" in note for note in texts(one.notes))
    # What needs no sample is found all the same.
    wrong = frame.assign(user_id="u1", x="text")
    assert api.audit(known, wrong, cluster="user_id").verdict == "skew"
    some = frame.assign(user_id=np.where(np.arange(4000) < 400, None, frame.user_id))
    audit = api.audit(known, some, cluster="user_id")
    assert "400 rows without a user_id count as independent" in texts(audit.notes)
    assert audit.verdict == "ok"


def test_rows_needed_are_rows_of_the_log(known: Parameters) -> None:
    frame = log([100] * 40, 0.3, RNG(19))
    audit = api.audit(known, frame, cluster="user_id")
    x = next(f for f in audit.features if f.name == "x")
    test = next(t for t in x.tests if t.name == "ks")
    assert test.verdict == "inconclusive"
    assert test.rows == pytest.approx(4000 / test.deff)
    assert test.needed is not None
    assert test.needed > 4000
    # That many rows, of as many users as they are, are enough.
    power = KsPower(20_000)
    assert power(test.needed / test.deff, 0.01 / 20, 0.1) >= 0.8
    assert power(test.rows, 0.01 / 20, 0.1) < 0.8
    assert f"4,000 usable rows, worth {test.rows:,.0f} independent ones; " in (reason(test) or "")


def test_windows_and_segments_are_told_what_they_lean_on(known: Parameters) -> None:
    frame = log([100] * 40, 0.3, RNG(20))
    notes = texts(api.audit(known, frame, cluster="user_id", every="1000").notes)
    assert any("where those have few values of user_id" in note for note in notes)
