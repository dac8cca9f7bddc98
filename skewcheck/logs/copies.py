"""Files of a log that have the same content under several names, as copies do."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from hashlib import blake2b, sha256

from skewcheck.logs.file import File
from skewcheck.logs.storage import open_bytes
from skewcheck.logs.trouble import reading

HEAD = 4096
"""Bytes that tell most files of the same size apart, so that few are read to their end."""
LINES = 3
"""Text of fewer lines says too little: two days without a request have the same header."""


def copies(files: Sequence[File]) -> list[tuple[str, ...]]:
    """Return the names of files with the same bytes, of which each group has two or more.

    Packed files are compared as they are packed. Files without rows, and those of standard input
    and memory, are left out. Raises LogError where a file cannot be read.
    """
    candidates = [file for file in files if file.lasting and file.rows != 0]
    groups: Iterable[list[File]] = [candidates]
    digests: dict[Hashable, bytes] = {}

    def content(file: File) -> bytes:
        """Return a digest; names of one file (hard links) are read once."""
        key = file.identity or file.path
        if key not in digests:
            digests[key] = _content(file)
        return digests[key]

    for key in (_size, _head, content):
        groups = [group for files in groups for group in _grouped(files, key)]
    return [tuple(file.name for file in group) for group in groups]


def beginning(start: bytes) -> bytes:
    """Return what tells the first `HEAD` bytes of a file from others."""
    return blake2b(start, digest_size=16).digest()


def _grouped(files: Sequence[File], key: Callable[[File], Hashable]) -> Iterator[list[File]]:
    """Yield the files that share a key which is not None, two or more of each."""
    by_key: dict[Hashable, list[File]] = {}
    for file in files:
        by_key.setdefault(key(file), []).append(file)
    yield from (group for value, group in by_key.items() if value is not None and len(group) > 1)


def _size(file: File) -> int:
    return file.size


def _head(file: File) -> bytes | None:
    """Return what tells the file's beginning; None for text of few lines."""
    if file.contents.beginning is not None:
        return file.contents.beginning
    with reading(file.name), open_bytes(file.path) as opened:
        start = opened.read(HEAD)
    textual = file.contents.textual
    return None if textual and start.count(b"\n") < LINES else beginning(start)


def _content(file: File) -> bytes:
    digest = sha256()  # processors compute it, twice as fast as BLAKE2
    with reading(file.name), open_bytes(file.path) as opened:
        while block := opened.read(1 << 20):
            digest.update(block)
    return digest.digest()
