"""Text files, plain or gzipped: their beginning, and blocks of whole records."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from skewcheck.logs.trouble import trouble

HEAD = 1 << 20
"""Bytes that are looked at to see what a file holds."""
BLOCK = 16 << 20  # bytes; Arrow's own 1 MB makes many small batches, each with its fixed costs
LONGEST = 64 << 20
"""Bytes of the longest record: more is no log, and would fill the memory."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive whole records."""

    data: bytes
    line: int
    """Lines of the file before it."""
    last: bool = False
    """Whether the file ends behind it."""


def opened(path: str) -> io.BufferedIOBase:
    """Open a file for reading bytes, unpacked where it is gzip."""
    with Path(path).open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else Path(path).open("rb")


def head(path: str) -> bytes:
    """Return the first `HEAD` bytes of a file (unpacked), fewer if it is shorter."""
    with opened(path) as stream:
        return stream.read(HEAD)


def blocks(
    path: str, name: str, skip: int, end_of_records: Callable[[bytes], int]
) -> Iterator[Block]:
    """Yield a file in blocks of whole records, without its first `skip` bytes.

    `end_of_records` returns how many of the given bytes are whole records. Raises LogError for a
    record longer than `LONGEST`.
    """
    line, rest, more = 0, b"", True
    with opened(path) as stream:
        stream.read(skip)
        while more:
            read = stream.read(BLOCK)
            data, more = rest + read, len(read) == BLOCK
            end = end_of_records(data) if more else len(data)
            if end == 0 and len(data) > LONGEST:
                raise trouble(name, f"line {line + 1} is longer than {LONGEST >> 20} MB: no log")
            if end:
                yield Block(data[:end], line, last=not more)
                line += data.count(b"\n", 0, end)
            rest = data[end:]
