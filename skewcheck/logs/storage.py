"""Where the bytes of a log are: a file, a URL, or standard input that was put down.

A place is text, as the user or a folder names it. What reads bytes asks here for them.
"""

from __future__ import annotations

import io
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

import pyarrow as pa

_URL = re.compile(r"(file|s3|gs|gcs|abfss?|hdfs|https?)://", re.IGNORECASE)
_MISTYPED = re.compile(r"\A(https?:/*|[A-Za-z][\w+.\-]+:/+)[^/?#]*@", re.IGNORECASE)
"""The beginning of what was meant as a URL, with a slash too few or too many, up to the host."""
_WEB = re.compile(r"https?:", re.IGNORECASE)
QUERY = re.compile(r"\?[a-z_]+=[^?]*\Z")
"""Options behind a URL of an object store; a question mark in a pattern has no `name=` behind."""

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
    seekable: bool = True
    """Whether any of its bytes can be read at any time: it is no pipe, socket or device, and no
    file of a web server that only sends the whole."""


def is_url(text: str) -> bool:
    """Return whether a text is a URL of a storage that is read."""
    return _URL.match(text) is not None


def is_local(text: str) -> bool:
    """Return whether what a user names is on this machine: a path, or a URL of a file."""
    return not is_url(text) or text[:5].lower() == "file:"


def is_web(text: str) -> bool:
    """Return whether a URL is of a web server."""
    return text[:5].lower() in ("http:", "https")


def is_remote(place: str) -> bool:
    """Return whether the bytes of a place are on another machine."""
    return not isinstance(place, Place) and is_url(place)


def public(text: str) -> str:
    """Return a path as it is, and a URL without user, password and query: these may be secret.

    Of Azure's the user stays without its password, as it is the name of a container.
    """
    scheme, mark, rest = text.partition("://")
    if not mark or rest.startswith("/"):
        bare = _MISTYPED.sub(r"\1", text)
        return re.split(r"[?#]", bare, maxsplit=1)[0] if _WEB.match(text) else bare
    if is_url(text) and not is_web(text):
        rest = QUERY.sub("", rest)
    else:
        rest = re.split(r"[?#]", rest, maxsplit=1)[0]
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    if at and scheme.lower().startswith("abfs"):
        host = f"{user.partition(':')[0]}@{host}"
    return f"{scheme}://{host}{slash}{path}"


class Place(str):
    """The path of bytes that are not a file of their own."""

    seekable = False
    """Whether any of its bytes can be read at any time."""
    size: int
    """Bytes, unpacked, where they are counted."""

    def open(self) -> io.BufferedIOBase:
        """Open it for reading from its first byte. OSError."""
        raise NotImplementedError


def is_put_down(place: str) -> TypeGuard[Place]:
    """Return whether the bytes of a place were put down from what cannot be sought in."""
    return isinstance(place, Place) and place.seekable


def open_bytes(place: str) -> io.BufferedIOBase:
    """Open a place for reading from its first byte; files can be sought in. OSError."""
    if isinstance(place, Place):
        return place.open()
    if is_url(place):
        if is_web(place):
            from skewcheck.logs import web  # most logs are local

            return io.BufferedReader(web.raw(place))
        from skewcheck.logs import remote  # as above

        return remote.open_bytes(place)
    return Path(place).open("rb")


def arrow_source(place: str) -> str | pa.NativeFile:
    """Return what Arrow opens and reads by itself, at any of its bytes: a path where it can."""
    return arrow_file(place) if is_put_down(place) or is_url(place) else place


def arrow_file(place: str, *, mapped: bool = False) -> pa.NativeFile:
    """Open a place for Arrow; `mapped` into memory where the storage can. OSError."""
    if is_put_down(place):
        return pa.PythonFile(place.open(), mode="r")
    if is_url(place):
        if is_web(place):
            from skewcheck.logs import web  # as above

            return pa.PythonFile(web.raw(place), mode="r")
        from skewcheck.logs import remote  # as above

        return remote.arrow_file(place)
    return pa.memory_map(place) if mapped else pa.OSFile(place)


def about(place: str) -> About:
    """Return what is known of a file; OSError where there is none."""
    if is_put_down(place):
        return About(place.size, 0.0, (id(place),))
    if is_url(place):
        if is_web(place):
            from skewcheck.logs import web  # as above

            return web.about(place)
        from skewcheck.logs import remote  # as above

        return remote.about(place)
    return about_local(Path(place).stat())


def about_local(found: os.stat_result) -> About:
    """Return likewise what the system says of a file.

    It is another once its inode, its size, or the last change of contents or inode differs.
    """
    identity = found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    seekable = stat.S_ISREG(found.st_mode)
    return About(found.st_size, found.st_mtime, identity, seekable)
