"""Windows and segments, from a log to the report."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import skewcheck
from skewcheck import scan
from skewcheck.auditing import Audit, FeatureAudit
from skewcheck.errors import LogError, SkewcheckError, UsageError
from skewcheck.features import Parameters
from skewcheck.reports.json import schema

START = pd.Timestamp("2026-11-18T00:00:00")
HOURS = 24
EACH = 400


def frame(seed: int, rows: int = HOURS * EACH) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "a": rng.normal(10, 2, rows),
            "b": np.round(rng.gamma(2, 3, rows), 2),
            "pay": rng.choice(["Cash", "Card", "App"], rows, p=[0.5, 0.3, 0.2]),
            "country": rng.choice(["DE", "FR", "IT", "BR"], rows, p=[0.4, 0.3, 0.24, 0.06]),
            "ts": START + pd.to_timedelta(np.sort(rng.random(rows)) * HOURS, unit="h"),
        }
    )


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return skewcheck.fit(frame(0, 20_000), exclude=["ts", "country"])


def feature(audit: Audit, name: str) -> FeatureAudit:
    return next(one for one in audit.features if one.name == name)


def hourly(parameters: Parameters, log: object, **options: object) -> Audit:
    audit = skewcheck.audit(parameters, log, time_column="ts", every="1h", **options)
    jsonschema.validate(json.loads(skewcheck.render(audit, "json")), schema())
    return audit


def late(log: pd.DataFrame, hour: int, until: int = 999) -> pd.Series:
    hours = (log["ts"] - START) / pd.Timedelta(hours=1)
    return (hours >= hour) & (hours < until)


def test_a_clean_log_has_windows_and_no_change(parameters: Parameters) -> None:
    log = frame(1)
    audit = hourly(parameters, log)
    assert audit.verdict == "ok"
    assert audit.windows is not None
    assert audit.windows.starts[3] == "2026-11-18T03:00:00Z"
    assert len(audit.windows.starts) == HOURS
    one = feature(audit, "a")
    assert one.changes == ()
    assert [w.rows for w in one.windows] == log.groupby(log.ts.dt.hour).size().tolist()
    means = (log.groupby(log.ts.dt.hour)["a"].mean() - frame(0, 20_000)["a"].mean()) / frame(
        0, 20_000
    )["a"].std(ddof=0)
    np.testing.assert_allclose([w.mean for w in one.windows], means, atol=1e-9)
    # What is measured of the whole log does not depend on how it is divided.
    plain = skewcheck.audit(parameters, log)
    for a, b in zip(plain.features, audit.features, strict=True):
        assert [(t.name, t.statistic, t.p_value) for t in a.tests] == [
            (t.name, t.statistic, t.p_value) for t in b.tests
        ]


def test_a_fault_is_told_with_the_window_in_which_it_began(parameters: Parameters) -> None:
    log = frame(2)
    log.loc[late(log, 15), "a"] += 1.2
    audit = hourly(parameters, log)
    (change,) = feature(audit, "a").changes
    assert (change.since, change.until) == ("2026-11-18T15:00:00Z", None)
    assert change.confidence > 0.9
    verdicts = [w.verdict.value for w in feature(audit, "a").windows]
    assert verdicts == ["ok"] * 15 + ["skew"] * 9
    assert feature(audit, "b").changes == ()
    text = skewcheck.render(audit)
    assert "KS D by window" in text
    assert "since 2026-11-18 15:00" in text


def test_a_burst_that_the_whole_log_hides_is_skew_and_has_an_end(parameters: Parameters) -> None:
    log = frame(3)
    log.loc[late(log, 7, 8), "pay"] = "Cash"
    assert skewcheck.audit(parameters, log).verdict == "ok"
    audit = hourly(parameters, log)
    (change,) = feature(audit, "pay").changes
    assert (change.since, change.until) == ("2026-11-18T07:00:00Z", "2026-11-18T08:00:00Z")
    assert (audit.verdict, audit.exit_code) == ("skew", 1)
    assert feature(audit, "pay").message == "the whole log passes, but some windows do not"
    assert "from 2026-11-18 07:00" in skewcheck.render(audit)


def test_two_opposite_faults_are_two_changes(parameters: Parameters) -> None:
    log = frame(4)
    log.loc[late(log, 6, 10), "a"] += 2
    log.loc[late(log, 10, 14), "a"] -= 2
    first, second = feature(hourly(parameters, log), "a").changes
    assert (first.since[11:13], second.since[11:13], str(second.until)[11:13]) == ("06", "10", "14")


def test_broken_parity_has_its_time(parameters: Parameters) -> None:
    log = frame(5)
    step = parameters.features[0].steps[0]
    log["a_norm"] = (log["a"] - step.mean) / step.std
    log.loc[late(log, 15, 17), "a_norm"] = log["a"]
    audit = hourly(parameters, log, served="{feature}_norm", features=["a"])
    (change,) = feature(audit, "a").changes
    assert (change.test, change.since[11:13], str(change.until)[11:13]) == ("parity", "15", "17")
    broken = [w.parity for w in feature(audit, "a").windows]
    assert [share > 0.99 for share in broken] == [hour in (15, 16) for hour in range(HOURS)]


def test_a_slow_rise_has_a_trend(parameters: Parameters) -> None:
    log = frame(6)
    log["a"] += np.linspace(0, 1, len(log))
    found = feature(hourly(parameters, log), "a").trend
    assert found is not None
    assert found.slope == pytest.approx(0.5 / HOURS, rel=0.3)
    assert feature(hourly(parameters, log), "b").trend is None


def test_order_and_threads_do_not_matter(
    parameters: Parameters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = frame(7)
    log.loc[late(log, 15), "a"] += 1.2
    mixed = log.sample(frac=1, random_state=1)
    texts = []
    for cores, rows in ((1, log), (3, log), (3, mixed)):
        monkeypatch.setattr(scan, "cores", lambda cores=cores: cores)
        path = tmp_path / "log.parquet"
        pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), path, row_group_size=1000)
        report = json.loads(skewcheck.render(hourly(parameters, str(path)), "json"))
        texts.append([report["features"][0]["windows"], report["features"][0]["changes"]])
    assert texts[0] == texts[1]
    for key in ("rows", "ks", "psi", "verdict"):
        assert [w[key] for w in texts[0][0]] == [w[key] for w in texts[2][0]]


def test_windows_of_rows_run_through_the_files(parameters: Parameters, tmp_path: Path) -> None:
    log = frame(8)
    log.loc[6000:, "a"] += 1.2
    for kind in ("csv", "parquet"):
        folder = tmp_path / kind
        folder.mkdir()
        for i, (start, stop) in enumerate(((0, 1234), (1234, 5000), (5000, len(log)))):
            rows = log.iloc[start:stop]
            if kind == "csv":
                rows.to_csv(folder / f"{i}.csv", index=False)
            else:
                rows.to_parquet(folder / f"{i}.parquet")
        audit = skewcheck.audit(parameters, str(folder), every=500)
        one = feature(audit, "a")
        assert audit.windows is not None
        assert audit.windows.column is None
        assert [w.rows for w in one.windows] == [500] * 19 + [100]
        assert [change.since for change in one.changes] == ["row 6000"]


def test_rows_without_a_time_are_said(parameters: Parameters) -> None:
    log = frame(9)
    log.loc[:99, "ts"] = pd.NaT
    audit = hourly(parameters, log)
    assert "100 rows without a time in ts are in no window" in audit.notes


def test_windows_that_are_too_small_are_said_and_no_doubt(parameters: Parameters) -> None:
    audit = skewcheck.audit(parameters, frame(10), every=20)
    assert audit.verdict == "ok"
    assert "480 of 480 windows have too few rows to show anything by themselves" in audit.notes


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
    other = tmp_path / "other.parquet"
    shifted = frame(12)
    shifted["a"] += 4
    shifted.to_parquet(other)
    log = frame(13)
    log["a"] += 4
    found = feature(hourly(parameters, log, baseline=str(other)), "a")
    assert found.changes == ()
    assert max(w.ks or 0 for w in found.windows) < 0.15


def test_the_smallest_segment_that_holds_the_skew_is_named(parameters: Parameters) -> None:
    log = frame(14)
    log.loc[log.country == "BR", "a"] += 6
    audit = skewcheck.audit(parameters, log, by=["country"])
    jsonschema.validate(json.loads(skewcheck.render(audit, "json")), schema())
    one = feature(audit, "a")
    assert {s.value: s.verdict.value for s in one.segments} == {
        "BR": "skew", "DE": "ok", "FR": "ok", "IT": "ok",
    }  # fmt: skip
    assert [segment.value for segment in one.worst] == ["BR"]
    assert audit.exit_code == 1
    assert "worst in country = BR" in " ".join(skewcheck.render(audit).split())
    hidden = skewcheck.audit(parameters, log, by=["country"], no_values=True)
    jsonschema.validate(json.loads(skewcheck.render(hidden, "json")), schema())
    assert "BR" not in skewcheck.render(hidden) + skewcheck.render(hidden, "json")


def test_skew_everywhere_is_in_no_segment(parameters: Parameters) -> None:
    log = frame(15)
    log["a"] += 6
    one = feature(skewcheck.audit(parameters, log, by=["country"]), "a")
    assert {s.verdict.value for s in one.segments} == {"skew"}
    assert one.worst == ()


def test_small_values_are_pooled_and_named(parameters: Parameters) -> None:
    log = frame(16)
    log.loc[:4, "country"] = "LU"
    log.loc[5:11, "country"] = "MT"
    one = feature(skewcheck.audit(parameters, log, by="country"), "a")
    assert [s.value for s in one.segments][-1] == "2 small values pooled: LU, MT"
    assert one.segments[-1].rows == 12


def test_clean_logs_with_parts_seldom_alarm(parameters: Parameters) -> None:
    verdicts = [hourly(parameters, frame(100 + i), by="country").verdict for i in range(12)]
    assert verdicts.count("skew") == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": "1h"}, "--every: needs --time-column"),
        ({"every": "soon", "time_column": "ts"}, "--every: must be a length of time as 1h"),
        ({"every": 0}, "--every: must be a length"),
        ({"every": True}, "--every: must be a length"),
        ({"baseline": "previous"}, "--baseline: previous is of windows: needs --every"),
        ({"baseline": "x.parquet"}, "--baseline: is of windows or segments: needs"),
        ({"every": 100, "baseline": "same-hour"}, "--baseline: same-hour needs --every with"),
        ({"every": "7h", "time_column": "ts", "baseline": "same-hour"}, "a part of a day"),
        ({"every": "1s", "time_column": "ts"}, "--every 1s: the log has more than 1,000"),
        ({"every": "1h", "time_column": "when"}, "no column 'when'"),
    ],
)
def test_bad_options(parameters: Parameters, options: dict[str, object], message: str) -> None:
    with pytest.raises(SkewcheckError, match=message) as found:
        skewcheck.audit(parameters, frame(1), **options)
    assert isinstance(found.value, UsageError)


def test_a_baseline_that_is_not_there(parameters: Parameters) -> None:
    with pytest.raises(LogError, match="nowhere"):
        skewcheck.audit(parameters, frame(1), every=500, baseline="nowhere.parquet")
