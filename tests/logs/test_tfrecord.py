"""TFRecord files of tf.Example: values as they were written; what is damaged is told by record.

The writer below follows the format's description; checksums are those of RFC 3720.
"""

from __future__ import annotations

import bz2
import gzip
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skewcheck.logs import Wanted, example_columns, open_logs, text, tfrecord
from skewcheck.logs.crc32c import crc32c
from skewcheck.text.errors import LogError

Values = list[float] | list[int] | list[bytes]
Row = dict[str, Values]


def _crc(data: bytes) -> int:
    """Return the checksum, a bit at a time."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def _masked(data: bytes) -> bytes:
    value = _crc(data)
    return struct.pack("<I", ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + _masked(length) + data + _masked(data)


def _varint(value: int) -> bytes:
    value &= 0xFFFFFFFFFFFFFFFF
    digits = bytearray()
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _feature(values: Values, packed: bool = True) -> bytes:
    if not values:
        return b""
    if isinstance(values[0], bytes):
        return _field(1, b"".join(_field(1, value) for value in values))
    if isinstance(values[0], float):
        if packed:
            return _field(2, _field(1, struct.pack(f"<{len(values)}f", *values)))
        return _field(2, b"".join(b"\x0d" + struct.pack("<f", value) for value in values))
    if packed:
        return _field(3, _field(1, b"".join(map(_varint, values))))
    return _field(3, b"".join(b"\x08" + _varint(value) for value in values))


def example(row: Row, packed: bool = True, value_first: bool = False) -> bytes:
    entries = b""
    for name, values in row.items():
        parts = [_field(1, name.encode()), _field(2, _feature(values, packed))]
        entries += _field(1, b"".join(reversed(parts) if value_first else parts))
    return _field(1, entries)


ROWS: list[Row] = [
    {"x": [i / 8], "n": [i - 300], "s": [b"level %d" % (i % 7)], "v": [float(i), i / 4, 0.5],
     "w": [i, -i], "long name " * 30: [2.0]} | ({"some": [1.5]} if i % 3 else {})
    for i in range(700)
]  # fmt: skip
NAMES = ("x", "n", "some", "v[1]", "w[1]", "long name " * 30)


def _file(rows: list[Row], **spelled: bool) -> bytes:
    return b"".join(record(example(row, **spelled)) for row in rows)


def _columns(path: Path, *names: str) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {name: [] for name in names}
    for batch in open_logs(path).batches(Wanted(others=frozenset(names))):
        for name, column in batch.columns.items():
            found[name] += column.to_pylist()
    return found


def test_the_checksum_of_the_rfc() -> None:
    """Of 32 zeros, of 32 ones, and of pieces of all lengths as one at a time."""
    for data, expected in [(bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43)]:
        (found,) = crc32c(np.frombuffer(data, np.uint8), np.array([0]), np.array([32]))
        assert found == expected == _crc(data)
    data = np.random.default_rng(1).integers(0, 256, 9000).astype(np.uint8)
    sizes = np.array([0, 1, 511, 512, 513, 1024, 1025, 3000, 7])
    starts = np.array([3, 0, 8, 100, 2000, 50, 9, 6000, 8000])
    found = crc32c(data, starts, sizes)
    pieces = [data[a : a + n].tobytes() for a, n in zip(starts, sizes, strict=True)]
    assert found.tolist() == list(map(_crc, pieces))


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("value_first", [True, False])
@pytest.mark.parametrize("block", [1 << 10, 1 << 22])
def test_values(tmp_path, monkeypatch, packed: bool, value_first: bool, block: int) -> None:
    monkeypatch.setattr(tfrecord, "_BLOCK", block)
    (tmp_path / "a.log").write_bytes(_file(ROWS, packed=packed, value_first=value_first))
    found = _columns(tmp_path / "a.log", *NAMES, "s", "v")
    assert found == {
        "x": [i / 8 for i in range(700)], "n": [i - 300 for i in range(700)],
        "some": [1.5 if i % 3 else None for i in range(700)],
        "v[1]": [i / 4 for i in range(700)], "w[1]": [-i for i in range(700)],
        "long name " * 30: [2.0] * 700, "s": [row["s"][0] for row in ROWS],
        "v": [row["v"] for row in ROWS],
    }  # fmt: skip


def test_text_is_text(tmp_path: Path, read) -> None:
    (tmp_path / "a.tfrecord").write_bytes(_file(ROWS))
    found = read(tmp_path / "a.tfrecord", "x", "s")
    assert found["s"] == [f"level {i % 7}" for i in range(700)]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_packed_files(tmp_path: Path, pack) -> None:
    (tmp_path / "a.tfrecord.gz").write_bytes(pack(_file(ROWS)))
    assert len(_columns(tmp_path, "x")["x"]) == 700


def test_members_of_archives(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a", _file(ROWS[:5]))
        archive.writestr("b", _file(ROWS[5:9]))
    assert _columns(tmp_path, "n")["n"] == [i - 300 for i in range(9)]


def test_rows_without_features_and_without_wanted_ones(tmp_path: Path) -> None:
    rows: list[Row] = [ROWS[0], {}, {"x": []}, ROWS[3]]
    (tmp_path / "a").write_bytes(_file(rows) + record(b""))
    assert _columns(tmp_path / "a", "x") == {"x": [0.0, None, None, 3 / 8, None]}
    (file,) = open_logs(tmp_path).files
    assert sum(b.rows for part in file.parts(Wanted(frozenset(["gone"]))) for b in part()) == 5


VALUES = st.one_of(
    st.lists(st.floats(width=32, allow_nan=False), max_size=3),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3),
    st.lists(st.binary(max_size=3), max_size=3),
)
SINGLE = st.one_of(
    st.lists(st.floats(width=32, allow_nan=False), max_size=1),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=1),
    st.lists(st.binary(max_size=3), max_size=1),
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.one_of(
        st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), max_size=6),
        st.lists(st.dictionaries(st.sampled_from("abc"), SINGLE, max_size=3), max_size=6),
        st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "a": st.lists(st.floats(width=32, allow_nan=False), max_size=4),
                    "b": st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=1),
                },
            ),
            max_size=6,
        ),
    ),
    packed=st.booleans(),
)
def test_at_once_and_one_by_one_give_the_same(tmp_path_factory, rows: list[Row], packed) -> None:
    if not rows:
        return
    path = tmp_path_factory.mktemp("a") / "a"
    path.write_bytes(_file(rows, packed=packed))
    found = _columns(path, "a", "b", "c")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example_columns, "columns", lambda *_: None)
        assert _columns(path, "a", "b", "c") == found


def test_what_all_writers_write_is_read_at_once(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "a").write_bytes(_file(ROWS))
    monkeypatch.setattr(tfrecord, "_SAMPLE", 5)
    log = open_logs(tmp_path)
    monkeypatch.setattr(tfrecord, "column", None)
    wanted = Wanted(others=frozenset(["x", "n", "s", "v", "some"]))
    assert sum(batch.rows for batch in log.batches(wanted)) == 700


def test_types_that_change_are_text_or_marked(tmp_path: Path) -> None:
    rows: list[Row] = [{"x": [1.5], "v": [1.0, 2.0]}, {"x": [b"word"], "v": [b"a", b"b"]}]
    (tmp_path / "a").write_bytes(_file(rows))
    assert _columns(tmp_path / "a", "x", "v") == {
        "x": ["1.5", "word"], "v": [["1", "2"], ["a", "b"]],
    }  # fmt: skip


def test_a_list_behind_the_sample_is_no_number(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tfrecord, "_SAMPLE", 1)
    (tmp_path / "a").write_bytes(_file([{"x": [1.5]}, {"x": [1.0, 2.0]}]))
    assert _columns(tmp_path / "a", "x") == {"x": ["1.5", "[…]"]}


def _says(path: Path, says: str) -> None:
    with pytest.raises(LogError, match=rf"\A{path.name}: {says}[^\n]*\Z"):
        _columns(path, "x")


@pytest.mark.parametrize("block", [1 << 10, 1 << 22])
def test_damage_is_told_with_its_record(tmp_path: Path, monkeypatch, block: int) -> None:
    monkeypatch.setattr(tfrecord, "_BLOCK", block)
    path = tmp_path / "a.tfrecord"
    records = [record(example(row)) for row in ROWS]
    whole = b"".join(records)
    start = sum(map(len, records[:500]))
    for place in (start + 3, start + 9, start + 60, start + len(records[500]) - 2):
        damaged = bytearray(whole)
        damaged[place] ^= 4
        path.write_bytes(bytes(damaged))
        _says(path, r"record 501: its checksum \(CRC\) is another")
    for end in (start + 5, start + 13, start + len(records[500]) - 1):
        path.write_bytes(whole[:end])
        _says(path, "record 501: the file ends within it")
    path.write_bytes(whole[:start] + record(b"\xff\xff"))
    _says(path, "record 501: no protocol buffer")
    path.write_bytes(whole[:start] + record(_field(2, b"abc")))
    _says(path, "record 501: a SequenceExample or another message")


def test_a_record_without_an_end_is_bounded(tmp_path: Path, monkeypatch) -> None:
    length = struct.pack("<Q", 1 << 31)
    (tmp_path / "a").write_bytes(_file(ROWS[:3]) + length + _masked(length) + b"more")
    _says(tmp_path / "a", "record 4: is longer than 64 MB")
    monkeypatch.setattr(text, "LONGEST", 1 << 10)
    (tmp_path / "a").write_bytes(_file([*ROWS[:3], {"x": [b"a" * 2000]}]))
    _says(tmp_path / "a", "record 4: is longer than")


@settings(max_examples=100, deadline=None)
@given(place=st.integers(0, 10**6), byte=st.integers(1, 255), sums=st.booleans())
def test_damaged_messages_give_a_line_or_the_same_twice(tmp_path_factory, place, byte, sums):
    """Also where checksums are right, as of a writer that is broken."""
    messages = [bytearray(example(row)) for row in ROWS[:20]]
    message = messages[place % 20]
    message[place % len(message)] ^= byte
    data = b"".join(record(bytes(message)) for message in messages)
    path = tmp_path_factory.mktemp("a") / "a"
    path.write_bytes(data if sums else data[: place % len(data)] + b"\1" + data)
    names = ("x", "n", "s", "v")
    found = None
    with suppress(LogError):
        found = _columns(path, *names)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example_columns, "columns", lambda *_: None)
        again = None
        with suppress(LogError):
            again = _columns(path, *names)
    assert str(found) == str(again)
