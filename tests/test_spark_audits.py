"""DataFrames of a real Spark are audited as the files that they are read from."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from alike import differences, report
from rides import frame
from spark_sessions import needs_spark, session

import skewcheck
import skewcheck.spark
from skewcheck.parameters.writer import dumps
from skewcheck.reports.json import render
from skewcheck.text.errors import LogError, UsageError

pytestmark = [
    needs_spark,
    pytest.mark.filterwarnings("ignore"),  # of PySpark, about pandas and sockets
    pytest.mark.xdist_group("spark"),  # one JVM
]
SERVED = {"served": "{feature}_norm"}


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    started = session()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parameters, and three files of a day each: one of two hosts serves `fare` too large."""
    folder = tmp_path_factory.mktemp("spark")
    parameters = skewcheck.fit(frame(1, 5000))
    skewcheck.save(parameters, folder / "p.json")
    (folder / "logs").mkdir()
    for day, rows in ((1, 1500), (2, 400), (3, 2100)):
        log = frame(10 + day, rows)
        times = pd.Timestamp(f"2026-11-0{day}") + pd.to_timedelta(np.arange(rows) * 30, "s")
        log["time"] = times.astype("datetime64[us]")
        log["host"] = np.where(np.arange(rows) % 3 == 0, "h1", "h2")
        served = parameters.transform(log)
        for name in ("fare", "count"):
            log[f"{name}_norm"] = served[name]
        log.loc[log["host"] == "h1", "fare_norm"] *= 1.1
        log.loc[log.index % 50 == 0, "count"] = np.nan
        log.to_parquet(folder / "logs" / f"{day}.parquet", index=False, row_group_size=300)
    return folder


@pytest.fixture(scope="module")
def logs(spark: Any, folder: Path) -> Any:
    return spark.read.parquet(str(folder / "logs"))


@pytest.mark.parametrize(
    "options",
    [
        {**SERVED, "time_column": "time", "every": "6h", "by": "host"},
        {**SERVED, "cluster": "host", "time_column": "time", "since": "2026-11-02"},
        {**SERVED, "every": 1000},
    ],
)
def test_a_frame_of_files_is_audited_as_they_are(
    folder: Path, logs: Any, options: dict[str, Any]
) -> None:
    files = skewcheck.audit(folder / "p.json", folder / "logs", **options)
    rows = skewcheck.spark.audit(folder / "p.json", logs, **options)
    assert files.logs.files == rows.logs.files == ("1.parquet", "2.parquet", "3.parquet")
    assert differences(report(files), report(rows)) == []
    assert "rows_by_file" in {note.code for note in rows.notes}


def test_columns_in_columns_and_training(spark: Any, folder: Path, tmp_path: Path) -> None:
    for i in range(2):
        rows = pd.read_parquet(folder / "logs" / f"{i + 1}.parquet")
        nested = pd.DataFrame({"request": rows[["fare", "count", "pay"]].to_dict("records")})
        nested.to_parquet(tmp_path / f"{i}.parquet", index=False, row_group_size=300)
    logs, training = spark.read.parquet(str(tmp_path)), spark.read.parquet(str(folder / "logs"))
    options = {"raw": "request.{feature}"}
    files = skewcheck.audit(folder / "p.json", tmp_path, reference=str(folder / "logs"), **options)
    rows = skewcheck.spark.audit(folder / "p.json", logs, reference=training, **options)
    one, other = report(files), report(rows)
    for members in (one, other):  # it is of the settings, and those of the place of training data
        members.pop("policy")
    assert differences(one, other) == []


def test_parameters_are_fitted_to_a_frame(folder: Path, logs: Any) -> None:
    files, rows = (
        json.loads(dumps(fitted))
        for fitted in (skewcheck.fit(folder / "logs"), skewcheck.spark.fit(logs))
    )
    del files["fingerprint"], rows["fingerprint"]  # of all digits: the last is that of rounding
    assert differences(files, rows) == []


