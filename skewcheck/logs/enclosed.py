"""Quoted values of delimited text that enclose newlines: where they are, whether they are whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Layout:
    """What divides records into fields."""

    delimiter: str
    width: int
    """Fields of a record."""

    @property
    def mark(self) -> bytes:
        """Return the delimiter as it stands in a file."""
        return self.delimiter.encode()


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A quoted value that holds a newline."""

    record: int
    """Byte of the block where its record starts."""
    start: int
    """Byte of its opening quote."""
    end: int
    """Byte behind its closing quote, or of the end of the block."""
    place: int
    """Of its column."""
    closed: bool
    loose: bool
    """Whether text follows the closing quote, which no backslash precedes."""


def encloses_newline(data: bytes) -> bool:
    """Return whether a newline, or the end, may stand between quotes."""
    if b'"' not in data:
        return False
    characters = np.frombuffer(data, np.uint8)
    marks = np.flatnonzero(characters == ord('"'))
    newline = characters == ord("\n")
    if data.count(b"\r") != data.count(b"\r\n"):
        newline |= characters == ord("\r")
    ends = np.append(np.flatnonzero(newline), len(data))
    return bool((np.searchsorted(marks, ends) % 2).any())


def well_formed(data: bytes, delimiter: str) -> bool:
    """Return whether each quote opens a value, closes one, or is one of two inside of one.

    The last value may have no end: the data may be the beginning of a file.
    """
    other = b"[^\\r\\n" + re.escape(delimiter.encode()) + b"]"
    value = b'"(?<!' + other + b'")[^"]*+(?:""[^"]*+)*+(?:"(?!' + other + b")|\\Z)"
    return re.fullmatch(b'(?:[^"]++|' + value + b")*+", data) is not None


def enclosed(data: bytes, delimiter: bytes) -> Iterator[Enclosed]:
    """Yield the quoted values that hold a newline, or that do not end."""
    # A quote opens a value behind a delimiter or a newline; elsewhere it is text.
    mark = b"[^\\r\\n" + re.escape(delimiter) + b"]"
    text = rb'"(?<=' + mark + rb'")'
    single = rb'"(?<!' + mark + rb'")[^"\r\n]*+(?:""[^"\r\n]*+)*+"'
    # Possessive: what needs no look is skipped by the engine, with no memory for each value.
    skipped = rb'(?:[^"]++|' + single + b"|" + text + b")*+"
    enclosing = re.compile(skipped + rb'(?:("[^"]*+(?:""[^"]*+)*+)("?))?')
    values = re.compile(single)
    record, place, behind = 0, 0, 0
    for match in enclosing.finditer(data):
        if match[1] is None:  # the rest: were that no match, each byte of it would be tried
            return
        start, end, closed = match.start(1), match.end(), match[2] != b""
        newline = max(data.rfind(b"\n", behind, start), data.rfind(b"\r", behind, start))
        if newline >= 0:
            record, place, behind = newline + 1, 0, newline + 1
        place += values.sub(b"", data[behind:start]).count(delimiter)
        loose = closed and data[end : end + 1] not in (b"", b" ", b"\r", b"\n", delimiter)
        yield Enclosed(
            record, start, end, place, closed, loose and data[end - 2 : end - 1] != b"\\"
        )
        behind = end
