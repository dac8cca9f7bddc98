"""A source: what it says of itself, and that an audit needs no more of it than that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import add
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from rides import frame

import skewcheck
from skewcheck.config.settings import settings
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.engine.fold import M, Progress
from skewcheck.engine.memory import State
from skewcheck.engine.plan import make_plan
from skewcheck.engine.source import Source, open_source
from skewcheck.features.types import Parameters
from skewcheck.logs.batch import ROWS, Batch, RowOrigin, Wanted
from skewcheck.parameters.writer import dumps
from skewcheck.reports.json import render
from skewcheck.text.errors import NothingToTestError, UsageError
from skewcheck.training.columns import Choice
from skewcheck.training.fit import fit
from skewcheck.training.methods import Methods
from skewcheck.verdict.judge import Logs, judge


@dataclass(frozen=True)
class Table:
    """A source that is no file: one Arrow table."""

    table: pa.Table
    names: tuple[str, ...] = ("<table>",)
    left: tuple[str, ...] = ()

    def schema(self) -> Mapping[str, pa.DataType]:
        return dict(zip(self.table.schema.names, self.table.schema.types, strict=True))

    def leaves(self) -> Mapping[str, pa.DataType]:
        return self.schema()

    def has(self, column: str) -> bool:
        return column in self.table.schema.names

    def lacking(self, column: str) -> tuple[str, ...]:
        return () if self.has(column) else self.names

    def types(self, column: str) -> list[pa.DataType]:
        return [self.schema()[column]] if self.has(column) else []

    def head(self, columns: Iterable[str], rows: int = ROWS) -> Batch | None:  # noqa: ARG002
        return next(self._batches(Wanted(labels=frozenset(columns))), None)

    def heads(self, columns: Iterable[str], rows: int = ROWS) -> Iterator[Batch]:
        head = self.head(columns, rows)
        return iter(() if head is None else (head,))

    def starts(self) -> Mapping[str, int]:
        return {self.names[0]: 0}

    def fold(
        self, wanted: Wanted, zero: M, measure: Callable[[Batch], M], *,
        progress: Progress | None = None,  # noqa: ARG002
    ) -> M:  # fmt: skip
        return reduce(add, map(measure, self._batches(wanted)), zero)

    def measure(
        self, plan: Plan, *, progress: Progress | None = None, state: State | None = None  # noqa: ARG002
    ) -> Profile:  # fmt: skip
        return self.fold(plan.wanted, Profile.zero(plan), lambda b: Profile.of(plan, b))

    def _batches(self, wanted: Wanted) -> Iterator[Batch]:
        there = [name for name in wanted.all if self.has(name)]
        for start in range(0, self.table.num_rows, ROWS):
            rows = self.table.slice(start, ROWS).combine_chunks()
            columns = {name: rows[name].combine_chunks() for name in there}
            yield Batch(RowOrigin(self.names[0], start), rows.num_rows, columns)


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return skewcheck.fit(frame(1, 5000))


def served(parameters: Parameters) -> pa.Table:
    """Return a log with hosts, of which one serves `fare` raw."""
    log = frame(2, 4000)
    log["host"] = [f"h{i % 4}" for i in range(len(log))]
    log["fare_norm"] = parameters.transform(log)["fare"].where(log["host"] != "h2", log["fare"])
    return pa.Table.from_pandas(log, preserve_index=False)


def report(parameters: Parameters, source: Source, **options: object) -> str:
    chosen = settings(options)
    plan = make_plan(parameters, source, chosen)
    return render(judge(parameters, plan, source.measure(plan), chosen.policy, Logs(source.names)))


def test_an_audit_needs_no_more_than_the_protocol(parameters: Parameters) -> None:
    table = served(parameters)
    options: dict[str, object] = {"served": "{feature}_norm"}
    other = report(parameters, Table(table), **options)
    assert other == report(parameters, open_source(table), **options)
    assert "h2" in other


def test_training_needs_no_more_either() -> None:
    table = pa.Table.from_pandas(frame(3, 3000), preserve_index=False)
    of_table, of_file = (
        dumps(fit(source, Choice(), Methods.of(("zscore",))))
        for source in (Table(table), open_source(table))
    )
    assert of_table == of_file


@pytest.fixture
def files(tmp_path: Path) -> Source:
    """Three days, of which the second has no `host`, and another type of `n`."""
    frame(1, 10).assign(host="a", n=1).to_parquet(tmp_path / "1.parquet")
    frame(2, 20).assign(n=0.5).to_csv(tmp_path / "2.csv", index=False)
    frame(3, 30).assign(host="b", late=None).to_parquet(tmp_path / "3.parquet")
    return open_source(str(tmp_path))


def test_what_files_say_of_themselves(files: Source) -> None:
    assert files.names == ("1.parquet", "2.csv", "3.parquet")
    assert list(files.schema())[-3:] == ["host", "n", "late"]
    assert (files.has("late"), files.has("never")) == (True, False)
    assert (files.lacking("host"), files.lacking("n")) == (("2.csv",), ("3.parquet",))
    assert files.types("n") == [pa.int64(), pa.float64()]
    assert files.starts() == {"1.parquet": 0, "2.csv": 10, "3.parquet": 30}


def test_the_first_rows_are_those_of_the_first_file(files: Source) -> None:
    head = files.head(["host", "late"])
    assert head is not None
    assert (head.origin, head.rows, list(head.columns)) == (RowOrigin("1.parquet", 0), 10, ["host"])
    assert open_source(pd.DataFrame({"x": []})).head(["x"]) is None


def test_a_column_that_is_empty_in_the_first_file_has_the_type_of_the_next(tmp_path: Path) -> None:
    for i, array in enumerate((pa.nulls(3), pa.array([1, 2]), pa.array([0.5]))):
        pa.parquet.write_table(pa.table({"x": array}), tmp_path / f"{i}.parquet")
    source = open_source(str(tmp_path))
    assert source.schema() == source.leaves() == {"x": pa.int64()}


def test_columns_inside_of_columns_of_all_files(tmp_path: Path) -> None:
    for i, row in enumerate(({"a": 1}, {"a": 2, "b": "x"})):
        pa.parquet.write_table(pa.table({"s": [row]}), tmp_path / f"{i}.parquet")
    assert open_source(str(tmp_path)).leaves() == {"s.a": pa.int64(), "s.b": pa.string()}


def test_too_few_rows_and_no_times_are_refused(parameters: Parameters) -> None:
    source = open_source(served(parameters))
    for options, error, message in (
        ({"min_rows": 5000}, NothingToTestError, "<table>: 4,000 rows, fewer than min_rows 5000"),
        (
            {"time_column": "host", "every": timedelta(hours=1)}, UsageError,
            "every 1h: no row has a time in 'host' that can be read",
        ),
        (
            {"time_column": "host", "since": "2026-11-01"}, NothingToTestError,
            "<table>: no rows in the time asked for, by 'host' (does it hold times?)",
        ),
    ):  # fmt: skip
        plan = make_plan(parameters, source, settings(options))
        with pytest.raises(error) as refused:
            source.measure(plan)
        assert str(refused.value).startswith(message)
