"""PostgreSQL, by ADBC: one query in a transaction that cannot write, streamed by the server."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from skewcheck.logs.databases.query import asking, contents, quoted, statement
from skewcheck.logs.databases.urls import without_secrets
from skewcheck.logs.file import File
from skewcheck.logs.trouble import trouble

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection

_SCHEME = re.compile(r"postgres(?:ql)?(?:\+\w+)?://")
_WAIT = 30
"""Seconds to wait for a server, where the URL does not say."""
_TABLES = (
    "select table_schema, table_name, table_type from information_schema.tables"
    " where table_schema not in ('information_schema', 'pg_catalog') order by 1, 2"
)


def open_postgresql(url: str, sql: str | None) -> File:
    """Open the rows of a query, or of the only table that the user may see. Raises LogError.

    The name has no user, password or parameter of the URL.
    """
    place = _SCHEME.sub("postgresql://", url, count=1)
    name = without_secrets(place)
    with asking(name, sql or ""):
        with closing(_connected(place, name)) as connection:
            query = statement(name, sql, _tables(connection))
        run = partial(_run, place, name, query)
        with closing(run()) as batches:
            first = next(batches)
    return File(name, name, 0, contents(name, query, run, first.schema))


def _connected(url: str, name: str) -> Connection:
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise trouble(
            name, "a PostgreSQL database: pip install 'skewcheck[postgresql]' to read it"
        ) from None
    if "connect_timeout=" not in url:
        url = f"{url}{'&' if '?' in url else '?'}connect_timeout={_WAIT}"
    connection: Connection = dbapi.connect(url)
    return connection


def _tables(connection: Connection) -> list[tuple[str, str]]:
    """Return the tables, or else the views, as messages and as queries have them."""
    with closing(connection.cursor()) as cursor:
        cursor.execute(_TABLES)
        found = cursor.fetchall()
    tables = [row for row in found if row[2] == "BASE TABLE"] or found
    return [(table, f"{quoted(schema)}.{quoted(table)}") for schema, table, _ in tables]


def _run(url: str, name: str, query: str) -> Generator[pa.RecordBatch]:
    """Yield the rows of a query; first a batch without rows, which tells the columns.

    The library sends the query as `copy (...) to stdout`: what is no query is refused, and what
    writes inside of one is refused by the transaction.
    """
    with closing(_connected(url, name)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("set transaction read only")
        cursor.execute(query)
        reader = cursor.fetch_record_batch()
        yield pa.RecordBatch.from_arrays(
            [pa.array([], field.type) for field in reader.schema], schema=reader.schema
        )
        yield from reader
