"""Object stores and HDFS through pyarrow.fs: files, folders and bytes by URL.

Credentials are found as the SDKs of these services find them: environment, profile, role. Nothing
of them is kept here.
"""

from __future__ import annotations

import fnmatch
import glob
import io
import os
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

import pyarrow as pa
from pyarrow import fs

from skewcheck.logs.storage import About, public
from skewcheck.logs.tables.roots import MARKS, is_iceberg_metadata
from skewcheck.logs.tree import Kind
from skewcheck.logs.trouble import trouble
from skewcheck.logs.urls import Location

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CONNECT_SECONDS, REQUEST_SECONDS, ATTEMPTS = 5, 30, 3
"""After so long without a connection, or without a byte, a request fails; it is tried so often."""
BUFFER = 1 << 20
"""Bytes of a request at least, where a file is read from one end to the other."""
_S3_OPTIONS = frozenset([
    "region", "endpoint_override", "scheme", "force_virtual_addressing", "tls_ca_file_path",
    "anonymous",
])  # fmt: skip
"""What the query of an s3:// URL may say, as in pyarrow; `anonymous=true` uses no credentials."""
_VERSION = ("ETag", "VersionId", "generation", "Generation", "etag")
"""What services call the mark of an object's content, or of its version."""


@cache
def _file_system(scheme: str, authority: str, query: str) -> tuple[fs.FileSystem, str]:
    """Return the file system of a URL without its path, and what is put before paths in it."""
    if scheme == "s3":
        return _s3(authority, dict(parse_qsl(query)))
    if scheme in ("gs", "gcs") and "retry_limit_seconds" not in query:
        seconds = timedelta(seconds=REQUEST_SECONDS).total_seconds()
        query = f"{query}&retry_limit_seconds={seconds:g}".lstrip("&")
    system, base = fs.FileSystem.from_uri(f"{scheme}://{authority}/{query and '?' + query}")
    return system, base.rstrip("/")


def _s3(authority: str, options: Mapping[str, str]) -> tuple[fs.FileSystem, str]:
    user, _, bucket = authority.rpartition("@")
    key, _, secret = user.partition(":")
    unknown = options.keys() - _S3_OPTIONS
    if unknown:
        known = ", ".join(sorted(_S3_OPTIONS))
        raise trouble(f"s3://{bucket}", f"no option {min(unknown)!r}; known are {known}")
    named = {k: v for k, v in options.items() if k in ("tls_ca_file_path", "scheme")}
    # pyarrow does not look for these by itself, other than the command line of AWS.
    endpoint = options.get("endpoint_override") or (
        os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    )
    region = options.get("region") or (
        os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    )
    if region is None and endpoint is None:
        region = fs.resolve_s3_region(bucket)
    system = fs.S3FileSystem(
        **named,
        **({"access_key": unquote(key), "secret_key": unquote(secret)} if secret else {}),
        anonymous=options.get("anonymous") == "true",
        region=region,
        endpoint_override=endpoint,
        force_virtual_addressing=options.get("force_virtual_addressing") == "true",
        connect_timeout=CONNECT_SECONDS,
        request_timeout=REQUEST_SECONDS,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
    )
    return system, bucket


def _located(place: str) -> tuple[fs.FileSystem, str]:
    """Return the file system of a URL, and the path in it; OSError, LogError."""
    location = Location.of(place)
    return _in_system(location, location.path)


def _in_system(location: Location, path: PurePath) -> tuple[fs.FileSystem, str]:
    try:
        system, base = _file_system(location.scheme, location.authority, location.query)
    except (pa.ArrowException, ValueError):
        raise OSError(f"no file system of {location.scheme}") from None
    return system, (base + path.as_posix()).rstrip("/") or "/"


def arrow_file(place: str) -> pa.NativeFile:
    """Open the file at a URL for Arrow, at any of its bytes; OSError."""
    system, path = _located(place)
    return system.open_input_file(path)


def open_bytes(place: str) -> io.BufferedReader:
    """Open the file at a URL for reading from its first byte; it can be sought in. OSError."""
    return io.BufferedReader(_Bytes(arrow_file(place)), BUFFER)


