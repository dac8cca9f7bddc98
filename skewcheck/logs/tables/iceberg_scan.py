"""What pyiceberg tells of a table: the files of a snapshot, their deletes, their columns."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path as FilePath
from urllib.parse import unquote, urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan, PyArrowFile, PyArrowFileIO, schema_to_pyarrow
from pyiceberg.manifest import DataFile
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import DataScan, FileScanTask, StaticTable
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import NestedField

from skewcheck.logs.arrays import IntArray
from skewcheck.logs.asked import Asked
from skewcheck.logs.batch import ROWS, Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path, picked
from skewcheck.logs.file import Contents, File, Thunk
from skewcheck.logs.paths import LogPath
from skewcheck.logs.storage import about_local
from skewcheck.logs.tables.live import name_in, partitions
from skewcheck.logs.trouble import trouble


class _LocalFiles(PyArrowFileIO):
    """Files of this machine; those below the table's place lie in its folder, wherever that is."""

    def __init__(self, place: LogPath) -> None:
        super().__init__({})
        self.place = place
        self.location = ""
        """Where the metadata says that the table is."""

    def local(self, location: str) -> str:
        """Return the path of a file; LogError for one in another store."""
        if self.location and location.startswith(f"{self.location}/"):
            inside = location[len(self.location) + 1 :]
            return os.path.join(os.path.abspath(self.place.path), inside)  # noqa: PTH100, PTH118
        parts = urlsplit(location)
        if parts.scheme == "file" and parts.netloc in ("", "localhost"):
            return unquote(parts.path)
        if "://" in location or not os.path.isabs(location):  # noqa: PTH117
            raise trouble(
                self.place.name,
                "a file of the Iceberg table is in another store: give an export of it",
            )
        return location

    def new_input(self, location: str) -> PyArrowFile:
        """Return a file to read."""
        return super().new_input(self.local(location))


@dataclass(frozen=True, slots=True)
class Scanned:
    """A snapshot of a table."""

    scan: DataScan
    io: _LocalFiles
    fields: Mapping[int, NestedField]
    """Its columns by number."""
    types: Mapping[str, pa.DataType]
    """Of its columns, by name."""
    snapshot: int
    """Its number."""

    def local(self, location: str) -> str:
        """Return the path of a file of the table."""
        return self.io.local(location)

    def partitioned(self, task: FileScanTask) -> set[int]:
        """Return the numbers of columns whose values a file may leave to its partition."""
        spec = self.scan.table_metadata.specs().get(task.file.spec_id)
        fields = () if spec is None else spec.fields
        return {f.source_id for f in fields if isinstance(f.transform, IdentityTransform)}

    def positions(self, file: DataFile) -> dict[str, IntArray]:
        """Return the numbers of deleted rows that a file of position deletes has, by data file."""
        found: dict[str, list[IntArray]] = {}
        if file.file_format.name != "PARQUET":
            from pyiceberg.io.pyarrow import _read_deletes  # vectors of version 3 are in Puffin

            for path, numbers in _read_deletes(self.io, file).items():
                found[path] = [numbers.to_numpy().astype(np.int64)]
        else:
            with pq.ParquetFile(self.local(file.file_path)) as deletes:
                for batch in deletes.iter_batches(batch_size=ROWS, columns=["file_path", "pos"]):
                    paths = batch.column("file_path").dictionary_encode()
                    codes = paths.indices.to_numpy()
                    rows = batch.column("pos").to_numpy(zero_copy_only=False)
                    for code, path in enumerate(paths.dictionary.to_pylist()):
                        found.setdefault(path, []).append(rows[codes == code].astype(np.int64))
        return {path: np.concatenate(arrays) for path, arrays in found.items()}

    def file(self, place: LogPath, task: FileScanTask, path: str) -> File:
        """Return a data file that the library reads, by the table's columns."""
        name = name_in(place, path)
        about = FilePath(path).stat()
        rows = None if task.delete_files else task.file.record_count
        contents = Contents(dict(self.types), partial(self._read, task, name), rows)
        return File(
            name,
            path,
            about.st_size,
            contents,
            partitions(place),
            identity=about_local(about).identity,
        )

    def _read(
        self, task: FileScanTask, name: str, paths: Mapping[str, Path], _wanted: Wanted
    ) -> Iterator[Thunk]:
        yield partial(self._batches, task, name, paths)

    def _batches(self, task: FileScanTask, name: str, paths: Mapping[str, Path]) -> Iterator[Batch]:
        # One column is enough to count by.
        columns = sorted({path.column for path in paths.values()}) or [*self.types][:1]
        schema = self.scan.select(*columns).projection()
        reader = ArrowScan(self.scan.table_metadata, self.io, schema, AlwaysTrue())
        start = 0
        for batch in reader.to_record_batches([task]):
            yield Batch(RowOrigin(name, start), batch.num_rows, picked(batch, paths))
            start += batch.num_rows


def scanned(place: LogPath, metadata: FilePath, asked: Asked) -> Scanned | None:
    """Return the snapshot that is asked for, or the newest; None for a table without any.

    LogError where it is not kept.
    """
    io = _LocalFiles(place)
    path = str(metadata.absolute())
    about = FromInputFile.table_metadata(io.new_input(path))
    io.location = about.location.rstrip("/")
    table = StaticTable(("table",), about, path, io, NoopCatalog("table"))
    snapshot = asked.version
    if snapshot is not None and about.snapshot_by_id(snapshot) is None:
        raise trouble(place.name, f"no snapshot {snapshot} is kept: ask for another")
    if asked.as_of is not None:
        then = table.snapshot_as_of_timestamp(int(asked.as_of.timestamp() * 1000))
        if then is None:
            raise trouble(place.name, "no snapshot is kept that is as old: ask for a later time")
        snapshot = then.snapshot_id
    number = about.current_snapshot_id if snapshot is None else snapshot
    if number is None:
        return None
    scan = table.scan(snapshot_id=snapshot)  # without one, by the schema of now
    schema = scan.projection()
    arrow = schema_to_pyarrow(schema, include_field_ids=False)
    types = dict(zip(arrow.names, arrow.types, strict=True))
    return Scanned(scan, io, {field.field_id: field for field in schema.fields}, types, number)
