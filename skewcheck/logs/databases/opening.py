"""Databases that URLs name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from skewcheck.logs.asked import Asked
from skewcheck.logs.databases.urls import file_of, is_server
from skewcheck.logs.file import File


def open_servers(
    given: Sequence[object], asked: Asked, null_values: tuple[str, ...]
) -> tuple[list[File], list[object]]:
    """Open the rows of servers that URLs name, and return them with the other sources.

    The URL of a database in a file is replaced by the path of the file. Raises LogError.
    """
    servers: dict[str, File] = {}
    others: list[object] = []
    for source in given:
        if not isinstance(source, str):
            others.append(source)
        elif not is_server(source):
            others.append(file_of(source))
        elif source not in servers:
            from skewcheck.logs.databases.postgresql import open_postgresql  # few logs are on one

            file = open_postgresql(source, asked.sql)
            servers[source] = replace(file, null_values=null_values)
    return [*servers.values()], others
