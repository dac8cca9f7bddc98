"""Delta tables: the files of a version by the table's log, each read as any Parquet file.

The format: https://github.com/delta-io/delta/blob/master/PROTOCOL.md.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import numpy as np
import pyarrow as pa

from skewcheck.logs.arrays import IntArray
from skewcheck.logs.asked import Asked
from skewcheck.logs.paths import LogPath
from skewcheck.logs.tables.live import LiveFile, OpenedTable, opened, partitions, stale, with_nulls
from skewcheck.logs.trouble import damage, shown, trouble
from skewcheck.text.errors import SkewcheckError

if TYPE_CHECKING:
    from deltalake import DeltaTable

_KNOWN = frozenset([
    "columnMapping", "deletionVectors", "timestampNtz", "typeWidening", "typeWidening-preview",
    "v2Checkpoint", "vacuumProtocolCheck", "variantType", "variantType-preview",
])  # fmt: skip
"""Features that a reader must know, by name, and that are honoured."""
_READER = 3
"""The newest version of the protocol for readers."""
_PARTITION = "partition."
"""In front of the names of partition columns in the list of files."""


def open_delta(place: LogPath, asked: Asked) -> OpenedTable:
    """Open the live files of a Delta table, in the order of their paths.

    And what is in its folder that the version does not hold. LogError where the library is not
    there, the log cannot be read, or the version is not kept.
    """
    table = _version(place, asked)
    with _foreign(place):
        _check_features(place, table)
        fields = json.loads(table.schema().to_json())["fields"]
        stored = _stored(place, table, fields)
        schema = pa.schema(table.schema())
        types = dict(zip(schema.names, schema.types, strict=True))
        listed = [*_live(place, table, _deleted(place, table))]
    files, paths = [], []
    for live in sorted(listed, key=lambda file: Path(file.path).parts):
        file = opened(place, replace(live, stored=stored))
        files.append(with_nulls(file, types))
        paths.append(live.path)
    return OpenedTable(files, stale(place, paths, "_delta_log"), table.version())


def _version(place: LogPath, asked: Asked) -> DeltaTable:
    """Return the table as it was at the version, or the time, that is asked for."""
    try:
        from deltalake import DeltaTable
    except ImportError:
        raise trouble(
            place.name,
            "a Delta table, whose files are not read without its log:"
            " pip install 'skewcheck[delta]'",
        ) from None
    with _foreign(place):
        table = DeltaTable(os.path.abspath(place.path))  # noqa: PTH100  # links stay as they are
    newest, version = table.version(), asked.version
    if version is not None and version > newest:
        raise trouble(place.name, f"no version {version}: the newest is {newest}")
    with _foreign(place):
        if asked.as_of is not None:
            version = _version_at(place, table, asked.as_of)
        if version is not None:
            table.load_as_version(version)
    return table


@contextmanager
def _foreign(place: LogPath) -> Iterator[None]:
    """Turn what the library raises for a log, which may be any exception, into a LogError."""
    try:
        yield
    except SkewcheckError:
        raise
    except Exception as error:
        if "feature" in str(error):
            raise trouble(
                place.name,
                "the Delta table has a feature that this deltalake does not read:"
                " pip install -U 'skewcheck[delta]'",
            ) from None
        raise trouble(
            place.name,
            f"the log of the Delta table cannot be read, or is not kept ({damage(error)}):"
            " restore it, or ask for a later version",
        ) from None


def _version_at(place: LogPath, table: DeltaTable, as_of: datetime) -> int:
    """Return the newest version that was written up to a time, of those that are kept.

    The library's own way gives the oldest one for earlier times.
    """
    milliseconds = as_of.timestamp() * 1000
    versions = [
        int(commit["version"])
        for commit in table.history()
        if isinstance(commit.get("timestamp"), int) and commit["timestamp"] <= milliseconds
    ]
    if not versions:
        raise trouble(place.name, "no version is kept that is as old: ask for a later time")
    return max(versions)


def _check_features(place: LogPath, table: DeltaTable) -> None:
    """Raise a LogError for a table that needs what is not honoured here."""
    protocol = table.protocol()
    unknown = sorted({*(protocol.reader_features or ())} - _KNOWN)
    if protocol.min_reader_version > _READER:
        unknown.append(f"reader version {protocol.min_reader_version}")
    if unknown:
        raise trouble(
            place.name,
            f"the Delta table has a feature that is not read ({shown(', '.join(unknown))}): give an"
            " export of its rows",
        )


def _stored(
    place: LogPath, table: DeltaTable, fields: list[dict[str, object]]
) -> Mapping[str, str] | None:
    """Return the names in files by the table's names; None where they are the same.

    LogError where columns are known by numbers, and where fields in columns have other names.
    """
    mode = table.metadata().configuration.get("delta.columnMapping.mode", "none")
    if mode == "none":
        return None
    nested = any(isinstance(part["type"], dict) for part in fields)
    if mode != "name" or nested:
        raise trouble(
            place.name,
            f"columns of the Delta table are mapped by {shown(mode)}"
            f"{', and some are nested' if nested else ''}, which is not read: give an export of"
            " its rows",
        )
    names = {}
    for part in fields:
        about = part["metadata"]
        physical = about.get("delta.columnMapping.physicalName") if isinstance(about, dict) else ""
        names[str(part["name"])] = str(physical or part["name"])
    return names


def _deleted(place: LogPath, table: DeltaTable) -> Mapping[str, IntArray]:
    """Return the numbers of the rows that deletion vectors take out, by the file's real path."""
    if "deletionVectors" not in (table.protocol().reader_features or ()):
        return {}
    if not hasattr(table, "deletion_vectors"):
        raise trouble(
            place.name,
            "the Delta table may have deletion vectors, which this deltalake cannot read:"
            " pip install -U 'skewcheck[delta]'",
        )
    rows: dict[str, IntArray] = {}
    for batch in pa.RecordBatchReader.from_stream(table.deletion_vectors()):
        for uri, kept in zip(
            batch.column("filepath"), batch.column("selection_vector"), strict=True
        ):
            mask = kept.values.to_numpy(zero_copy_only=False)
            rows[os.path.realpath(_local(uri.as_py()) or "")] = np.flatnonzero(~mask)
    return rows


def _local(uri: str) -> str | None:
    """Return the path of a URI of this machine, or of a path; None for any other."""
    parts = urlsplit(uri)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return unquote(parts.path)
    return None if "://" in uri else uri


def _live(place: LogPath, table: DeltaTable, deleted: Mapping[str, IntArray]) -> Iterator[LiveFile]:
    """Yield the files of a version, with the values of their partition columns."""
    actions = pa.table(table.get_add_actions(flatten=True))
    counts = actions.column("num_records") if "num_records" in actions.schema.names else None
    columns = [name for name in actions.schema.names if name.startswith(_PARTITION)]
    for i, text in enumerate(actions.column("path").to_pylist()):
        local = _local(text) if "://" in text else unquote(text)  # a relative one is encoded
        if local is None:
            raise trouble(
                place.name, "a file of the Delta table is in another store: give an export of it"
            )
        path = os.path.join(place.path, local)  # noqa: PTH118  # as it stands: it may be absolute
        constants = {name.removeprefix(_PARTITION): actions.column(name)[i] for name in columns}
        yield LiveFile(
            path, {**partitions(place), **constants}, None if counts is None else counts[i].as_py(),
            deleted=deleted.get(os.path.realpath(path)),
        )  # fmt: skip
