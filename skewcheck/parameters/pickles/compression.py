"""Detect joblib's compression formats by their first bytes, and decompress within size limits."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Protocol

from skewcheck.parameters.pickles.stream import damaged
from skewcheck.text.errors import ParameterError

MAX_BYTES = 256 * 2**20
"""Size of a decompressed file, as of an uncompressed one."""
_MAX_RATIO = 256
"""Decompressed size over compressed size: fitted transformers compress less than that."""
_ALWAYS_ALLOWED = 4 * 2**20
"""Bytes that a small file may grow to, whatever the ratio."""
_LZ4 = b"\x04\x22\x4d\x18"
_ZFILE = b"ZF0x"


class _Decoder(Protocol):
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...

    @property
    def eof(self) -> bool: ...


def _lzma() -> _Decoder:
    return lzma.LZMADecompressor(
        lzma.FORMAT_AUTO, memlimit=MAX_BYTES
    )  # the file states how much memory it needs


def _lz4() -> _Decoder:
    try:
        decoder: _Decoder = import_module("lz4.frame").LZ4FrameDecompressor()
    except ImportError as error:
        raise ParameterError("is compressed with lz4: pip install lz4 to have it read") from error
    return decoder


_DECODERS: Mapping[bytes, Callable[[], _Decoder]] = MappingProxyType(
    {
        b"\x1f\x8b": lambda: zlib.decompressobj(wbits=31),
        b"BZh": bz2.BZ2Decompressor,
        b"\xfd7zXZ\x00": _lzma,
        b"\x5d\x00\x00": _lzma,
        _LZ4: _lz4,
        **{bytes([0x78, level]): zlib.decompressobj for level in (0x01, 0x5E, 0x9C, 0xDA)},
    }
)


def looks_compressed(content: bytes) -> bool:
    """Return whether content begins like one of joblib's compression formats."""
    return content.startswith((*_DECODERS, _ZFILE))


def first_bytes(content: bytes) -> bytes | None:
    """Return the first decompressed bytes, empty if damaged.

    None for formats that can only be checked by decompressing everything.
    """
    if content.startswith((_LZ4, _ZFILE)):
        return None
    try:
        return _decoder(content).decompress(content[:4096], 256)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
        return b""


def decompressed(content: bytes) -> bytes:
    """Return the decompressed content; ParameterError if it is damaged or too large.

    A file may grow 256-fold, a small one to 4 MiB, and none to more than 256 MiB.
    """
    if content.startswith(_ZFILE):
        raise ParameterError(
            "is of joblib before 0.10, with its arrays in files beside it: save it anew with joblib"
        )
    if not looks_compressed(content):
        return content
    limit = min(MAX_BYTES, _ALWAYS_ALLOWED + _MAX_RATIO * len(content))
    decoder = _decoder(content)
    try:
        result = decoder.decompress(content, limit + 1)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, RuntimeError) as error:
        raise damaged("its compression is broken") from error
    if len(result) > limit:
        raise ParameterError(f"refused: it would grow to more than {limit // 2**20} MiB")
    if not decoder.eof:
        raise damaged("its compression ends in the middle")
    return result


def _decoder(content: bytes) -> _Decoder:
    return next(make for magic, make in _DECODERS.items() if content.startswith(magic))()
