"""Which format a file has, by its first bytes, and by its name where those do not tell."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from skewcheck.logs.magic import BEGINNING, PARQUET, PROFILE, packing
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
    "profile",
    "ours",
    "empty",
]
"""`ours`: a report or a parameter file, which is no log; `empty`: no bytes but white space, packed
or not."""

_KNOWN: dict[bytes, Format] = {
    PARQUET: "parquet",
    b"ARROW1": "arrow",
    b"\xff\xff\xff\xff": "stream",
    b"SQLite format 3\0": "sqlite",
    b"Obj\x01": "avro",
    b"ORC": "orc",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",  # one that is empty
    PROFILE: "profile",
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


def recognise(path: str, name: str, start: bytes | None = None, *, named: bool = False) -> Format:
    """Return the format of the file at `path`; `name` is for messages, and tells what is expected.

    `start` are its first bytes, where they are at hand. `named` says whether columns of a file
    without a header are. Raises LogError for a format that is not read.
    """
    start = _start(path) if start is None else start
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
    from skewcheck.logs.text_formats import text_format  # as above

    return text_format(_head(path), name, named=named)


def _inside(format_name: Format, packed: str | None) -> str:
    """Return what is wrong with a file that is no text, where there is no file of its own of it."""
    names = {"zip": "a zip archive", "avro": "an Avro file", "orc": "an ORC file",
             "profile": "a profile"}  # fmt: skip
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
