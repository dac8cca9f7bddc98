"""Zip archives: each member that is text, plain or packed, is a file of the log."""

from __future__ import annotations

import io
import struct
import weakref
import zipfile
from collections import Counter
from pathlib import PurePath
from typing import IO

from skewcheck.logs.packed import told
from skewcheck.logs.paths import LogPath, Unopened, log_path, typed
from skewcheck.logs.storage import Place, open_bytes
from skewcheck.logs.tree import is_hidden
from skewcheck.logs.trouble import DamagedError, reading, trouble

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_ENCRYPTED = 1
"""Bit of a member's flags: APPNOTE.TXT 4.4.4 of PKWARE."""
_DOCUMENTS = {
    "[Content_Types].xml": "a spreadsheet, or another document of Office: save it as CSV",
    "mimetype": "a spreadsheet, or another document: save it as CSV",
    "META-INF/MANIFEST.MF": "a Java archive, which is no log",
}
"""What a member of a name says that the archive is."""


class Member(Place):
    """The path of an archive and the name of a member below it; `opened` reads its bytes."""

    archive: zipfile.ZipFile
    """Shared by all members: it was read once, and is closed with the last of them."""
    info: zipfile.ZipInfo

    def open(self) -> io.BufferedIOBase:
        """Return a stream of the member's bytes, unpacked; DamagedError where it cannot be."""
        try:
            stream = self.archive.open(self.info)
        except (zipfile.BadZipFile, struct.error, EOFError):
            raise DamagedError("zip") from None
        return told(_Checked(stream), stream, "zip")


class _Checked:
    """A member's bytes, whose checksum the last of them are compared with."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        try:
            return self._stream.read(size)
        except zipfile.BadZipFile:
            raise EOFError from None


def members(path: str, name: str) -> tuple[list[tuple[Member, LogPath]], list[Unopened]]:
    """Return an archive's members by name, with the columns that their folders name; and those
    whose names say that they are hidden.

    `name` is for messages. Raises LogError for a document, and for what cannot be read.
    """
    archive = _archive(path)
    files = [info for info in archive.infolist() if not info.is_dir()]
    for info in files:
        if info.filename in _DOCUMENTS:
            raise trouble(name, _DOCUMENTS[info.filename])
    found: list[Member] = []
    hidden: list[Unopened] = []
    for info in sorted(files, key=lambda info: info.filename.split("/")):
        if any(map(is_hidden, filter(None, info.filename.split("/")))):
            hidden.append(Unopened(f"{name}/{info.filename}", "hidden"))
            continue
        _check(info, name)
        member = Member(f"{path}/{info.filename}")
        member.archive, member.info, member.size = archive, info, info.file_size
        found.append(member)
    if hidden and not found:
        what = "the archive holds no files (names with . or _ in front are not read)"
        raise trouble(name, what)
    if any(times > 1 for times in Counter(found).values()):
        raise trouble(name, "holds several files of one name: unpack it, and name them apart")
    inside = typed([log_path(PurePath(), PurePath(m.info.filename), m) for m in found])
    return list(zip(found, inside, strict=True)), hidden


def _archive(path: str) -> zipfile.ZipFile:
    stream = open_bytes(path)
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, struct.error, EOFError, UnicodeDecodeError):
        stream.close()
        raise DamagedError("zip") from None
    weakref.finalize(archive, stream.close)
    return archive


def _check(info: zipfile.ZipInfo, name: str) -> None:
    with reading(f"{name}/{info.filename}"):
        if info.flag_bits & _ENCRYPTED:
            raise trouble(f"{name}/{info.filename}", "is encrypted: unpack the archive first")
        if info.compress_type not in _METHODS:
            what = f"packed by method {info.compress_type} of zip: unpack the archive first"
            raise trouble(f"{name}/{info.filename}", what)
