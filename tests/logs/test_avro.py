"""Avro files: rows as fastavro itself reads them; damage is told with its block."""

from __future__ import annotations

import bz2
import io
import json
import lzma
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import fastavro
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skewcheck.logs import Wanted, avro, open_logs
from skewcheck.text.errors import LogError

SYNC = bytes(range(16))
SCHEMA = {
    "type": "record", "name": "Row", "namespace": "a.b",
    "fields": [
        {"name": "x", "type": "double"}, {"name": "n", "type": ["null", "long"]},
        {"name": "s", "type": "string"},
        {"name": "in", "type": {"type": "record", "name": "In", "fields": [
            {"name": "v", "type": {"type": "array", "items": "float"}}]}},
        {"name": "again", "type": ["null", "In"]},
    ],
}  # fmt: skip
ROWS = [
    {"x": i / 8, "n": None if i % 3 else i, "s": f"s{i % 5}", "in": {"v": [float(i), i / 4]},
     "again": {"v": [1.0]}}
    for i in range(1000)
]  # fmt: skip


def _deflate(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


def _snappy(data: bytes) -> bytes:
    packed = pa.compress(data, codec="snappy", asbytes=True)
    return packed + zlib.crc32(data).to_bytes(4, "big")


def _zstd(data: bytes) -> bytes:
    return pa.compress(data, codec="zstd", asbytes=True)


CODECS: dict[str, Callable[[bytes], bytes]] = {
    "null": bytes, "deflate": _deflate, "bzip2": bz2.compress, "xz": lzma.compress,
    "snappy": _snappy, "zstandard": _zstd,
}  # fmt: skip


def _long(number: int) -> bytes:
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, "long", number)
    return stream.getvalue()


def container(
    rows: list[dict[str, object]], schema: object = SCHEMA, codec: str = "null", size: int = 64
) -> tuple[bytes, list[int]]:
    """Return a file in blocks of so many rows, and where each block begins and the last ends."""
    stream = io.BytesIO()
    values = {"avro.schema": json.dumps(schema).encode(), "avro.codec": codec.encode()}
    fastavro.schemaless_writer(stream, {"type": "map", "values": "bytes"}, values)
    data = b"Obj\x01" + stream.getvalue() + SYNC
    places = [len(data)]
    parsed = fastavro.parse_schema(schema)
    for start in range(0, len(rows), size):
        block = io.BytesIO()
        for row in rows[start : start + size]:
            fastavro.schemaless_writer(block, parsed, row)
        packed = CODECS[codec](block.getvalue())
        data += _long(len(rows[start : start + size])) + _long(len(packed)) + packed + SYNC
        places.append(len(data))
    return data, places


def _columns(path: Path, names: str) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {name: [] for name in names.split()}
    for batch in open_logs(path).batches(Wanted(others=frozenset(names.split()))):
        for name, column in batch.columns.items():
            found[name] += column.to_pylist()
    return found


@pytest.mark.parametrize("codec", CODECS)
def test_values_of_every_codec(tmp_path, read, monkeypatch, codec: str) -> None:
    monkeypatch.setattr(avro, "_PART", 2000)
    monkeypatch.setattr(avro, "_DECODED", 6000)
    (tmp_path / "a.log").write_bytes(container(ROWS, codec=codec)[0])
    found = read(tmp_path / "a.log", "x n in.v[1] again.v[0]", "s")
    assert found == {
        "x": [row["x"] for row in ROWS], "n": [row["n"] for row in ROWS],
        "in.v[1]": [i / 4 for i in range(1000)], "again.v[0]": [1.0] * 1000,
        "s": [row["s"] for row in ROWS],
    }  # fmt: skip


@pytest.mark.parametrize("names", ["again", "s", "n x", "gone"])
def test_columns_are_read_alone(tmp_path: Path, names: str) -> None:
    """Of types that others defined, too; without any, rows are counted."""
    (tmp_path / "a.avro").write_bytes(container(ROWS)[0])
    found = _columns(tmp_path / "a.avro", names)
    for name in names.split():
        assert found[name] == [row[name] for row in ROWS if name in row]
    wanted = Wanted(others=frozenset(names.split()))
    assert sum(b.rows for b in open_logs(tmp_path).batches(wanted)) == 1000


