"""A year of hourly data: nights are compared with the same part of training's week and year."""

from __future__ import annotations

import importlib.util
import json
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck import api
from skewcheck.counts.strata import strata_of, stratum_rows, stratum_table
from skewcheck.features.dates import day_of
from skewcheck.features.strata import ByStratum, Parts
from skewcheck.features.types import Parameters
from skewcheck.text.errors import ParameterError
from skewcheck.training.holidays import holidays_of
from skewcheck.verdict.strata import season_error

RHYTHMIC = {"demand", "wait", "price", "temp", "channel"}


def _year() -> ModuleType:
    path = Path(__file__).parent.parent.parent / "fixtures" / "year.py"
    spec = importlib.util.spec_from_file_location("year_of_hours", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclass looks for its annotations
    spec.loader.exec_module(module)
    return module


year = _year()


@cache
def parameters(days: int = 365, rows: int = 70_000) -> Parameters:
    training = year.training(days, rows).drop(columns=["age", "steady"])
    return skewcheck.fit(training, time_column="ts", holidays=[*year.HOLIDAYS, year.COVERED])


def alarms(fitted: Parameters, number: int) -> tuple[set[str], list[dict[str, object]]]:
    audit = skewcheck.audit(fitted, year.night(number), by="none")
    unseen = [dict(note.parameters) for note in audit.notes if note.code == "unseen_months"]
    return {f.name for f in audit.features if f.verdict in ("skew", "warn")}, unseen


def test_strata_are_by_month_weekday_hour_and_holiday() -> None:
    strata = parameters().strata
    assert strata is not None
    parts = strata.parts
    assert (parts.seasons, parts.weekdays, parts.blocks, parts.days) == (12, 7, 8, 8)
    assert parts.months == tuple(range(12))
    assert set(strata.features) == RHYTHMIC


@pytest.mark.parametrize(
    "number", [0, 92, 200, 328], ids=["new-year", "good-friday", "summer", "autumn"]
)
def test_nights_of_the_next_year_do_not_alarm(number: int) -> None:
    assert alarms(parameters(), number) == (set(), [])


@pytest.mark.parametrize(("number", "feature"), [(105, "demand"), (265, "wait")])
def test_both_breaks_alarm(number: int, feature: str) -> None:
    assert alarms(parameters(), number) == ({feature}, [])


def test_the_season_alarms_only_where_training_lacks_it_and_the_report_says_so() -> None:
    half = parameters(181)
    assert half.strata is not None
    assert half.strata.parts.months == tuple(range(6))
    assert alarms(half, 40) == (set(), [])
    found, (said,) = alarms(half, 290)
    assert {"demand", "price", "temp"} <= found <= RHYTHMIC
    assert said["months"] == (10,)
    assert set(said["features"]) == found  # type: ignore[call-overload]
    text = skewcheck.render(skewcheck.audit(half, year.night(290), by="none"))
    assert "100% of the rows are of October, of which training has no rows" in text


def test_a_holiday_is_worth_few_rows_as_they_differ_from_each_other() -> None:
    strata = parameters().strata
    assert strata is not None
    counts = strata.parts.holidays_of_months()
    assert counts.tolist() == [2, 0, 0, 2, 2, 1, 0, 0, 0, 1, 1, 2]
    audit = skewcheck.audit(parameters(), year.night(92), by="none")
    assert {f.name for f in audit.features if f.verdict == "inconclusive"} == RHYTHMIC
    data = year.night(92)
    data["demand"] += 2  # what no holiday is
    broken = skewcheck.audit(parameters(), data, by="none")
    assert {f.name for f in broken.features if f.verdict == "skew"} == {"demand"}


def test_a_list_of_holidays_that_has_ended_is_said() -> None:
    codes = [
        {note.code for note in skewcheck.audit(parameters(), year.night(n), by="none").notes}
        for n in (364, 366)
    ]
    assert ["holidays_end" in of_night for of_night in codes] == [False, True]


def test_nights_with_a_state_know_the_error_of_their_own_part_of_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    skewcheck.save(parameters(), "p.json")
    for number in range(20, 25):
        year.night(number).to_parquet(f"log-{number}.parquet")
        audit = skewcheck.audit("p.json", f"log-{number}.parquet", by="none", state="s", learn=3)
    over_nights = {
        f.name: test.verdict for f in audit.features for test in f.tests if test.name == "nights"
    }
    assert over_nights.keys() >= RHYTHMIC
    assert set(over_nights.values()) == {"ok"}
    assert audit.night is not None
    shift = audit.night.shifts["demand"]["location"]
    assert parameters().strata is not None
    of_rows = np.pi / 3 / 3000  # 4 pi / 12: the variance of a rank, see `_location`
    of_training = np.pi / 3 * 12 * 7 / 70_000  # a weekday of one month, and shares of the next
    assert of_rows + of_training / 2.5 < shift.variance < of_rows + of_training * 1.2


def test_how_far_a_season_between_months_may_be_off() -> None:
    months = np.arange(12)
    means = 1.2 * np.sin(2 * np.pi * months / 12)
    counts, parts = np.full((12, 2), 50), Parts("ts", "UTC", 1, 1, 12)
    table = ByStratum(np.array([1]), counts, np.zeros(12, np.int64), means, np.full(12, 2.0))
    # the second difference of a sine is 2 - 2 cos(step) times its value, at most 1.2
    expected = 1.2 * (2 - 2 * np.cos(2 * np.pi / 12)) / 6 / 2.0
    assert season_error(table, parts) == pytest.approx(expected)
    assert season_error(table, Parts("ts", "UTC", 1, 12, 1)) == 0
    of_levels = np.column_stack((50 + 10 * means, 50 - 10 * means)).astype(int)
    levels = ByStratum(np.array([0]), of_levels, np.zeros(12, np.int64))
    assert season_error(levels, parts) == pytest.approx(0.12 * 0.268 / 6 / 0.5, rel=0.15)


def test_a_world_without_a_season_has_no_strata_by_month() -> None:
    rng = np.random.default_rng(2)
    rows = 40_000
    times = pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(rng.random(rows) * 365, unit="D")
    load = rng.normal(size=rows) + np.sin(2 * np.pi * times.hour / 24)
    data = pd.DataFrame({"ts": times, "load": load, "other": rng.normal(size=rows)})
    strata = skewcheck.fit(data, time_column="ts", holidays=year.HOLIDAYS[:11]).strata
    assert strata is not None
    assert (strata.parts.seasons, strata.parts.weekdays, strata.parts.days) == (1, 7, 7)


def seconds(*texts: str) -> np.ndarray:
    return np.array([pd.Timestamp(text, tz="UTC").timestamp() for text in texts])


def test_months_kinds_of_days_and_blocks() -> None:
    parts = Parts("ts", "UTC", 7, 8, 12, holidays=holidays_of(["2026-05-01", "2026-12-25"]))
    times = seconds("2026-01-05T00:30", "2026-05-01T23:59", "2026-12-24T12:00")
    expected = [0, (4 * 8 + 7) * 8 + 7, (11 * 8 + 3) * 8 + 4]
    assert strata_of(parts, np.append(times, np.nan)).tolist() == [*expected, parts.count]


def test_a_row_counts_in_its_month_and_the_one_that_it_is_next_to() -> None:
    parts = Parts("ts", "UTC", 1, 1, 12)
    for text, counts in (
        ("2026-07-16T12:00", {6: 8}),  # the middle of 31 days
        ("2026-07-01T00:00", {5: 4, 6: 4}),
        ("2026-12-31T23:59", {11: 4, 0: 4}),
        ("2026-04-23T12:00", {3: 6, 4: 2}),
    ):
        made = stratum_rows(parts, seconds(text), 1)
        assert {i: n for i, n in enumerate(made[:12]) if n} == counts
        assert made[12] == 0
        assert made[13:] == tuple(int(i == pd.Timestamp(text).month - 1) for i in range(12))
    assert stratum_rows(parts, None, 3) == (*(0,) * 12, 24, *(0,) * 12)


def test_a_row_counts_in_the_next_block_of_hours_of_its_day() -> None:
    parts = Parts("ts", "UTC", 7, 8)
    for text, counts in (
        ("2026-01-05T04:30", {1: 8}),  # a Monday, the middle of 3 to 6
        ("2026-01-05T03:00", {0: 4, 1: 4}),
        ("2026-01-05T05:15", {1: 6, 2: 2}),
        ("2026-01-05T00:00", {0: 8}),  # Sunday may be of another kind
        ("2026-01-05T23:59", {7: 8}),
    ):
        made = stratum_rows(parts, seconds(text), 1)
        assert {i: n for i, n in enumerate(made[:56]) if n} == counts


def test_a_midnight_is_of_the_day_that_it_begins() -> None:
    parts = Parts("ts", "UTC", 7, 8)
    midnights = seconds("2026-01-05T00:00")[0] + 86_400.0 * np.arange(700)  # from a Monday on
    made = stratum_rows(parts, midnights, 700)
    assert {i: n for i, n in enumerate(made[:56]) if n} == {8 * day: 800 for day in range(7)}


def test_times_of_no_calendar_count_somewhere() -> None:
    parts = Parts("ts", "UTC", 7, 8, 12)
    made = stratum_rows(parts, np.array([1e15, -1e15, 4e17, np.inf]), 4)
    assert sum(made[: parts.count]) == 3 * 64
    assert made[parts.count] == 64


@pytest.mark.parametrize("most", [2_000_000, 0])
def test_rows_of_parts_of_a_log_are_those_of_all_of_it(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skewcheck.counts.strata.MOST_PAIRS", most)
    parts = Parts("ts", "UTC", 7, 8, 12)
    rng = np.random.default_rng(4)
    times = 1.77e9 + rng.random(500) * 86_400 * 60
    times[::50] = np.nan
    places = rng.integers(-1, 3, 500)
    table = stratum_table(parts, times, places, 3)
    kept = places >= 0
    assert table.sum(0).tolist() == list(stratum_rows(parts, times[kept], int(kept.sum())))
    for place in range(3):
        single = [
            np.array(stratum_rows(parts, times[i : i + 1], 1))
            for i in np.flatnonzero(places == place)
        ]
        assert table[place].tolist() == sum(single).tolist()  # type: ignore[union-attr]
    assert table[1].tolist() == list(
        stratum_rows(parts, times[places == 1], int((places == 1).sum()))
    )


def test_what_is_written_is_read_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    skewcheck.save(parameters(), path)
    loaded = skewcheck.load(path)
    assert loaded.strata == parameters().strata
    assert api.dumps(loaded) == path.read_text()
    training = year.training(365, 70_000).drop(columns=["ts", "age", "steady"])
    assert path.stat().st_size < 3 * len(api.dumps(skewcheck.fit(training)))
    assert loaded.strata is not None
    days = loaded.strata.parts.holidays
    assert days is not None
    assert (days.since, days.until) == (day_of("2025-01-01"), day_of("2026-12-31"))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("seasons", 4, "seasons: must be 12"),
        ("months", [3, 12], "months: must be ascending"),
        ("months", [3, 2], "months: must be ascending"),
        ("holidays", {"days": []}, "holidays.since: is missing"),
        ("trained", ["2025-12-31", "2025-01-01"], "trained: must be the first and the last day"),
    ],
)
def test_wrong_parts_are_named(tmp_path: Path, key: str, value: object, said: str) -> None:
    path = tmp_path / "p.json"
    skewcheck.save(parameters(), path)
    content = json.loads(path.read_text())
    content["strata"][key] = value
    path.write_text(json.dumps(content))
    with pytest.raises(ParameterError) as raised:
        skewcheck.load(path)
    assert f"strata.{said}" in str(raised.value)
