"""Text files and standard input, plain or packed: their beginning, blocks of whole records."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from skewcheck.logs.magic import BEGINNING, packing
from skewcheck.logs.storage import open_bytes
from skewcheck.logs.trouble import trouble

HEAD = 1 << 20
"""Bytes that are looked at to see what a file holds."""
BLOCK = 8 << 20
"""Bytes that are parsed at once: Arrow's own 1 MB makes many small batches, each with its fixed
costs, and in larger ones the distinct texts alone may take hundreds of megabytes."""
COMPARED = 1 << 18
"""Bytes that are compared at once: their results stay in the cache."""
MANY = 16
"""Columns beyond which blocks are twice as long: fixed costs are those of a column."""
CELLS = 1 << 23
"""Values of a block, where columns may be in few rows: a missing one takes as much memory."""
SAMPLES, SAMPLE = 16, 64 << 10
"""Places behind the beginning, and bytes at each, that are looked at for what begins later: in all
as much as the beginning."""
UNPACKED = 64 << 20
"""Bytes of a packed file within which these places are: it is unpacked up to there twice."""
LONGEST = 64 << 20
"""Bytes of the longest record: more is no log, and would fill the memory."""
_CONTROLS = bytes({*range(1, 32), 127} - {*b"\t\n\v\f\r\x1a\x1b"})
"""Characters that text has not; white space, the end mark of DOS and escapes of terminals occur,
and NUL has a message of its own."""
_TEXT = 100
"""Characters of text, at least, to each of these: in bytes at random there are nine."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive whole records."""

    data: bytes
    line: int
    """Lines of the file before it."""
    last: bool = False
    """Whether the file ends behind it."""


def opened(path: str) -> io.BufferedIOBase:
    """Open a file for reading bytes, unpacked where it is packed."""
    with open_bytes(path) as file:
        kind = packing(file.read(BEGINNING))
    if kind is None:
        return open_bytes(path)
    from skewcheck.logs.packed import unpacked  # most text is not

    return unpacked(open_bytes(path), kind)


def head(path: str) -> bytes:
    """Return the first `HEAD` bytes of a file (unpacked), fewer if it is shorter."""
    with opened(path) as stream:
        return stream.read(HEAD)


def beginning(path: str, lines: int) -> bytes:
    """Return likewise the beginning of a file, more where that many whole lines take more.

    Blank lines do not count. At most `LONGEST` bytes: more is no log.
    """
    with opened(path) as stream:
        data = stream.read(HEAD)
        more = len(data) == HEAD
        while more and len(data) < LONGEST and _whole_lines(data, lines) < lines:
            read = stream.read(len(data))  # twice as much each time: linear in all
            data, more = data + read, bool(read)
    return data


def _whole_lines(data: bytes, most: int) -> int:
    """Return how many lines end in data and are not blank, `most` at most."""
    newline = b"\r" if b"\n" not in data and b"\r" in data else b"\n"
    found = place = 0
    while found < most and (end := data.find(newline, place)) >= 0:
        found += bool(data[place:end].strip())
        place = end + 1
    return found


def is_blank(path: str) -> bool:
    """Return whether a file holds nothing but white space, behind a mark of its byte order."""
    with opened(path) as stream:
        data = stream.read(HEAD).removeprefix(b"\xef\xbb\xbf")
        while data and not data.strip():
            data = stream.read(HEAD)
    return not data


def lines_in(data: bytes, end: int) -> int:
    """Return how many lines end before a byte; where there is no newline, at carriage returns."""
    return occurrences(data, b"\n", end) or occurrences(data, b"\r", end)


def occurrences(data: bytes, character: bytes, end: int) -> int:
    """Return how often a character stands before a byte; `bytes.count` takes four times as long."""
    return sum(int(np.count_nonzero(there)) for _, there in _there(data, character, end))


