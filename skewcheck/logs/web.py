"""Files of web servers through fsspec: by ranges of bytes where the server gives them."""

from __future__ import annotations

import io
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from skewcheck.logs.storage import About, public
from skewcheck.logs.trouble import trouble

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 4 << 20
"""Bytes of a request."""
CONNECT_SECONDS, READ_SECONDS = 10, 60
"""After so long without a connection, or without a byte, a request fails."""


@cache
def _server() -> Any:  # fsspec ships no types
    """Return the file system of all web servers; LogError where its libraries are missing."""
    try:
        from aiohttp import ClientTimeout
        from fsspec.implementations.http import HTTPFileSystem
    except ImportError as error:
        raise trouble("http(s)", f"needs {error.name}: pip install 'skewcheck[https]'") from None
    timeout = ClientTimeout(
        total=None, sock_connect=CONNECT_SECONDS, connect=CONNECT_SECONDS, sock_read=READ_SECONDS
    )
    return HTTPFileSystem(
        client_kwargs={"timeout": timeout, "trust_env": True}, use_listings_cache=False,
        skip_instance_cache=True,
    )  # fmt: skip


def about(place: str) -> About:
    """Return size, time of change and version of a file; OSError where there is none.

    It can be sought in if the server says its size and gives ranges of bytes.
    """
    server = _server()
    try:
        found = server.info(place)
    except FileNotFoundError as error:
        raise OSError(_status(error)) from None
    if found.get("mimetype") == "text/html":
        raise trouble(public(place), "is a web page, not a log: give the address of the file")
    size = found.get("size")
    names = ("ETag", "Last-Modified", "Content-MD5", "Digest")
    version = tuple(str(found[name]) for name in names if name in found)
    modified = 0.0
    if "Last-Modified" in found:
        modified = parsedate_to_datetime(found["Last-Modified"]).timestamp()
    ranges = bool(size) and _gives_ranges(place, size)
    return About(size or 0, modified, (public(place), size, *version), seekable=ranges)


def _status(error: FileNotFoundError) -> str:
    """Return what a server answered, in the words that `remote_errors` knows."""
    cause = error.__cause__
    status = getattr(cause, "status", None)
    if status is not None:
        return f"HTTP status {status}"
    return f"no connection: {type(cause).__name__}" if cause is not None else "HTTP status 404"


@cache
def _gives_ranges(place: str, size: int) -> bool:
    """Return whether a server sends a part of a file where a part is asked for."""
    try:
        with _server().open(place, block_size=BLOCK, size=size, cache_type="none") as file:
            file.seek(size - 1)
            return len(file.read(1)) == 1
    except ValueError:  # it sent more than was asked for
        return False


def raw(place: str) -> io.RawIOBase:
    """Open a file that can be sought in; OSError."""
    size = _server().info(place)["size"]
    return _Bytes(_server().open(place, block_size=BLOCK, size=size, cache_type="readahead"))


class _Bytes(io.RawIOBase):
    """A file of fsspec, whose errors are of the system's kind."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return int(self._file.seek(offset, whence))

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = _asked(lambda: self._file.read(len(view)))
        view[: len(data)] = data
        return len(data)


def _asked(read: Any) -> bytes:
    """Return what a request gives; OSError, without the URL, where it fails."""
    from aiohttp import ClientError
    from fsspec.exceptions import FSTimeoutError

    try:
        return bytes(read())
    except FileNotFoundError as error:
        raise OSError(_status(error)) from None
    except (ClientError, FSTimeoutError, TimeoutError) as error:
        status = getattr(error, "status", None)
        raise OSError(
            f"HTTP status {status}" if status else f"no connection: {type(error).__name__}"
        ) from None


class Stream(io.RawIOBase):
    """The bytes of a file as a server sends them, once."""

    def __init__(self, place: str) -> None:
        self._file = _server().open(place, block_size=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = _asked(lambda: self._file.read(len(view)))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
