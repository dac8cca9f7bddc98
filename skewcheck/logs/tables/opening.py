"""Folders that are tables: their live rows, by the table's own log."""

from __future__ import annotations

from dataclasses import dataclass, replace

from skewcheck.logs.asked import Asked, TableVersion
from skewcheck.logs.file import File
from skewcheck.logs.paths import LogPath, Unopened
from skewcheck.logs.tables.roots import refuse_hudi
from skewcheck.logs.trouble import reading


@dataclass(frozen=True, slots=True)
class Opened:
    """A table that was opened."""

    files: list[File]
    unopened: list[Unopened]
    """Files in it that are not live; or the table itself, if it has no live files."""
    versions: tuple[TableVersion, ...]
    """That which was read; none of a table without any."""


def open_table_folder(place: LogPath, asked: Asked, null_values: tuple[str, ...]) -> Opened:
    """Open the live files of a table. Raises LogError where it cannot be read."""
    with reading(place.name):
        if place.table == "delta":
            from skewcheck.logs.tables.delta import open_delta

            table = open_delta(place, asked)
        elif place.table == "iceberg":
            from skewcheck.logs.tables.iceberg import open_iceberg

            table = open_iceberg(place, asked)
        else:
            refuse_hudi(place.name)
    versions: tuple[TableVersion, ...] = ()
    if table.version is not None:
        versions = (TableVersion(place.name, place.table, table.version),)
    if not table.files:
        return Opened([], [Unopened(f"{place.name}/", "vacant")], versions)
    files = [replace(file, null_values=null_values) for file in table.files]
    return Opened(files, table.unopened, versions)
