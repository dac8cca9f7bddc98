"""Windows and segments are compared with the same part of training's week as their own."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.results.audit import Audit
from skewcheck.verdict.part_strata import without_rhythm

START = pd.Timestamp("2026-03-02", tz="UTC")


def world(first: float, days: float, rows: int, seed: int) -> pd.DataFrame:
    """Return days of a world with a daily and a weekly rhythm, from a Monday on."""
    rng = np.random.default_rng(seed)
    times = pd.Series(START + pd.to_timedelta(first + np.sort(rng.random(rows)) * days, unit="D"))
    hour, weekend = times.dt.hour.to_numpy(), times.dt.day_of_week.to_numpy() >= 5
    daily = np.sin(2 * np.pi * (hour - 9) / 24)
    shop = rng.random(rows) < 0.35 + 0.25 * daily
    return pd.DataFrame(
        {
            "ts": times,
            "load": rng.normal(size=rows) + daily - weekend,
            "price": np.exp(0.4 * (rng.normal(size=rows) - 0.8 * daily)),
            "kind": np.where(shop, "shop", np.where(rng.random(rows) < 0.5, "web", "phone")),
            "steady": rng.normal(size=rows),
        }
    )


@cache
def parameters() -> Parameters:
    return skewcheck.fit(world(0, 84, 60_000, 1), time_column="ts")


def with_hosts(data: pd.DataFrame) -> pd.DataFrame:
    """Add hosts of which one serves in the night alone, and one in the day alone."""
    random = np.random.default_rng(6).random(len(data))
    hour = data["ts"].dt.hour
    of_day = np.where(hour.between(8, 19), "day", "both")
    return data.assign(host=np.where(random < 0.5, "both", np.where(hour < 6, "night", of_day)))


def findings(audit: Audit) -> set[str]:
    """Return what of the features alarms, in any part."""
    found = set()
    for feature in audit.features:
        if feature.verdict in ("warn", "skew"):
            found.add(f"{feature.name}: {feature.verdict}")
        found |= {f"{feature.name} since {change.since}" for change in feature.changes}
        found |= {
            f"{feature.name} of {segment.value}"
            for segment in feature.segments
            if segment.verdict in ("warn", "skew")
        }
        if feature.trend is not None:
            found.add(f"{feature.name}: trend")
    return found


@pytest.mark.parametrize("day", [85, 89, 90])
def test_hours_of_a_clean_day_are_no_finding(day: int) -> None:
    data = world(day, 1, 4000, 100 + day)
    audit = skewcheck.audit(parameters(), data, by="none", every="1h", time_column="ts")
    assert findings(audit) == set()
    assert audit.verdict == "ok"


def test_without_strata_they_are() -> None:
    plain = skewcheck.fit(world(0, 84, 60_000, 1), time_column="ts", strata="none")
    data = world(85, 1, 4000, 185)
    audit = skewcheck.audit(plain, data, by="none", every="1h", time_column="ts")
    assert any("since" in told for told in findings(audit))


def test_days_of_a_clean_week_are_no_finding() -> None:
    audit = skewcheck.audit(
        parameters(), world(84, 7, 9000, 7), by="none", every="1d", time_column="ts"
    )
    assert findings(audit) == set()


def test_a_fault_that_begins_within_the_day_is_seen_since_then() -> None:
    data = world(85, 1, 4000, 185)
    data.loc[data["ts"].dt.hour >= 14, "load"] += 0.8
    audit = skewcheck.audit(parameters(), data, by="none", every="1h", time_column="ts")
    feature = next(f for f in audit.features if f.name == "load")
    (change,) = feature.changes
    assert change.since[11:13] in ("13", "14", "15")
    assert change.until is None
    assert {told.partition(" ")[0].rstrip(":") for told in findings(audit)} == {"load"}


@pytest.mark.parametrize("day", [85, 90])
def test_a_host_of_the_night_alone_is_no_finding(day: int) -> None:
    data = with_hosts(world(day, 1, 6000, 200 + day))
    audit = skewcheck.audit(parameters(), data, by="host")
    assert findings(audit) == set()
    assert audit.verdict == "ok"


def test_a_log_of_some_hours_by_host_is_no_finding_and_a_broken_host_is_named() -> None:
    data = world(85, 0.25, 4000, 9)
    data["host"] = np.random.default_rng(1).choice(["a", "b", "c"], len(data))
    assert findings(skewcheck.audit(parameters(), data, by="host")) == set()
    data.loc[data["host"] == "b", "load"] += 1.2
    audit = skewcheck.audit(parameters(), data, by="host")
    feature = next(f for f in audit.features if f.name == "load")
    assert feature.verdict == "skew"
    place = feature.causes[0].place
    assert place is not None
    assert place.values == ("b",)


def test_parts_of_files_add_up(tmp_path: Path) -> None:
    data = with_hosts(world(85, 1, 3000, 12))
    paths = [tmp_path / f"{i}.parquet" for i in range(3)]
    for path, rows in zip(paths, np.array_split(np.arange(len(data)), 3), strict=True):
        data.iloc[rows].to_parquet(path)
    asked = {"by": "host", "every": "6h", "time_column": "ts"}
    whole = skewcheck.audit(parameters(), data, **asked)  # type: ignore[arg-type]
    parts = skewcheck.audit(parameters(), paths, **asked)  # type: ignore[arg-type]
    for mine, theirs in zip(whole.features, parts.features, strict=True):
        assert mine.segments == theirs.segments
        for a, b in zip(mine.windows, theirs.windows, strict=True):
            assert (a.start, a.rows, a.verdict) == (b.start, b.rows, b.verdict)
            assert a.figures == pytest.approx(b.figures)


def served(data: pd.DataFrame) -> pd.DataFrame:
    """Return a log of served values alone, which training's own steps make."""
    made = parameters().transform(data)
    return pd.concat([data[["ts"]], made[["load", "price", "kind"]]], axis=1)


