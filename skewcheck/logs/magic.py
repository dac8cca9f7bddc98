"""How a file is packed, by its first bytes."""

from __future__ import annotations

import re
from typing import Literal

Packing = Literal["gzip", "bzip2", "xz", "zstd", "lz4"]

_PACKED: tuple[tuple[re.Pattern[bytes], Packing], ...] = (
    (re.compile(rb"\x1f\x8b"), "gzip"),
    (re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), "bzip2"),
    (re.compile(rb"\xfd7zXZ\0"), "xz"),
    (re.compile(rb"\x28\xb5\x2f\xfd"), "zstd"),
    (re.compile(rb"\x04\x22\x4d\x18"), "lz4"),
    (re.compile(rb"[\x50-\x5f]\x2a\x4d\x18"), "zstd"),  # a frame that is skipped: of zstd or lz4
)
PARQUET = b"PAR1"
"""With which Parquet begins, and ends."""
PROFILE = b"\x89SKW\r\n\x1a\n"
"""With which the profile of a log begins. As with PNG, a transfer that changes the ends of lines,
or cuts the eighth bit, damages it at once."""
BEGINNING = 16
"""Bytes that tell the format of a file that is no text."""


def packing(start: bytes) -> Packing | None:
    """Return how a file is packed that begins with these bytes; None if it is not."""
    return next((kind for pattern, kind in _PACKED if pattern.match(start)), None)
