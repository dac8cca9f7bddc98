"""Live files of a table: their columns by the table's names, without the rows that were deleted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path as FilePath

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.logs.arrays import IntArray
from skewcheck.logs.arrays.arrow import scalar
from skewcheck.logs.batch import Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path
from skewcheck.logs.file import Contents, File, Thunk
from skewcheck.logs.parquet import open_parquet
from skewcheck.logs.paths import LogPath, Unopened
from skewcheck.logs.storage import about_local
from skewcheck.logs.trouble import reading, trouble


@dataclass(frozen=True, slots=True)
class LiveFile:
    """A Parquet file of a table's version."""

    path: str
    constants: Mapping[str, pa.Scalar] = field(default_factory=dict)
    """Columns of the table that are not in the file."""
    rows: int | None = None
    """By the table's log; None where it does not say."""
    stored: Mapping[str, str] | None = None
    """The names in the file of the table's columns; None where they are the same."""
    deleted: IntArray | None = None
    """Numbers of the rows that were deleted; None for none."""


@dataclass(frozen=True, slots=True)
class OpenedTable:
    """What a version of a table has."""

    files: list[File]
    unopened: list[Unopened]
    """Files in its folder that the version does not hold."""
    version: int | None
    """None for a table without any."""


def name_in(place: LogPath, path: str) -> str:
    """Return a file's name for reports: relative to the table, or to the folder that was given."""
    inside = FilePath(os.path.relpath(path, place.path)).as_posix()
    if inside.startswith(".."):  # a table may keep files elsewhere
        return FilePath(path).as_posix()
    return inside if place.asked else f"{place.name}/{inside}"


def partitions(place: LogPath) -> dict[str, pa.Scalar]:
    """Return the columns of folders around the table."""
    return {key: scalar(value) for key, value in place.partitions.items()}


def opened(place: LogPath, live: LiveFile) -> File:
    """Open a live file of the table at `place`.

    LogError where it is not there, or is another than the table's log says.
    """
    name = name_in(place, live.path)
    with reading(name):
        try:
            about = FilePath(live.path).stat()
        except FileNotFoundError:
            raise trouble(
                name,
                "the table's log names it, and it is gone: restore it, or ask for a later version",
            ) from None
        contents = open_parquet(live.path, name)
    if live.rows is not None and contents.rows != live.rows:
        raise trouble(
            name,
            f"damaged: it has {contents.rows:,} rows and {live.rows:,} by the table's log: write"
            " it again",
        )
    stored = live.stored
    if stored is not None and stored == {column: column for column in contents.schema}:
        stored = None
    if stored is not None:
        contents = _renamed(contents, stored)
    if live.deleted is not None and len(live.deleted):
        contents = _without(contents, live.deleted)
    # The same file with other names or other deleted rows must not be taken for this one.
    lasting = stored is None and live.deleted is None
    return File(
        name, live.path, about.st_size, contents, dict(live.constants), lasting=lasting,
        identity=about_local(about).identity,
    )  # fmt: skip


def with_nulls(file: File, table: Mapping[str, pa.DataType]) -> File:
    """Return the file with the columns that the table has and it has not, as nulls."""
    known = file.schema()
    nulls = {name: pa.scalar(None, kind) for name, kind in table.items() if name not in known}
    return replace(file, constants={**nulls, **file.constants})


def _renamed(contents: Contents, stored: Mapping[str, str]) -> Contents:
    """Return contents by the table's names of columns, without those that it does not have."""

    schema = {
        name: contents.schema[column]
        for name, column in stored.items()
        if column in contents.schema
    }
    return replace(contents, schema=schema, read=partial(_read_renamed, contents, stored))


def _read_renamed(
    contents: Contents, stored: Mapping[str, str], paths: Mapping[str, Path], wanted: Wanted
) -> Iterator[Thunk]:
    inside = {name: replace(path, column=stored[path.column]) for name, path in paths.items()}
    return contents.read(inside, wanted)


def _without(contents: Contents, deleted: IntArray) -> Contents:
    """Return contents without some rows; those that are left are numbered anew."""
    rows = int(_kept(contents, deleted).sum())
    return replace(contents, read=partial(_read_without, contents, deleted), rows=rows)


def _kept(contents: Contents, deleted: IntArray) -> NDArray[np.bool_]:
    """Return for each row of a file whether it is left."""
    rows = contents.rows or 0
    kept = np.ones(rows, bool)
    kept[deleted[(deleted >= 0) & (deleted < rows)]] = False
    return kept


def _read_without(
    contents: Contents, deleted: IntArray, paths: Mapping[str, Path], wanted: Wanted
) -> Iterator[Thunk]:
    kept = _kept(contents, deleted)
    before = np.concatenate([[0], np.cumsum(kept)])
    return (partial(_filtered, kept, before, part) for part in contents.read(paths, wanted))


def _filtered(kept: NDArray[np.bool_], before: IntArray, thunk: Thunk) -> Iterator[Batch]:
    """Yield batches without the rows that are not kept; `before` counts those that are."""
    for block in thunk():
        start = block.origin.start
        mask = pa.array(kept[start : start + block.rows])
        left = int(before[start + block.rows] - before[start])
        columns = {name: column.filter(mask) for name, column in block.columns.items()}
        origin = RowOrigin(block.origin.file, int(before[start]))
        yield replace(block, origin=origin, rows=left, columns=columns)


def stale(place: LogPath, live: Sequence[str], own: str) -> list[Unopened]:
    """Return the files in a table's folder that its version does not hold.

    `own` is the name of the folder of the table's log. What is hidden is no data.
    """
    paths = {os.path.realpath(path) for path in live}
    found = []
    for folder, folders, names in os.walk(place.path):
        folders[:] = [f for f in folders if f[0] not in "._" and f != own]
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118  # of each file of a table
            if name[0] not in "._" and os.path.realpath(path) not in paths:
                found.append(Unopened(name_in(place, path), "stale"))
    return sorted(found, key=lambda file: file.name)