@pytest.mark.parametrize("day", [85, 90])
def test_served_values_alone_are_compared_with_the_same_part_of_training(day: int) -> None:
    data = served(world(day, 1, 4000, 300 + day))
    audit = skewcheck.audit(
        parameters(), data, served="{feature}", by="none", every="3h", time_column="ts",
        exclude="steady",
    )  # fmt: skip
    assert {f.mode for f in audit.features} == {"served"}
    assert findings(audit) == set()
    assert audit.verdict == "ok"


def test_a_fault_of_served_values_is_seen_in_its_feature_alone() -> None:
    data = served(world(90, 1, 4000, 390))
    data["load"] += 0.4
    audit = skewcheck.audit(parameters(), data, served="{feature}", by="none", exclude="steady")
    assert {f.name for f in audit.features if f.verdict == "skew"} == {"load"}


def test_so_behind_a_fill_and_a_logarithm(tmp_path: Path) -> None:
    def lossy(data: pd.DataFrame) -> pd.DataFrame:
        lost = np.random.default_rng(len(data)).random(len(data)) < 0.05
        night = data["ts"].dt.hour < 8
        return data.assign(price=data["price"].mask(lost & night))

    steps = [
        {"op": "impute", "value": 1.0}, {"op": "log1p"}, {"op": "zscore", "mean": 0.7, "std": 0.2},
    ]  # fmt: skip
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"features": {"price": {"type": "numeric", "steps": steps}}}))
    training = lossy(world(0, 84, 60_000, 1))
    fitted = skewcheck.fit(training, parameters=path, time_column="ts")
    assert fitted.strata is not None
    for first, days in ((89.0, 1.0), (89.4, 0.3)):  # with hours that lack nulls in training, too
        data = lossy(world(first, days, 4000, 77))
        log = data[["ts"]].assign(price=fitted.transform(data)["price"])
        audit = skewcheck.audit(fitted, log, served="{feature}", by="none")
        assert findings(audit) == set()
        log["price"] += 0.5
        audit = skewcheck.audit(fitted, log, served="{feature}", by="none")
        assert {f.name for f in audit.features if f.verdict == "skew"} == {"price"}


def test_served_values_without_strata_alarm() -> None:
    plain = skewcheck.fit(world(0, 84, 60_000, 1), time_column="ts", strata="none")
    data = served(world(90, 1, 4000, 390))
    audit = skewcheck.audit(plain, data, served="{feature}", by="none", exclude="steady")
    assert {f.name for f in audit.features if f.verdict == "skew"} >= {"load"}


def test_counts_like_their_own_part_of_training_are_like_all_of_it() -> None:
    expected = np.array([4000, 4000, 2000])
    own = np.array([[600, 300, 100], [200, 400, 400]])
    counts = np.array([[60, 30, 10], [20, 40, 40]])
    made = without_rhythm(counts, expected, own)
    assert made.tolist() == [[40, 40, 20], [40, 40, 20]]
    assert without_rhythm(counts, expected, expected[None, :].repeat(2, 0)).tolist() == (
        counts.tolist()
    )
