"""First rows of a log: of each set of columns, whichever file has it, in bounded work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import pyarrow as pa

from skewcheck.logs import Batch, Wanted
from skewcheck.logs.batch import RowOrigin
from skewcheck.logs.columns import Path, picked
from skewcheck.logs.file import Contents, File, Thunk
from skewcheck.logs.log import MAX_HEADS, TRIES, Log


class Files:
    """Makes files of tables in memory, and lists the names of those that are read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def file(self, name: str, columns: Mapping[str, object]) -> File:
        table = pa.RecordBatch.from_pydict(dict(columns))
        schema = dict(zip(table.schema.names, table.schema.types, strict=True))
        return File(name, name, 0, Contents(schema, partial(self._batches, name, table)))

    def _batches(
        self, name: str, table: pa.RecordBatch, paths: Mapping[str, Path], _: Wanted
    ) -> Iterator[Thunk]:
        self.read.append(name)
        batch = Batch(RowOrigin(name, 0), table.num_rows, picked(table, paths))
        yield lambda: iter([batch])


def log_of(files: Files, *tables: Mapping[str, object]) -> Log:
    return Log(tuple(files.file(str(place), table) for place, table in enumerate(tables)))


def heads(log: Log, columns: str) -> list[tuple[str, list[str]]]:
    """Return the file of each head, and the columns."""
    return [(head.origin.file, sorted(head.columns)) for head in log.heads(columns.split())]


def test_each_set_of_columns_has_a_head_and_no_part_of_one():
    files = Files()
    log = log_of(
        files, {"a": [1]}, {"a": [2]}, {"a": [3], "b": [1]}, {"b": [2]}, {"b": [3], "c": [1]},
        {"z": [1]},
    )  # fmt: skip
    assert heads(log, "a b c d") == [("0", ["a"]), ("2", ["a", "b"]), ("4", ["b", "c"])]
    assert files.read == ["0", "2", "4"]


def test_many_files_of_two_sets_are_read_twice():
    files = Files()
    raw, both = ({"a": [1.0]}, {"a": [1.0], "b": [2.0]})
    one_of_each = [files.file("x", raw).contents, files.file("y", both).contents]
    log = Log(tuple(File(str(i), "", 0, one_of_each[i >= 19_000]) for i in range(20_000)))
    assert [file for file, _ in heads(log, "a b")] == ["0", "19000"]
    assert files.read == ["x", "y"]


def test_a_column_of_nulls_is_looked_for_in_other_files_of_the_set():
    files = Files()
    tables = [{"a": [1.0], "b": pa.nulls(1, pa.float64())} for _ in range(100)]
    tables[99] = {"a": [1.0], "b": pa.array([2.0])}
    # The last is the second that is tried, and has values in both.
    assert [file for file, _ in heads(log_of(files, *tables), "a b")] == ["0", "99"]
    # Where all are nulls, no more than TRIES are read.
    files = Files()
    assert len(heads(log_of(files, *tables[:99]), "a b")) == TRIES == len(files.read)


def test_nan_and_levels_of_null_are_no_values():
    null_level = pa.DictionaryArray.from_arrays(pa.array([0]), pa.array([None], pa.string()))
    for nothing, value in ((pa.array([float("nan")]), [1.0]), (null_level, ["x"])):
        tables = {"a": [1], "b": nothing}, {"a": [1], "b": pa.array(value)}
        assert [file for file, _ in heads(log_of(Files(), *tables), "a b")] == ["0", "1"]


def test_a_column_without_a_type_is_none():
    log = log_of(Files(), {"a": [1], "b": [None]}, {"a": [1], "b": [2]})
    assert heads(log, "a b") == [("0", ["a", "b"]), ("1", ["a", "b"])]


def test_elements_of_lists_are_there_with_their_list():
    files = Files()
    log = log_of(files, {"v": [[1, 2]]}, {"v": [[1, 2]]}, {"v": [[3]]})
    assert heads(log, "v[0] v[1] v[2]") == [("0", ["v[0]", "v[1]", "v[2]"])]


def test_files_without_rows_say_nothing():
    empty = {"a": pa.array([], pa.float64())}
    assert heads(log_of(Files(), empty, {"a": [1.0]}), "a") == [("1", ["a"])]


def test_a_column_per_file_does_not_read_all_files():
    files = Files()
    log = log_of(files, *({f"c{i}": [1]} for i in range(MAX_HEADS + 20)))
    assert len(heads(log, " ".join(f"c{i}" for i in range(MAX_HEADS + 20)))) == MAX_HEADS
    assert len(files.read) == MAX_HEADS
