"""Windows and segments, from a log to the report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hours import HOURS, feature, frame, hourly, late

import skewcheck
from skewcheck.engine import fold
from skewcheck.features.types import Parameters
from skewcheck.reports.words.features import message
from skewcheck.reports.words.notes import texts
from skewcheck.results.parts import FailingParts
from skewcheck.text.errors import LogError, SkewcheckError, UsageError


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return skewcheck.fit(frame(0, 20_000), exclude=["ts", "country"])


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
    np.testing.assert_allclose([w.figures["mean"] for w in one.windows], means, atol=1e-9)
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
    assert feature(audit, "pay").failing_parts == FailingParts(windows=True)
    assert feature(audit, "a").failing_parts is None
    assert message(feature(audit, "pay")) == "the whole log passes, but some windows do not"
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
    broken = [w.figures["parity"] for w in feature(audit, "a").windows]
    assert [share > 0.99 for share in broken] == [hour in (15, 16) for hour in range(HOURS)]


def test_a_slow_rise_has_a_trend(parameters: Parameters) -> None:
    log = frame(6)
    log["a"] += np.linspace(0, 1, len(log))
    found = feature(hourly(parameters, log), "a").trend
    assert found is not None
    assert found.slope == pytest.approx(0.5 / HOURS, rel=0.3)
    assert feature(hourly(parameters, log), "b").trend is None


def test_a_step_is_no_trend(parameters: Parameters) -> None:
    log = frame(6)
    log.loc[late(log, 12), "a"] += 1
    one = feature(hourly(parameters, log), "a")
    assert len(one.changes) == 1
    assert one.trend is None


def test_cause_and_change_tell_one_onset(parameters: Parameters) -> None:
    log = frame(20)
    log.loc[late(log, 15), "a"] += 2
    text = " ".join(skewcheck.render(hourly(parameters, log, by="none")).split())
    moments = set(re.findall(r"since (2026-\d\d-\d\d \d\d:\d\d)", text))
    assert moments == {"2026-11-18 15:00"}
    assert "cause: drift" in text


def test_the_line_is_of_the_changes_own_test(parameters: Parameters) -> None:
    log = frame(21)
    log.loc[late(log, 18), "b"] = np.nan
    text = skewcheck.render(hourly(parameters, log))
    drawn = "·" * 18 + "█" * 6
    line = f"nulls by window {drawn} up to 100 %; skew from 5 % on (▅ and higher)"
    assert line in " ".join(text.split())


def test_order_and_threads_do_not_matter(
    parameters: Parameters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = frame(7)
    log.loc[late(log, 15), "a"] += 1.2
    mixed = log.sample(frac=1, random_state=1)
    texts = []
    for cores, rows in ((1, log), (3, log), (3, mixed)):
        monkeypatch.setattr(fold, "cores", lambda cores=cores: cores)
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
    assert "100 rows without a time in ts are in no window" in texts(audit.notes)


def test_windows_that_are_too_small_are_said_and_no_doubt(parameters: Parameters) -> None:
    audit = skewcheck.audit(parameters, frame(10), every=20)
    assert audit.verdict == "ok"
    assert "480 of 480 windows have too few rows to show anything by themselves" in texts(
        audit.notes
    )


def test_times_that_no_row_has_are_refused(parameters: Parameters) -> None:
    log = frame(9)
    log["ts"] = pd.NaT
    with pytest.raises(UsageError, match="no row has a time in 'ts' that can be read"):
        hourly(parameters, log)
    assert skewcheck.audit(parameters, log, every=500).verdict == "ok"


def test_clean_logs_with_parts_seldom_alarm(parameters: Parameters) -> None:
    verdicts = [hourly(parameters, frame(100 + i), by="country").verdict for i in range(12)]
    assert verdicts.count("skew") == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": "1h"}, r"every=...\): needs time_column="),
        ({"every": "soon", "time_column": "ts"}, r"every=...\): must be a length of time as 1h"),
        ({"every": 0}, r"every=...\): must be a length"),
        ({"every": True}, r"every=...\): must be a length"),
        ({"baseline": "previous"}, "previous is of windows: needs every="),
        ({"baseline": "x.parquet"}, r"baseline=...\): is of windows or segments: needs"),
        (
            {"every": 100, "baseline": "same-hour"},
            r"baseline=...\): same-hour needs every=",
        ),
        ({"every": "7h", "time_column": "ts", "baseline": "same-hour"}, "a part of a day"),
        ({"every": "1s", "time_column": "ts"}, r"every='1s'\): the log has more than 1,000"),
        ({"every": "1h", "time_column": "when"}, "no column 'when'"),
        ({"every": "1h", "time_column": "pay"}, r"every='1h'\): no row has a time in 'pay'"),
        ({"by": "country,auto"}, r"by=...\): auto cannot stand beside columns"),
    ],
)
def test_bad_options(parameters: Parameters, options: dict[str, object], message: str) -> None:
    with pytest.raises(SkewcheckError, match=message) as found:
        skewcheck.audit(parameters, frame(1), **options)
    assert isinstance(found.value, UsageError)


def test_a_baseline_that_is_not_there(parameters: Parameters) -> None:
    with pytest.raises(LogError, match="nowhere"):
        skewcheck.audit(parameters, frame(1), every=500, baseline="nowhere.parquet")
