"""Where the bytes of a log are: a file, or standard input that was put down.

A place is text, as the user or a folder names it. What reads bytes asks here for them.
"""

from __future__ import annotations

import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


Identity = tuple[object, ...]
"""What differs once a file was replaced or written to, as far as its storage tells."""


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a file without reading it."""

    size: int
    """Bytes."""
    modified: float
    """Epoch seconds of the last change."""
    identity: Identity
    regular: bool = True
    """Whether it is a file: no folder, pipe, socket or device."""


class Spool(str):
    """The path `-`, and behind it the bytes of standard input, which `opened` reads.

    They are in a temporary file that never has a name, or had it taken off before a byte was
    written (Windows deletes it as its last handle is closed, be it that of a process which was
    killed), for its owner alone. Nothing of it is left, however a run ends.
    """

    file: BinaryIO
    size: int
    """Bytes."""
    lock: Lock
    """Readers in several threads share the one position of the file."""

    @classmethod
    def of(cls, stream: BinaryIO) -> Spool:
        """Put a stream down up to its end; OSError where the disk is full."""
        import shutil  # most logs are files
        import tempfile
        import weakref

        spool = cls("-")
        spool.file = tempfile.TemporaryFile(prefix="skewcheck-")  # noqa: SIM115  # see the class
        weakref.finalize(spool, spool.file.close)
        shutil.copyfileobj(stream, spool.file)
        spool.size = spool.file.tell()
        spool.lock = Lock()
        return spool


class _Reader(io.RawIOBase):
    """The bytes of a spool from their beginning, whatever other readers do."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._spool.size}[whence]
        self._place = start + offset
        return self._place

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        with self._spool.lock:
            self._spool.file.seek(self._place)
            data = self._spool.file.read(len(view))
        view[: len(data)] = data
        self._place += len(data)
        return len(data)


def open_bytes(place: str) -> io.BufferedIOBase:
    """Open a place for reading from its first byte; it can be sought in. OSError."""
    if isinstance(place, Spool):
        return io.BufferedReader(_Reader(place))
    return Path(place).open("rb")


def arrow_source(place: str) -> str | pa.NativeFile:
    """Return what Arrow opens and reads by itself, at any of its bytes: a path where it can."""
    return arrow_file(place) if isinstance(place, Spool) else place


def arrow_file(place: str, *, mapped: bool = False) -> pa.NativeFile:
    """Open a place for Arrow; `mapped` into memory where the storage can. OSError."""
    if isinstance(place, Spool):
        return pa.PythonFile(_Reader(place), mode="r")
    return pa.memory_map(place) if mapped else pa.OSFile(place)


def about(place: str) -> About:
    """Return what is known of a file; OSError where there is none."""
    if isinstance(place, Spool):
        return About(place.size, 0.0, (id(place),))
    return about_local(Path(place).stat())


def about_local(found: os.stat_result) -> About:
    """Return likewise what the system says of a file.

    It is another once its inode, its size, or the last change of contents or inode differs.
    """
    identity = found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    regular = stat.S_ISREG(found.st_mode)
    return About(found.st_size, found.st_mtime, identity, regular)
