"""Files that hold no rows by what is in them: marks that writers leave, what a state folder keeps.

A name promises such a file, its bytes say that it is one. Few bytes are read, of files of such
names alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import BufferedIOBase
from pathlib import PurePath

from skewcheck.logs.storage import about, open_bytes
from skewcheck.logs.tree import ENTRIES, ENTRY_MAGIC, HISTORY, LOCK, NIGHTS, STATE

_LENGTH = 8
"""Bytes of the length of the first part of an entry, which is at its beginning."""
_HISTORY_BYTES = 32_000_000
"""Of a history at most: twice what it is kept to."""
_NIGHTS_BYTES = 4_000_000
"""Of a file of nights, which are looked at: a night of 10,000 features."""
_RUN = frozenset([
    "at", "verdict", "parameters", "fingerprint", "exit_code", "files", "rows", "features", "id",
    "coverage", "coverage_fails", "logs", "evidence", "parameter_places", "model",
])  # fmt: skip
"""What a line of a history holds, other than that of a delivery."""
_LATER = {"id", "coverage", "coverage_fails", "logs", "evidence", "parameter_places", "model"}
_NEEDED = _RUN - _LATER
"""Without which a line is none of a run, in any version."""
_NIGHTS = (
    frozenset([
        "format", "at", "fingerprint", "places", "files", "since", "newest", "shifts",
    ]),
    frozenset(["format", "accepted", "why", "parameters", "fingerprint"]),
)  # fmt: skip
"""What a line of the nights holds: of a night, and of an accepted change."""
_HOLDER = frozenset(["pid", "host", "since"])
_ENTRY = re.compile(r"[0-9a-f]{32}")
_SHORT = 1 << 16
"""Bytes of marks in JSON, which have some 50: a log of such a name may be long."""
_COMMIT = 4 << 20
"""Bytes of a mark that lists the files of a commit: tens of thousands of them."""
_BESIDE = ("-wal", "-shm", "-journal")
"""Ends of names of what SQLite keeps beside a database."""
_NOTES = re.compile(r"(README|LICENSE)([._-][\w-]*)?(\.(txt|html?))?|.+\.(md|rst)", re.IGNORECASE)
"""Names of text about a folder."""
_FIELDS = 16
"""Beyond the fields of a description: their tags are single bytes."""
_LENGTHS = bytes({*range(32)} - {*b"\t\n\v\f\r"})
"""Lengths of short texts, which are no characters."""
_PARQUET = 12
"""Bytes of a Parquet file beside its footer: magic bytes at both ends, and the footer's length."""


def is_mark(name: str, place: str) -> bool:
    """Return whether the file at a place is a mark without rows: by its name and what it holds.

    False for a file that cannot be read.
    """
    database, mark, _ = name.rpartition("-")
    if mark and name.endswith(_BESIDE):  # its changes are read with the database
        return _holds(place.removesuffix(name) + database, _is_sqlite)
    check = _is_note if _NOTES.fullmatch(name) else _check(name)
    return check is not None and _holds(place, check)


def is_state(place: str) -> bool:
    """Return whether a file marks its folder as a state folder: by what it says."""
    return _holds(place, _is_state)


def is_of_state(path: PurePath, place: str) -> bool:
    """Return whether a file in a state folder, or in its folder of entries, is the state's own."""
    checks = {STATE: _is_state, LOCK: _is_lock, HISTORY: _is_history, NIGHTS: _are_nights}
    if path.parent.name == ENTRIES and _ENTRY.fullmatch(path.name):
        return _holds(place, _is_entry)
    return path.name in checks and _holds(place, checks[path.name])


def _holds(place: str, check: Callable[[BufferedIOBase, int], bool]) -> bool:
    """Return whether a file's content passes a check, which takes the open file and its size."""
    try:
        found = about(place)
        if not found.seekable:  # a pipe would wait for a writer
            return False
        with open_bytes(place) as file:
            return check(file, found.size)
    except OSError:
        return False


def _check(name: str) -> Callable[[BufferedIOBase, int], bool] | None:
    """Return what the content of a mark of this name must be; None for other names."""
    if name.endswith(".crc"):
        return _is_checksum
    if name.endswith(".metadata"):
        return _is_description
    if name.startswith(("_committed_", "_started_")):
        return _is_commit
    return {
        "_SUCCESS": _is_success,
        "_metadata": _is_summary,
        "_common_metadata": _is_summary,
        ".DS_Store": _is_finder,
    }.get(name)


def _is_note(_file: BufferedIOBase, _size: int) -> bool:
    """Return True: it is for people, whatever it says."""
    return True


