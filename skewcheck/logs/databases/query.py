"""The query whose rows are the log, and its rows as batches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TypeAlias

import pyarrow as pa

from skewcheck.logs.batch import Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path, picked
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.trouble import refuse_duplicates, shown, trouble
from skewcheck.text.errors import LogError, OptionName, SkewcheckError

_FIRST_WORD = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*(\w+)", re.DOTALL)
_READING = frozenset(["from", "select", "table", "values", "with"])
"""Words with which a statement that reads begins."""
_LISTED = 5
"""Tables that a message names."""
_UNKNOWN = re.compile(
    r"(?:no such (?P<kind>table|column|function): |(?P<of>table|column|relation) (?:with name )?)"
    r"['\"]?(?P<name>[\w.]+)", re.IGNORECASE,
)  # fmt: skip
"""What databases say of a name in a query that they do not know."""
_TOPICS = (
    "syntax error", "not authorized", "read-only", "readonly", "permission denied", "disabled",
    "authentication failed", "connection refused", "timeout", "translate host name", "lock",
    "does not exist", "ambiguous", "malformed", "not a database", "too big", "one statement",
    "multiple commands", "out of memory", "division by zero", "utf", "no password supplied",
)  # fmt: skip
"""Words of a database's error that are told: the message itself may quote a value."""

Batches: TypeAlias = Iterator[pa.RecordBatch]


def statement(name: str, sql: str | None, tables: Sequence[tuple[str, str]]) -> str:
    """Return the query that is asked for, or else that of all rows of the only table.

    `tables` are names of tables, each as messages and as queries have it. LogError where there are
    none or several, and for a statement that does not read.
    """
    if sql is not None:
        word = _FIRST_WORD.match(sql)
        if word is None or word[1].lower() not in _READING:
            raise LogError(
                OptionName("sql"), ": one statement that reads is needed: begin it with select"
            )
        return sql.strip().rstrip(";")
    if not tables:
        raise trouble(name, "a database without a table")
    if len(tables) > 1:
        listed = ", ".join(shown(table) for table, _ in tables[:_LISTED])
        rest = f" and {len(tables) - _LISTED} more" * (len(tables) > _LISTED)
        raise LogError(
            f"{shown(name)}: holds {len(tables)} tables ({listed}{rest}): say which rows are the"
            " log with ",
            OptionName("sql", "'select ...'"),
        )
    return f"select * from {tables[0][1]}"  # noqa: S608  # the name is quoted


def quoted(identifier: str) -> str:
    """Return a name as SQL quotes it."""
    return '"' + identifier.replace('"', '""') + '"'


@contextmanager
def asking(name: str, sql: str) -> Iterator[None]:
    """Turn what a database raises, which may be anything, into a LogError without its data."""
    try:
        yield
    except (SkewcheckError, MemoryError):
        raise
    except Exception as error:
        raise trouble(
            name, f"the database does not answer the query: {_reason(error, sql)}"
        ) from None


def _reason(error: Exception, sql: str) -> str:
    """Return what a database's error is about: words of the query, and topics."""
    text = str(error)
    match = _UNKNOWN.search(text)
    if match is not None and match["name"] in sql:
        return f"no {(match['kind'] or match['of']).lower()} {shown(match['name'])}"
    topics = [topic for topic in _TOPICS if topic in text.lower()]
    return topics[0] if topics else type(error).__name__


def contents(name: str, sql: str, run: Callable[[], Batches], schema: pa.Schema) -> Contents:
    """Return the rows of a query. `run` runs it anew, and yields batches of bounded size."""
    if not schema.names:
        raise trouble(name, "the query returns no columns: give a select")
    refuse_duplicates(name, schema.names)
    types = dict(zip(schema.names, map(_storage, schema.types), strict=True))
    return Contents(types, partial(_read, name, sql, run), queried=True)


def _storage(kind: pa.DataType) -> pa.DataType:
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def _read(
    name: str, sql: str, run: Callable[[], Batches], paths: Mapping[str, Path], _wanted: Wanted
) -> Iterator[Thunk]:
    start = 0
    with asking(name, sql):
        for batch in run():
            yield partial(_batches, batch, RowOrigin(name, start), paths)
            start += batch.num_rows


def _batches(
    batch: pa.RecordBatch, origin: RowOrigin, paths: Mapping[str, Path]
) -> Iterator[Batch]:
    plain = [c.storage if isinstance(c, pa.ExtensionArray) else c for c in batch.columns]
    stored = pa.RecordBatch.from_arrays(plain, names=batch.schema.names)
    yield Batch(origin, batch.num_rows, picked(stored, paths))
