"""Which format a file has, by its first bytes, and by its name where those do not tell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from skewcheck.logs.magic import BEGINNING, packing
from skewcheck.logs.storage import Place, is_put_down, open_bytes
from skewcheck.logs.trouble import trouble

Format = Literal[
    "parquet",
    "arrow",
    "stream",
    "avro",
    "orc",
    "tfrecord",
    "jsonlines",
    "documents",
    "lines",
    "delimited",
    "sqlite",
    "duckdb",
    "zip",
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
    b"Obj\x01": "avro",
    b"ORC": "orc",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",  # one that is empty
}
_REFUSED = {
    b"PARE": "an encrypted Parquet file: decrypt it first",
    b"FEA1": "a Feather file of version 1: write it again as version 2 or as Parquet",
    b"\x02\x21\x4c\x18": "packed with lz4 in its old format: pack it again",
    b"\xff\x06\0\0sNaPpY": "packed with snappy: unpack it first",
    b"\x1f\x9d": "packed with compress: unpack it first",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive: unpack it first",
    b"\x93NUMPY": "a NumPy file: write it as Parquet",
    b"\x80\x02": "a pickle, which is never loaded: write it as Parquet",
    b"\x80\x03": "a pickle, which is never loaded: write it as Parquet",
    b"\x80\x04": "a pickle, which is never loaded: write it as Parquet",
    b"\x80\x05": "a pickle, which is never loaded: write it as Parquet",
}
_BINARY = {".parquet": "Parquet", ".pq": "Parquet", ".arrow": "Arrow", ".feather": "Feather"}
_MARK = b"\xef\xbb\xbf"
_RECORD = re.compile(rb"\{\s*\"|\w=\S*[ \t]+\w[\w.]*=|\w=[\[{(]|[\w%]=[^\s&]*&\w[\w.%]*=")
"""A line that may hold an object of JSON, pairs, or a query string."""
_JSON = re.compile(r"\.(json|jsonl|ndjson)(\.(gz|bz2|xz|zst|lz4))?$", re.IGNORECASE)


def recognise(path: str, name: str) -> Format:
    """Return the format of the file at `path`; `name` is for messages, and tells what is expected.

    Raises LogError for a format that is not read.
    """
    start = _start(path)
    packed = packing(start)
    if packed:
        start = _head(path)
        if packing(start):
            raise trouble(name, f"packed twice, the second time with {packed}: unpack it once")
    if not start.removeprefix(_MARK).strip():
        from skewcheck.logs.text import is_blank  # as below

        if is_blank(path):
            return "empty"
    for magic, format_name in _KNOWN.items():
        if start.startswith(magic):
            if packed or (isinstance(path, Place) and not is_put_down(path)):
                raise trouble(name, _inside(format_name, packed))
            return format_name
    if start[8:12] == b"DUCK" and not packed:  # behind a checksum
        return "duckdb"
    for magic, what in _REFUSED.items():
        if start.startswith(magic):
            raise trouble(name, what)
    if b"\0\0\0\0" in start[4:8]:  # the length of a record of less than 4 GB
        from skewcheck.logs.tfrecord import is_tfrecord

        if is_tfrecord(start):
            return "tfrecord"
    expected = _BINARY.get(Path(name).suffix.lower())
    if expected:
        raise trouble(name, f"is no {expected} file, or a damaged one: write it again")
    from skewcheck.logs.ours import is_ours  # as above

    beginning = _head(path)
    text = beginning.removeprefix(_MARK).lstrip()
    return "ours" if is_ours(text) else _text_format(text, name, len(beginning))


def _inside(format_name: Format, packed: str | None) -> str:
    """Return what is wrong with a file that is no text, where there is no file of its own of it."""
    names = {"zip": "a zip archive", "avro": "an Avro file", "orc": "an ORC file"}
    what = names.get(format_name, "a Parquet or Arrow file")
    if packed:
        return f"{what}, packed with {packed}: unpack it first"
    return f"{what}, which is read only as a file of its own: unpack it, or give its path"


def _start(path: str) -> bytes:
    if path == "-":  # standard input has no file of this name
        return _head(path)
    with open_bytes(path) as file:
        return file.read(BEGINNING)


def _head(path: str) -> bytes:
    """Return the beginning of a text or packed file."""
    from skewcheck.logs.text import head  # binary files are recognised without it

    return head(path)


def _text_format(start: bytes, name: str, size: int) -> Format:
    """Return the format of a text by its beginning, of which so many bytes were read."""
    if start.startswith(b"{"):
        from skewcheck.logs.documents import is_documents  # other text is recognised without it
        from skewcheck.logs.text import HEAD

        if is_documents(start, whole=size < HEAD):
            return "documents"
        from skewcheck.logs.lines import has_words  # as above

        return "lines" if has_words(start) else "jsonlines"
    if re.match(rb"\x1e\s*\{|\[\s*\{|\[\s*\]\s*\Z", start):
        return "documents"
    if start.startswith(b"[") and (_JSON.search(name) or re.match(rb"\[\s*\[", start)):
        raise trouble(name, "one JSON array that holds no objects: write one object a line")
    if _JSON.search(name):
        raise trouble(name, "is named JSON, but does not begin with {: write one object a line")
    from skewcheck.logs.text import refuse_binary  # as above

    if start[257:262] == b"ustar":
        raise trouble(name, "a tar archive: unpack it first")
    refuse_binary(start, name)
    if _RECORD.search(start):
        from skewcheck.logs.lines import holds_records  # few lines have an object, or pairs

        return "lines" if holds_records(start) else "delimited"
    return "delimited"
