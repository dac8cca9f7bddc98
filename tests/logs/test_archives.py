"""Zip archives: each member is a file of the log; nothing of one is lost in silence."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skewcheck.logs import Wanted, open_logs, text
from skewcheck.text.errors import LogError, NothingToTestError

CSV = b"x,y\n" + b"".join(b"%d,%d\n" % (i, 7 * i % 1001) for i in range(3000))


def _zip(path: Path, method: int = zipfile.ZIP_DEFLATED, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def _rows(path: Path) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for batch in open_logs(path).batches(Wanted(others=frozenset("x"))):
        rows.setdefault(batch.origin.file, []).extend(batch.columns["x"].to_pylist())
    return rows


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_members_are_files_of_the_log(tmp_path, monkeypatch, method) -> None:
    monkeypatch.setattr(text, "HEAD", 1 << 10)
    monkeypatch.setattr(text, "BLOCK", 1 << 12)
    members = {
        "b.csv": CSV, "a/c.jsonl": b'{"x": 1}\n{"x": 2}\n', "d.csv.gz": gzip.compress(CSV),
        "_SUCCESS": b"", "__MACOSX/._b.csv": b"\0\5\x16\7", "e.csv": b"",
    }  # fmt: skip
    path = _zip(tmp_path / "log.csv", method, **members)
    every = list(range(3000))
    assert _rows(path) == {"log.csv/a/c.jsonl": [1, 2], "log.csv/b.csv": every,
                           "log.csv/d.csv.gz": every}  # fmt: skip
    assert _rows(tmp_path) == _rows(path)
    assert sorted((file.name, file.why) for file in open_logs(path).unopened) == [
        ("log.csv/_SUCCESS", "hidden"), ("log.csv/__MACOSX/._b.csv", "hidden"),
        ("log.csv/e.csv", "empty"),
    ]  # fmt: skip


def test_folders_around_an_archive_are_columns(tmp_path: Path) -> None:
    (tmp_path / "day=3").mkdir()
    _zip(tmp_path / "day=3" / "a.zip", **{"_h=1/b.csv": CSV, "_h=2/b.csv": CSV})
    found = list(open_logs(tmp_path).batches(Wanted(others=frozenset(["day", "_h"]))))
    assert [set(batch.columns["day"].to_pylist()) for batch in found] == [{3}, {3}]
    assert [set(batch.columns["_h"].to_pylist()) for batch in found] == [{1}, {2}]


def _damaged(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0x10
    path.write_bytes(bytes(data))


def test_damage_is_told(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", zipfile.ZIP_STORED, **{"b.csv": CSV})
    whole = path.read_bytes()
    _damaged(path, 5000)  # a digit of a row, which the checksum tells
    with pytest.raises(LogError, match=r"\Aa\.zip/b\.csv: damaged zip file[^\n]*\Z"):
        _rows(path)
    path.write_bytes(whole[:-30])
    with pytest.raises(LogError, match=r"\Aa\.zip: damaged zip file[^\n]*\Z"):
        _rows(path)
    path.write_bytes(whole)
    _damaged(path, 2)  # a magic number of the member's header
    with pytest.raises(
        LogError, match=r"\Aa\.zip[^\n]*damaged zip file[^\n]*\Z|\Aa\.zip: [^\n]+\Z"
    ):
        _rows(path)


def _parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"x": [1]}), sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"[Content_Types].xml": b"<a/>", "xl/sheet1.xml": b"<a/>"}, ": a spreadsheet, or another"),
        ({"a.csv": CSV, "b.parquet": _parquet()}, r"/b\.parquet: a Parquet or Arrow file"),
        ({"a.csv": CSV, "b.zip": b"PK\3\4more"}, r"/b\.zip: a zip archive"),
        ({"a.csv": CSV, "b.pkl": bytes(range(1, 200))}, r"/b\.pkl: is neither text"),
        ({"_a.csv": CSV}, ": the archive holds no files"),
    ],
)
def test_what_is_no_log_is_refused(tmp_path: Path, members: dict[str, bytes], says: str) -> None:
    path = _zip(tmp_path / "a.zip", **members)
    with pytest.raises(LogError, match=rf"\Aa\.zip{says}[^\n]*\Z"):
        open_logs(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("b.csv", CSV)
        archive.writestr("b.csv", CSV)
    with pytest.raises(LogError, match=r"\Aa\.zip: holds several files of one name[^\n]*\Z"):
        open_logs(tmp_path)


def test_encrypted_members_and_unknown_methods_are_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", **{"b.csv": CSV})
    whole = path.read_bytes()
    entry = whole.rindex(b"PK\1\2")  # in the directory: 8 bytes before its flags, 10 its method
    for place, byte, says in [(8, 1, "is encrypted"), (10, 98, "packed by method 98")]:
        data = bytearray(whole)
        data[entry + place] = byte
        path.write_bytes(bytes(data))
        with pytest.raises(LogError, match=rf"\Aa\.zip/b\.csv: {says}[^\n]*\Z"):
            open_logs(path)


def test_an_archive_of_nothing_is_empty(tmp_path: Path) -> None:
    _zip(tmp_path / "a.zip")
    with pytest.raises(NothingToTestError, match=r"\Aa\.zip: empty"):
        open_logs(tmp_path)
    (tmp_path / "b.csv").write_bytes(CSV)
    assert [(u.name, u.why) for u in open_logs(tmp_path).unopened] == [("a.zip", "empty")]


def test_a_line_without_an_end_is_bounded(tmp_path, monkeypatch) -> None:
    """Which is what archives that are made to exhaust the memory hold."""
    monkeypatch.setattr(text, "HEAD", 1 << 10)
    monkeypatch.setattr(text, "BLOCK", 1 << 12)
    monkeypatch.setattr(text, "LONGEST", 1 << 20)
    path = _zip(tmp_path / "a.zip", **{"b.csv": b"x,y\n1,2\n1," + b"1" * (8 << 20)})
    assert path.stat().st_size < 20_000
    with pytest.raises(LogError, match=r"/b\.csv: line 3 is longer than"):
        _rows(path)
