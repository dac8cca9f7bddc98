"""JSON that is not one object a line: arrays of objects, and objects over several lines.

A stream takes it apart where objects of the top level end, and gives each as a line, which is then
read as JSON Lines are. Objects may follow each other with white space, a newline or a record
separator (RFC 7464) between them, or with nothing.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from skewcheck.logs import text
from skewcheck.logs.storage import Place
from skewcheck.logs.trouble import trouble

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MARK = b"\xef\xbb\xbf"
_CHUNK = 1 << 20
"""Bytes that are taken apart at once; twice as much where no object ends in them."""
_SPACE = b" \t\n\r\x1e"
_ONE_LINE = bytes.maketrans(b"\n\r", b"  ")
"""Newlines are white space in JSON: in a string they are escaped."""
_QUOTE, _ESCAPE = ord('"'), ord("\\")
_LEVELS = np.zeros(256, np.int8)
_LEVELS[[*b"{["]] = 1
_LEVELS[[*b"}]"]] = -1


class Documents(Place):
    """The path of a file of JSON; `opened` gives its objects one a line."""

    name: str
    """Of the file, for messages."""

    @classmethod
    def of(cls, path: str, name: str) -> Documents:
        """Return what is at a path, which may itself be that of a `Place`."""
        place = cls(path)
        place.name, place._path = name, path
        return place

    _path: str

    def open(self) -> io.BufferedIOBase:
        return io.BufferedReader(_Lines(text.opened(self._path), self.name), _CHUNK)


def is_documents(start: bytes, *, whole: bool) -> bool:
    """Return whether a text that begins with `{` has an object over several lines, or several in
    the first. `whole` is whether it is all of the file."""
    line = start.partition(b"\n")[0].decode("utf-8", "replace").rstrip()
    try:
        json.loads(line)
    except RecursionError:
        return False
    except ValueError as error:
        place = error.pos if isinstance(error, json.JSONDecodeError) else 0
    else:
        return False
    try:
        json.JSONDecoder().raw_decode(start.decode("utf-8", "replace"))
    except RecursionError:
        return False
    except ValueError:
        # Cut by the end of what is looked at, or in the very first line of an object.
        return line == "{" or (not whole and place >= len(line))
    return True


class _Lines(io.RawIOBase):
    """The objects of a stream of JSON, one a line."""

    def __init__(self, stream: io.BufferedIOBase, name: str) -> None:
        self._stream = stream
        self._name = name
        self._rest = b""
        self._lines = memoryview(b"")
        self._objects = 0
        self._array: bool | None = None
        self._closed = False
        """Whether the end of the array was met."""
        self._whole = False
        """Whether the end of the stream was."""

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        super().close()
        self._stream.close()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        size = _CHUNK
        while not self._lines and not self._whole:
            self._lines = memoryview(self._more(size))
            size *= 2
        taken = min(len(view), len(self._lines))
        view[:taken] = self._lines[:taken]
        self._lines = self._lines[taken:]
        return taken

    def _more(self, size: int) -> bytes:
        """Read so many bytes and return the objects that are whole, as lines."""
        read = self._stream.read(size)
        self._whole = not read
        if b"\0" in read:
            self._refuse("a NUL byte, which is no text: binary data, or damage: write it again")
        data = self._rest + read
        if self._array is None:
            data = data.removeprefix(_MARK).lstrip(_SPACE)
            if not data:
                return b""
            self._array = data.startswith(b"[")
            data = data[self._array :]
        objects, used = self._taken(data)
        self._rest = data[used:]
        if len(self._rest) > text.LONGEST:
            self._refuse(f"is longer than {text.LONGEST >> 20} MB: no log")
        if self._whole:
            self._check_end()
        return b"".join(objects)

    def _taken(self, data: bytes) -> tuple[list[bytes], int]:
        """Return the whole objects at the beginning of data, and how many bytes those take."""
        if self._closed:
            if data.strip(_SPACE):
                self._refuse_more()
            return [], len(data)
        starts, ends, close = _bounds(data)
        between = b"," if self._array else b""
        bare = data.translate(_ONE_LINE)
        objects: list[bytes] = []
        used = 0
        for start, end in zip(starts, ends, strict=False):
            if data[used:start].strip(_SPACE) != (between if self._objects else b""):
                self._refuse_gap(data[used:start])
            if data[start : start + 1] != b"{":
                self._refuse("is a list: write objects, each with the names of its values")
            used = end + 1
            objects += [bare[start:used], b"\n"]
            self._objects += 1
        if close is not None:
            if not self._array:
                self._refuse("begins with a bracket that closes: damaged: write it again")
            if data[used:close].strip(_SPACE) not in (b"", b","):
                self._refuse_gap(data[used:close])
            self._closed = True
            if data[close + 1 :].strip(_SPACE):
                self._refuse_more()
            used = len(data)
        elif len(starts) == len(ends):
            rest = data[used:].strip(_SPACE)
            if rest not in (b"", between):
                self._refuse_gap(rest)
        return objects, used

    def _check_end(self) -> None:
        """Raise LogError where the end of the stream is not that of its objects."""
        if self._rest.strip(_SPACE) or (self._array and not self._closed):
            self._refuse("the file ends within it, or within the array: write it again")

    def _refuse(self, what: str) -> NoReturn:
        raise trouble(self._name, f"object {self._objects + 1}: {what}")

    def _refuse_gap(self, gap: bytes) -> NoReturn:
        if gap.strip(_SPACE) in (b"", b","):
            self._refuse("a comma before it is missing, or too many: damaged: write it again")
        self._refuse("no JSON object: write each record as one")

    def _refuse_more(self) -> NoReturn:
        raise trouble(self._name, "text behind the end of its JSON array: write one array a file")


def _bounds(data: bytes) -> tuple[list[int], list[int], int | None]:
    """Return where values of the top level start and end that have brackets, and where a bracket
    closes that none of them opened: behind it nothing is looked at.

    The last one may have a start alone. Brackets of both kinds count alike: who parses the value
    sees whether they fit.
    """
    characters = np.frombuffer(data, np.uint8)
    levels = _LEVELS[characters]
    marks = np.flatnonzero(levels)
    marks = marks[np.searchsorted(_quotes(characters), marks) % 2 == 0]
    steps = levels[marks]
    depths = np.cumsum(steps, dtype=np.int64)
    closing = np.flatnonzero(depths < 0)
    close = None
    if len(closing):
        close = int(marks[closing[0]])
        marks, steps, depths = (part[: closing[0]] for part in (marks, steps, depths))
    starts = marks[(steps > 0) & (depths == 1)]
    return starts.tolist(), marks[(steps < 0) & (depths == 0)].tolist(), close


def _quotes(
    characters: np.ndarray[tuple[int], np.dtype[np.uint8]],
) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return where strings begin and end: quotes behind an even number of backslashes."""
    quotes = np.flatnonzero(characters == _QUOTE)
    escaped = np.zeros(len(quotes), bool)
    waiting, back = np.arange(len(quotes)), 1
    while len(waiting):
        places = quotes[waiting] - back
        waiting = waiting[(places >= 0) & (characters[places] == _ESCAPE)]
        escaped[waiting] ^= True
        back += 1
    return quotes[~escaped]
