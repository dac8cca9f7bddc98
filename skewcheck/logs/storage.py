"""Where the bytes of a log are: a file, or standard input that was put down.

A place is text, as the user or a folder names it. What reads bytes asks here for them.
"""

from __future__ import annotations

import io
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Place(str):
    """The path of bytes that are not a file of their own."""

    def open(self) -> io.BufferedIOBase:
        """Open it for reading from its first byte. OSError."""
        raise NotImplementedError


class Spool(Place):
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

    def open(self) -> io.BufferedIOBase:
        return io.BufferedReader(_Reader(self))


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
    """Open a place for reading from its first byte; files can be sought in. OSError."""
    if isinstance(place, Place):
        return place.open()
    return Path(place).open("rb")
