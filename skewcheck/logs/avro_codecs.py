"""How blocks of Avro are packed: each is unpacked in bounded memory, its checksum compared."""

from __future__ import annotations

import bz2
import lzma
import zlib

import pyarrow as pa

CODECS = frozenset(["null", "deflate", "bzip2", "xz", "snappy", "zstandard"])
BLOCK = 64 << 20
"""Bytes of a block, packed or not: a thousand times the usual."""
_MEMORY = 256 << 20
"""Bytes that a decoder of xz may take."""


class DamageError(ValueError):
    """What is wrong with a block, or the header."""


def unpacked(codec: str, data: bytes) -> bytes:
    """Return a block's records; DamageError, or whatever the codec raises, for damage."""
    if codec == "null":
        return data
    if codec == "snappy":
        return _of_snappy(data)
    if codec == "zstandard":
        with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
            return _bounded(stream.read(BLOCK + 1))
    if codec == "deflate":
        deflate = zlib.decompressobj(-zlib.MAX_WBITS)
        plain, whole = deflate.decompress(data, BLOCK + 1), deflate.eof
    elif codec == "bzip2":
        bzip2 = bz2.BZ2Decompressor()
        plain, whole = bzip2.decompress(data, BLOCK + 1), bzip2.eof
    else:
        xz = lzma.LZMADecompressor(memlimit=_MEMORY)
        plain, whole = xz.decompress(data, BLOCK + 1), xz.eof
    _bounded(plain)
    if not whole:
        raise DamageError("its packed bytes are cut short")
    return plain


def _of_snappy(data: bytes) -> bytes:
    """Return what snappy packed, whose checksum is behind it: "Required Codecs" of Avro's page."""
    body, checksum = data[:-4], int.from_bytes(data[-4:], "big")
    size = _long_of(body)
    if size > BLOCK:
        raise DamageError("announces more bytes than any has")
    unpacked: bytes = pa.decompress(body, decompressed_size=size, codec="snappy", asbytes=True)
    if zlib.crc32(unpacked) != checksum:
        raise DamageError("its checksum (CRC) is another")
    return unpacked


def _long_of(data: bytes) -> int:
    """Return the unsigned number at the beginning of data."""
    value = 0
    for place, byte in enumerate(data[:5]):
        value |= (byte & 127) << 7 * place
        if byte < 128:
            return value
    raise DamageError("its packed bytes are damaged")


def _bounded(data: bytes) -> bytes:
    if len(data) > BLOCK:
        raise DamageError("unpacks to more bytes than any has")
    return data
