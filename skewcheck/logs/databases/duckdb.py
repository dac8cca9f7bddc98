"""DuckDB files, by its library: opened for reading alone, and with no access to other files."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from skewcheck.logs.batch import ROWS
from skewcheck.logs.databases.query import asking, contents, quoted, statement
from skewcheck.logs.file import Contents
from skewcheck.logs.trouble import trouble
from skewcheck.text.errors import LogError, OptionName

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SETTINGS = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
    "lock_configuration": "true",
}
"""No other file is read or written, no extension is fetched, no variable of Python is a table."""
_TABLES = (
    "select table_schema, table_name, table_type from information_schema.tables"
    " where table_schema not in ('information_schema', 'pg_catalog') order by 1, 2"
)


def open_duckdb(path: str, name: str, sql: str | None) -> Contents:
    """Open the rows of a query, or of the only table. Raises LogError."""
    with asking(name, sql or ""):
        with closing(_connected(path, name)) as connection:
            query = statement(name, sql, _tables(connection))
            kinds = [part.type.name for part in connection.extract_statements(query)]
        if kinds != ["SELECT"]:
            raise LogError(OptionName("sql"), ": one statement that reads is needed")
        run = partial(_run, path, name, query)
        with closing(run()) as batches:
            first = next(batches)
    return contents(name, query, run, first.schema)


def _connected(path: str, name: str) -> DuckDBPyConnection:
    try:
        import duckdb
    except ImportError:
        raise trouble(
            name, "a DuckDB database: pip install 'skewcheck[duckdb]' to read it"
        ) from None
    return duckdb.connect(os.path.abspath(path), read_only=True, config=dict(_SETTINGS))  # noqa: PTH100


def _tables(connection: DuckDBPyConnection) -> list[tuple[str, str]]:
    """Return the tables, or else the views, as messages and as queries have them."""
    found = connection.execute(_TABLES).fetchall()
    tables = [row for row in found if row[2] == "BASE TABLE"] or found
    return [(table, f"{quoted(schema)}.{quoted(table)}") for schema, table, _ in tables]


def _run(path: str, name: str, query: str) -> Generator[pa.RecordBatch]:
    """Yield the rows of a query; first a batch without rows, which tells the columns."""
    with closing(_connected(path, name)) as connection:
        rows = connection.sql(query)
        reader = rows.to_arrow_reader(ROWS)
        yield pa.RecordBatch.from_pylist([], reader.schema)
        yield from reader