def about(place: str) -> About:
    """Return size, time of change and version of the file at a URL; OSError where there is none."""
    system, path = _located(place)
    found = system.get_file_info(path)
    if found.type != fs.FileType.File:
        raise FileNotFoundError(path)
    with system.open_input_stream(path, compression=None) as stream:
        metadata = {_text(key): _text(value) for key, value in stream.metadata().items()}
    version = tuple(metadata[name] for name in _VERSION if name in metadata)
    identity = public(place), found.size, found.mtime_ns, version
    return About(found.size, (found.mtime_ns or 0) / 1e9, identity)


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


class _Bytes(io.RawIOBase):
    """A file of Arrow as one of Python, closed with it."""

    def __init__(self, file: pa.NativeFile) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        place: int = self._file.seek(offset, whence)
        return place

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        read: int = self._file.readinto(buffer)
        return read

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


class RemoteTree:
    """The folders of an object store: prefixes of keys up to a slash."""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._kinds: dict[str, fs.FileType] = {}
        """Of paths that were listed."""
        self._names: dict[str, list[str]] = {}
        """By folder that was listed."""
        self._looked_at: set[PurePath] = set()
        """Folders that are no tables."""

    def kind(self, path: PurePath) -> Kind:
        """Return what is at a path; OSError."""
        system, inside = _in_system(self._location, path)
        found = self._kinds.get(inside)
        if found is None:
            found = self._kinds[inside] = system.get_file_info(inside).type
        match found:
            case fs.FileType.Directory:
                return "folder"
            case fs.FileType.File:
                return "file"
            case fs.FileType.NotFound:
                return "nothing"
        return "special"

    def real(self, path: PurePath) -> str:
        """Return the URL: nothing has two names there."""
        return self.place(path)

    def listed(self, folder: PurePath, pattern: str, *, deep: bool) -> list[str]:
        """Return names in a folder, sorted; all below it is listed at once if it is `deep`."""
        if not glob.has_magic(pattern):
            return [pattern] if self.kind(folder / pattern) != "nothing" else []
        names = self._all(folder, deep=deep)
        if pattern == "**":
            return [name for name in names if self.kind(folder / name) == "folder"]
        return [name for name in names if fnmatch.fnmatchcase(name, pattern)]

    def _all(self, folder: PurePath, *, deep: bool) -> list[str]:
        system, inside = _in_system(self._location, folder)
        if inside not in self._names:
            self._names[inside] = []
            for found in system.get_file_info(fs.FileSelector(inside, recursive=deep)):
                parent, _, name = found.path.rpartition("/")
                if not name or "//" in found.path or name in (".", ".."):
                    raise trouble(
                        public(self.place(folder)),
                        "an object's key has // in it, or a part that is . or ..: which is no path:"
                        " rename it, or name the files",
                    )
                self._kinds[found.path] = found.type
                self._names.setdefault(parent, []).append(name)
                if deep and found.type == fs.FileType.Directory:
                    self._names.setdefault(found.path, [])
            for below in self._names.values():
                below.sort()
        return self._names[inside]

    def refuse_tables(self, path: PurePath, given: str) -> None:
        """Raise a LogError for what lies in a table: not all of its files hold live rows."""
        for folder in path.parents:
            if folder not in self._looked_at:
                self._looked_at.add(folder)
                marks = any(self._is(folder / name) for name, _ in MARKS)
                if marks or self._has_iceberg_metadata(folder / "metadata"):
                    raise trouble(
                        given,
                        "is, or lies in, a table of Delta, Iceberg or Hudi, of whose files not all"
                        " hold live rows: it is not read at a URL; give a copy of its folder,"
                        " or an export of the rows",
                    )

    def _is(self, path: PurePath) -> bool:
        return self.kind(path) != "nothing"

    def _has_iceberg_metadata(self, folder: PurePath) -> bool:
        system, inside = _in_system(self._location, folder)
        found = system.get_file_info(fs.FileSelector(inside, allow_not_found=True))
        return any(is_iceberg_metadata(file.base_name) for file in found)

    def place(self, path: PurePath) -> str:
        """Return the URL of a path."""
        return self._location.at(path)

    def absolute(self, path: PurePath) -> PurePath:
        """Return the path, which is from the root."""
        return path