def test_rows_without_a_place_are_told_apart_by_a_key_or_their_values(
    folder: Path, logs: Any
) -> None:
    expected = skewcheck.audit(folder / "p.json", folder / "logs", **SERVED)
    shuffled = logs.unionAll(logs.limit(0)).repartition(3)
    for key, note in (("time", "rows_by_key"), ((), "rows_by_hash")):
        audit = skewcheck.spark.audit(folder / "p.json", shuffled, key=key, **SERVED)
        assert [f.verdict for f in audit.features] == [f.verdict for f in expected.features]
        assert [c.code for c in audit.causes] == [c.code for c in expected.causes]
        assert note in {note.code for note in audit.notes}
    with pytest.raises(UsageError, match="key 'id': <DataFrame> has no such column"):
        skewcheck.spark.audit(folder / "p.json", shuffled, key="id", **SERVED)


def test_a_table_by_its_name(spark: Any, folder: Path, logs: Any) -> None:
    logs.createOrReplaceTempView("rides")
    audit = skewcheck.spark.audit(folder / "p.json", "rides", **SERVED)
    assert audit.logs.files == ("rides",)
    with pytest.raises(LogError, match=r"^no\.such: Spark: \[TABLE_OR_VIEW_NOT_FOUND\].*$"):
        skewcheck.spark.audit(folder / "p.json", "no.such")


def test_a_worker_that_dies_is_an_error_of_one_line(folder: Path, logs: Any) -> None:
    def die(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            yield batch
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(LogError) as error:
        skewcheck.spark.audit(folder / "p.json", logs.mapInArrow(die, logs.schema), **SERVED)
    assert str(error.value).startswith("<DataFrame>: a Spark worker ended in mid-run")
    assert "\n" not in str(error.value)


def test_what_spark_cannot_do_is_refused_by_name(folder: Path, logs: Any) -> None:
    with pytest.raises(UsageError, match=r"spark\.audit\(join=\.\.\.\): join with Spark before"):
        skewcheck.spark.audit(folder / "p.json", logs, join="id")
    with pytest.raises(UsageError, match="int: neither a DataFrame of Spark nor a table's name"):
        skewcheck.spark.audit(folder / "p.json", 3)


def test_files_are_audited_by_calls_on_spark(spark: Any, folder: Path) -> None:
    log = pd.read_parquet(folder / "logs" / "2.parquet")
    log.drop(columns="time").to_csv(folder / "more.csv", index=False)
    logs = [str(folder / "logs"), str(folder / "more.csv")]
    with skewcheck.spark.executor(spark) as executor:
        on_spark = skewcheck.audit(folder / "p.json", logs, executor=executor, **SERVED)
    threads = skewcheck.audit(folder / "p.json", logs, **SERVED)
    one, other = (json.loads(render(audit)) for audit in (on_spark, threads))
    del one["run"], other["run"]
    assert one == other


_CONNECT = """
import json, os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from alike import report
from spark_sessions import session
import skewcheck.spark

spark = session("local[2,4]", connect=True)
folder, died = Path(sys.argv[1]), Path(sys.argv[1]) / "died"
logs = spark.read.parquet(str(folder / "logs"))


def die_once(batches):
    for batch in batches:
        yield batch
        if not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)


again = logs.mapInArrow(die_once, logs.schema)
for frame in (logs, again, logs.unionAll(logs.limit(0))):
    audit = skewcheck.spark.audit(folder / "p.json", frame, served="{feature}_norm")
    print(json.dumps(report(audit)))
"""


def test_spark_connect_and_a_worker_that_is_started_again(folder: Path) -> None:
    script = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        _CONNECT,
        str(folder),
        str(Path(__file__).parent),
    ]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    rows, again, whole = map(json.loads, done.stdout.splitlines())
    files = skewcheck.audit(folder / "p.json", folder / "logs", **SERVED)
    assert differences(report(files), rows) == []
    assert (folder / "died").exists()
    assert differences(whole, again) == []
