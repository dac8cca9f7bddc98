"""Audits on Spark, local[2], against this process alone: `python spark_engine.py [ROWS] [RUNS]`.

ROWS rows x 50 in files of a million. Seconds of wall clock, the least of RUNS rounds, each of which
runs everything once; the session and its first job are not counted. The files' own way is an audit
whose executor is Spark; the DataFrame's is compared with a `mapInArrow` that only counts the rows.
"""

from __future__ import annotations

import inspect
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import data
import pyarrow as pa
import pyarrow.parquet as pq

import skewcheck
import skewcheck.spark

FILE = 1_000_000
"""Rows of a file."""


def write(folder: Path, rows: int) -> None:
    for number in range(0, rows, FILE):
        with pq.ParquetWriter(
            folder / f"{number // FILE:04d}.parquet", data.batch(1, 0).schema
        ) as w:
            for start in range(number, min(rows, number + FILE), data.ROW_GROUP):
                w.write_table(data.batch(min(data.ROW_GROUP, rows - start), start + 1))


def drained(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield pa.RecordBatch.from_pydict({"rows": [sum(batch.num_rows for batch in batches)]})


def main(rows: int, runs: int) -> None:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false").config("spark.driver.memory", "4g")
        .config("spark.driver.host", "127.0.0.1").getOrCreate()
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder)
        write(logs, rows)
        parameters = skewcheck.fit(data.batch(200_000, 7).to_pandas())
        frame = session.read.parquet(folder)
        ways: dict[str, Callable[[], object]] = {
            "audit of the files, threads": lambda: skewcheck.audit(parameters, logs),
            "empty mapInArrow": lambda: frame.mapInArrow(drained, "rows bigint").collect(),
            "audit of the DataFrame": lambda: skewcheck.spark.audit(parameters, frame),
        }
        if "executor" in inspect.signature(skewcheck.audit).parameters:
            executor = skewcheck.spark.executor(session)
            ways["audit of the files, Spark"] = lambda: skewcheck.audit(
                parameters, logs, executor=executor
            )
        frame.limit(1).mapInArrow(drained, "rows bigint").collect()
        least = dict.fromkeys(ways, float("inf"))
        for _ in range(runs):
            for name, way in ways.items():
                began = time.perf_counter()
                way()
                least[name] = min(least[name], time.perf_counter() - began)
                print(f"{name}: {time.perf_counter() - began:.1f} s", flush=True)
    print(f"\n{rows:,} rows x 50, least of {runs}:")
    for name, seconds in least.items():
        print(f"| {name} | {seconds:.1f} s |")
    print(f"DataFrame / empty: {least['audit of the DataFrame'] / least['empty mapInArrow']:.2f}")
    if "audit of the files, Spark" in least:
        ratio = least["audit of the files, Spark"] / least["audit of the files, threads"]
        print(f"files, Spark / threads: {ratio:.2f}")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given + [20_000_000, 3][len(given) :]))
