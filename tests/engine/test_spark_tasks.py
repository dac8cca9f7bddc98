"""What tasks of Spark do, here without Spark: rows cut anyhow give the report of the files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from alike import differences, report
from rides import frame

import skewcheck
from skewcheck.auditing import delivering
from skewcheck.config.settings import settings
from skewcheck.engine.spark.frame import Frame, Identity, _named
from skewcheck.engine.spark.frame_rows import FrameRows
from skewcheck.engine.spark.source import SparkSource
from skewcheck.engine.spark.task_rows import FILE, ROW, apart, joined, runs
from skewcheck.engine.spark.tasks import Job, Measured, added, measured, total
from skewcheck.engine.tasks import M
from skewcheck.features.steps import Standardize
from skewcheck.logs.file import Contents, File
from skewcheck.logs.log import Log
from skewcheck.parameters.writer import dumps
from skewcheck.text.errors import NothingToTestError, UsageError

cloudpickle = pytest.importorskip("cloudpickle")


class Local(Frame):
    """A frame whose tasks are run here, each with copies of what is sent to it."""

    tables: Sequence[tuple[str, pa.Table]] = ()
    rows_of_task = 700

    def head(
        self,
        columns: Sequence[str],
        rows: int = 0,
        filled: Sequence[str] = (),  # noqa: ARG002
    ) -> list[pa.RecordBatch]:
        table = min(self.tables)[1]
        return table.select([*columns] or [0]).slice(0, rows).to_batches()

    def fold(self, job: Job[M], columns: Iterable[str]) -> Measured[M] | None:
        sent = cloudpickle.dumps(job)
        made: list[pa.RecordBatch] = []
        for task, batches in enumerate(self.tasks(sorted(columns))):
            made += measured(cloudpickle.loads(sent), batches, task)
        by_part: dict[int, list[tuple[object, ...]]] = {}
        for row in sorted(rows_of(made)):
            by_part.setdefault(row[0], []).append(row)
        sums = [b for part in by_part.values() for b in added(in_batches(part))]
        return total(sorted(rows_of(sums)))

    def tasks(self, columns: Sequence[str]) -> Iterator[list[pa.RecordBatch]]:
        """Yield rows of each task: the end of one file and the beginning of the next among them."""
        pieces = []
        for name, table in self.tables:
            numbers = np.arange(table.num_rows)
            rows = table.select([*columns])
            rows = rows.append_column(ROW, pa.array(numbers))
            if self.identity.kind == "file":
                rows = rows.append_column(FILE, pa.array([name] * table.num_rows, pa.string()))
            pieces.append(rows)
        whole = pa.concat_tables(pieces)
        if self.identity.kind == "hash":
            hashes = pd.util.hash_pandas_object(whole.drop([ROW]).to_pandas(), index=False)
            whole = whole.set_column(
                whole.schema.get_field_index(ROW), ROW, pa.array(hashes.to_numpy().view(np.int64))
            )
        for start in range(0, whole.num_rows, self.rows_of_task):
            yield whole.slice(start, self.rows_of_task).to_batches(max_chunksize=100)


def rows_of(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[object, ...]]:
    for batch in batches:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def in_batches(rows: Sequence[tuple[object, ...]]) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(rows), 10):
        columns = zip(*rows[start : start + 10], strict=True)
        yield pa.RecordBatch.from_arrays([pa.array(c) for c in columns], names=list("abcdef"))


def opened(folder: Path, kind: str = "file") -> SparkSource:
    """Open the Parquet files of a folder as a frame, in reverse order: Spark's is another."""
    paths = sorted(folder.rglob("*.parquet"), reverse=True)
    tables = [(f"file:{path}", pq.read_table(path, partitioning=None)) for path in paths]
    schema = tables[0][1].schema
    kinds = dict(zip(schema.names, schema.types, strict=True))
    files = _named(name for name, _ in tables) if kind == "file" else {}
    local = Local(None, "<DataFrame>", Identity(kind), files, kinds)  # type: ignore[arg-type]
    local.tables = tables
    rows = FrameRows(local.head)
    contents = Contents(kinds, rows.read)
    names = [name for _, name in sorted(files.values())] or ["<DataFrame>"]
    every = tuple(File(name, name, 0, contents) for name in names)
    return SparkSource(every[:1], read=Log(every), frame=local, rows=rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three files of several days: two hosts, of which one serves `fare` with another scale."""
    folder = tmp_path_factory.mktemp("spark") / "logs"
    parameters = skewcheck.fit(frame(1, 5000))
    for day, rows in ((1, 1500), (2, 400), (3, 2100)):
        log = frame(10 + day, rows)
        log["time"] = pd.Timestamp(f"2026-11-0{day}") + pd.to_timedelta(np.arange(rows) * 30, "s")
        log["host"] = np.where(np.arange(rows) % 3 == 0, "h1", "h2")
        served = parameters.transform(log)
        for name in ("fare", "count"):
            log[f"{name}_norm"] = served[name]
        log.loc[log["host"] == "h1", "fare_norm"] *= 1.1
        log.loc[log.index % 50 == 0, "count"] = np.nan
        (folder / f"day {day}").mkdir(parents=True)
        log["time"] = log["time"].astype("datetime64[us]")
        log.to_parquet(folder / f"day {day}" / "part 0.parquet", index=False)
    skewcheck.save(parameters, folder.parent / "p.json")
    return folder


def audited(source: object, folder: Path, **options: object) -> skewcheck.Audit:
    with delivering(folder.parent / "p.json", source, settings=settings(options)) as (audit, _):
        return audit


@pytest.mark.parametrize(
    "options",
    [
        {"served": "{feature}_norm"},
        {},
        {"served": "{feature}_norm", "time_column": "time", "every": "6h", "by": "host"},
        {"served": "{feature}_norm", "time_column": "time", "since": "2026-11-02"},
        {"served": "{feature}_norm", "cluster": "host"},
    ],
)
def test_tasks_and_their_sums_give_the_report_of_the_files(
    folder: Path, options: dict[str, object]
) -> None:
    local = audited(str(folder), folder, **options)
    spark = audited(opened(folder), folder, **options)
    assert local.logs.files == spark.logs.files
    assert differences(report(local), report(spark)) == []


def test_rows_by_a_hash_give_the_same_verdicts(folder: Path) -> None:
    served = {"served": "{feature}_norm"}
    local, spark = (
        audited(str(folder), folder, **served),
        audited(opened(folder, "hash"), folder, **served),
    )
    assert [f.verdict for f in local.features] == [f.verdict for f in spark.features]
    assert [c.code for c in local.causes] == [c.code for c in spark.causes]


def test_training_is_fitted_to_the_same_file(folder: Path) -> None:
    files, tasks = (
        json.loads(dumps(skewcheck.fit(source))) for source in (str(folder), opened(folder))
    )
    del files["fingerprint"], tasks["fingerprint"]  # of all digits: the last is that of rounding
    assert differences(files, tasks) == []


def test_an_error_of_a_task_is_that_of_the_audit(folder: Path) -> None:
    with pytest.raises(UsageError, match="every 1s: the log has more than 1,000 such windows"):
        audited(opened(folder), folder, time_column="time", every="1s")
    with pytest.raises(NothingToTestError, match="no rows in the time asked for"):
        audited(opened(folder), folder, time_column="time", since="2027-01-01")


def test_windows_of_rows_need_files(folder: Path) -> None:
    with pytest.raises(UsageError, match="every: the rows of <DataFrame> are in no order"):
        audited(opened(folder, "hash"), folder, every=1000)


def test_equal_rows_get_numbers_of_their_own() -> None:
    hashes = np.array([7, 7, -1, 7], np.int64)
    numbers = apart(hashes, 0)
    assert len({*numbers.tolist()}) == 4
    assert (numbers >= 0).all()
    assert numbers[0] == apart(hashes[:1], 99)[0]
    assert numbers[1] != apart(hashes, 1 << 40)[1]


def test_small_batches_are_joined_and_rows_in_no_order_are_no_runs() -> None:
    rows = 10_000
    files = np.random.default_rng(0).choice(["a", "b", "c"], rows)
    table = pa.table({FILE: files, ROW: np.arange(rows), "x": np.arange(rows) * 1.0})
    (batch,) = joined(table.to_batches(max_chunksize=500))
    assert batch.num_rows == rows
    (run,) = runs(batch, 0, unique=True)
    assert run.file is None
    assert len(np.unique(run.numbers)) == rows
    (batch,) = joined(table.sort_by([(FILE, "ascending"), (ROW, "ascending")]).to_batches())
    parts = [*runs(batch, 0, unique=True)]
    assert [part.file for part in parts] == ["a", "b", "c"]
    assert [len(part.numbers) for part in parts] == np.unique(files, return_counts=True)[1].tolist()


def test_records_in_text_are_opened_up_by_each_task(tmp_path: Path) -> None:
    """Each row holds a list of records: a row for each of these, whichever task has it."""
    parameters = skewcheck.fit(frame(1, 5000))
    skewcheck.save(parameters, tmp_path / "p.json")
    (tmp_path / "logs").mkdir()
    for day in range(2):
        rows = frame(20 + day, 3000)
        rows["count"] += 1  # in all rows alike
        records = rows.to_dict("records")
        lists = [json.dumps({"instances": records[i : i + 2]}) for i in range(0, 3000, 2)]
        pd.DataFrame({"payload": lists}).to_parquet(tmp_path / "logs" / f"{day}.parquet")
    local, spark = (
        audited(source, tmp_path / "logs")
        for source in (str(tmp_path / "logs"), opened(tmp_path / "logs"))
    )
    assert local.logs.rows == spark.logs.rows == 6000
    assert local.logs.files == spark.logs.files
    # Rows of records are numbered by task, so that samples are of others: counts are equal.
    counted = [
        [(f.name, f.verdict.value, [(t.name, t.value, t.p_value) for t in f.tests]) for f in log]
        for log in (local.features, spark.features)
    ]
    mine, other = (json.loads(json.dumps(counts)) for counts in counted)
    assert differences(mine, other) == []


def test_what_needs_rows_of_other_tasks_is_refused_by_name(folder: Path) -> None:
    parameters = skewcheck.load(folder.parent / "p.json")
    steps = {"count": (Standardize("running"),)}
    features = tuple(replace(f, steps=steps.get(f.name, f.steps)) for f in parameters.features)
    scoped = replace(parameters, features=features)
    with (
        pytest.raises(UsageError, match=r"^count: is normalized over other rows") as error,
        delivering(scoped, opened(folder), settings=settings({"served": "{feature}_norm"})),
    ):
        pass
    assert str(error.value).endswith("leave it out: exclude")
