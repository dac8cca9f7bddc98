"""Avro object container files: a part is some of their blocks, decoded where the thunk is called.

The container is read here, so that a block is bounded before it is unpacked, and what a checksum or
a sync marker tells is told with its block; fastavro (an extra) decodes records.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import NoReturn

import pyarrow as pa

from skewcheck.logs.avro_codecs import BLOCK, CODECS, DamageError, unpacked
from skewcheck.logs.avro_schema import Columns, as_type
from skewcheck.logs.batch import ROWS, Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path, picked
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.storage import open_bytes
from skewcheck.logs.trouble import refuse_duplicates, trouble

_MAGIC = b"Obj\x01"
_SYNC = 16
"""Bytes of the marker that ends each block."""
_HEADER = 16 << 20
"""Bytes of a header's value: a schema of a hundred thousand fields."""
_ENTRIES = 1000
"""Values of a header: usually two."""
_PART = 1 << 20
"""Bytes of blocks, as they are in the file, from which they are a part."""
_DECODED = 4 << 20
"""Bytes of blocks, unpacked, from which their records are a batch: they are Python's objects
meanwhile, which take ten times as much."""


@dataclass(frozen=True, slots=True)
class _Block:
    number: int
    """From 1 on."""
    rows: int
    data: bytes
    """Packed."""


@dataclass(frozen=True, slots=True)
class _File:
    """What is needed to decode blocks."""

    name: str
    codec: str
    columns: Columns
    types: Mapping[str, pa.DataType]

    def refuse(self, number: int, what: str) -> NoReturn:
        raise trouble(self.name, f"block {number}: {what}: damaged, write the file again")


def open_avro(path: str, name: str) -> Contents:
    """Open an Avro file by its header; `name` is for messages. Raises LogError."""
    parse_schema = _library(name).parse_schema
    with open_bytes(path) as stream:
        header, _ = _header(stream, name)
    codec = header.get("avro.codec", b"null").decode("ascii", "replace")
    if codec not in CODECS:
        known = ", ".join(sorted(CODECS))
        raise trouble(name, f"packed in a way that is not read: write it with one of {known}")
    try:
        columns = Columns.of(parse_schema(json.loads(header["avro.schema"])))
        types = {} if columns is None else columns.types()
    except MemoryError:
        raise
    except Exception:  # of any type: the library's own, and what wrong JSON gives
        raise trouble(name, "its schema is damaged, or none of Avro: write it again") from None
    if columns is None:
        raise trouble(name, "its records have no fields: write records, whose fields have names")
    refuse_duplicates(name, columns.names())
    return Contents(types, partial(_read, path, _File(name, codec, columns, types)))


def _library(name: str) -> ModuleType:
    try:
        import fastavro
    except ImportError:
        what = "an Avro file, which fastavro decodes: pip install 'skewcheck[avro]'"
        raise trouble(name, what) from None
    return fastavro


def _header(stream: io.BufferedIOBase, name: str) -> tuple[dict[str, bytes], bytes]:
    """Return the values of a header, and the sync marker behind it."""
    values: dict[str, bytes] = {}
    try:
        _whole(stream, len(_MAGIC))
        while count := _long(stream):
            if count < 0:
                count, _ = -count, _long(stream)
            if count > _ENTRIES:
                raise DamageError
            for _ in range(count):
                key = _whole(stream, _long(stream)).decode("utf-8", "replace")
                values[key] = _whole(stream, _long(stream))
        return values, _whole(stream, _SYNC)
    except DamageError:
        raise trouble(name, "its header is damaged, or cut short: write it again") from None


def _whole(stream: io.BufferedIOBase, size: int, most: int = _HEADER) -> bytes:
    """Return so many bytes; raise DamageError where there are fewer, or more than may be."""
    if not 0 <= size <= most:
        raise DamageError("announces more bytes than any has")
    data = stream.read(size)
    if len(data) < size:
        raise DamageError("the file ends within it")
    return data


def _long(stream: io.BufferedIOBase, first: bytes = b"") -> int:
    """Return the next number, of which a byte may have been read.

    It has seven bits a byte, the lowest first, and its sign in the lowest of all.
    """
    value = shift = 0
    while shift < 70:
        byte = (first or _whole(stream, 1))[0]
        first = b""
        value |= (byte & 127) << shift
        if byte < 128:
            return (value >> 1) ^ -(value & 1)
        shift += 7
    raise DamageError("a number of it is too long")


def _blocks(path: str, file: _File) -> Iterator[_Block]:
    number = 1
    with open_bytes(path) as stream:
        _, sync = _header(stream, file.name)
        try:
            while first := stream.read(1):
                rows = _long(stream, first)
                data = _whole(stream, _long(stream), BLOCK)
                if _whole(stream, _SYNC) != sync or rows < 0:
                    raise DamageError("no sync marker stands behind it")
                yield _Block(number, rows, data)
                number += 1
        except DamageError as error:
            file.refuse(number, str(error))


def _read(path: str, file: _File, paths: Mapping[str, Path], _wanted: Wanted) -> Iterator[Thunk]:
    names = {target.column for target in paths.values()}
    schemas = tuple(
        _library(file.name).parse_schema({"type": "array", "items": file.columns.part(part)})
        for part in (None, names)
    )
    part: list[_Block] = []
    row = size = 0
    for block in _blocks(path, file):
        part.append(block)
        size += len(block.data)
        if size >= _PART:
            yield partial(_batches, file, schemas, part, row, paths)
            row += sum(block.rows for block in part)
            part, size = [], 0
    yield partial(_batches, file, schemas, part, row, paths)


def _batches(
    file: _File, schemas: tuple[object, ...], part: list[_Block], row: int,
    paths: Mapping[str, Path],
) -> Iterator[Batch]:  # fmt: skip
    records: list[dict[str, object]] = []
    size = 0
    for block in part:
        try:
            data = unpacked(file.codec, block.data)
            size += len(data)
            records += _decoded(file, data, block.rows, schemas)
        except MemoryError:
            raise
        except DamageError as error:
            file.refuse(block.number, str(error))
        except Exception:  # of any type, by what damaged bytes happen to mean
            file.refuse(block.number, "its records cannot be decoded")
        if size >= _DECODED or len(records) >= ROWS:
            yield _batch(file, records, row, paths)
            row += len(records)
            records, size = [], 0
    if records:
        yield _batch(file, records, row, paths)


def _batch(
    file: _File, records: list[dict[str, object]], row: int, paths: Mapping[str, Path]
) -> Batch:
    names = {target.column for target in paths.values()}
    arrays = {
        name: pa.array(as_type([record[name] for record in records], kind), kind)
        for name, kind in file.types.items()
        if name in names
    }
    columns = picked(pa.RecordBatch.from_pydict(arrays), paths)
    return Batch(RowOrigin(file.name, row), len(records), columns)


def _decoded(
    file: _File, data: bytes, rows: int, schemas: tuple[object, ...]
) -> list[dict[str, object]]:
    """Return the records of a block: their bytes are those of an array of so many."""
    if rows > len(data) + _ENTRIES:
        raise DamageError("announces more rows than it has bytes")
    stream = io.BytesIO(_as_long(rows) + data + b"\0" * (rows > 0))
    records: list[dict[str, object]] = _library(file.name).schemaless_reader(
        stream, *schemas, handle_unicode_errors="backslashreplace"
    )
    if len(records) != rows or stream.read(1):
        raise DamageError("its records do not end where it does")
    return records


def _as_long(number: int) -> bytes:
    """Return a number from 0 on as `_long` reads it."""
    value, digits = number << 1, bytearray()
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])