def _is_sqlite(file: BufferedIOBase, _size: int) -> bool:
    return file.read(16) == b"SQLite format 3\0"


def _is_checksum(file: BufferedIOBase, size: int) -> bool:
    """Return whether these are Hadoop's checksums of the file beside."""
    return size == 0 or file.read(4) == b"crc\0"


def _is_description(file: BufferedIOBase, size: int) -> bool:
    """Return whether this is Athena's description of the columns beside: a protocol buffer.

    It is one field of bytes or of a number after another, up to its end, and short lengths among
    them are no text: https://protobuf.dev/programming-guides/encoding
    """
    data, place = file.read(_SHORT + 1), 0
    if not 0 < size <= _SHORT or data == data.translate(None, _LENGTHS):
        return False
    while place < size:
        tag, place = _varint(data, place)
        if tag & 7 not in (0, 2) or not 0 < tag >> 3 < _FIELDS:
            return False
        length, place = _varint(data, place)
        place += length if tag & 7 == 2 else 0
    return place == size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Return the number of a protocol buffer at a place, and where it ends; 0 behind the end."""
    value = shift = 0
    for byte in data[place : place + 10]:
        value |= (byte & 127) << shift
        shift, place = shift + 7, place + 1
        if byte < 128:
            return value, place
    return 0, len(data) + 1


def _is_finder(file: BufferedIOBase, _size: int) -> bool:
    return file.read(8) == b"\0\0\0\1Bud1"


def _is_summary(file: BufferedIOBase, size: int) -> bool:
    """Return whether this is a Parquet file that is nothing but a footer."""
    if size < _PARQUET or file.read(4) != b"PAR1":
        return False
    file.seek(size - 8)
    return int.from_bytes(file.read(4), "little") == size - _PARQUET and file.read(4) == b"PAR1"


def _is_success(file: BufferedIOBase, size: int) -> bool:
    """Return whether nothing is in it, or the summary that Hadoop's committers write there."""
    record = _record(file, size, _COMMIT)
    name = None if record is None else record.get("name")
    return size == 0 or (isinstance(name, str) and name.startswith("org.apache.hadoop."))


def _is_commit(file: BufferedIOBase, size: int) -> bool:
    """Return whether nothing is in it, or the lists of files that Databricks writes there."""
    if size == 0:
        return True
    record = _record(file, size, _COMMIT)
    return record is not None and record.keys() <= {"added", "removed"}


def _is_state(file: BufferedIOBase, size: int) -> bool:
    record = _record(file, size, _SHORT)
    about = None if record is None or len(record) != 1 else record.get("skewcheck")
    return isinstance(about, dict) and about.get("kind") == "state"


def _is_lock(file: BufferedIOBase, size: int) -> bool:
    """Return whether nothing is in it yet, or which process holds it."""
    record = _record(file, size, _SHORT)
    return size == 0 or (record is not None and record.keys() == _HOLDER)


def _is_entry(file: BufferedIOBase, _size: int) -> bool:
    """Return whether this begins as measures do, of any version; or as power cuts leave them."""
    start = file.read(_LENGTH + len(ENTRY_MAGIC))
    return start[_LENGTH:-1] == ENTRY_MAGIC[:-1] or not start.strip(b"\0")


def _is_history(file: BufferedIOBase, size: int) -> bool:
    """Return whether its records are of runs and deliveries; lines that are damaged are none."""
    if size > _HISTORY_BYTES:
        return False
    records = [_parsed(line) for line in file.read(_HISTORY_BYTES).splitlines()]
    found = [record.keys() for record in records if record is not None]
    return size == 0 or (
        bool(found) and all(_NEEDED <= keys <= _RUN or keys == {"delivered"} for keys in found)
    )


def _are_nights(file: BufferedIOBase, size: int) -> bool:
    """Return whether its first records are of nights and accepted changes."""
    lines = file.read(_NIGHTS_BYTES).splitlines()
    records = [_parsed(line) for line in (lines if size <= _NIGHTS_BYTES else lines[:-1])]
    keys = [frozenset(record) for record in records if record is not None]
    return size == 0 or (bool(keys) and all(of_line in _NIGHTS for of_line in keys))


def _record(file: BufferedIOBase, size: int, most: int) -> dict[str, object] | None:
    """Return the JSON object that is all of a file of so many bytes at most."""
    return _parsed(file.read(most)) if size <= most else None


def _parsed(text: bytes) -> dict[str, object] | None:
    """Return a JSON object; None for any other text."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
