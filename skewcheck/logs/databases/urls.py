"""URLs of databases: which are read, and their names without what is secret."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from skewcheck.logs.trouble import trouble

_OF_FILE = re.compile(r"(?:sqlite|duckdb)(?:\+\w+)?:///(.+)", re.DOTALL)
"""As SQLAlchemy writes them: `sqlite:///a/b.db` is relative, `sqlite:////a/b.db` is not."""
_OF_SERVER = re.compile(r"postgres(?:ql)?(?:\+\w+)?://", re.DOTALL)
_OTHERS = re.compile(
    r"(sqlite|duckdb|bigquery|clickhouse|databricks|mariadb|mongodb|mssql|mysql|oracle|presto"
    r"|redshift|snowflake|trino)(?:\+\w+)?:(?://|$)", re.DOTALL,
)  # fmt: skip


def file_of(source: str) -> str:
    """Return the path of the file that a URL of SQLite or DuckDB names; other texts as they are.

    LogError for a URL of a database that is not read.
    """
    match = _OF_FILE.fullmatch(source)
    if match is not None:
        return match[1]
    other = _OTHERS.match(source)
    if other is not None:
        raise trouble(
            f"{other[1]}://...",
            "a database that is not read so (sqlite:///file, duckdb:///file and"
            " postgresql://host/name are): export its rows as Parquet",
        )
    return source


def is_server(source: str) -> bool:
    """Return whether a text is the URL of a database server that is read."""
    return _OF_SERVER.match(source) is not None


def without_secrets(source: str) -> str:
    """Return a URL without user, password and parameters; other texts as they are."""
    scheme, mark, _ = source.partition("://")
    if not mark:
        return source
    try:
        parts = urlsplit(source)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # a port that is no number, an address that is none
        return f"{scheme}://..."
    return f"{parts.scheme}://{host}{port}{parts.path}"
