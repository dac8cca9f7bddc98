"""A Spark DataFrame as the driver sees it: its columns, its first rows, what tells rows apart."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from urllib.parse import unquote

import pyarrow as pa

from skewcheck.engine.spark.errors import in_one_line, not_analyzed
from skewcheck.engine.spark.task_rows import FILE, ROW
from skewcheck.engine.spark.tasks import ORDER, SCHEMA, Job, Measured, Piece, added, measured, total
from skewcheck.engine.tasks import M
from skewcheck.logs.batch import ROWS
from skewcheck.logs.trouble import refuse_duplicates
from skewcheck.text.errors import OptionName, UsageError

CELLS = 16 << 20
"""Values of a frame's first rows up to which all columns are read at once: 128 MB of numbers."""
ADDERS = 8
"""Tasks that add measures; the driver adds what they make."""
_KEPT_FILES = (("_metadata.file_path", "_metadata.row_index"), ("_file", "_pos"))
"""Where a row stands: as Spark has it of Parquet files and Delta tables, and as Iceberg has it."""


class DataFrame(Protocol):
    """What is used of a DataFrame, classic or of Spark Connect."""

    schema: Any

    def selectExpr(self, *expressions: str) -> DataFrame: ...  # noqa: N802  # Spark's name
    def where(self, condition: str) -> DataFrame: ...
    def limit(self, rows: int) -> DataFrame: ...
    def mapInArrow(self, function: Any, schema: str) -> DataFrame: ...  # noqa: N802
    def repartition(self, number: int, column: str) -> DataFrame: ...
    def sortWithinPartitions(self, *columns: str) -> DataFrame: ...  # noqa: N802
    def inputFiles(self) -> list[str]: ...  # noqa: N802
    def collect(self) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells the rows of a frame apart."""

    kind: Literal["file", "key", "hash"]
    columns: tuple[str, ...] = ()
    """The columns of a key; of files, where it says their names and the rows' numbers."""


@dataclass(slots=True)
class Frame:
    """A DataFrame, and what was asked of it so far."""

    data: DataFrame
    name: str
    """As reports show it."""
    identity: Identity
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """The place in path order and the name of each file, by where it is stored."""
    kinds: Mapping[str, pa.DataType] = field(default_factory=dict)
    """The types of the columns that Arrow can hold."""
    read: list[tuple[frozenset[str], int, list[pa.RecordBatch]]] = field(default_factory=list)
    """First rows that were read: their columns, the number that was asked for, and the rows."""

    @classmethod
    def of(cls, data: DataFrame, name: str, key: Sequence[str] = ()) -> Frame:
        """Look at a frame. UsageError for a key column that it lacks, LogError from Spark."""
        with in_one_line(name):
            kinds = dict(_kinds(data))
            refuse_duplicates(name, [column.name for column in data.schema.fields])
            for column in key:
                if column not in kinds:
                    raise UsageError(f"key {column!r}: {name} has no such column")
            if key:
                return cls(data, name, Identity("key", tuple(key)), kinds=kinds)
            kept = next((k for k in _KEPT_FILES if _has(data, k)), None)
            if kept is None:
                return cls(data, name, Identity("hash"), kinds=kinds)
            stored = data.inputFiles() or _distinct(data, kept[0])
        return cls(data, name, Identity("file", kept), _named(stored), kinds)

    def head(
        self, columns: Sequence[str], rows: int = ROWS, filled: Sequence[str] = ()
    ) -> list[pa.RecordBatch]:
        """Return first rows of the first file, these columns at least, read at most once.

        With `filled`, those of the frame with a value in one of these columns.
        """
        asked = frozenset(columns)
        for known, number, batches in self.read:
            if asked <= known and rows <= number and not filled:
                return _first(batches, rows)
        every = frozenset(self.kinds)
        if not filled and len(every) * ROWS <= CELLS:
            batches = self._fetched(sorted(every), ROWS)
            self.read.append((every, ROWS, batches))
        else:
            batches = self._fetched(sorted(asked), rows, filled)
            if not filled:
                self.read.append((asked, rows, batches))
        return _first(batches, rows)

    def _fetched(
        self, columns: Sequence[str], rows: int, filled: Sequence[str] = ()
    ) -> list[pa.RecordBatch]:
        some = [_quoted(column) for column in columns] or ["1 AS __skewcheck_none"]
        data = self.data
        with in_one_line(self.name):
            if filled:
                some_value = " OR ".join(f"{_quoted(column)} IS NOT NULL" for column in filled)
                return _batches(data.where(some_value).selectExpr(*some).limit(rows))
            if self.files:
                first = min(self.files, key=lambda location: self.files[location])
                path = first.partition(":")[2].lstrip("/")
                condition = f"endswith({self.identity.columns[0]}, {_literal(path)})"
                if batches := _batches(data.where(condition).selectExpr(*some).limit(rows)):
                    return batches
            return _batches(data.selectExpr(*some).limit(rows))

    def fold(self, job: Job[M], columns: Iterable[str]) -> Measured[M] | None:
        """Return the sum of what tasks measure of these columns; None of no rows."""
        needed = sorted(columns)
        expressions = [_quoted(column) for column in needed]
        match self.identity:
            case Identity("file", (file, row)):
                expressions += [f"{file} AS {FILE}", f"CAST({row} AS BIGINT) AS {ROW}"]
            case Identity("key", columns_of_key):
                expressions.append(f"{_hash(map(_quoted, columns_of_key))} AS {ROW}")
            case _:
                hashed = (_hashable(column, self.kinds[column]) for column in needed)
                expressions.append(f"{_hash(hashed)} AS {ROW}")
        with in_one_line(self.name):
            made = self.data.selectExpr(*expressions).mapInArrow(_measuring(job), SCHEMA)
            adders = max(1, min(ADDERS, job.parts, len(self.files) or ADDERS))
            ordered = made.repartition(adders, "part").sortWithinPartitions(*ORDER)
            rows = ordered.mapInArrow(added, SCHEMA).collect()
        every: list[Piece] = sorted(tuple(row) for row in rows)
        return total(every)

    def starts(self) -> dict[str, int]:
        """Return the rows before each file; UsageError where a frame has no files."""
        if not self.files:
            raise UsageError(
                OptionName("every"), f": the rows of {self.name} are in no order: name a time"
            )
        file, row = self.identity.columns
        with in_one_line(self.name):
            data = self.data.selectExpr(f"{file} AS file", f"{row} AS row")
            counted: Any = data
            rows = {
                location(found[0]): int(found[1]) + 1
                for found in counted.groupBy("file").max("row").collect()
            }
        starts, before = {}, 0
        for stored, (_, name) in sorted(self.files.items(), key=lambda item: item[1]):
            starts[name] = before
            before += rows.get(stored, 0)
        return starts


