"""SQLite files, by the standard library: opened for reading alone, whatever the query says."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa

from skewcheck.logs.arrays import label
from skewcheck.logs.arrays.arrow import from_texts
from skewcheck.logs.batch import ROWS
from skewcheck.logs.databases.query import asking, contents, quoted, statement
from skewcheck.logs.file import Contents
from skewcheck.logs.trouble import trouble

_CELLS = 200_000
"""Values that are fetched at once: as Python objects they take some 15 MB."""
_LENGTH = 16 << 20
"""Bytes of a value at most: as of a string in other formats."""
_ALLOWED = frozenset([
    sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE,
])  # fmt: skip
"""What a query may do: not attach a file, not set anything."""
_WAL = 18
"""Byte of the header that is 2 where changes go to a file beside the database."""


def open_sqlite(path: str, name: str, sql: str | None) -> Contents:
    """Open the rows of a query, or of the only table. Raises LogError."""
    with asking(name, sql or ""), closing(_connected(path)) as connection:
        query = statement(name, sql, _tables(connection))
    run = partial(_run, path, query)
    first = None
    with asking(name, query), closing(run()) as batches:
        first = next(batches)
    return contents(name, query, run, first.schema)


def _connected(path: str) -> sqlite3.Connection:
    """Connect to a file so that nothing is written into it or beside it.

    A database in WAL mode gets files beside it even by readers. Without one there are no changes to
    be read there, and the file is whole by itself.
    """
    with Path(path).open("rb") as file:
        header = file.read(_WAL + 2)
    beside = Path(f"{path}-wal")
    alone = 2 in header[_WAL:] and not (beside.exists() and beside.stat().st_size)
    place = quote(str(Path(path).absolute()))
    connection = sqlite3.connect(
        f"file:{place}?mode=ro{'&immutable=1' * alone}", uri=True, check_same_thread=False
    )
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LENGTH)
    connection.execute("pragma query_only = on")
    connection.execute("pragma trusted_schema = off")
    return connection


def _tables(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return the tables, or else the views, as messages and as queries have them."""
    found: dict[str, list[str]] = {"table": [], "view": []}
    for kind, name in connection.execute(
        "select type, name from sqlite_master where type in ('table', 'view')"
        " and name not like 'sqlite\\_%' escape '\\' order by name"
    ):
        found[kind].append(name)
    return [(name, quoted(name)) for name in found["table"] or found["view"]]


def _run(path: str, query: str) -> Generator[pa.RecordBatch]:
    """Yield the rows of a query; the first batch, which tells the columns, may have none."""
    with closing(_connected(path)) as connection:
        connection.set_authorizer(
            lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
        )
        cursor = connection.execute(query)
        if cursor.description is None:
            raise trouble(Path(path).name, "the query returns no columns: give a select")
        names = [column[0] for column in cursor.description]
        most = max(1, min(ROWS, _CELLS // len(names)))
        rows = cursor.fetchmany(most)
        yield _batch(names, rows)
        while rows := cursor.fetchmany(most):
            yield _batch(names, rows)


def _batch(names: list[str], rows: list[tuple[object, ...]]) -> pa.RecordBatch:
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return pa.RecordBatch.from_arrays([_column(values) for values in columns], names=names)


def _column(values: tuple[object, ...]) -> pa.Array:
    """Return the values of a column, which has no type: text where they mix types."""
    kinds = set(map(type, values)) - {type(None)}
    for kind, arrow in (({int}, pa.int64()), ({int, float}, pa.float64()), ({str}, pa.string()),
                        ({bytes}, pa.binary())):  # fmt: skip
        if kinds and kinds <= kind and not (kind == {int, float} and _beyond(values)):
            return pa.array(values, arrow)
    if not kinds:
        return pa.nulls(len(values))
    return from_texts([label(value) for value in values])


def _beyond(values: tuple[object, ...]) -> bool:
    """Return whether a whole number among fractions is none that float64 has."""
    return any(isinstance(value, int) and int(float(value)) != value for value in values)
