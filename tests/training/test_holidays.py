"""Features of holidays: read by `fit --holidays`, found, written, and checked row by row."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck import api
from skewcheck.features.calendar import Holidays
from skewcheck.features.dates import day_of
from skewcheck.features.types import Parameters
from skewcheck.results.audit import Audit
from skewcheck.results.tests import JudgedTest
from skewcheck.text.errors import ParameterError, UsageError
from skewcheck.training.holidays import holidays_of

GERMAN = [
    "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-01", "2025-05-29", "2025-06-09",
    "2025-10-03", "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06",
    "2026-05-01", "2026-05-14", "2026-05-25", "2026-10-03", "2026-12-25", "2026-12-26",
]  # fmt: skip
YEARS = "2025-01-01/2026-12-31"


def log(
    start: str, days: float = 1, rows: int = 2000, seed: int = 5, zone: str = "Europe/Berlin"
) -> pd.DataFrame:
    """Return rows whose features are those of holidays at their time in a zone."""
    rng = np.random.default_rng(seed)
    seconds = np.sort(rng.random(rows)) * days * 86_400
    times = pd.Series(pd.Timestamp(start, tz="UTC") + pd.to_timedelta(seconds, unit="s"))
    day = times.dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    known = pd.to_datetime(GERMAN)
    one = pd.Timedelta(days=1)
    off = day.isin(known) | (day.dt.day_of_week >= 5)
    return pd.DataFrame(
        {
            "ts": times,
            "is_holiday": day.isin(known).astype(int),
            "eve": (day + one).isin(known),
            "after": (day - one).isin(known).astype(int),
            "open": np.where(off, "closed", "open"),
            "x": rng.normal(size=rows),
        }
    )


@cache
def parameters() -> Parameters:
    training = log("2025-01-02", 360, rows=12_000, seed=1)
    return skewcheck.fit(training, time_column="ts", holidays=[*GERMAN, YEARS])


def of_calendar(audit: Audit, name: str) -> JudgedTest:
    feature = next(f for f in audit.features if f.name == name)
    return next(test for test in feature.tests if test.name == "calendar")


def test_functions_of_holidays_are_found() -> None:
    calendar = parameters().calendar
    assert calendar is not None
    first = {name: functions[0] for name, functions in calendar.features.items()}
    units = {name: function.unit for name, function in first.items()}
    assert units == {
        "is_holiday": "holiday", "eve": "before_holiday", "after": "after_holiday",
        "open": "day_off",
    }  # fmt: skip
    assert first["open"].levels == ("open", "closed")
    for functions in calendar.features.values():
        assert "Europe/Berlin" in {function.zone for function in functions}


def test_without_the_list_none_is_found() -> None:
    assert skewcheck.fit(log("2025-01-02", 360, rows=4000), time_column="ts").calendar is None


@pytest.mark.parametrize("start", ["2026-04-02T22:00", "2026-05-12", "2026-12-25"])
def test_a_clean_day_is_ok_on_a_holiday_and_on_none(start: str) -> None:
    audit = skewcheck.audit(parameters(), log(start), by="none")
    assert audit.verdict == "ok"
    assert of_calendar(audit, "is_holiday").statistic == 0
    assert "uncovered_days" not in {note.code for note in audit.notes}


def test_a_server_without_holidays_is_skew() -> None:
    data = log("2026-04-01", 7)
    there = data["is_holiday"].astype(bool).mean()
    data["is_holiday"] = 0
    audit = skewcheck.audit(parameters(), data, by="none")
    assert {f.name for f in audit.features if f.verdict == "skew"} == {"is_holiday"}
    assert of_calendar(audit, "is_holiday").statistic == pytest.approx(there)


def test_holidays_of_another_year_are_skew() -> None:
    data = log("2026-04-01", 30)
    day = data["ts"].dt.tz_convert("Europe/Berlin").dt.strftime("%m-%d")
    last_year = {one[5:] for one in GERMAN if one.startswith("2025")}
    data["is_holiday"] = day.isin(last_year).astype(int)
    right = log("2026-04-01", 30)["is_holiday"]
    audit = skewcheck.audit(parameters(), data, by="none")
    assert {f.name for f in audit.features if f.verdict == "skew"} == {"is_holiday"}
    assert of_calendar(audit, "is_holiday").statistic == (data["is_holiday"] != right).mean()


def test_days_behind_the_list_are_not_checked_and_said() -> None:
    data = log("2027-01-01")  # a holiday that the list does not know
    data["is_holiday"], data["after"] = 1, 0
    audit = skewcheck.audit(parameters(), data.drop(columns=["eve", "open"]), allow_missing=True)
    test = of_calendar(audit, "is_holiday")
    assert test.statistic is None
    assert test.reason is not None
    assert test.reason.code == "no_covered_day"
    assert not {f.name for f in audit.features if f.verdict in ("skew", "warn")}
    assert "calendar" in {left_out.code for left_out in audit.not_tested}
    assert "2025-01-01 to 2026-12-31" in skewcheck.render(audit)


def test_rows_of_days_behind_the_list_are_left_out() -> None:
    data = log("2026-12-30", 4)
    data.loc[data["ts"] >= pd.Timestamp("2027-01-01", tz="Europe/Berlin"), "is_holiday"] = 1
    audit = skewcheck.audit(parameters(), data, by="none")
    assert of_calendar(audit, "is_holiday").statistic == 0
    (note,) = (note for note in audit.notes if note.code == "uncovered_days")
    share = note.parameters["share"]
    assert isinstance(share, float)
    assert 0.4 < share < 0.8


def test_a_list_ends_with_its_last_holiday_unless_it_says_otherwise() -> None:
    short = holidays_of(["2025-12-25", date(2025, 1, 1)])
    assert short == Holidays((day_of("2025-01-01"), day_of("2025-12-25")), 20_089, 20_447)
    assert holidays_of(["2025-05-01", "2025-01-01/2025-12-31"]).until == day_of("2025-12-31")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    skewcheck.save(parameters(), path)
    loaded = skewcheck.load(path)
    assert loaded.calendar == parameters().calendar
    assert api.dumps(loaded) == path.read_text()


@pytest.mark.parametrize(
    "content",
    [
        "2025-01-01\n\n2025-12-25  # Christmas\n",
        "date,name\n2025-12-25,Christmas\n2025-01-01,New Year\n",
        "\ufeffholiday;ds\nNew Year;2025-01-01 00:00:00\n'Xmas';2025-12-25T00:00:00Z\n",
        "2025-01-01\n2025-W52-4\n",
    ],
)
def test_files_of_dates(tmp_path: Path, content: str) -> None:
    path = tmp_path / "days.csv"
    path.write_text(content, encoding="utf-8")
    assert holidays_of(path).days == (day_of("2025-01-01"), day_of("2025-12-25"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("2025-01-01\n2025-02-30\n", "line 2: '2025-02-30' is no date: write it as 2026-12-24"),
        ("date,name\n25.12.2025,Christmas\n", "line 2: '25.12.2025' is no date"),
        ("2025-12-31/2025-01-01\n", "line 1"),
        ("# none\n", "has no date"),
        ("name,date\nNew Year\n", "line 2: '' is no date"),
        ('"2025-01-01\n', "line 1 is no line of CSV"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "days.csv"
    path.write_text(content)
    with pytest.raises(UsageError) as raised:
        holidays_of(path)
    assert str(raised.value).startswith(str(path))
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_and_no_column_of_times(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read holidays"):
        holidays_of(tmp_path / "none.txt")
    with pytest.raises(UsageError, match=r"holidays.* needs time_column"):
        skewcheck.fit(log("2025-01-02", 3), holidays=GERMAN)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("days", ["2025-02-30"], "must be a date"),
        ("days", ["2025-12-26", "2025-01-01"], "must be ascending"),
        ("days", ["2019-01-01"], "must be between"),
        ("since", 5, "since"),
        ("else", 5, "else"),
    ],
)
def test_wrong_holidays_in_a_file_are_named(
    tmp_path: Path, key: str, value: object, said: str
) -> None:
    path = tmp_path / "p.json"
    skewcheck.save(parameters(), path)
    content = json.loads(path.read_text())
    content["calendar"]["holidays"][key] = value
    path.write_text(json.dumps(content))
    with pytest.raises(ParameterError, match=r"calendar\.holidays") as raised:
        skewcheck.load(path)
    assert said in str(raised.value)


def test_a_function_of_holidays_needs_them(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    skewcheck.save(parameters(), path)
    content = json.loads(path.read_text())
    del content["calendar"]["holidays"]
    path.write_text(json.dumps(content))
    with pytest.raises(ParameterError, match=r"unit: needs `calendar.holidays`"):
        skewcheck.load(path)
