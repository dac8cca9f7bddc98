"""The test `calendar`: each row of the log is compared with its time."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import cache, reduce
from operator import add
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.counts.calendar import CalendarCounts
from skewcheck.features.types import Parameters
from skewcheck.results.audit import Audit
from skewcheck.results.tests import JudgedTest


def log(
    start: str, days: float = 1, zone: str = "Europe/Berlin", rows: int = 2000, seed: int = 5
) -> pd.DataFrame:
    """Return rows whose features are those of their time in a zone."""
    rng = np.random.default_rng(seed)
    seconds = np.sort(rng.random(rows)) * days * 86_400
    times = pd.Series(pd.Timestamp(start, tz="UTC") + pd.to_timedelta(seconds, unit="s"))
    at = times.dt.tz_convert(zone).dt
    return pd.DataFrame(
        {
            "ts": times,
            "hour": at.hour,
            "dow": at.day_of_week,
            "month": at.month,
            "hour_sin": np.sin(2 * np.pi * at.hour / 24),
            "day": at.day_name(),
            "x": rng.normal(size=rows),
            "y": rng.gamma(2, 3, rows),
            "host": rng.choice(["web-1", "web-2", "web-3"], rows),
        }
    )


@cache
def parameters(days: float = 365) -> Parameters:
    data = log("2025-01-01", days, rows=8000, seed=1).drop(columns="host")
    return skewcheck.fit(data, time_column="ts")


def judged_of(audit: Audit, name: str) -> dict[str, JudgedTest]:
    feature = next(f for f in audit.features if f.name == name)
    return {test.name: test for test in feature.tests}


@pytest.mark.parametrize("start", ["2026-01-10", "2026-03-28T12:00", "2026-07-18", "2026-10-25"])
def test_a_clean_day_is_ok_and_its_one_weekday_no_finding(start: str) -> None:
    audit = skewcheck.audit(parameters(), log(start))
    assert audit.verdict == "ok"
    tests = judged_of(audit, "dow")
    assert tests["calendar"].statistic == 0
    assert (tests["ks"].statistic or 0) > 0.3
    assert tests["ks"].threshold is None
    assert tests["ks"].reason is not None
    assert tests["ks"].reason.code == "calendar"
    assert "calendar" not in {left_out.code for left_out in audit.not_tested}
    assert not {"similar_neighbours", "similar_rows"} & {note.code for note in audit.notes}


def test_other_features_are_tested_as_before() -> None:
    data = log("2026-07-18")
    data["x"] += 1
    audit = skewcheck.audit(parameters(), data)
    assert {f.name for f in audit.features if f.verdict == "skew"} == {"x"}


def test_without_times_the_audit_says_that_it_could_not() -> None:
    audit = skewcheck.audit(parameters(), log("2026-07-18").drop(columns="ts"))
    left_out = {one.code: one.features for one in audit.not_tested}
    assert set(left_out["calendar"]) == {"hour", "dow", "month", "hour_sin", "day"}
    assert judged_of(audit, "hour")["calendar"].verdict == "untested"
    assert "calendar features" in skewcheck.render(audit)


def test_another_column_of_times_can_be_named() -> None:
    data = log("2026-07-18").rename(columns={"ts": "when"})
    audit = skewcheck.audit(parameters(), data, time_column="when")
    assert audit.verdict == "ok"


def _utc(data: pd.DataFrame) -> None:
    data["hour"] = data["ts"].dt.hour


def _fixed(data: pd.DataFrame) -> None:
    data["hour"] = data["ts"].dt.tz_convert("+01:00").dt.hour


def _twelve(data: pd.DataFrame) -> None:
    data["hour"] = (data["hour"] - 1) % 12 + 1


def _sunday(data: pd.DataFrame) -> None:
    data["dow"] = (data["dow"] + 1) % 7


@pytest.mark.parametrize(
    ("fault", "name", "parameter", "variant"),
    [
        (_utc, "hour", {"zone": "UTC"}, "zone"),
        (_fixed, "hour", {"zone": "+01:00"}, "zone"),
        (_twelve, "hour", {"modulo": 12}, "clock12"),
        (_sunday, "dow", {"start": 6, "first": 0.0}, "counted"),
    ],
)
def test_another_clock_is_named(
    fault: Callable[[pd.DataFrame], None], name: str, parameter: dict[str, object], variant: str
) -> None:
    data = log("2026-03-25", 8)
    fault(data)
    audit = skewcheck.audit(parameters(), data)
    feature = next(f for f in audit.features if f.name == name)
    assert feature.verdict == "skew"
    cause = feature.causes[0]
    assert (cause.code, cause.variant) == ("time_shift", variant)
    assert parameter.items() <= cause.parameters.items()
    assert [f.name for f in audit.features if f.verdict != "ok"] == [name]


def test_daylight_saving_is_told_since_when() -> None:
    data = log("2026-03-25", 8)
    _fixed(data)
    audit = skewcheck.audit(parameters(), data)
    place = next(f for f in audit.features if f.name == "hour").causes[0].place
    assert place is not None
    assert place.since is not None
    changed = pd.Timestamp("2026-03-29T01:00", tz="UTC").timestamp()
    assert 0 <= place.since - changed < 1200


def test_the_server_with_another_clock_is_named() -> None:
    data = log("2026-07-14", 5)
    there = data["host"] == "web-2"
    data.loc[there, "hour"] = data.loc[there, "ts"].dt.hour
    audit = skewcheck.audit(parameters(), data, by="host")
    place = next(f for f in audit.features if f.name == "hour").causes[0].place
    assert place is not None
    assert place.values == ("web-2",)


def test_values_of_no_clock_have_no_mechanical_cause() -> None:
    data = log("2026-07-14", 5)
    data["hour"] = np.random.default_rng(0).permutation(data["hour"])
    audit = skewcheck.audit(parameters(), data)
    feature = next(f for f in audit.features if f.name == "hour")
    assert feature.verdict == "skew"
    assert not any(cause.code == "time_shift" for cause in feature.causes)


def test_summer_is_no_finding_where_training_saw_no_summer() -> None:
    for zone in ("Europe/Berlin", "+01:00"):
        audit = skewcheck.audit(parameters(60), log("2026-07-14", 5, zone))
        assert {f.name for f in audit.features if f.verdict == "skew"} <= {"month"}
        assert judged_of(audit, "hour")["calendar"].statistic == 0


def test_windows_of_an_hour_do_not_alarm() -> None:
    audit = skewcheck.audit(
        parameters(), log("2026-07-14"), every="6h", by="host", time_column="ts"
    )
    assert audit.verdict == "ok"


def test_counts_of_parts_add_up(tmp_path: Path) -> None:
    data = log("2026-03-25", 8)
    _fixed(data)
    whole = skewcheck.audit(parameters(), data)
    paths = [tmp_path / f"{i}.parquet" for i in range(3)]
    for path, part in zip(paths, np.array_split(np.arange(len(data)), 3), strict=True):
        data.iloc[part].to_parquet(path)
    parts = skewcheck.audit(parameters(), paths)
    assert judged_of(parts, "hour")["calendar"] == judged_of(whole, "hour")["calendar"]
    assert pickle.loads(pickle.dumps(parts)) == parts  # noqa: S301  # our own
    skewcheck.save(parameters(), tmp_path / "p.json")
    skewcheck.profile(tmp_path / "p.json", paths, tmp_path / "log.skw")
    counted = skewcheck.audit(tmp_path / "p.json", tmp_path / "log.skw")
    assert judged_of(counted, "hour")["calendar"] == judged_of(whole, "hour")["calendar"]


def test_counts_add() -> None:
    some = [CalendarCounts(3, 1, (1, 2), 5.0, 5.0), CalendarCounts(), CalendarCounts(2, 0, (0, 2))]
    assert reduce(add, some) == CalendarCounts(5, 1, (1, 4), 5.0, 5.0)


def test_training_data_beside_the_audit_keep_the_calendar() -> None:
    training = log("2025-02-01", 300, rows=6000, seed=2).drop(columns="host")
    audit = skewcheck.audit(parameters(), log("2026-07-18"), reference=training)
    assert audit.verdict == "ok"
    assert judged_of(audit, "hour")["calendar"].statistic == 0


@pytest.mark.parametrize("seconds", [20, 600, 1500])
def test_times_that_are_late_are_no_other_clock(seconds: int) -> None:
    data = log("2026-07-14", 5)
    data["ts"] += pd.Timedelta(seconds=seconds)
    audit = skewcheck.audit(parameters(), data)
    hour = next(f for f in audit.features if f.name == "hour")
    assert hour.verdict == "skew"
    assert not any(c.confidence >= 0.9 for f in audit.features for c in f.causes)


def test_some_rows_anywhere_by_another_clock_are_no_sure_cause() -> None:
    data = log("2026-07-14", 5)
    some = np.random.default_rng(0).random(len(data)) < 0.7
    data.loc[some, "hour"] = data.loc[some, "ts"].dt.hour
    (cause,) = next(
        f for f in skewcheck.audit(parameters(), data).features if f.name == "hour"
    ).causes
    assert (cause.code, cause.confidence) == ("time_shift", 0.5)
    assert cause.parameters["zone"] == "UTC"
