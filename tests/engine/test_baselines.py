"""Windows beside what varies by itself, and beside earlier windows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hours import EACH, HOURS, START, feature, frame, hourly, late
from scipy.signal import lfilter

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.reports.words.notes import texts


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return skewcheck.fit(frame(0, 20_000), exclude=["ts", "country"])


def sensor(rng: np.random.Generator, rows: int = 20_000, rho: float = 0.9) -> pd.DataFrame:
    noise = rng.normal(size=rows) * np.sqrt(1 - rho**2)
    noise[0] = rng.normal()
    return pd.DataFrame({"s": lfilter([1.0], [1.0, -rho], noise)})


def test_windows_that_vary_by_themselves_are_no_skew() -> None:
    verdicts, seen = [], 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        known = skewcheck.fit(sensor(rng))
        log = sensor(rng)
        verdicts.append(skewcheck.audit(known, log, every=20_000 // HOURS + 1).verdict.value)
        log.loc[12_000:, "s"] += 1.5
        found = feature(skewcheck.audit(known, log, every=20_000 // HOURS + 1), "s").changes
        seen += len(found) == 1 and abs(int(found[0].since[4:]) - 12_000) <= 2 * 834
    assert "skew" not in verdicts
    assert seen >= 18


def test_a_season_is_no_skew_and_hides_no_fault(parameters: Parameters) -> None:
    def season(seed: int) -> pd.DataFrame:
        log = frame(seed, 4 * HOURS * EACH)
        log["ts"] = START + (log["ts"] - START) * 4
        log["a"] += 3 * np.sin((log["ts"] - START) / pd.Timedelta(days=1) * 2 * np.pi)
        return log

    known = skewcheck.fit(season(0), exclude=["ts", "country"])
    for baseline in (None, "same-hour", "previous"):
        assert feature(hourly(known, season(1), baseline=baseline), "a").verdict == "ok"
    wrong = season(2)
    wrong.loc[late(wrong, 60), "a"] += 3
    (change,) = feature(hourly(known, wrong, baseline="same-hour"), "a").changes
    assert change.since[8:13] == "20T12"


def seasonal(seed: int, fault: int | None = None) -> pd.DataFrame:
    log = frame(seed, 3 * HOURS * EACH)
    log["ts"] = START + (log["ts"] - START) * 3
    log["a"] += 3 * (log["ts"].dt.hour >= 12)
    if fault is not None:
        log.loc[late(log, fault), "a"] += 1.5
    return log


def test_baselines(parameters: Parameters, tmp_path: Path) -> None:
    every_noon = feature(hourly(parameters, seasonal(11)), "a").changes
    assert [change.since[8:13] for change in every_noon] == ["18T12", "19T12", "20T12"]
    days = feature(hourly(parameters, seasonal(11), baseline="same-hour"), "a").changes
    assert days == ()
    wrong = seasonal(11, fault=60)
    days = feature(hourly(parameters, wrong, baseline="same-hour"), "a").changes
    assert [change.since[8:13] for change in days] == ["20T12"]
    steps = feature(hourly(parameters, seasonal(11), baseline="previous"), "a").changes
    assert [change.since[11:13] for change in steps][:3] == ["12", "00", "12"]


def test_windows_without_an_earlier_one_are_untested_and_said(parameters: Parameters) -> None:
    log = frame(18)
    log["a"] += 4  # in all windows: no change from any to the next
    audit = hourly(parameters, log, baseline="same-hour")
    one = feature(audit, "a")
    assert {w.verdict.value for w in one.windows} == {"untested"}
    assert not any("ks" in w.figures for w in one.windows)
    assert one.changes == ()
    told = "24 of 24 windows have no earlier one of the same hour, and are compared with nothing"
    assert told in texts(audit.notes)
    audit = hourly(parameters, log, baseline="previous")
    one = feature(audit, "a")
    assert [w.verdict.value for w in one.windows] == ["untested"] + ["ok"] * 23
    assert "the first window has none before it, and is compared with nothing" in texts(audit.notes)
    assert not {"ks", "psi"} & one.windows[0].figures.keys()
    assert one.changes == ()
    log.loc[late(log, 8), "a"] -= 4
    (change,) = feature(hourly(parameters, log, baseline="previous"), "a").changes
    assert change.since[11:13] == "08"


def test_parity_needs_no_earlier_window(parameters: Parameters) -> None:
    log = frame(19)
    step = parameters.features[0].steps[0]
    log["a_norm"] = (log["a"] - step.mean) / step.std
    log.loc[late(log, 0, 2), "a_norm"] = log["a"]
    options = {"served": "{feature}_norm", "features": ["a"], "baseline": "previous"}
    one = feature(hourly(parameters, log, **options), "a")
    assert [w.verdict.value for w in one.windows] == ["skew"] * 2 + ["ok"] * 22


def test_a_baseline_in_a_file(parameters: Parameters, tmp_path: Path) -> None:
    other = tmp_path / "other.parquet"
    shifted = frame(12)
    shifted["a"] += 4
    shifted.to_parquet(other)
    log = frame(13)
    log["a"] += 4
    found = feature(hourly(parameters, log, baseline=str(other)), "a")
    assert found.changes == ()
    assert max(w.figures.get("ks", 0) for w in found.windows) < 0.15


def test_nothing_but_strangers_on_both_sides(tmp_path: Path) -> None:
    known = skewcheck.fit(pd.DataFrame({"c": list("aabbcc") * 500}))
    path = tmp_path / "strange.parquet"
    strange = pd.DataFrame({"c": np.full(2000, 7.0)})
    strange.to_parquet(path)
    audit = skewcheck.audit(known, strange, served="{feature}", every=500, baseline=str(path))
    found = feature(audit, "c")
    assert (audit.verdict, found.changes) == ("skew", ())
