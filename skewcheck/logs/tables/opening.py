"""Folders that are tables: their live rows, by the table's own log."""

from __future__ import annotations

from skewcheck.logs.file import File
from skewcheck.logs.paths import LogPath
from skewcheck.logs.tables.roots import TITLES, refuse_hudi
from skewcheck.logs.trouble import trouble


def open_table_folder(place: LogPath) -> list[File]:
    """Open the live files of a table. Raises LogError where it cannot be read."""
    if place.table is None or place.table == "hudi":
        refuse_hudi(place.name)
    raise trouble(
        place.name, f"a table of {TITLES[place.table]}, which is not read: export its rows"
    )
