"""Packed text is read by what it is, whatever its name, to its very end; damage is told."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable
from pathlib import Path

import lz4.frame
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skewcheck.logs import Wanted, open_logs, text
from skewcheck.logs.magic import packing
from skewcheck.logs.packed import unpacked
from skewcheck.text.errors import LogError

Pack = Callable[[bytes], bytes]


def _zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def _lz4(data: bytes) -> bytes:
    return lz4.frame.compress(data, content_checksum=True)


PACKERS: dict[str, Pack] = {
    "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": _zstd, "lz4": _lz4,
}  # fmt: skip
CHECKED = ("gzip", "bzip2", "xz", "lz4")
"""Those that have a checksum here."""
CSV = b"x,y\n" + b"".join(b"%d,%d\n" % (i, 7 * i % 1001) for i in range(3000))
JSON = b"".join(b'{"x": %d, "y": %d}\n' % (i, 7 * i % 1001) for i in range(3000))


def _rows(path: Path) -> list[int]:
    wanted = Wanted(others=frozenset("x"))
    batches = open_logs(path).batches(wanted)
    return [value for batch in batches for value in batch.columns["x"].to_pylist()]


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("plain", [CSV, JSON])
@pytest.mark.parametrize("name", ["a.csv.zst", "a.log", "a.gz"])
def test_packed_text_is_read_by_its_content(tmp_path, monkeypatch, kind, plain, name) -> None:
    monkeypatch.setattr(text, "HEAD", 1 << 10)
    monkeypatch.setattr(text, "BLOCK", 1 << 12)
    (tmp_path / name).write_bytes(PACKERS[kind](plain))
    assert _rows(tmp_path / name) == list(range(3000))


@pytest.mark.parametrize("kind", PACKERS)
def test_parts_that_were_put_together_are_one_text(tmp_path: Path, kind: str) -> None:
    pack, half = PACKERS[kind], len(CSV) // 3
    data = pack(CSV[:half]) + pack(b"") + pack(CSV[half:]) + pack(b"")
    (tmp_path / "a.csv").write_bytes(data)
    assert _rows(tmp_path / "a.csv") == list(range(3000))


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("where", ["end", "middle", "second", "behind", "flipped"])
def test_damage_is_told(tmp_path: Path, kind: str, where: str) -> None:
    pack = PACKERS[kind]
    whole = pack(CSV)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0x10
    data = {
        "end": whole[:-1],
        "middle": whole[: len(whole) // 2],
        "second": whole + pack(CSV)[:-9],
        "behind": whole + b"more, of which nobody knows what it is",
        "flipped": bytes(flipped),
    }[where]
    if where == "flipped" and kind not in CHECKED:
        return
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(
        LogError, match=rf"\Aa\.csv: damaged {kind} file, or cut short: write it again\Z"
    ):
        _rows(tmp_path / "a.csv")


@pytest.mark.parametrize("kind", CHECKED)
@given(place=st.integers(0, 10**9), bit=st.integers(0, 7))
@settings(max_examples=40)
def test_no_changed_byte_gives_other_text(kind: str, place: int, bit: int) -> None:
    """Checksums of lz4's blocks and gzip's header fields aside, any change is an error or none."""
    data = bytearray(PACKERS[kind](CSV))
    data[place % len(data)] ^= 1 << bit
    if packing(bytes(data)) != kind:
        return
    try:
        found = unpacked(io.BytesIO(bytes(data)), kind).read()
    except (OSError, MemoryError):
        return
    assert found == CSV


def test_padding_of_xz(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(lzma.compress(CSV) + bytes(8) + lzma.compress(b"3000,1\n"))
    assert _rows(tmp_path / "a.csv") == list(range(3001))
    (tmp_path / "a.csv").write_bytes(lzma.compress(CSV) + bytes(7))
    with pytest.raises(LogError, match="damaged xz file"):
        _rows(tmp_path / "a.csv")


def test_text_that_begins_like_bzip2_is_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"BZh9,x\n1,2\n")
    assert _rows(tmp_path / "a.csv") == [2]


@pytest.mark.parametrize("kind", PACKERS)
def test_what_is_packed_is_refused_where_it_is_no_text(tmp_path: Path, kind: str) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"x": [1]}), sink)
    for data, says in [
        (sink.getvalue().to_pybytes(), rf"Parquet or Arrow file, packed with {kind}"),
        (gzip.compress(CSV), rf"packed twice, the second time with {kind}"),
        (bytes(range(1, 256)) * 9, "neither text"),
        (b"a.csv".ljust(257, b"\0") + b"ustar" + bytes(250), "a tar archive"),
    ]:
        (tmp_path / "a.csv").write_bytes(PACKERS[kind](data))
        with pytest.raises(LogError, match=rf"\Aa\.csv: [^\n]*{says}[^\n]*\Z"):
            open_logs(tmp_path)


@pytest.mark.parametrize("kind", PACKERS)
def test_a_line_without_an_end_is_bounded(tmp_path, monkeypatch, kind) -> None:
    monkeypatch.setattr(text, "HEAD", 1 << 10)
    monkeypatch.setattr(text, "BLOCK", 1 << 12)
    monkeypatch.setattr(text, "LONGEST", 1 << 20)
    (tmp_path / "a.csv").write_bytes(PACKERS[kind](b"x,y\n1,2\n1," + b"1" * (4 << 20)))
    with pytest.raises(LogError, match=r"no log|longer than"):
        _rows(tmp_path / "a.csv")


@pytest.mark.parametrize("kind", PACKERS)
def test_nothing_packed_is_empty(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "b.csv").write_bytes(PACKERS[kind](b"\n \n"))
    assert [(u.name, u.why) for u in open_logs(tmp_path).unopened] == [("b.csv", "empty")]
