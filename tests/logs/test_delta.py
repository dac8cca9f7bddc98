"""Delta tables: the live rows of a version, whatever else lies in the folder."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from pyroaring import BitMap64

import skewcheck
from skewcheck.cli import main
from skewcheck.engine.memory.entries import Entries
from skewcheck.logs import open_logs
from skewcheck.logs.asked import Asked, TableVersion
from skewcheck.text.errors import LogError, NothingToTestError, UsageError


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def rows(first: int, last: int) -> pa.Table:
    numbers = [float(i) for i in range(first, last)]
    return pa.table({"x": numbers, "city": [f"c{i % 3}" for i in range(first, last)]})


def write(table: pa.Table, name: str = "t", **options: object) -> None:
    write_deltalake(name, table, **options)


def refusal(*given: str, **asked: object) -> str:
    with pytest.raises(LogError) as caught:
        open_logs(list(given), asked=Asked(**asked))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def stale(log) -> list[str]:
    return [file.name for file in log.unopened if file.why == "stale"]


def test_rows_of_files_that_were_replaced_or_deleted_are_not_read(read):
    write(rows(0, 32))
    write(rows(100, 105), mode="overwrite")
    write(rows(200, 205), mode="append")
    DeltaTable("t").delete("x = 202")
    assert sorted(read("t", "x")["x"]) == [100, 101, 102, 103, 104, 200, 201, 203, 204]
    log = open_logs("t")
    assert len(stale(log)) == 2
    assert {*log.names}.isdisjoint(stale(log))
    assert {*log.names, *stale(log)} == {path.name for path in Path("t").glob("*.parquet")}


def test_a_version_and_a_time(read):
    write(rows(0, 3))
    write(rows(10, 12), mode="overwrite")
    write(rows(20, 21), mode="append")
    for version, values in enumerate(([0, 1, 2], [10, 11], [10, 11, 20])):
        assert sorted(read("t", "x", asked=Asked(version=version))["x"]) == values
        commit = next(c for c in DeltaTable("t").history() if c["version"] == version)
        then = datetime.fromtimestamp(commit["timestamp"] / 1000, UTC)
        assert sorted(read("t", "x", asked=Asked(as_of=then))["x"]) == values
    assert refusal("t", version=3) == "t: no version 3: the newest is 2"
    then = datetime(2020, 1, 1, tzinfo=UTC)
    assert refusal("t", as_of=then).startswith("t: no version is kept that is as old")


def test_a_version_is_of_a_table(tmp_path):
    rows(0, 1).to_pandas().to_csv("a.csv")
    with pytest.raises(UsageError, match="version: no Delta or Iceberg table is among the logs"):
        open_logs("a.csv", asked=Asked(version=0))
    with pytest.raises(UsageError, match="as_of: no Delta"):
        open_logs("a.csv", asked=Asked(as_of=datetime(2026, 1, 1, tzinfo=UTC)))


def test_values_of_partitions_have_their_types(read):
    cities = ["x y", "z/%", "a=b", None, "ä"]
    days = [date(2026, 1, i + 1) for i in range(5)]
    table = pa.table({"x": [0.0, 1, 2, 3, 4], "city": cities, "day": days, "n": [1, 2, 3, None, 5]})
    write(table, partition_by=["city", "day", "n"])
    found = read("t", "x n", "city day")
    assert sorted(zip(found["x"], found["city"], found["day"], found["n"], strict=True)) == sorted(
        zip(range(5), cities, map(str, days), [1, 2, 3, None, 5], strict=True)
    )
    assert open_logs("t").schema()["day"] == pa.date32()


def test_columns_that_were_added_later_are_null_before(read):
    write(rows(0, 2))
    write(rows(2, 4).append_column("new", pa.array([5.0, 6.0])), mode="append", schema_mode="merge")
    found = read("t", "x new")
    assert sorted(zip(found["x"], found["new"], strict=True), key=str) == [
        (0, None), (1, None), (2, 5), (3, 6),
    ]  # fmt: skip
    assert open_logs("t").lacking("new") == ()


def test_a_table_among_other_logs(read):
    write(rows(0, 2), "logs/region=eu/t")
    write(rows(5, 7), "logs/region=eu/t", mode="overwrite")
    Path("logs/region=us").mkdir()
    pq.write_table(rows(8, 9), "logs/region=us/a.parquet")
    found = read("logs", "x", "region")
    assert list(zip(found["x"], found["region"], strict=True)) == [(5, "eu"), (6, "eu"), (8, "us")]
    log = open_logs("logs")
    assert log.names[0].startswith("region=eu/t/part-")
    assert stale(log)[0].startswith("region=eu/t/part-")
    assert log.versions == (TableVersion("region=eu/t", "delta", 1),)


def test_a_checkpoint_and_a_log_that_was_cleaned(read):
    for i in range(3):
        write(rows(i, i + 1), mode="append")
    DeltaTable("t").create_checkpoint()
    for i in range(2):
        Path(f"t/_delta_log/{i:020}.json").unlink()
    assert sorted(read("t", "x")["x"]) == [0, 1, 2]
    assert refusal("t", version=1).startswith(
        "t: the log of the Delta table cannot be read, or is not"
    )


def test_names_of_columns_that_are_mapped(read):
    mapped = {"delta.columnMapping.mode": "name"}
    write(rows(0, 6), partition_by=["city"], configuration=mapped)
    found = read("t", "x", "city")
    assert sorted(zip(found["x"], found["city"], strict=True)) == [
        (float(i), f"c{i % 3}") for i in range(6)
    ]
    assert set(open_logs("t").schema()) == {"x", "city"}
    assert not any(file.lasting for file in open_logs("t").files)
    nested = pa.table({"s": pa.array([{"x": 1.0}])})
    write(nested, "n", configuration=mapped)
    assert "mapped by name, and some are nested, which is not read" in refusal("n")


def log_lines(name: str, version: int) -> list[dict[str, object]]:
    text = Path(f"{name}/_delta_log/{version:020}.json").read_text()
    return [json.loads(line) for line in text.splitlines()]


def rewrite(name: str, version: int, lines: list[dict[str, object]]) -> None:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    Path(f"{name}/_delta_log/{version:020}.json").write_text(text)


Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def z85(data: bytes) -> str:
    """Encode as https://rfc.zeromq.org/spec/32/ says, as inline deletion vectors are."""
    data += b"\0" * (-len(data) % 4)
    text = ""
    for start in range(0, len(data), 4):
        number = int.from_bytes(data[start : start + 4], "big")
        text += "".join(Z85[number // 85**power % 85] for power in range(4, -1, -1))
    return text


def test_rows_that_a_deletion_vector_takes_out(read):
    """As PROTOCOL.md of Delta has them: magic 1681511377, then 64-bit bitmaps of row numbers."""
    enabled = {"delta.enableDeletionVectors": "true"}
    write(rows(0, 10), configuration=enabled)
    write(rows(20, 22), mode="append")
    lines = log_lines("t", 0)
    vector = (1681511377).to_bytes(4, "little") + BitMap64([0, 3, 9]).serialize()
    for line in lines:
        if isinstance(line.get("add"), dict):
            line["add"]["deletionVector"] = {
                "storageType": "i", "pathOrInlineDv": z85(vector),
                "sizeInBytes": len(vector), "cardinality": 3,
            }  # fmt: skip
    rewrite("t", 0, lines)
    assert sorted(read("t", "x")["x"]) == [1, 2, 4, 5, 6, 7, 8, 20, 21]
    files = open_logs("t").files
    assert sorted((file.rows, file.lasting) for file in files) == [(2, True), (7, False)]


def test_features_that_are_not_known_are_named():
    write(rows(0, 2), configuration={"delta.enableDeletionVectors": "true"})
    lines = log_lines("t", 0)
    for line in lines:
        if isinstance(line.get("protocol"), dict):
            line["protocol"]["readerFeatures"].append("timeMachine")
    rewrite("t", 0, lines)
    assert "feature" in refusal("t")


def test_without_the_library(monkeypatch):
    write(rows(0, 2))
    monkeypatch.setitem(sys.modules, "deltalake", None)
    assert refusal("t") == (
        "t: a Delta table, whose files are not read without its log: pip install 'skewcheck[delta]'"
    )


def test_a_file_that_is_gone_or_another():
    write(rows(0, 2))
    (path,) = Path("t").glob("*.parquet")
    pq.write_table(rows(0, 3), path)
    assert "damaged: it has 3 rows and 2 by the table's log" in refusal("t")
    path.write_bytes(path.read_bytes()[:-9])
    assert refusal("t").startswith(f"{path.name}: ")
    path.unlink()
    assert refusal("t").startswith(f"{path.name}: the table's log names it, and it is gone")


def test_a_file_in_another_store():
    write(rows(0, 2))
    lines = log_lines("t", 0)
    for line in lines:
        if isinstance(line.get("add"), dict):
            line["add"]["path"] = "s3://secret-bucket/a.parquet"
    rewrite("t", 0, lines)
    assert "secret" not in refusal("t")


@pytest.mark.parametrize("text", [None, "", "{", '{"add": 3}\n', "[]\n", '{"protocol": {}}\n'])
def test_a_log_that_is_damaged(text):
    Path("t/_delta_log").mkdir(parents=True)
    pq.write_table(rows(0, 2), "t/a.parquet")
    if text is not None:
        Path("t/_delta_log/00000000000000000000.json").write_text(text)
    assert refusal("t").startswith("t: the log of the Delta table cannot be read, or")


def test_a_table_without_rows():
    write(rows(0, 2))
    DeltaTable("t").delete()
    with pytest.raises(NothingToTestError, match="t/: a table without a row: nothing to test"):
        open_logs("t")
    pq.write_table(rows(0, 2), "a.parquet")
    log = open_logs(["t", "a.parquet"])
    assert [(file.name, file.why) for file in log.unopened] == [("t/", "vacant")]


def test_a_state_keeps_the_files_of_a_table(folder, monkeypatch):
    """A second run reads what a version added alone."""
    recalled = []
    recall = Entries.recall
    monkeypatch.setattr(
        Entries, "recall", lambda self, file: recalled.append(file.name) or recall(self, file)
    )

    def audit(**options: object) -> tuple[int, list[str]]:
        for path in Path("t").glob("*.parquet"):
            if path.stat().st_mtime != 1e9:
                os.utime(path, (1e9, 1e9))  # files of the last two seconds are not kept
        recalled.clear()
        found = skewcheck.audit("p.json", "t", served="none", state="s", **options)
        return found.logs.rows, [w.key for w in found.in_force.weaker]

    write(pa.table(pq.read_table("good.parquet")))
    assert audit() == (2000, ["served"])
    write(pa.table(pq.read_table("good.parquet")), mode="append")
    assert audit() == (4000, ["served"])
    assert len(recalled) == 1
    assert audit(version=0) == (2000, ["served", "version"])
    assert len(recalled) == 1


def test_the_command_line(folder, capsys):
    good = pq.read_table("good.parquet")
    write(good)
    write(good.set_column(0, "fare", [[900.0] * 2000]), mode="overwrite")
    command = ["audit", "p.json", "t", "--served", "none"]
    assert main(command) == 1
    assert "not read, as none of their rows are in the version of the table" in (
        " ".join(capsys.readouterr().out.split())
    )
    assert main([*command, "--version", "0"]) == 0
    assert main([*command, "--version", "7"]) == 2
    assert main([*command, "--version", "0", "--as-of", "2026-01-01"]) == 2
    assert "--as-of: cannot stand beside --version; give one" in capsys.readouterr().err
    assert main(["audit", "p.json", "good.csv", "--version", "0"]) == 2
    assert "--version: no Delta or Iceberg table is among the logs" in capsys.readouterr().err
    assert main(["apply", "p.json", "t", "--version", "0", "-o", "a.csv"]) == 0
    assert main(["fit", "t", "--version", "0", "-o", "f.json"]) == 0
    assert main(["audit", "f.json", "good.csv", "--served", "none"]) == 0
