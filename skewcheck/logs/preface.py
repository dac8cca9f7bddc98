"""What stands before the header of a delimited file, and where its header stands again below."""

from __future__ import annotations

import re

_PREFACE = re.compile(
    rb"(?P<mark>(?:\xef\xbb\xbf)?)(?P<blank>(?:[ \v\f]*(?:\r\n?|\n))*)"
    rb"(?:(?P<sep>\"?sep=([\t!#-/:-@\[-`{-~])\"?[ ,;\t]*(?:\r\n?|\n))(?:[ \v\f]*(?:\r\n?|\n))*)?",
    re.IGNORECASE,
)
"""A mark of the byte order, lines of nothing but blanks (tabs may be empty values), and the line by
which Excel is told the separator."""
_AGAIN = rb"(?<![^\r\n])(?:\xef\xbb\xbf)?%b(?:\r\n?|\n|\Z)"


def preface(start: bytes) -> tuple[int, str | None]:
    """Return how many bytes of a file are before its first record, and the separator they say."""
    found = _PREFACE.match(start)
    if found is None:  # it matches nothing, too
        return 0, None
    separator = None if found[4] is None else found[4].decode("ascii")
    return found.end(), separator


def mark(start: bytes) -> int:
    """Return how many bytes the mark of the byte order takes, and the line of the separator."""
    found = _PREFACE.match(start)
    if found is None:
        return 0
    return found.end("mark") if found["sep"] is None else found.end()


def header_line(start: bytes, skip: int) -> bytes:
    """Return the first line behind so many bytes; nothing where quotes hold its end."""
    line = re.split(rb"[\r\n]", start[skip:], maxsplit=1)[0]
    return b"" if line.count(b'"') % 2 else line


def without_headers(data: bytes, header: bytes, first: int) -> tuple[bytes, int]:
    """Return records without lines that repeat the header, and how many those are.

    So it is where files with a header each are put behind one another. Bytes before `first` are
    left alone.
    """
    if not header or data.find(header, first) < 0:
        return data, 0
    again = re.compile(_AGAIN % re.escape(header))
    rest, times = again.subn(b"", data[first:])
    return (data[:first] + rest, times) if times else (data, 0)
