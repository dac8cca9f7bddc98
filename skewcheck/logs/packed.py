"""What gzip, bzip2, xz, zstd, lz4 and zip hold, as a stream: in bounded memory, to its very end.

Several members, streams or frames one after another are one text. Bytes behind the last that are no
other one are damage: they may have been one. Checksums are verified where a file has them.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Protocol

import pyarrow as pa

from skewcheck.logs.magic import Packing
from skewcheck.logs.trouble import DamagedError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_READ = 1 << 18
"""Bytes that are unpacked at a time."""
_MEMORY = 256 << 20
"""Bytes that a decoder of xz may take: four times what its highest level does."""
_PADDING = 4
"""Bytes of xz's padding between streams come in multiples of that:
https://tukaani.org/xz/xz-file-format.txt, section 2.2."""


class Source(Protocol):
    """What unpacked bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes, none at the end."""


class Unpacked(io.BufferedReader):
    """The unpacked bytes of a stream, which is closed with it."""


def unpacked(stream: io.BufferedIOBase, kind: Packing) -> Unpacked:
    """Return what a packed stream holds; reading raises DamagedError where it is not whole."""
    source: Source
    if kind == "gzip":
        source = gzip.GzipFile(fileobj=stream)
    elif kind == "bzip2":
        source = _Streams(stream, bz2.BZ2Decompressor)
    elif kind == "xz":
        source = _Streams(stream, _of_xz, _PADDING)
    else:
        source = pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), kind)
    return told(source, stream, kind)


def told(source: Source, stream: io.IOBase | IO[bytes], kind: str) -> Unpacked:
    """Return a source of unpacked bytes whose errors are told as damage of a file of its kind."""
    return Unpacked(_Raw(source, stream, kind), _READ)


class _Raw(io.RawIOBase):
    def __init__(self, source: Source, stream: io.IOBase | IO[bytes], kind: str) -> None:
        self._source = source
        self._stream = stream
        self._kind = kind

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        try:
            data = self._source.read(len(view))
        except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # of the disk
            if "memory" in str(error).lower():
                raise MemoryError from None
            raise DamagedError(self._kind) from None
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        super().close()
        self._stream.close()


def _of_xz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)


class _Streams:
    """Streams of bzip2 or xz one after another; Python's own classes skip what follows the first
    if it is damaged."""

    def __init__(
        self,
        stream: io.BufferedIOBase,
        decompressor: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor],
        padding: int = 0,
    ) -> None:
        self._stream = stream
        self._new = decompressor
        self._padding = padding
        self._one = decompressor()

    def read(self, size: int, /) -> bytes:
        while True:
            if self._one.eof:
                rest = self._following()
                if not rest:
                    return b""
                self._one = self._new()
            elif self._one.needs_input:
                rest = self._stream.read(_READ)
                if not rest:
                    raise EOFError
            else:
                rest = b""
            data = self._one.decompress(rest, size)
            if data:
                return data

    def _following(self) -> bytes:
        """Return bytes behind the end of a stream, without padding; none at the end of all."""
        rest = self._one.unused_data or self._stream.read(_READ)
        if not self._padding:
            return rest
        padding = 0
        while rest and not (bare := rest.lstrip(b"\0")):
            padding, rest = padding + len(rest), self._stream.read(_READ)
        if rest:
            padding, rest = padding + len(rest) - len(bare), bare
        if padding % self._padding:
            raise EOFError
        return rest
