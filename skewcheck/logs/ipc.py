"""Arrow files and streams, and Feather (which is the former): a part is a record batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import pyarrow as pa

from skewcheck.logs.batch import Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path, picked
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.storage import arrow_file, is_remote, open_bytes
from skewcheck.logs.trouble import refuse_duplicates, trouble

_END_MARK = b"\xff\xff\xff\xff\0\0\0\0"
"""Of a stream: https://arrow.apache.org/docs/format/Columnar.html, IPC Streaming Format."""


def open_arrow_file(path: str, name: str) -> Contents:
    """Open an Arrow IPC file or Feather version 2; `name` is for messages. Raises LogError."""
    with arrow_file(path, mapped=True) as source, pa.ipc.open_file(source) as file:
        schema = file.schema
    refuse_duplicates(name, schema.names)
    # One column is enough to count by, and spares unpacking the others.
    options = _only(schema, set())
    with arrow_file(path, mapped=True) as source, pa.ipc.open_file(source, options=options) as file:
        rows = sum(file.get_batch(place).num_rows for place in range(file.num_record_batches))
    _refuse_joined(path, name)
    return Contents(_types(schema), partial(_file, path, name, schema), rows)


def open_arrow_stream(path: str, name: str) -> Contents:
    """Open a file that holds an Arrow IPC stream; `name` is for messages. Raises LogError."""
    with arrow_file(path) as source, pa.ipc.open_stream(source) as stream:
        schema = stream.schema
    refuse_duplicates(name, schema.names)
    return Contents(_types(schema), partial(_stream, path, name, schema))


def _types(schema: pa.Schema) -> dict[str, pa.DataType]:
    return dict(zip(schema.names, schema.types, strict=True))


def _only(schema: pa.Schema, columns: set[str]) -> pa.ipc.IpcReadOptions:
    """Return the options that read those columns; at least one, as none would mean all."""
    places = [place for place, name in enumerate(schema.names) if name in columns]
    return pa.ipc.IpcReadOptions(included_fields=places or [0], use_threads=False)


def _file(
    path: str, name: str, schema: pa.Schema, paths: Mapping[str, Path], _wanted: Wanted
) -> Iterator[Thunk]:
    options = _only(schema, {target.column for target in paths.values()})
    start = 0
    with arrow_file(path, mapped=True) as source, pa.ipc.open_file(source, options=options) as file:
        for place in range(file.num_record_batches):
            batch = file.get_batch(place)
            yield partial(_batches, batch, RowOrigin(name, start), paths)
            start += batch.num_rows


def _stream(
    path: str, name: str, schema: pa.Schema, paths: Mapping[str, Path], _wanted: Wanted
) -> Iterator[Thunk]:
    options = _only(schema, {target.column for target in paths.values()})
    start = 0
    with arrow_file(path) as source, pa.ipc.open_stream(source, options=options) as stream:
        batch = next(stream, None)
        if batch is None and not _has_end_mark(path, source.tell()):
            none = pa.RecordBatch.from_pylist([], schema)
            yield partial(_batches, none, RowOrigin(name, 0), paths, cut=True)
        while batch is not None:
            following = next(stream, None)
            cut = following is None and not _has_end_mark(path, source.tell())
            yield partial(_batches, batch, RowOrigin(name, start), paths, cut=cut)
            start += batch.num_rows
            batch = following
        if _has_end_mark(path, source.tell()):
            _refuse_more(name, source.size() - source.tell())


def _refuse_more(name: str, rest: int) -> None:
    """Raise a LogError for bytes behind the end of a file's content: no reader would read them."""
    if rest:
        raise trouble(
            name,
            f"{rest:,} bytes stand behind the end of its rows, as in files that were put together:"
            " give each as a file of its own",
        )


def _refuse_joined(path: str, name: str) -> None:
    """Raise a LogError where a footer does not end what the file begins with.

    An Arrow file is its magic bytes, a stream, a footer, its length, and the magic bytes. Messages
    are mapped, not read; of a remote file their bodies are passed over.
    """
    if is_remote(path):
        from skewcheck.logs.ipc_messages import end_of_stream  # most files are local

        with open_bytes(path) as file:
            end, size = end_of_stream(file, len(_MAGIC)), file.seek(0, 2)
            file.seek(size - 10)
            footer = int.from_bytes(file.read(4), "little")
        _refuse_more(name, size - end - footer - 10)
        return
    with arrow_file(path, mapped=True) as source:
        source.seek(len(_MAGIC))
        for _ in pa.ipc.MessageReader.open_stream(source):
            pass
        end, size = source.tell(), source.size()
        source.seek(size - 10)
        footer = int.from_bytes(source.read(4), "little")
    _refuse_more(name, size - end - footer - 10)


_MAGIC = b"ARROW1\0\0"


def _has_end_mark(path: str, end: int) -> bool:
    """Return whether a stream that was read up to a place ends with its mark, as a whole one does.

    Arrow takes the end of a file for it.
    """
    with open_bytes(path) as file:
        file.seek(max(0, end - len(_END_MARK)))
        return file.read(len(_END_MARK)) == _END_MARK


def _batches(
    batch: pa.RecordBatch, origin: RowOrigin, paths: Mapping[str, Path], *, cut: bool = False
) -> Iterator[Batch]:
    # Arrow maps these bytes as they are: wrong offsets would make it read anywhere.
    batch.validate(full=True)
    yield Batch(origin, batch.num_rows, picked(batch, paths), cut=cut)
