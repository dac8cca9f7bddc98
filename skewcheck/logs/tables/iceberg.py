"""Iceberg tables: the files of a snapshot by the table's metadata, deletes honoured.

The format: https://iceberg.apache.org/spec/. Metadata are read without a catalog, and by this
machine's files alone: what the table's properties name as a class to load is not loaded.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from skewcheck.logs.arrays import IntArray
from skewcheck.logs.asked import Asked
from skewcheck.logs.file import File
from skewcheck.logs.paths import LogPath
from skewcheck.logs.tables.iceberg_columns import stored_columns
from skewcheck.logs.tables.live import (
    LiveFile,
    OpenedTable,
    name_in,
    opened,
    partitions,
    stale,
    with_nulls,
)
from skewcheck.logs.trouble import damage, reading, trouble
from skewcheck.text.errors import SkewcheckError

if TYPE_CHECKING:
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import FileScanTask

    from skewcheck.logs.tables.iceberg_scan import Scanned

_METADATA = re.compile(r"v?(\d{1,18})(-.*)?(\.gz)?\.metadata\.json(\.gz)?", re.DOTALL)
"""Names of metadata files, of tables with a catalog and without: the number is that of the
version."""
_HINT = 1 << 10
"""Bytes of a version hint, which is a number or a name."""


def open_iceberg(place: LogPath, asked: Asked) -> OpenedTable:
    """Open the live files of an Iceberg table, in the order of their paths.

    And what is in its folder that the snapshot does not hold. LogError where the library is not
    there, the metadata cannot be read, or the snapshot is not kept.
    """
    try:
        from skewcheck.logs.tables.iceberg_scan import scanned
    except ImportError:
        raise trouble(
            place.name,
            "an Iceberg table, whose files are not read without its metadata:"
            " pip install 'skewcheck[iceberg]'",
        ) from None
    with _foreign(place):
        table = scanned(place, _newest(place), asked)
        tasks = [] if table is None else [*table.scan.plan_files()]
    if table is None:
        return OpenedTable([], [], None)
    with _foreign(place):
        deleted = _Deleted(table, place)
        ordered = sorted(tasks, key=lambda task: Path(table.local(task.file.file_path)).parts)
        files = [_file(place, table, task, deleted) for task in ordered]
    held = [table.local(f.file_path) for task in tasks for f in (task.file, *task.delete_files)]
    return OpenedTable(files, stale(place, held, "metadata"), table.snapshot)


@contextmanager
def _foreign(place: LogPath) -> Iterator[None]:
    """Turn what the library raises for foreign metadata, which may be anything, into a LogError."""
    try:
        yield
    except SkewcheckError:
        raise
    except Exception as error:
        raise trouble(
            place.name, f"the metadata of the Iceberg table cannot be read ({damage(error)})"
        ) from None


def _newest(place: LogPath) -> Path:
    """Return the newest metadata file: that of the version hint, or of a higher number."""
    folder = Path(place.path, "metadata")
    numbers: dict[int, list[Path]] = {}
    for path in folder.iterdir():
        match = _METADATA.fullmatch(path.name)
        if match is not None:
            numbers.setdefault(int(match[1]), []).append(path)
    hint = folder / "version-hint.text"
    if hint.is_file():
        with hint.open("rb") as file:
            text = file.read(_HINT).decode("utf-8", "replace").strip()
        named = folder / Path(text).name
        if text.endswith(".json") and named.is_file():
            return named
    if not numbers:
        raise trouble(place.name, "an Iceberg table without a metadata file: copy all of it")
    newest = numbers[max(numbers)]
    if len(newest) > 1:
        raise trouble(
            place.name,
            f"{len(newest)} metadata files have the newest number ({max(numbers)}): remove those"
            " that the catalog does not know",
        )
    return newest[0]


def _file(place: LogPath, table: Scanned, task: FileScanTask, deleted: _Deleted) -> File:
    """Open a data file: by its own columns where these are the table's, else by the library."""
    path = table.local(task.file.file_path)
    columns = None
    if task.file.file_format.name == "PARQUET" and os.path.exists(path):  # noqa: PTH110
        with reading(name_in(place, path)), pq.ParquetFile(path) as file:
            columns = stored_columns(file.schema_arrow, table.fields, table.partitioned(task))
    if columns is None and os.path.exists(path):  # noqa: PTH110
        return table.file(place, task, path)
    live = LiveFile(path, partitions(place), task.file.record_count, columns, deleted.of(task))
    return with_nulls(opened(place, live), table.types)


class _Deleted:
    """Rows that position deletes take out; each delete file is read once."""

    def __init__(self, table: Scanned, place: LogPath) -> None:
        self._table = table
        self._place = place
        self._read: dict[str, Mapping[str, IntArray]] = {}

    def of(self, task: FileScanTask) -> IntArray | None:
        """Return the numbers of the rows of a data file that are deleted; None for none."""
        found = [
            rows
            for file in task.delete_files
            if (rows := self._rows(file).get(task.file.file_path)) is not None
        ]
        return np.concatenate(found) if found else None

    def _rows(self, file: DataFile) -> Mapping[str, IntArray]:
        if file.file_path not in self._read:
            if file.content.name != "POSITION_DELETES":
                raise trouble(
                    self._place.name,
                    "the Iceberg table has equality deletes, which are not read: compact it",
                )
            by_file = self._table.positions(file)
            self._read[file.file_path] = by_file
        return self._read[file.file_path]
