"""What is wrong with a Parquet file: it was put together of several, or a page is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedIOBase
from typing import NoReturn

import pyarrow as pa
import pyarrow.parquet as pq

from skewcheck.logs.parquet import LIST, STRING, start_of
from skewcheck.logs.storage import arrow_source, open_bytes
from skewcheck.logs.trouble import shown, trouble

_JOINT = b"PAR1PAR1"
"""The end of a file and the beginning of the next: or any text."""
_FIELD = b"\x15"
"""With which a footer and a page begin: field 1, an integer, as Thrift's compact protocol has it.
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md"""
_BLOCK = 4 << 20
"""Bytes that are searched at once."""


def refuse_joined(path: str, name: str, footer: pq.FileMetaData, gap: int) -> None:
    """Raise a LogError where a file's footer is that of a later file, which was put behind others.

    A reader would see the last of `cat a.parquet b.parquet`, or what it takes for that.

    `gap` is how many bytes lie between what the footer says is the end of the last column, and the
    footer. The places that a footer names are those of its own file: of a later one they lack all
    that lies before, so that it begins within the gap, or where that ends. Text there may look like
    a joint, which has a footer before it and a page behind it.
    """
    groups = map(footer.row_group, range(footer.num_row_groups))
    group = next((group for group in groups if group.num_rows), None)
    columns = [] if group is None else map(group.column, range(group.num_columns))
    first = min(map(start_of, columns), default=None)
    with open_bytes(path) as file:
        for place in _joints(file, max(0, gap) + 4):
            paged = first is None or _at(file, place + 4 + first, 1) == _FIELD
            if paged and _ends_with_footer(file, place):
                raise trouble(
                    name,
                    "several Parquet files that were put together: give each as a file of its own",
                )


def _joints(file: BufferedIOBase, end: int) -> Iterator[int]:
    """Yield where joints lie in the first bytes of a file, the last one first.

    All but indexes of the last file lie behind the last joint.
    """
    while end >= len(_JOINT):
        start = max(0, end - _BLOCK)
        block = _at(file, start, end - start)
        place = block.rfind(_JOINT)
        while place >= 0:
            yield start + place
            place = block.rfind(_JOINT, 0, place + len(_JOINT) - 1)
        end = start + len(_JOINT) - 1 if start else 0


def _at(file: BufferedIOBase, start: int, length: int) -> bytes:
    """Return so many bytes of a file from a place, fewer where it ends."""
    file.seek(start)
    return file.read(length)


def _ends_with_footer(file: BufferedIOBase, end: int) -> bool:
    """Return whether a Parquet footer, and its length, end at a place."""
    start = end - 4 - int.from_bytes(_at(file, end - 4, 4), "little")
    if start < 4 or _at(file, start, 1) != _FIELD:
        return False
    tail = pa.BufferReader(_at(file, start - 4, end + 8 - start))
    try:
        with pq.ParquetFile(
            tail, thrift_string_size_limit=STRING, thrift_container_size_limit=LIST
        ):
            return True
    except (pa.ArrowException, OSError, ValueError):
        return False


def raise_damaged(
    path: str, footer: pq.FileMetaData, name: str, place: int, leaves: list[str], error: OSError
) -> NoReturn:
    """Raise the error of a row group, with the first of its columns that cannot be read."""
    if "checksum" not in str(error).lower():
        raise error
    with pq.ParquetFile(
        arrow_source(path), metadata=footer, page_checksum_verification=True
    ) as file:
        for leaf in leaves:
            try:
                file.read_row_group(place, columns=[leaf], use_threads=False)
            except OSError:
                raise trouble(
                    name,
                    f"damaged: column {shown(leaf)!r}, row group {place}: a page's checksum is"
                    " another than was written: write it again",
                ) from None
    raise error