def places(data: bytes, character: bytes) -> NDArray[np.int64]:
    """Return the places of a character, in order."""
    parts = [np.flatnonzero(there) + i for i, there in _there(data, character, len(data))]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _there(data: bytes, character: bytes, end: int) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Yield where a character stands, by parts, each with its first byte, in one small array.

    An array for all of a block would be memory that the system has to clear, of each block anew.
    """
    values = np.frombuffer(data, np.uint8, end)
    equal = np.empty(min(COMPARED, end), np.bool_)
    for i in range(0, end, COMPARED):
        part = values[i : i + COMPARED]
        yield i, np.equal(part, ord(character), out=equal[: len(part)])


def refuse_long(name: str, line: int) -> NoReturn:
    """Raise the LogError of a record that is longer than `LONGEST`."""
    raise trouble(name, f"line {line} is longer than {LONGEST >> 20} MB: no log")


def refuse_nul(data: bytes, line: int, name: str) -> None:
    """Raise LogError if there is a NUL byte in data that `line` lines of the file precede.

    No text holds any: where a disk or a copy failed, pages of them stand for what is lost.
    """
    place = data.find(b"\0")
    if place >= 0:
        raise trouble(
            name,
            f"line {line + lines_in(data, place) + 1}: a NUL byte, which is no text: binary data,"
            " or damage: write the file again",
        )


def refuse_binary(start: bytes, name: str) -> None:
    """Raise LogError if the first bytes of a file are no text, in whatever encoding.

    Control characters say so: in the first line, beside bytes that are no UTF-8, or in a hundredth
    of all. Text of older encodings has none, and a single one in some value is no more than that.
    """
    controls = len(start) - len(start.translate(None, _CONTROLS))
    if not controls:
        return
    first = re.split(rb"[\r\n]", start.lstrip(), maxsplit=1)[0]
    if (
        controls * _TEXT <= len(start)
        and len(first) == len(first.translate(None, _CONTROLS))
        and _is_utf_8(start)
    ):
        return
    raise trouble(
        name,
        "is neither text nor a format that is read: binary data, or damage: take it away, or name"
        " the logs",
    )


def _is_utf_8(start: bytes) -> bool:
    """Return whether the first bytes of a file are UTF-8; the last character may be cut."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True


def samples(path: str) -> Iterator[bytes]:
    """Yield whole lines from places spread over what is behind the first `HEAD` bytes of a file.

    The file's last lines are among them, unless a packed one is longer than `UNPACKED`. Nothing
    where a line is longer than `SAMPLE`, and nothing more from where the file is damaged: who reads
    it all says so.
    """
    try:
        with opened(path) as stream:
            for data in _spread(stream) if stream.seekable() else _packed(stream):
                yield data[data.find(b"\n") + 1 :]
    except OSError:
        return


def _spread(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """Yield bytes from places of a file, of which the first line may be cut short."""
    end = stream.seek(0, io.SEEK_END)
    last = max(HEAD, end - SAMPLE)
    if end <= HEAD:
        return
    for place in dict.fromkeys(HEAD + (last - HEAD) * i // (SAMPLES - 1) for i in range(SAMPLES)):
        stream.seek(place - 1)  # a line that begins at the place is whole
        data = stream.read(SAMPLE + 1)
        yield data if place == last else data[: data.rfind(b"\n") + 1]


def _packed(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """Yield likewise bytes from each of a packed file's first parts."""
    data, part = b"", UNPACKED // SAMPLES
    for _ in range(SAMPLES):
        data = stream.read(part)
        head = data[:SAMPLE]
        yield head[: head.rfind(b"\n") + 1]
        if len(data) < part:
            break
    if not stream.read(1):
        yield data[-SAMPLE:]


def blocks(
    path: str,
    name: str,
    skip: int,
    end_of_records: Callable[[bytes], int],
    columns: int,
    row: int = 0,
) -> Iterator[Block]:
    """Yield a file in blocks of whole records, without its first `skip` bytes.

    Of each record so many `columns` are wanted. A usual one has `row` bytes, which matters where
    columns may be left out.
    `end_of_records` returns how many of the given bytes are whole records. Raises LogError for a
    record longer than `LONGEST`, and for a NUL byte.
    """
    rest, more = b"", True
    size = BLOCK if columns <= MANY else 2 * BLOCK
    if row * columns:
        size = min(size, max(CELLS * row // columns, SAMPLE))
    with opened(path) as stream:
        line = lines_in(stream.read(skip), skip)
        while more:
            read = stream.read(size)
            data, more = rest + read, len(read) == size
            if b"\0" in read:
                refuse_nul(data, line, name)
            end = end_of_records(data) if more else len(data)
            if end == 0 and len(data) > LONGEST:
                refuse_long(name, line + 1)
            if end:
                yield Block(data[:end], line, last=not more)
                line += lines_in(data, end)
            rest = data[end:]