def location(stored: str) -> str:
    """Return where a file is stored, spelled in one way: Spark has several for the same."""
    return re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*):/+", r"\1:/", stored)


def _named(stored: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Return the place in path order and the name of each file: its path below what all share."""
    paths = {location(file): unquote(location(file)) for file in stored}
    shared = posixpath.commonpath(map(posixpath.dirname, paths.values())) if paths else ""
    names = {file: posixpath.relpath(path, shared) for file, path in paths.items()}
    ordered = sorted(names, key=lambda file: posixpath.normpath(names[file]).split("/"))
    return {file: (place, names[file]) for place, file in enumerate(ordered)}


def _kinds(data: DataFrame) -> Iterator[tuple[str, pa.DataType]]:
    from pyspark.sql.pandas.types import to_arrow_type  # with the frame it is there

    for column in data.schema.fields:
        try:
            yield column.name, to_arrow_type(column.dataType)
        except Exception:  # noqa: S112  # of intervals, variants and whatever is new
            continue


def _has(data: DataFrame, expressions: Sequence[str]) -> bool:
    """Return whether a frame has these columns, hidden ones among them."""
    try:
        kinds = [column.dataType.typeName() for column in data.selectExpr(*expressions).schema]
    except not_analyzed():
        return False
    return kinds[0] == "string" and kinds[1] in {"long", "bigint", "integer"}


def _distinct(data: DataFrame, file: str) -> list[str]:
    distinct: Any = data.selectExpr(file)
    return [row[0] for row in distinct.distinct().collect()]


def _batches(data: DataFrame) -> list[pa.RecordBatch]:
    """Return the rows of a small frame."""
    rows = data.mapInArrow(_as_bytes, "data binary").collect()
    return [batch for row in rows for batch in pa.ipc.open_stream(bytes(row[0]))]


def _as_bytes(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as stream:
            stream.write_batch(batch)
        yield pa.RecordBatch.from_pydict({"data": [sink.getvalue().to_pybytes()]})


def _measuring(
    job: Job[M],
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what each task runs."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext  # on the worker

        context = TaskContext.get()
        yield from measured(job, batches, 0 if context is None else context.partitionId())

    return run


def _first(batches: Sequence[pa.RecordBatch], rows: int) -> list[pa.RecordBatch]:
    first: list[pa.RecordBatch] = []
    for batch in batches:
        first.append(batch.slice(0, rows))
        rows -= batch.num_rows
        if rows <= 0:
            break
    return first


def _quoted(column: str) -> str:
    return "`" + column.replace("`", "``") + "`"


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _hash(columns: Iterable[str]) -> str:
    return f"xxhash64({', '.join(columns) or '0'})"


def _hashable(column: str, kind: pa.DataType) -> str:
    """Return an expression of a column that Spark can hash: of maps it hashes none."""
    return f"to_json({_quoted(column)})" if _has_map(kind) else _quoted(column)


def _has_map(kind: pa.DataType) -> bool:
    if pa.types.is_map(kind):
        return True
    return any(_has_map(kind.field(i).type) for i in range(kind.num_fields))
