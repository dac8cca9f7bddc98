"""Pickle instructions that contain a literal value."""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType

from skewcheck.parameters.pickles.stream import BYTES_PER_INSTRUCTION, Stream, damaged

_DIGITS = re.compile(rb"[+-]?\d{1,400}L?")
_MAX_INTEGER_BYTES = 256
"""Bytes of an integer; the state of a random generator needs 16."""


def integer_line(stream: Stream) -> int:
    """Return the integer in a line."""
    line = stream.line()
    if not _DIGITS.fullmatch(line):
        raise damaged("an integer in it is none")
    return int(line.removesuffix(b"L"))


def _integer(stream: Stream) -> int | bool:
    """Return the integer in a line; protocols 0 and 1 write booleans as `00` and `01`."""
    if stream.content[stream.position : stream.position + 3] in (b"00\n", b"01\n"):
        return stream.line() == b"01"
    return integer_line(stream)


def _float(stream: Stream) -> float:
    line = stream.line()
    try:
        return float(line)
    except ValueError as error:
        raise damaged("a number in it is none") from error


def _long(width: int) -> Callable[[Stream], int]:
    def read(stream: Stream) -> int:
        size = int.from_bytes(stream.take(width), "little")
        if size > _MAX_INTEGER_BYTES:
            raise damaged("an integer in it is far too long")
        return int.from_bytes(stream.take(size), "little", signed=True)

    return read


def fixed_width_integer(form: str) -> Callable[[Stream], int]:
    """Return a reader of an integer in a format of the struct module."""
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
    return lambda stream: _utf8(stream.take_prefixed(width))


def _escaped_text(stream: Stream) -> str:
    """Return the text of protocol 0."""
    line = stream.line()
    try:
        text = line.decode("raw-unicode-escape")
        text.encode("utf-8")
    except UnicodeError as error:
        raise damaged("a text in it has characters that do not exist") from error
    return text


def _python2_string(stream: Stream) -> str | bytes:
    """Return a string of Python 2's protocol 0, quoted and escaped as in source code."""
    line = stream.line().strip()
    if len(line) < 2 or line[:1] not in (b"'", b'"') or line[-1:] != line[:1]:
        raise damaged("a text in it has no quotes")
    try:
        return _text_if_ascii(codecs.escape_decode(line[1:-1])[0])
    except ValueError as error:
        raise damaged("a text in it is none") from error


def _text_if_ascii(content: bytes) -> str | bytes:
    """Return a Python 2 string, which may be text or bytes: text if it is ASCII."""
    return content.decode("ascii") if content.isascii() else content


def _set(stream: Stream) -> set[object]:
    stream.spend(
        BYTES_PER_INSTRUCTION
    )  # an empty set takes twice the memory of other one-byte values
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
        b"J": fixed_width_integer("<i"),
        b"K": fixed_width_integer("<B"),
        b"M": fixed_width_integer("<H"),
        b"\x8a": _long(1),
        b"\x8b": _long(4),
        b"F": _float,
        b"G": _double,
        b"S": _python2_string,
        b"T": lambda stream: _text_if_ascii(stream.take_prefixed(4)),
        b"U": lambda stream: _text_if_ascii(stream.take_prefixed(1)),
        b"V": _escaped_text,
        b"X": _text(4),
        b"\x8c": _text(1),
        b"\x8d": _text(8),
        b"B": lambda stream: stream.take_prefixed(4),
        b"C": lambda stream: stream.take_prefixed(1),
        b"\x8e": lambda stream: stream.take_prefixed(8),
        b"\x96": lambda stream: bytearray(stream.take_prefixed(8)),
    }
)
"""Readers of literal values, by opcode."""
