"""Folders that are tables: files below them are not read as logs, as not all of them are live.

A table keeps files that a later version replaced or deleted. Only its own log knows which count.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Literal, NoReturn

from skewcheck.logs.trouble import shown, trouble

Kind = Literal["delta", "hudi", "iceberg"]
MARKS: tuple[tuple[str, Kind], ...] = (
    ("_delta_log", "delta"),
    (".hoodie", "hudi"),
    (".hoodie_partition_metadata", "hudi"),
)
"""Names in a folder that make it a table, or a part of one that was copied alone."""
TITLES = {"delta": "Delta", "hudi": "Hudi", "iceberg": "Iceberg"}


def kind_of(folder: str) -> Kind | None:
    """Return what table a folder is, by the names in it; None for any other folder."""
    for name, kind in MARKS:
        if os.path.lexists(os.path.join(folder, name)):  # noqa: PTH118  # of each folder above
            return kind
    return "iceberg" if _has_iceberg_metadata(Path(folder, "metadata")) else None


def _has_iceberg_metadata(metadata: Path) -> bool:
    with suppress(OSError), os.scandir(metadata) as entries:
        return any(is_iceberg_metadata(entry.name) for entry in entries)
    return False


def is_iceberg_metadata(name: str) -> bool:
    """Return whether a file of a folder `metadata` is that of an Iceberg table, by its name."""
    return name == "version-hint.text" or name.endswith((".metadata.json", ".metadata.json.gz"))


class Roots:
    """Which folders are tables, or lie in one; each folder is looked at once."""

    def __init__(self) -> None:
        self._kinds: dict[str, Kind | None] = {}

    def kind(self, folder: str | Path) -> Kind | None:
        """Return what table a folder is."""
        key = os.fspath(folder)
        if key not in self._kinds:
            self._kinds[key] = kind_of(key)
        return self._kinds[key]

    def table(self, path: Path, given: str) -> Kind | None:
        """Return what table a path is; None for a file or folder that lies in none.

        LogError for what lies in a table, by its path or behind its links. `given` is as the user
        wrote it.
        """
        for place in dict.fromkeys([Path(os.path.abspath(path)), Path(os.path.realpath(path))]):  # noqa: PTH100
            for folder in place.parents:
                kind = self.kind(folder)
                if kind is not None:
                    _refuse_inside(given, folder, kind)
        return self.kind(path) if path.is_dir() else None


def _refuse_inside(given: str, folder: Path, kind: Kind) -> NoReturn:
    """Raise the error of what lies in a table."""
    name = os.path.relpath(folder)
    name = str(folder) if name.startswith("..") else name
    if kind == "hudi":
        raise trouble(
            given,
            f"lies in a Hudi table ({shown(name)}), of whose files not all hold live rows: query it"
            " by its engine, and give an export of the rows",
        )
    raise trouble(
        given,
        f"lies in a table of {TITLES[kind]} ({shown(name)}), of whose files not all hold live rows:"
        " give the folder of the table",
    )


def refuse_hudi(name: str) -> NoReturn:
    """Raise the error of a Hudi table, which no library here reads."""
    raise trouble(
        name,
        "a Hudi table, which is not read: query it by its engine, and give an export of the rows",
    )
