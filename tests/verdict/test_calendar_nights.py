"""Nights of a world with daily and weekly rhythm: clean ones are ok, a fault is seen in each."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.types import Parameters

DAYS = 90
ROWS = 3_000


def world(first: float, days: float, rows: int, seed: int) -> pd.DataFrame:
    """Return days of ten features, of which five have a rhythm, with the hour and the weekday."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2026-03-02", tz="UTC")
    times = pd.Series(start + pd.to_timedelta(first + np.sort(rng.random(rows)) * days, unit="D"))
    hour, weekday = times.dt.hour.to_numpy(), times.dt.day_of_week.to_numpy()
    steady = {f"steady{i}": rng.normal(size=rows) for i in range(5)}
    daily = np.cos(2 * np.pi * hour / 24)
    rhythm = {
        "sine": rng.normal(size=rows) + daily,
        "saturday": rng.normal(size=rows) + 1.5 * (weekday == 5),
        "skewed": rng.gamma(2, 1, rows) * (1 + 0.5 * (weekday >= 5)),
        "spread": rng.normal(size=rows) * (1 + 0.8 * (hour < 6)),
        "both": rng.normal(size=rows) - daily - (weekday == 0),
    }
    return pd.DataFrame({"ts": times, "hour": hour, "weekday": weekday, **steady, **rhythm})


@cache
def training() -> tuple[Parameters, pd.Series]:
    data = world(0, DAYS, 60_000, 1)
    return skewcheck.fit(data, time_column="ts"), data.drop(columns="ts").std()


@pytest.mark.parametrize("night", range(14))
def test_a_clean_night_is_ok_and_a_fault_in_it_is_seen(night: int) -> None:
    parameters, stds = training()
    data = world(DAYS + night, 1, ROWS, 1000 + night)
    assert skewcheck.audit(parameters, data, by="none").verdict == "ok"
    name = ("sine", "saturday", "skewed", "spread", "both")[night % 5]
    for shift, verdicts in ((0.25, {"warn", "skew"}), (0.4, {"skew"})):
        faulty = data.assign(**{name: data[name] + shift * stds[name]})
        audit = skewcheck.audit(parameters, faulty, by="none")
        assert {str(f.verdict) for f in audit.features if f.name == name} <= verdicts
        assert {f.name for f in audit.features if f.verdict != "ok"} == {name}
