"""Where an Arrow stream ends, by the heads of its messages."""

from __future__ import annotations

import struct
from io import BufferedIOBase

_HEAD = 64 << 20
"""Bytes of the longest head of a message: that of a schema of very many columns has less."""
_BODY_LENGTH = 3
"""The field of a message's table: https://github.com/apache/arrow/blob/main/format/Message.fbs."""


def end_of_stream(file: BufferedIOBase, start: int) -> int:
    """Return where the stream ends that begins at a place of a file, its end mark included.

    A message is four bytes of ones, the length of its head, the head, and a body, whose length the
    head says: https://arrow.apache.org/docs/format/Columnar.html, Encapsulated message format. Old
    writers leave the ones out. ValueError for anything else.
    """
    place = start
    while True:
        file.seek(place)
        length = file.read(4)
        if length == b"\xff\xff\xff\xff":
            length = file.read(4)
        begin, size = file.tell(), int.from_bytes(length, "little")
        if len(length) < 4 or size > _HEAD:
            raise ValueError("no message")
        if size == 0:
            return begin
        place = begin + size + _body_length(file.read(size))


def _body_length(head: bytes) -> int:
    """Return how many bytes follow the head of a message; ValueError if it says so in no way."""
    try:
        (table,) = struct.unpack_from("<I", head)
        (back,) = struct.unpack_from("<i", head, table)
        (entries,) = struct.unpack_from("<H", head, table - back)
        field = 4 + 2 * _BODY_LENGTH
        offset = struct.unpack_from("<H", head, table - back + field)[0] if entries > field else 0
        length: int = struct.unpack_from("<q", head, table + offset)[0] if offset else 0
    except struct.error as error:
        raise ValueError("no message") from error
    if length < 0:
        raise ValueError("no message")
    return length
