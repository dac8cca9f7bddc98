"""Tables that do not fit into memory, in one temporary file without a name."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import BinaryIO

import pyarrow as pa

from skewcheck.text.errors import LogError, OptionName


@dataclass(frozen=True, slots=True)
class Segment:
    """Where a table lies in the file."""

    start: int
    size: int
    """Bytes."""


class Segments:
    """Tables, written one behind the other as Arrow streams, and read in any order.

    As of `spool.Spool` nothing is left of the file, however a run ends. Threads may share it.
    """

    def __init__(self) -> None:
        with _writing():
            self._file: BinaryIO = tempfile.TemporaryFile(prefix="skewcheck-")  # noqa: SIM115  # as Spool
        weakref.finalize(self, self._file.close)
        self._lock = Lock()
        self._end = 0

    def write(self, table: pa.Table) -> Segment:
        """Append a table; LogError where the disk is full."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        data = sink.getvalue()
        with self._lock, _writing():
            self._file.seek(self._end)
            self._file.write(data)
            segment = Segment(self._end, len(data))
            self._end += len(data)
        return segment

    def read(self, segment: Segment, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a table, or those of its columns that are named, in the order of the table."""
        with self._lock, _writing():
            self._file.seek(segment.start)
            data = pa.py_buffer(self._file.read(segment.size))
        options = None
        if columns is not None:
            schema = pa.ipc.open_stream(data).schema
            places = sorted(schema.get_field_index(name) for name in columns)
            options = pa.ipc.IpcReadOptions(included_fields=places)
        return pa.ipc.open_stream(data, options=options).read_all()


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LogError(
            OptionName("join"),
            f": no temporary file can be written in {tempfile.gettempdir()}"
            f" ({error.strerror or 'input/output error'}): make room there, or set TMPDIR",
        ) from None
