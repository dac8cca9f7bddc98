"""Iceberg tables: the live rows of a snapshot, by the table's metadata alone."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.memory import InMemoryCatalog
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestWriterV2,
    write_manifest_list,
)
from pyiceberg.table import Table
from pyiceberg.typedef import Record
from pyiceberg.types import DoubleType

from skewcheck.logs import open_logs
from skewcheck.logs.asked import Asked, TableVersion
from skewcheck.text.errors import LogError, NothingToTestError

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def rows(*numbers: float, **more: list[object]) -> pa.Table:
    cities = pa.array([f"c{int(number) % 3}" for number in numbers], pa.string())
    return pa.table({"x": pa.array(numbers, pa.float64()), "city": cities, **more})


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def catalog(tmp_path):
    catalog = InMemoryCatalog("c", warehouse=f"file://{tmp_path}")
    catalog.create_namespace("n")
    yield catalog
    catalog.engine.dispose()


@pytest.fixture
def table(catalog) -> Table:
    """Return a table of two columns at `n/t`."""
    return catalog.create_table("n.t", schema=rows().schema)


T = "n/t"


def refusal(*given: str, **asked: object) -> str:
    with pytest.raises(LogError) as caught:
        open_logs(list(given), asked=Asked(**asked))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def stale(log) -> list[str]:
    return [file.name for file in log.unopened if file.why == "stale"]


def newest(folder: str = T) -> Path:
    return max(Path(folder, "metadata").glob("*.metadata.json"))


def test_rows_of_files_that_were_replaced_are_not_read(table, read):
    table.append(rows(1, 2, 3))
    table.append(rows(7, 8))
    table.delete("x = 2")
    assert sorted(read(T, "x")["x"]) == [1, 3, 7, 8]
    log = open_logs(T)
    assert all(name.startswith("data/") for name in log.names)
    assert all(file.lasting for file in log.files)
    assert len(stale(log)) == 1
    table.overwrite(rows(5))
    assert read(T, "x", "city") == {"x": [5], "city": ["c2"]}


def test_a_snapshot_and_a_time(table, read):
    kept = []
    for values in ((1, 2), (3,), (4, 5)):
        (table.overwrite if kept else table.append)(rows(*values))
        kept.append((table.current_snapshot(), list(values)))
    for snapshot, values in kept:
        assert read(T, "x", asked=Asked(version=snapshot.snapshot_id))["x"] == values
        then = datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC)
        assert read(T, "x", asked=Asked(as_of=then))["x"] == values
        log = open_logs(T, asked=Asked(as_of=then))
        assert log.versions == (TableVersion("t", "iceberg", snapshot.snapshot_id),)
    assert refusal(T, version=7) == "t: no snapshot 7 is kept: ask for another"
    old = datetime(2020, 1, 1, tzinfo=UTC)
    assert refusal(T, as_of=old).startswith("t: no snapshot is kept that is as old")


def test_columns_that_were_renamed_added_or_dropped(table, read):
    table.append(rows(1, 2))
    with table.update_schema() as update:
        update.rename_column("city", "town")
        update.add_column("new", DoubleType())
    table.append(pa.table({"x": [3.0], "town": ["z"], "new": [9.0]}))
    with table.update_schema() as update:
        update.delete_column("x")
        update.add_column("x", DoubleType())
    found = read(T, "x new", "town")
    assert sorted(zip(found["town"], found["new"], found["x"], strict=True), key=str) == [
        ("c1", None, None), ("c2", None, None), ("z", 9, None),
    ]  # fmt: skip
    assert list(open_logs(T).schema()) == ["town", "new", "x"]


def test_partitions_and_nested_columns(catalog, read):
    schema = pa.schema([("x", pa.float64()), ("city", pa.string()),
                        ("s", pa.struct([("a", pa.int64())]))])  # fmt: skip
    table = catalog.create_table("n.t", schema=schema)
    with table.update_spec() as update:
        update.add_identity("city")
    data = [{"x": float(i), "city": f"c{i % 2}", "s": {"a": i * 10}} for i in range(4)]
    table.append(pa.Table.from_pylist(data, schema))
    found = read(T, "x s.a", "city")
    assert sorted(zip(found["x"], found["s.a"], found["city"], strict=True)) == [
        (0, 0, "c0"), (1, 10, "c1"), (2, 20, "c0"), (3, 30, "c1"),
    ]  # fmt: skip
    with table.update_schema() as update:
        update.rename_column(("s", "a"), "b")
    found = read(T, "x s.b")
    assert sorted(found["s.b"]) == [0, 10, 20, 30]
    assert not any(file.lasting for file in open_logs(T).files)


def test_files_without_numbers_of_fields(table, read, tmp_path):
    """As migrated tables have them: columns by a mapping of names, one from the partition."""
    path = tmp_path / "old.parquet"
    pq.write_table(rows(1, 2), path)
    table.add_files([f"file://{path}"])
    assert read(T, "x", "city") == {"x": [1, 2], "city": ["c1", "c2"]}


class DeletesWriter(ManifestWriterV2):
    """Writes a manifest of delete files, which the library reads and does not write."""

    def content(self) -> ManifestContent:
        return ManifestContent.DELETES

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}


def delete_rows(
    table: Table, positions: dict[str, list[int]],
    content: DataFileContent = DataFileContent.POSITION_DELETES,
) -> None:  # fmt: skip
    """Add a snapshot with a file of position deletes, as engines that merge on read write it."""
    io = PyArrowFileIO()
    base = f"{table.location()}/metadata/by-hand"
    pairs = [(path, row) for path, numbers in positions.items() for row in numbers]
    deletes = pa.table({"file_path": [p for p, _ in pairs], "pos": [r for _, r in pairs]})
    path = f"{table.location()}/data/deletes.parquet"
    pq.write_table(deletes, path.removeprefix("file://"))
    file = DataFile.from_args(
        content=content, file_path=path, file_format=FileFormat.PARQUET, partition=Record(),
        record_count=len(pairs), file_size_in_bytes=1,
        equality_ids=[1] if content == DataFileContent.EQUALITY_DELETES else None,
    )  # fmt: skip
    file.spec_id = 0
    meta = table.metadata
    current, number = table.current_snapshot(), meta.last_sequence_number + 1
    writer = DeletesWriter(
        table.spec(), table.schema(), io.new_output(f"{base}-m.avro"), 77, "null"
    )
    with writer as manifest:
        manifest.add_entry(
            ManifestEntry.from_args(
                status=ManifestEntryStatus.ADDED, snapshot_id=77, data_file=file
            )
        )
    manifests = [*current.manifests(io), manifest.to_manifest_file()]
    out = io.new_output(f"{base}-list.avro")
    with write_manifest_list(2, out, 77, current.snapshot_id, number, "null") as listed:
        listed.add_manifests(manifests)
    about = json.loads(newest().read_text())
    now = meta.last_updated_ms + 1000
    about["snapshots"].append({
        "snapshot-id": 77, "sequence-number": number, "timestamp-ms": now,
        "manifest-list": f"{base}-list.avro", "summary": {"operation": "delete"}, "schema-id": 0,
    })  # fmt: skip
    about |= {"current-snapshot-id": 77, "last-sequence-number": number, "last-updated-ms": now}
    about["refs"]["main"]["snapshot-id"] = 77
    Path(T, "metadata/00099-by-hand.metadata.json").write_text(json.dumps(about))


def test_rows_that_position_deletes_take_out(table, read):
    table.append(rows(*range(10)))
    table.append(rows(20, 21))
    files = {t.file.record_count: t.file.file_path for t in table.scan().plan_files()}
    delete_rows(table, {files[10]: [0, 3, 9], files[2]: [1]})
    assert sorted(read(T, "x")["x"]) == [1, 2, 4, 5, 6, 7, 8, 20]
    assert sorted(file.rows for file in open_logs(T).files) == [1, 7]
    assert not any(file.lasting for file in open_logs(T).files)
    assert stale(open_logs(T)) == []


def test_equality_deletes_are_refused(table):
    table.append(rows(1, 2))
    delete_rows(table, {"x": [1]}, DataFileContent.EQUALITY_DELETES)
    assert "equality" in refusal(T) or "cannot be read" in refusal(T)


def test_a_table_that_was_copied_elsewhere(table, read):
    """Its metadata have whole paths, of another machine or bucket: its files are in its folder."""
    table.append(rows(1, 2))
    shutil.copytree(T, "copy")
    shutil.rmtree("n")
    assert read("copy", "x")["x"] == [1, 2]
    assert open_logs("copy").names[0].startswith("data/")


def test_a_version_hint_and_numbers_of_metadata(table, read):
    table.append(rows(1, 2))
    table.append(rows(3))
    folder = Path(T, "metadata")
    ordered = sorted(folder.glob("*.metadata.json"))
    for i, path in enumerate(ordered):
        path.rename(folder / f"v{i + 8}.metadata.json")  # v10 sorts before v9
    (folder / "version-hint.text").write_text("9")
    assert sorted(read(T, "x")["x"]) == [1, 2, 3]
    shutil.copy(folder / "v10.metadata.json", folder / "00010-orphan.metadata.json")
    assert refusal(T).startswith("t: 2 metadata files have the newest number (10): remove")


def test_no_class_that_the_metadata_name_is_loaded(table, read, tmp_path, monkeypatch):
    table.append(rows(1, 2))
    Path("evil.py").write_text("open('pwned', 'w')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    about = json.loads(newest().read_text())
    about["properties"]["py-io-impl"] = "evil.IO"
    newest().write_text(json.dumps(about))
    assert read(T, "x")["x"] == [1, 2]
    assert not Path("pwned").exists()
    assert "evil" not in sys.modules


def test_files_in_another_store(table):
    table.append(rows(1, 2))
    about = json.loads(newest().read_text())
    about["snapshots"][0]["manifest-list"] = "s3://secret-bucket/list.avro"
    newest().write_text(json.dumps(about))
    assert "secret" not in refusal(T)
    assert "is in another store: give an export of it" in refusal(T)


def test_without_the_library(table, monkeypatch):
    table.append(rows(1, 2))
    for name in [name for name in sys.modules if name.startswith("skewcheck.logs.tables.ic")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyiceberg.catalog.noop", None)
    assert refusal(T) == (
        "t: an Iceberg table, whose files are not read without its metadata:"
        " pip install 'skewcheck[iceberg]'"
    )


def test_a_file_that_is_gone_or_another(table):
    table.append(rows(1, 2))
    (path,) = Path(T, "data").glob("*.parquet")
    pq.write_table(pq.read_table(path).slice(1), path)
    assert "damaged: it has 1 rows and 2 by the table's log" in refusal(T)
    path.write_bytes(path.read_bytes()[:-9])
    assert refusal(T).startswith(f"data/{path.name}: ")
    path.unlink()
    assert refusal(T).startswith(f"data/{path.name}: the table's log names it, and it is gone")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format-version": 2}', '{"format-version": 9}'])
def test_metadata_that_are_damaged(table, text):
    table.append(rows(1, 2))
    newest().write_text(text)
    assert refusal(T).startswith("t: the metadata of the Iceberg table cannot be read (")


def test_manifests_that_are_damaged(table):
    table.append(rows(1, 2))
    for path in Path(T, "metadata").glob("*.avro"):
        path.write_bytes(path.read_bytes()[:50])
    assert refusal(T).startswith("t: the metadata of the Iceberg table cannot be read (")


def test_a_table_without_rows(table):
    with pytest.raises(NothingToTestError, match="t/: a table without a row"):
        open_logs(T)
    table.append(rows(1, 2))
    table.delete("x > 0")
    with pytest.raises(NothingToTestError, match="t/: a table without a row"):
        open_logs(T)
    Path("h/metadata").mkdir(parents=True)
    Path("h/metadata/version-hint.text").write_text("1")
    assert refusal("h") == "h: an Iceberg table without a metadata file: copy all of it"
