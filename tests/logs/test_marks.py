"""A mark of a writer is passed over for what is in it; the same name hides no rows."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skewcheck.logs import open_logs
from skewcheck.logs.paths import find

ROWS = b"x,y\n" + b"1,2\n" * 3000
FINDER = b"\0\0\0\1Bud1" + bytes(6000)
CHECKSUMS = b"crc\0" + (512).to_bytes(4, "big") + bytes(range(64))
COMMIT = json.dumps({"added": ["part-0.parquet"], "removed": []}).encode()
HADOOP = json.dumps(
    {"name": "org.apache.hadoop.fs.s3a.commit.files.SuccessData/1", "filenames": ["a"]}
).encode()


def _parquet(rows: int) -> bytes:
    """Return a Parquet file with so many rows."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"x": pa.array(range(rows), pa.int64())}), sink)
    return sink.getvalue().to_pybytes()


def _schema() -> bytes:
    """Return what `_common_metadata` is: a schema alone."""
    sink = pa.BufferOutputStream()
    pq.write_metadata(pa.schema([("x", pa.int64())]), sink)
    return sink.getvalue().to_pybytes()


def _summary(folder: Path) -> bytes:
    """Return a summary of a data set: the row groups of its files, and no row."""
    collected: list[pq.FileMetaData] = []
    table = pa.table({"x": [1, 2, 3]})
    pq.write_to_dataset(table, folder / "set", metadata_collector=collected)
    pq.write_metadata(table.schema, folder / "summary", metadata_collector=collected)
    assert pq.read_metadata(folder / "summary").num_rows == 3
    return (folder / "summary").read_bytes()


def _athena() -> bytes:
    """Return columns as Athena describes them beside a result: fields of a protocol buffer."""
    columns = b""
    for name, kind in [(b"age", b"integer"), (b"fare", b"double")]:
        texts = [(1, b"hive"), (4, name), (5, name), (6, kind)]
        inside = b"".join(bytes([n << 3 | 2, len(text)]) + text for n, text in texts)
        inside += bytes([7 << 3, 17, 9 << 3, 3])
        columns += bytes([4 << 3 | 2, len(inside)]) + inside
    return bytes([1 << 3, 1]) + columns


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("g").mkdir()
    Path("g/a.csv").write_bytes(ROWS)


def _met(given: str) -> tuple[list[str], dict[str, str]]:
    files, unopened = find([given])
    return [file.name for file in files], {file.name: file.why for file in unopened}


def test_marks_that_are_marks_are_passed_over(tmp_path):
    contents = {
        "_SUCCESS": [b"", HADOOP],
        ".a.csv.crc": [CHECKSUMS, b""],
        "a.csv.crc": [CHECKSUMS],
        "_metadata": [_summary(tmp_path), _schema()],
        "_common_metadata": [_schema()],
        "_started_12": [b"", b"{}"],
        "_committed_12": [b"", COMMIT],
        ".DS_Store": [FINDER],
        "a.csv.metadata": [_athena()],
    }
    for name, texts in contents.items():
        for text in texts:
            (Path("g") / name).write_bytes(text)
            for given in ("g", "g/*", "g/**", "**/*"):
                met, unopened = _met(given)
                assert [Path(file).name for file in met][:1] == ["a.csv"], name
                assert not [n for n in met if n.endswith(name)], (name, text[:20])
                assert {*unopened.values()} <= {"mark"}, (name, text[:20])


HIDDEN = ("_SUCCESS", ".a.csv.crc", "_metadata", "_common_metadata", "_started_1", "_committed_1",
          ".DS_Store")  # fmt: skip


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("rows", [ROWS, b'{"x": 1, "y": 2}\n' * 3000, _parquet(3000)])
@pytest.mark.parametrize("given", ["g", "g/*", "g/**"])
def test_rows_under_the_name_of_a_mark_are_told_as_hidden(name, rows, given):
    (Path("g") / name).write_bytes(rows)
    assert _met(given) == (["a.csv"], {name: "hidden"})
    assert [file.why for file in open_logs(given).unopened] == ["hidden"]
    assert _met(f"g/{name}")[0] == [name]  # asked for by its name


@pytest.mark.parametrize("rows", [ROWS, b'{"x": 1, "y": 2}\n' * 3000, _parquet(3000)])
@pytest.mark.parametrize("name", ["zz.crc", "zz.csv.metadata"])
def test_a_log_may_be_named_like_a_sidecar(rows, name):
    (Path("g") / name).write_bytes(rows)
    for given in ("g", "g/*", "g/**"):
        assert _met(given) == (["a.csv", name], {})
        assert len(open_logs(given).files) == 2


def test_a_row_of_json_is_no_list_of_a_commit():
    Path("g/_started_1").write_text('{"added": [], "age": 3}')
    Path("g/_SUCCESS").write_text('{"name": "Eve"}')
    assert _met("g")[1] == {"_started_1": "hidden", "_SUCCESS": "hidden"}


def test_only_files_of_such_names_are_opened(monkeypatch):
    for name in ("b.csv", "_c.csv", ".d"):
        (Path("g") / name).write_bytes(ROWS)
    os.mkfifo("g/_started_1")  # it would wait for a writer
    os.mkfifo("g/e.crc")
    Path("g/_SUCCESS").touch()
    opened = []
    real = Path.open
    monkeypatch.setattr(
        Path, "open", lambda self, *rest: opened.append(self.name) or real(self, *rest)
    )
    met, unopened = _met("g")
    assert met == ["a.csv", "b.csv"]
    assert set(unopened) == {"_c.csv", ".d", "_started_1", "e.crc", "_SUCCESS"}
    assert unopened["_SUCCESS"] == "mark"
    assert opened == ["_SUCCESS"]


NOTES = ["README", "README.md", "readme.txt", "LICENSE", "license.txt", "notes.md", "a.rst"]


@pytest.mark.parametrize("name", NOTES)
def test_notes_beside_logs_are_passed_over_and_counted(name: str) -> None:
    Path("logs").mkdir()
    Path("logs/a.csv").write_bytes(ROWS)
    Path("logs", name).write_text("# Logs of the scorer\n")
    files, unopened = find(["logs"])
    assert [file.name for file in files] == ["a.csv"]
    assert [(file.name, file.why) for file in unopened] == [(name, "mark")]
    assert [file.name for file in find(["logs/*"])[0]] == ["a.csv"]
    assert [file.name for file in find([f"logs/{name}"])[0]] == [name]  # it was asked for


def test_other_names_are_logs() -> None:
    Path("logs").mkdir()
    for name in ("readmes.csv", "license_plates.csv", "md", "a.md5", "f.md/a.csv"):
        Path("logs", name).parent.mkdir(exist_ok=True)
        Path("logs", name).write_bytes(ROWS)
    assert len(find(["logs"])[0]) == 5
