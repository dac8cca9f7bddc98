"""URLs of logs: what their parts are, and the storage that each is of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from skewcheck.logs.storage import QUERY, is_web, public
from skewcheck.logs.tree import LOCAL, Kind, Tree
from skewcheck.logs.trouble import trouble


@dataclass(frozen=True, slots=True)
class Location:
    """A URL of an object store, by its parts."""

    scheme: str
    authority: str
    """Bucket, account or host, with a user and a password where the URL has them."""
    path: PurePosixPath
    """From the root of the bucket or host: `/logs/a.parquet`. As written: nothing is unquoted."""
    query: str
    """Options of the storage, as `region=eu-west-1&endpoint_override=...`."""

    @classmethod
    def of(cls, text: str) -> Location:
        """Return the parts of a URL; LogError for one without a bucket or host."""
        scheme, _, rest = text.partition("://")
        query = QUERY.search(rest)
        authority, _, path = (rest[: query.start()] if query else rest).partition("/")
        if not authority and scheme.lower() != "hdfs":
            raise trouble(public(text), "names no bucket or host: write scheme://bucket/path")
        options = query.group()[1:] if query else ""
        return cls(scheme.lower(), authority, PurePosixPath("/", path), options)

    def at(self, path: PurePath) -> str:
        """Return the URL of another path in the same storage."""
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.authority}{path.as_posix()}{query}"


def tree_of(text: str) -> tuple[Tree, PurePath]:
    """Return the storage that a URL is of, and the path in it; LogError for a wrong URL."""
    if text[:5].lower() == "file:":
        return LOCAL, _local(text)
    if is_web(text):
        return WebTree(text), WebTree.path(text)
    from skewcheck.logs.remote import RemoteTree  # neither of this machine nor of the web

    location = Location.of(text)
    return RemoteTree(location), location.path


def _local(text: str) -> Path:
    """Return the path of a file:// URL."""
    from urllib.parse import unquote
    from urllib.request import url2pathname

    host, slash, path = text[len("file://") :].partition("/")
    if host not in ("", "localhost"):
        raise trouble(text, "is of another host: a file:// URL has three slashes in front")
    return Path(unquote(slash + path) if "\\" not in url2pathname("/") else url2pathname(path))


class WebTree:
    """A single file of a web server, which lists no folders."""

    def __init__(self, url: str) -> None:
        self._url = url

    @staticmethod
    def path(url: str) -> PurePosixPath:
        """Return what the file is called: the last part of the path, or the host."""
        return PurePosixPath("/", PurePosixPath(public(url)).name)

    def kind(self, path: PurePath) -> Kind:  # noqa: ARG002
        """Return that it is a file: opening it says whether it is there."""
        return "file"

    def real(self, path: PurePath) -> str:  # noqa: ARG002
        """Return the URL."""
        return self._url

    def listed(self, folder: PurePath, pattern: str, *, deep: bool) -> list[str]:  # noqa: ARG002
        """Return nothing."""
        return []

    def place(self, path: PurePath) -> str:  # noqa: ARG002
        """Return the URL."""
        return self._url

    def absolute(self, path: PurePath) -> PurePath:
        """Return the path."""
        return path

    def refuse_tables(self, path: PurePath, given: str) -> None:
        """Do nothing: a single file is read."""
