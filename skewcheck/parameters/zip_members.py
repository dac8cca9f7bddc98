"""Read members of a zip within bounds: of the directory, of each member and of all together."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Mapping

from skewcheck.text.errors import ParameterError

MAX_BYTES = 256 * 2**20
"""Bytes of all members that are read, as of an uncompressed file."""
MAX_DIRECTORY_BYTES = 8 * 2**20
"""Bytes of the directory: some 60,000 tensors of a model. Each entry takes microseconds."""
_START = b"PK\x03\x04"
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x06"
_ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError,
    NotImplementedError, RuntimeError, KeyError, OverflowError, MemoryError,
)  # fmt: skip
"""Exceptions that zipfile raises for damaged and encrypted files."""


def is_zip(content: bytes) -> bool:
    """Return whether content begins like a zip."""
    return content.startswith(_START)


def names_with(content: bytes, *required: str) -> frozenset[str]:
    """Return the names of a zip's members; none of one that lacks a required name. Raises nothing.

    The directory is read only where all those names stand somewhere in the content.
    """
    if not is_zip(content) or not all(name.encode() in content for name in required):
        return frozenset()
    try:
        names = frozenset(ZipMembers(content).names())
    except ParameterError:
        return frozenset()
    return names if names.issuperset(required) else frozenset()


def first_name(content: bytes) -> str:
    """Return the name of a zip's first member, as stands before it; empty for what is no zip."""
    size = int.from_bytes(content[26:28], "little")
    return content[30 : 30 + size].decode("utf-8", "replace") if is_zip(content) else ""


class ZipMembers:
    """Members of a zip by name. ParameterError for a damaged zip, or one that is too large."""

    __slots__ = ("_archive", "_by_name", "_most", "_remaining")

    def __init__(self, content: bytes, most: int = MAX_BYTES) -> None:
        """Read the directory; `most` bounds the bytes of all members that are read."""
        check_directory(content)
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
            members = self._archive.infolist()
        except _ZIP_ERRORS as error:
            raise ParameterError("is no whole zip: copy it again or save it anew") from error
        self._by_name: Mapping[str, zipfile.ZipInfo] = {x.filename: x for x in members}
        self._remaining = self._most = most

    def names(self) -> list[str]:
        """Return the names of all members, in the order of the directory."""
        return [*self._by_name]

    def size(self, name: str) -> int:
        """Return the size that the directory states; -1 for a member that is not there."""
        member = self._by_name.get(name)
        return -1 if member is None else member.file_size

    def read(self, name: str, most: int = MAX_BYTES) -> bytes:
        """Return the bytes of a member, at most so many; ParameterError if it is absent or damaged.

        No more than the directory states is unpacked.
        """
        member = self._by_name.get(name)
        if member is None:
            raise ParameterError(f"is no whole file: it lacks {name[:80]!r}; save it anew")
        if member.file_size > most:
            raise ParameterError(f"{name[:80]}: larger than {most // 2**20} MiB, no parameters")
        if member.file_size > self._remaining:
            raise _too_large(self._most)
        try:
            with self._archive.open(member) as file:
                data = file.read(self._remaining + 1)
        except _ZIP_ERRORS as error:
            raise ParameterError("is no whole zip: copy it again or save it anew") from error
        self._remaining -= len(data)
        if self._remaining < 0:
            raise _too_large(self._most)
        return data


def check_directory(content: bytes) -> None:
    """Raise ParameterError for a zip with more members than any file of parameters has."""
    if _directory_bytes(content) > MAX_DIRECTORY_BYTES:
        raise ParameterError("refused: it has more members than any file of parameters")


def _too_large(most: int) -> ParameterError:
    size = most // 2**20
    return ParameterError(f"refused: it would grow to more than {size} MiB; nothing was executed")


def _directory_bytes(content: bytes) -> int:
    """Return the size that the end of a zip states of its directory; 0 without an end."""
    end = content.rfind(_END)
    size = int.from_bytes(content[end + 12 : end + 16], "little") if end >= 0 else 0
    end_64 = content.rfind(_END_64) if size == 0xFFFFFFFF else -1
    return int.from_bytes(content[end_64 + 40 : end_64 + 48], "little") if end_64 >= 0 else size
