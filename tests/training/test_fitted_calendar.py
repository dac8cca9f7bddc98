"""Features that are functions of a row's time: found by `fit`, written, and read again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck import api
from skewcheck.features.calendar import CalendarFunction
from skewcheck.text.errors import ParameterError, UsageError


def table(days: float = 300, zone: str = "UTC", rows: int = 6000) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    seconds = np.sort(rng.random(rows)) * days * 86_400
    times = pd.Series(pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(seconds, unit="s"))
    at = times.dt.tz_convert(zone).dt
    return pd.DataFrame(
        {
            "ts": times,
            "hour": at.hour,
            "minute": at.minute,
            "weekday": at.isocalendar().day.astype(int),
            "sunday_first": (at.day_of_week + 1) % 7,
            "month": at.month,
            "quarter": at.quarter,
            "weekend": at.day_of_week >= 5,
            "hour_sin": np.sin(2 * np.pi * at.hour / 24),
            "month_cos": np.cos(2 * np.pi * (at.month - 1) / 12).astype(np.float32),
            "name": at.day_name(),
            "x": rng.normal(size=rows),
            "flag": rng.integers(0, 2, rows),
            "code": rng.integers(0, 7, rows),
        }
    )


@pytest.mark.parametrize("zone", ["UTC", "+05:30", "America/New_York"])
def test_functions_of_time_are_found(zone: str) -> None:
    fitted = skewcheck.fit(table(zone=zone), time_column="ts")
    assert fitted.calendar is not None
    first = {name: functions[0] for name, functions in fitted.calendar.features.items()}
    assert set(first) == {
        "hour", "minute", "weekday", "sunday_first", "month", "quarter", "weekend", "hour_sin",
        "month_cos", "name",
    }  # fmt: skip
    assert first["hour"] == CalendarFunction("hour", zone)
    assert first["weekday"] == CalendarFunction("weekday", zone, 1.0)
    assert first["sunday_first"] == CalendarFunction("weekday", zone, 0.0, 6)
    assert first["month"] == CalendarFunction("month", zone, 1.0)
    assert first["month_cos"] == CalendarFunction("month", zone, wave="cos", period=12)
    assert first["name"].levels[0] == "Monday"
    assert first["weekend"].levels == ("false", "true")


def test_one_row_of_another_value_is_enough() -> None:
    data = table()
    data.loc[4000, "hour"] = (data.loc[4000, "hour"] + 1) % 24
    fitted = skewcheck.fit(data, time_column="ts")
    assert fitted.calendar is not None
    assert "hour" not in fitted.calendar.features


def test_what_a_short_training_cannot_tell_is_kept() -> None:
    fitted = skewcheck.fit(table(60, "Europe/Berlin"), time_column="ts")  # no daylight saving
    assert fitted.calendar is not None
    zones = {function.zone for function in fitted.calendar.features["hour"]}
    assert zones == {"+01:00", "Europe/Berlin"}


def test_without_the_option_nothing_is_written() -> None:
    assert '"calendar"' not in api.dumps(skewcheck.fit(table(20)))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    fitted = skewcheck.fit(table(), time_column="ts")
    path, again = tmp_path / "a.json", tmp_path / "b.json"
    skewcheck.save(fitted, path)
    loaded = skewcheck.load(path)
    assert loaded.calendar == fitted.calendar
    assert loaded.fingerprint == skewcheck.fit(table()).fingerprint
    skewcheck.save(loaded, again)
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ({}, "unit: is missing"),
        ({"unit": "fortnight"}, "unit: must be one of weekend"),
        ({"unit": "hour", "zone": "Mars/Olympus"}, "zone: must be UTC"),
        ({"unit": "hour", "zone": "../../etc/passwd"}, "zone: must be UTC"),
        ({"unit": "hour", "wave": "sin"}, "period: is missing"),
        ({"unit": "hour", "wave": "tan", "period": 24}, "wave: must be sin or cos"),
        ({"unit": "weekday", "start": 7}, "start: must be a day"),
        ({"unit": "hour", "period": 24}, "period: must be > 0"),
        ({"unit": "weekend", "levels": ["a", "b", "c"]}, "levels: must be a level"),
        ({"unit": "hour", "offset": 1}, "offset"),
    ],
)
def test_a_wrong_function_is_named(tmp_path: Path, function: dict[str, object], said: str) -> None:
    path = tmp_path / "p.json"
    skewcheck.save(skewcheck.fit(table(20), time_column="ts"), path)
    content = json.loads(path.read_text())
    content["calendar"]["features"]["hour"] = [function]
    path.write_text(json.dumps(content))
    with pytest.raises(ParameterError, match=r"calendar\.features\.hour\[0\]") as raised:
        skewcheck.load(path)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_column_that_is_not_there() -> None:
    with pytest.raises(UsageError, match=r"time_column=.*: no column 'when' in the training data"):
        skewcheck.fit(table(20), time_column="when")
