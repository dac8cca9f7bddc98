"""The checksum CRC-32C of many pieces of bytes at once, and as TFRecord masks it.

Polynomial and check value: RFC 3720, section 12.1 and appendix B.4. It is linear: that of a long
piece is made of those of its chunks, each pushed by a chunk's zeros from the table `_PUSHED`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Sums = NDArray[np.uint32]

_POLYNOMIAL = 0x82F63B78
"""Of Castagnoli, bits reversed."""
_CHUNK = 512
"""Bytes of a chunk: as many steps are done at most, each for all chunks at once."""
_START = 0xFFFFFFFF
_MASK = 0xA282EAD8
"""https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/lib/hash/crc32c.h"""


def _table() -> Sums:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table.astype(np.uint32)


_TABLE = _table()


def _pushed() -> Sums:
    """Return for each byte of a sum, and each of its values, that sum behind a chunk of zeros."""
    sums = np.arange(256, dtype=np.uint32)[None, :] << np.array([[0], [8], [16], [24]], np.uint32)
    for _ in range(_CHUNK):
        sums = _TABLE[sums & 255] ^ (sums >> 8)
    return sums.astype(np.uint32)


_PUSHED = _pushed()


def masked(data: Bytes, starts: Places, sizes: Places) -> Sums:
    """Return the masked checksum of each piece of data, as TFRecord stores it."""
    sums = crc32c(data, starts, sizes)
    rotated: Sums = sums >> np.uint32(15) | sums << np.uint32(17)
    return rotated + np.uint32(_MASK)


def crc32c(data: Bytes, starts: Places, sizes: Places) -> Sums:
    """Return the checksum of each piece of data, of so many bytes from its start."""
    if not len(starts):
        return np.zeros(0, np.uint32)
    chunks = np.maximum(1, -(-sizes // _CHUNK))
    first = np.cumsum(chunks) - chunks
    owner = np.repeat(np.arange(len(starts)), chunks)
    place = np.arange(len(owner)) - first[owner]
    # The first chunk of a piece is the short one: all others are of one size.
    short = sizes - (chunks - 1) * _CHUNK
    begins = starts[owner] + np.where(place, short[owner] + (place - 1) * _CHUNK, 0)
    lengths = np.where(place, _CHUNK, short[owner])
    sums = np.where(place, 0, _START).astype(np.uint32)
    _step(data, begins, lengths, sums)
    found = sums[first]
    for done in range(1, int(chunks.max())):
        more = np.flatnonzero(chunks > done)
        sum_ = found[more]
        found[more] = sums[first[more] + done]
        for byte in range(4):
            found[more] ^= _PUSHED[byte][sum_ >> np.uint32(8 * byte) & 255]
    inverted: Sums = ~found
    return inverted


def _step(data: Bytes, begins: Places, lengths: Places, sums: Sums) -> None:
    """Add the bytes of chunks to their sums, a byte of each at a time."""
    order = np.argsort(-lengths, kind="stable")
    begins, ordered = begins[order], sums[order]
    left = np.searchsorted(-lengths[order], -np.arange(int(lengths.max())), side="left")
    for place, many in enumerate(left.tolist()):
        some = ordered[:many]
        ordered[:many] = _TABLE[(some ^ data[begins[:many] + place]) & 255] ^ some >> 8
    sums[order] = ordered
