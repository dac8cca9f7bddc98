"""Protocol buffers as they are on the wire, read without a schema and within bounds.

Format: Google, "Protocol Buffers: Encoding". Nothing is copied but what is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from skewcheck.features.types import FloatArray
from skewcheck.parameters.source import Source
from skewcheck.text.errors import ParameterError

MOST = 500_000
"""Fields looked at in one file: two bytes make one, and each takes a hundred in memory."""
_DAMAGED = "damaged, or cut short: no valid protocol buffer"


class Wire:
    """How much of a file was looked at."""

    def __init__(self, source: Source, most: int = MOST) -> None:
        """Begin to read a file."""
        self._source = source
        self._left = most

    def error(self, problem: str = _DAMAGED) -> ParameterError:
        """Return the error about the file."""
        return self._source.error(problem)

    def spend(self, amount: int = 1) -> None:
        """Count what is looked at; ParameterError where that is more than any parameters hold."""
        self._left -= amount
        if self._left < 0:
            raise self.error("more fields than parameters have")

    def message(self, data: bytes | memoryview) -> Message:
        """Return the fields of a message; ParameterError where it is no such thing."""
        data, at, end, left = memoryview(data), 0, len(data), self._left
        fields: dict[int, list[int | memoryview]] = {}
        while at < end:
            left -= 1
            if left < 0:
                self.spend(self._left + 1)
            tag, at = (data[at], at + 1) if data[at] < 0x80 else self.varint(data, at)
            kind = tag & 7
            value: int | memoryview
            if kind == 2:
                size, at = self.varint(data, at)
                value, at = data[at : at + size], at + size
            elif kind == 0:
                value, at = self.varint(data, at)
            elif kind in (1, 5):
                size = 8 if kind == 1 else 4
                value, at = data[at : at + size], at + size
            else:
                raise self.error()
            if tag < 8 or at > end:
                raise self.error()
            fields.setdefault(tag >> 3, []).append(value)
        self._left = left
        return Message(fields, self)

    def varint(self, data: memoryview, at: int) -> tuple[int, int]:
        """Return the number that begins there, 64 bits without a sign, and where it ends."""
        if at < len(data) and data[at] < 0x80:
            return data[at], at + 1
        value = 0
        for i, byte in enumerate(data[at : at + 10]):
            value |= (byte & 0x7F) << 7 * i
            if byte < 0x80:
                return value & 0xFFFFFFFFFFFFFFFF, at + i + 1
        raise self.error()


@dataclass(frozen=True, slots=True)
class Message:
    """A message's fields by number; each method raises ParameterError where one is no such."""

    fields: Mapping[int, Sequence[int | memoryview]]
    """Numbers without a sign, and bytes: text, messages, packed numbers, or a float."""
    wire: Wire

    def message(self, number: int) -> Message:
        """Return the message in a field, an empty one where there is none."""
        found = self.fields.get(number)
        return self.wire.message(self._bytes(found[-1])) if found else Message({}, self.wire)

    def messages(self, number: int) -> Iterator[Message]:
        """Yield every message in a field."""
        for value in self.fields.get(number, ()):
            yield self.wire.message(self._bytes(value))

    def content(self, number: int) -> memoryview:
        """Return the bytes in a field, none where there is none."""
        found = self.fields.get(number)
        return self._bytes(found[-1]) if found else memoryview(b"")

    def text(self, number: int) -> str:
        """Return the text in a field, empty where there is none."""
        return self._text(self.content(number))

    def texts(self, number: int) -> list[str]:
        """Return every text in a field."""
        return [self._text(self._bytes(value)) for value in self.fields.get(number, ())]

    def integer(self, number: int, default: int = 0) -> int:
        """Return the int64 in a field."""
        found = self.fields.get(number)
        return _signed(self._number(found[-1])) if found else default

    def integers(self, number: int) -> list[int]:
        """Return every int64 in a field, packed or not."""
        found: list[int] = []
        for value in self.fields.get(number, ()):
            if isinstance(value, int):
                found.append(_signed(value))
                continue
            at = 0
            while at < len(value):
                self.wire.spend()
                one, at = self.wire.varint(value, at)
                found.append(_signed(one))
        return found

    def floats(self, number: int, kind: Literal["<f4", "<f8"]) -> FloatArray:
        """Return every float or double in a field, packed or not, as float64."""
        parts = [self._bytes(value) for value in self.fields.get(number, ())]
        joined = parts[0] if len(parts) == 1 else b"".join(parts)
        if len(joined) % int(kind[2]):
            raise self.wire.error()
        return np.frombuffer(joined, kind).astype(np.float64)

    def number(self, number: int, kind: Literal["<f4", "<f8"]) -> float | None:
        """Return the float or double in a field; None where there is none."""
        found = self.floats(number, kind)
        return float(found[-1]) if len(found) else None

    def _bytes(self, value: int | memoryview) -> memoryview:
        if isinstance(value, int):
            raise self.wire.error()
        return value

    def _number(self, value: int | memoryview) -> int:
        if not isinstance(value, int):
            raise self.wire.error()
        return value

    def _text(self, value: memoryview) -> str:
        try:
            return str(value, "utf-8")
        except UnicodeDecodeError as error:
            raise self.wire.error("holds text that is no UTF-8") from error


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value
