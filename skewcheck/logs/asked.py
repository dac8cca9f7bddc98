"""What is asked of tables and databases among the logs: which version, which query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows of tables and databases are the log; other logs have none of these."""

    version: int | None = None
    """The version of a Delta table, the snapshot of an Iceberg table; None for the newest."""
    as_of: datetime | None = None
    """The version that was the newest then; with an offset."""
    sql: str | None = None
    """A query; None for the only table of a database."""


@dataclass(frozen=True, slots=True)
class TableVersion:
    """Which version of a table was read."""

    table: str
    """Its name, as that of a file."""
    kind: str
    """`delta` or `iceberg`."""
    version: int


NEWEST = Asked()
