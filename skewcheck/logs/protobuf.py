"""Protocol buffers in wire format: https://protobuf.dev/programming-guides/encoding."""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types."""


class InvalidError(ValueError):
    """Bytes that are no protocol buffer."""


def varint(data: bytes, place: int, end: int) -> tuple[int, int]:
    """Return the unsigned number at a place, and where it ends; InvalidError behind `end`."""
    value = shift = 0
    while place < end and shift < 70:
        byte = data[place]
        value |= (byte & 127) << shift
        place += 1
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, place
        shift += 7
    raise InvalidError


def fields(data: bytes, place: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield the number, wire type, start and end of each field's value in a part of data.

    Of a varint they are where its bytes are.
    """
    while place < end:
        tag, place = varint(data, place, end)
        kind = tag & 7
        start = place
        if kind == BYTES:
            size, start = varint(data, place, end)
            place = start + size
        elif kind == VARINT:
            _, place = varint(data, place, end)
        elif kind in (FIXED64, FIXED32):
            place += 8 if kind == FIXED64 else 4
        else:
            raise InvalidError
        if tag < 8 or place > end:
            raise InvalidError
        yield tag >> 3, kind, start, place


def varints(data: bytes, place: int, end: int) -> list[int]:
    """Return the int64 numbers that are packed in a part of data."""
    numbers: list[int] = []
    while place < end:
        value, place = varint(data, place, end)
        numbers.append(signed(value))
    return numbers


def signed(value: int) -> int:
    """Return the int64 of an unsigned number."""
    return value - (1 << 64) if value >> 63 else value
