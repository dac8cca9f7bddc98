"""Parse protocol buffers in wire format, without a schema and within size limits.

Format: Google, "Protocol Buffers: Encoding". Only requested fields are copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from skewcheck.features.types import FloatArray
from skewcheck.parameters.source import ParameterSource
from skewcheck.text.errors import ParameterError

MAX_FIELDS = 500_000
"""Fields of one file: a field may have two bytes in the file, but takes a hundred in memory."""
_INVALID = "damaged, or cut short: no valid protocol buffer"


class ProtobufParser:
    """Parser of a source's messages, with a limit on the number of their fields."""

    def __init__(self, source: ParameterSource, max_fields: int = MAX_FIELDS) -> None:
        """Create a parser of at most `max_fields` fields."""
        self._source = source
        self._left = max_fields

    def error(self, problem: str = _INVALID) -> ParameterError:
        """Return the error about the file."""
        return self._source.error(problem)

    def spend(self, amount: int = 1) -> None:
        """Count fields; ParameterError if a file has more than any parameters have."""
        self._left -= amount
        if self._left < 0:
            raise self.error("more fields than parameters have")

    def message(self, data: bytes | memoryview) -> Message:
        """Parse the fields of a message; ParameterError if it is damaged."""
        data, position, end, left = memoryview(data), 0, len(data), self._left
        fields: dict[int, list[int | memoryview]] = {}
        while position < end:
            left -= 1
            if left < 0:
                self.spend(self._left + 1)
            tag, position = (
                (data[position], position + 1)
                if data[position] < 0x80
                else self.varint(data, position)
            )
            kind = tag & 7
            value: int | memoryview
            if kind == 2:
                size, position = self.varint(data, position)
                value, position = data[position : position + size], position + size
            elif kind == 0:
                value, position = self.varint(data, position)
            elif kind in (1, 5):
                size = 8 if kind == 1 else 4
                value, position = data[position : position + size], position + size
            else:
                raise self.error()
            if tag < 8 or position > end:
                raise self.error()
            fields.setdefault(tag >> 3, []).append(value)
        self._left = left
        return Message(fields, self)

    def varint(self, data: memoryview, position: int) -> tuple[int, int]:
        """Return the unsigned 64-bit integer that starts at `position`, and where it ends."""
        if position < len(data) and data[position] < 0x80:
            return data[position], position + 1
        value = 0
        for i, byte in enumerate(data[position : position + 10]):
            value |= (byte & 0x7F) << 7 * i
            if byte < 0x80:
                return value & 0xFFFFFFFFFFFFFFFF, position + i + 1
        raise self.error()


@dataclass(frozen=True, slots=True)
class Message:
    """A message's fields by number; each method raises ParameterError for another wire type."""

    fields: Mapping[int, Sequence[int | memoryview]]
    """Unsigned integers, or bytes: text, messages, packed numbers or a float."""
    parser: ProtobufParser

    def message(self, number: int) -> Message:
        """Return the message in a field, an empty one where there is none."""
        values = self.fields.get(number)
        return self.parser.message(self._bytes(values[-1])) if values else Message({}, self.parser)

    def messages(self, number: int) -> Iterator[Message]:
        """Yield every message in a field."""
        for value in self.fields.get(number, ()):
            yield self.parser.message(self._bytes(value))

    def content(self, number: int) -> memoryview:
        """Return the bytes in a field, none where there is none."""
        values = self.fields.get(number)
        return self._bytes(values[-1]) if values else memoryview(b"")

    def text(self, number: int) -> str:
        """Return the text in a field, empty where there is none."""
        return self._text(self.content(number))

    def texts(self, number: int) -> list[str]:
        """Return every text in a field."""
        return [self._text(self._bytes(value)) for value in self.fields.get(number, ())]

    def integer(self, number: int, default: int = 0) -> int:
        """Return the int64 in a field."""
        values = self.fields.get(number)
        return _signed(self._number(values[-1])) if values else default

    def integers(self, number: int) -> list[int]:
        """Return every int64 in a field, packed or not."""
        numbers: list[int] = []
        for value in self.fields.get(number, ()):
            if isinstance(value, int):
                numbers.append(_signed(value))
                continue
            offset = 0
            while offset < len(value):
                self.parser.spend()
                packed, offset = self.parser.varint(value, offset)
                numbers.append(_signed(packed))
        return numbers

    def floats(self, number: int, kind: Literal["<f4", "<f8"]) -> FloatArray:
        """Return every float or double in a field, packed or not, as float64."""
        parts = [self._bytes(value) for value in self.fields.get(number, ())]
        joined = parts[0] if len(parts) == 1 else b"".join(parts)
        if len(joined) % int(kind[2]):
            raise self.parser.error()
        return np.frombuffer(joined, kind).astype(np.float64)

    def number(self, number: int, kind: Literal["<f4", "<f8"]) -> float | None:
        """Return the float or double in a field; None where there is none."""
        values = self.floats(number, kind)
        return float(values[-1]) if len(values) else None

    def _bytes(self, value: int | memoryview) -> memoryview:
        if isinstance(value, int):
            raise self.parser.error()
        return value

    def _number(self, value: int | memoryview) -> int:
        if not isinstance(value, int):
            raise self.parser.error()
        return value

    def _text(self, value: memoryview) -> str:
        try:
            return str(value, "utf-8")
        except UnicodeDecodeError as error:
            raise self.parser.error("holds text that is no UTF-8") from error


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value
