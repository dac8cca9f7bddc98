"""Folders that are tables: their live rows, by the table's own log."""

from __future__ import annotations

from dataclasses import replace

from skewcheck.logs.asked import Asked
from skewcheck.logs.file import File
from skewcheck.logs.paths import LogPath, Unopened
from skewcheck.logs.tables.roots import refuse_hudi
from skewcheck.logs.trouble import reading


def open_table_folder(
    place: LogPath, asked: Asked, null_values: tuple[str, ...]
) -> tuple[list[File], list[Unopened]]:
    """Open the live files of a table; and the files in it that are not live.

    A table whose version has no files is the only one of the latter. Raises LogError where it
    cannot be read.
    """
    with reading(place.name):
        if place.table == "delta":
            from skewcheck.logs.tables.delta import open_delta

            files, rest = open_delta(place, asked)
        elif place.table == "iceberg":
            from skewcheck.logs.tables.iceberg import open_iceberg

            files, rest = open_iceberg(place, asked)
        else:
            refuse_hudi(place.name)
    if not files:
        return [], [Unopened(f"{place.name}/", "vacant")]
    return [replace(file, null_values=null_values) for file in files], rest
