"""The instructions of a pickle that say a value themselves."""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType

from skewcheck.parameters.pickles.stream import EACH, Stream, damaged

_DIGITS = re.compile(rb"[+-]?\d{1,400}L?")
_LONG = 256
"""Bytes of an integer; the state of a random generator takes 16."""


def line_number(stream: Stream) -> int:
    """Return the integer of a line."""
    line = stream.line()
    if not _DIGITS.fullmatch(line):
        raise damaged("an integer in it is none")
    return int(line.removesuffix(b"L"))


def _integer(stream: Stream) -> int | bool:
    """Return the integer of a line; `00` and `01` are how protocols 0 and 1 write booleans."""
    if stream.content[stream.at : stream.at + 3] in (b"00\n", b"01\n"):
        return stream.line() == b"01"
    return line_number(stream)


def _float(stream: Stream) -> float:
    line = stream.line()
    try:
        return float(line)
    except ValueError as error:
        raise damaged("a number in it is none") from error


def _long(width: int) -> Callable[[Stream], int]:
    def read(stream: Stream) -> int:
        size = int.from_bytes(stream.take(width), "little")
        if size > _LONG:
            raise damaged("an integer in it is far too long")
        return int.from_bytes(stream.take(size), "little", signed=True)

    return read


def fixed(form: str) -> Callable[[Stream], int]:
    """Return the reader of an integer of the struct module's form."""
    packed = struct.Struct(form)
    return lambda stream: int(packed.unpack(stream.take(packed.size))[0])


def _double(stream: Stream) -> float:
    return float(struct.unpack(">d", stream.take(8))[0])


def _utf8(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise damaged("a text in it is not UTF-8") from error


def _text(width: int) -> Callable[[Stream], str]:
    return lambda stream: _utf8(stream.counted(width))


def _escaped(stream: Stream) -> str:
    """Return the text of protocol 0."""
    line = stream.line()
    try:
        found = line.decode("raw-unicode-escape")
        found.encode("utf-8")
    except UnicodeError as error:
        raise damaged("a text in it has characters that do not exist") from error
    return found


def _quoted(stream: Stream) -> str | bytes:
    """Return the string of Python 2's protocol 0, quoted and escaped as in source code."""
    line = stream.line().strip()
    if len(line) < 2 or line[:1] not in (b"'", b'"') or line[-1:] != line[:1]:
        raise damaged("a text in it has no quotes")
    try:
        return _string(codecs.escape_decode(line[1:-1])[0])
    except ValueError as error:
        raise damaged("a text in it is none") from error


def _string(content: bytes) -> str | bytes:
    """Return a string of Python 2, which did not tell text from bytes: text where it is ASCII."""
    return content.decode("ascii") if content.isascii() else content


def _set(stream: Stream) -> set[object]:
    stream.spend(EACH)  # twice as large as anything else that one byte makes
    return set()


LITERALS: Mapping[bytes, Callable[[Stream], object]] = MappingProxyType(
    {
        b"N": lambda _: None,
        b"\x88": lambda _: True,
        b"\x89": lambda _: False,
        b"}": lambda _: {},
        b")": lambda _: (),
        b"]": lambda _: [],
        b"\x8f": _set,
        b"I": _integer,
        b"L": _integer,
        b"J": fixed("<i"),
        b"K": fixed("<B"),
        b"M": fixed("<H"),
        b"\x8a": _long(1),
        b"\x8b": _long(4),
        b"F": _float,
        b"G": _double,
        b"S": _quoted,
        b"T": lambda stream: _string(stream.counted(4)),
        b"U": lambda stream: _string(stream.counted(1)),
        b"V": _escaped,
        b"X": _text(4),
        b"\x8c": _text(1),
        b"\x8d": _text(8),
        b"B": lambda stream: stream.counted(4),
        b"C": lambda stream: stream.counted(1),
        b"\x8e": lambda stream: stream.counted(8),
        b"\x96": lambda stream: bytearray(stream.counted(8)),
    }
)
"""By opcode."""
