"""Bytes that cannot be sought in, put down in a temporary file: standard input, pipes, streams."""

from __future__ import annotations

import io
import shutil
import tempfile
import weakref
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO

from skewcheck.logs.storage import Place, is_url, open_bytes

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Spool(Place):
    """A path, `-` for standard input, and behind it the bytes that were read from there.

    They are in a temporary file that never has a name, or had it taken off before a byte was
    written (Windows deletes it as its last handle is closed, be it that of a process which was
    killed), for its owner alone. Nothing of it is left, however a run ends.
    """

    seekable = True
    file: BinaryIO
    lock: Lock
    """Readers in several threads share the one position of the file."""

    @classmethod
    def of(cls, stream: BinaryIO | io.IOBase, path: str = "-") -> Spool:
        """Put a stream down up to its end; OSError where the disk is full."""
        spool = cls(path)
        spool.file = tempfile.TemporaryFile(prefix="skewcheck-")  # noqa: SIM115  # see the class
        weakref.finalize(spool, spool.file.close)
        shutil.copyfileobj(stream, spool.file)
        spool.size = spool.file.tell()
        spool.lock = Lock()
        return spool

    def open(self) -> io.BufferedIOBase:
        """Return a stream from the beginning, beside those that others read."""
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


def put_down(place: str) -> Spool:
    """Read a place that cannot be sought in, up to its end; OSError."""
    if is_url(place):
        from skewcheck.logs.web import Stream  # most are pipes

        with Stream(place) as stream:
            return Spool.of(stream, place)
    with open_bytes(place) as pipe:
        return Spool.of(pipe, place)
