"""Which format a file has, by its first bytes, and by its name where those do not tell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from skewcheck.logs.storage import open_bytes
from skewcheck.logs.trouble import trouble

Format = Literal[
    "parquet",
    "arrow",
    "stream",
    "jsonlines",
    "lines",
    "delimited",
    "sqlite",
    "duckdb",
    "ours",
    "empty",
]
"""`ours`: a report or a parameter file, which is no log; `empty`: no bytes but white space, packed
or not."""

_KNOWN: dict[bytes, Format] = {
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    b"\xff\xff\xff\xff": "stream",
    b"SQLite format 3\0": "sqlite",
}
_REFUSED = {
    b"PARE": "an encrypted Parquet file: decrypt it first",
    b"FEA1": "a Feather file of version 1: write it again as version 2 or as Parquet",
    b"PK\x03\x04": "a zip archive (or a spreadsheet): unpack it, or save it as CSV",
    b"\x28\xb5\x2f\xfd": "packed with zstd: unpack it first",
    b"BZh": "packed with bzip2: unpack it first",
    b"\xfd7zXZ": "packed with xz: unpack it first",
    b"\x93NUMPY": "a NumPy file: write it as Parquet",
    b"ORC": "an ORC file: write it as Parquet",
    b"Obj\x01": "an Avro file: write it as Parquet",
    b"\x80\x02": "a pickle, which is never loaded: write it as Parquet",
    b"\x80\x03": "a pickle, which is never loaded: write it as Parquet",
    b"\x80\x04": "a pickle, which is never loaded: write it as Parquet",
    b"\x80\x05": "a pickle, which is never loaded: write it as Parquet",
}
_BINARY = {".parquet": "Parquet", ".pq": "Parquet", ".arrow": "Arrow", ".feather": "Feather"}
_MARK = b"\xef\xbb\xbf"
_RECORD = re.compile(rb"\{\s*\"|\w=\S*[ \t]+\w[\w.]*=")
"""A line that may hold an object of JSON, or pairs."""
_JSON = re.compile(r"\.(json|jsonl|ndjson)(\.gz)?$", re.IGNORECASE)


def recognise(path: str, name: str) -> Format:
    """Return the format of the file at `path`; `name` is for messages, and tells what is expected.

    Raises LogError for a format that is not read.
    """
    start = _start(path)
    packed = start.startswith(b"\x1f\x8b")
    if packed:
        start = _head(path)
    if not start.removeprefix(_MARK).strip():
        from skewcheck.logs.text import is_blank  # as below

        if is_blank(path):
            return "empty"
    for magic, format_name in _KNOWN.items():
        if start.startswith(magic):
            if packed:
                raise trouble(name, "a gzipped Parquet or Arrow file: unpack it first")
            return format_name
    if start[8:12] == b"DUCK" and not packed:  # behind a checksum
        return "duckdb"
    for magic, what in _REFUSED.items():
        if start.startswith(magic):
            raise trouble(name, what)
    expected = _BINARY.get(Path(name).suffix.lower())
    if expected:
        raise trouble(name, f"is no {expected} file, or a damaged one: write it again")
    from skewcheck.logs.ours import is_ours  # as above

    text = _head(path).removeprefix(_MARK).lstrip()
    return "ours" if is_ours(text) else _text_format(text, name)


def _start(path: str) -> bytes:
    if path == "-":  # standard input has no file of this name
        return _head(path)
    with open_bytes(path) as file:
        return file.read(16)


def _head(path: str) -> bytes:
    """Return the beginning of a text or gzipped file."""
    from skewcheck.logs.text import head  # binary files are recognised without it

    return head(path)


def _text_format(start: bytes, name: str) -> Format:
    if start.startswith(b"{"):
        return "jsonlines"
    if start.startswith(b"[") and (_JSON.search(name) or re.match(rb"\[\s*[\[{]", start)):
        raise trouble(name, "one JSON array: write one object a line (JSON Lines)")
    if _JSON.search(name):
        raise trouble(name, "is named JSON, but does not begin with {: write one object a line")
    if _RECORD.search(start):
        from skewcheck.logs.lines import holds_records  # few lines have an object, or pairs

        return "lines" if holds_records(start) else "delimited"
    return "delimited"