def test_a_file_of_fastavro(tmp_path: Path) -> None:
    with (tmp_path / "a.avro").open("wb") as stream:
        fastavro.writer(stream, SCHEMA, ROWS, codec="deflate", sync_interval=1000)
    assert _columns(tmp_path / "a.avro", "x s")["x"] == [row["x"] for row in ROWS]


TYPES: list[tuple[object, pa.DataType, object, object]] = [
    ({"type": "int", "logicalType": "date"}, pa.date32(), date(2026, 1, 2), date(2026, 1, 2)),
    ({"type": "long", "logicalType": "timestamp-millis"}, pa.timestamp("ms", "UTC"),
     datetime(2026, 1, 2, 3, tzinfo=UTC), datetime(2026, 1, 2, 3, tzinfo=UTC)),
    ({"type": "long", "logicalType": "local-timestamp-micros"}, pa.timestamp("us"),
     datetime(2026, 1, 2, 3), datetime(2026, 1, 2, 3)),
    ({"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2},
     pa.decimal128(6, 2), Decimal("-12.34"), Decimal("-12.34")),
    ({"type": "fixed", "name": "D", "size": 5, "logicalType": "decimal", "precision": 8,
      "scale": 3}, pa.decimal128(8, 3), Decimal("7.125"), Decimal("7.125")),
    ({"type": "enum", "name": "E", "symbols": ["A", "B"]}, pa.string(), "B", "B"),
    ({"type": "fixed", "name": "F", "size": 2}, pa.binary(2), b"\1\2", b"\1\2"),
    ({"type": "map", "values": "int"}, pa.map_(pa.string(), pa.int32()), {"a": 1}, [("a", 1)]),
    (["null", "int", "long"], pa.int64(), 1 << 40, 1 << 40),
    (["int", "double"], pa.float64(), 3, 3.0),
    (["null", "string", "double"], pa.string(), 2.5, "2.5"),
    (["string", "boolean"], pa.string(), True, "true"),
    ({"type": "string", "logicalType": "uuid"}, pa.string(), "x", "x"),
    ({"type": "array", "items": ["null", "string", "long"]}, pa.list_(pa.string()),
     ["a", None, 3], ["a", None, "3"]),
    ("bytes", pa.binary(), b"ab", b"ab"), ("boolean", pa.bool_(), True, True),
    ("null", pa.null(), None, None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "expected", "value", "read_as"), TYPES)
def test_types(tmp_path: Path, kind, expected: pa.DataType, value, read_as) -> None:
    fields = [{"name": "c", "type": kind}, {"name": "d", "type": {"type": "array", "items": {
        "type": "record", "name": "R", "fields": [{"name": "e", "type": "string"}]}}}]  # fmt: skip
    schema = {"type": "record", "name": "Row", "fields": fields}
    row = {"c": value, "d": [{"e": "x"}]}
    with (tmp_path / "a.avro").open("wb") as stream:
        fastavro.writer(stream, schema, [row] * 3)
    (file,) = open_logs(tmp_path).files
    assert file.schema()["c"] == expected
    assert _columns(tmp_path / "a.avro", "c d") == {"c": [read_as] * 3, "d": [[{"e": "x"}]] * 3}


def test_a_type_that_holds_itself_ends(tmp_path: Path) -> None:
    node = {"type": "record", "name": "Node", "fields": [
        {"name": "x", "type": "int"}, {"name": "next", "type": ["null", "Node"]}]}  # fmt: skip
    with (tmp_path / "a.avro").open("wb") as stream:
        fastavro.writer(stream, node, [{"x": 1, "next": {"x": 2, "next": None}}])
    assert _columns(tmp_path / "a.avro", "x next.x") == {"x": [1], "next.x": [2]}


@pytest.mark.parametrize("codec", CODECS)
def test_damage_is_told_with_its_block(tmp_path: Path, codec: str) -> None:
    data, places = container(ROWS, codec=codec)
    path = tmp_path / "a.avro"
    for content, block, says in [
        (data[:-1], 16, "the file ends within it"),
        (data[: places[3] + 40], 4, "the file ends within it"),
        (data[: places[5] - 1] + b"\xff" + data[places[5] :], 5, "no sync marker"),
        (data + b"\2", 17, "the file ends within it"),
        (data + _long(1) + _long(-5), 17, "announces more bytes"),
        (data + _long(-1) + _long(0) + SYNC, 17, "no sync marker"),
        (data + _long(1 << 40) + _long(0) + SYNC, 17, ""),
        (data + _long(1) + _long(9) + b"\xff" * 9 + SYNC, 17, ""),
    ]:
        path.write_bytes(content)
        with pytest.raises(
            LogError, match=rf"\Aa\.avro: block {block}: [^\n]*{says}[^\n]*write the file again\Z"
        ):
            _columns(path, "x")


def test_a_checksum_of_snappy_is_compared(tmp_path: Path) -> None:
    data, places = container(ROWS, codec="snappy")
    end = places[2] - len(SYNC)
    changed = data[: end - 1] + bytes([data[end - 1] ^ 1]) + data[end:]
    (tmp_path / "a.avro").write_bytes(changed)
    with pytest.raises(LogError, match=r"\Aa\.avro: block 2: its checksum \(CRC\) is another"):
        _columns(tmp_path / "a.avro", "x")


@pytest.mark.parametrize("codec", ["deflate", "bzip2", "xz", "snappy", "zstandard"])
def test_what_unpacks_without_end_is_bounded(tmp_path, monkeypatch, codec: str) -> None:
    monkeypatch.setattr("skewcheck.logs.avro_codecs.BLOCK", 1 << 16)
    long = [{**ROWS[0], "s": "a" * (1 << 20)}]
    (tmp_path / "a.avro").write_bytes(container(long, codec=codec)[0])
    with pytest.raises(LogError, match=r"\Aa\.avro: block 1: (unpacks|announces)[^\n]* bytes"):
        _columns(tmp_path / "a.avro", "x")


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 10**6), byte=st.integers(1, 255), cut=st.booleans())
def test_damaged_bytes_give_a_line_or_rows(tmp_path_factory, place, byte, cut) -> None:
    """Without a checksum a changed number is another number; nothing else may come of it."""
    data = bytearray(container(ROWS[:50], size=10)[0])
    place %= len(data)
    data[place] ^= byte
    path = tmp_path_factory.mktemp("a") / "a.avro"
    path.write_bytes(bytes(data[: place + 1] if cut else data))
    with suppress(LogError):
        columns = _columns(path, "x n s in again")
        assert len({len(values) for values in columns.values()} - {0}) <= 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (container([], schema={"type": "array", "items": "int"})[0], "records have no fields"),
        (container(ROWS[:1])[0].replace(b'"double"', b'"dauble"'), "its schema is damaged"),
        (container(ROWS[:1])[0].replace(b"\x08null", b"\x08lzop"), "packed in a way"),
        (b"Obj\x01\x04", "its header is damaged, or cut short"),
        (b"Obj\x01" + b"\xff" * 99, "its header is damaged, or cut short"),
    ],
)
def test_headers_that_say_nothing_are_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "a.avro").write_bytes(content)
    with pytest.raises(LogError, match=rf"\Aa\.avro: [^\n]*{says}[^\n]*\Z"):
        open_logs(tmp_path)


def test_without_the_library_the_extra_is_named(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "fastavro", None)
    (tmp_path / "a.avro").write_bytes(container(ROWS[:1])[0])
    with pytest.raises(LogError, match=r"\Aa\.avro: [^\n]*pip install 'skewcheck\[avro\]'\Z"):
        open_logs(tmp_path)


def test_a_file_without_rows(tmp_path: Path) -> None:
    (tmp_path / "a.avro").write_bytes(container([])[0])
    assert _columns(tmp_path / "a.avro", "x") == {"x": []}
