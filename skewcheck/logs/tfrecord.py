"""TFRecord files of tf.Example or PredictionLog, plain or packed: a part is some megabytes.

A record is its length, the checksum of that, its bytes, and the checksum of these; all checksums
are compared: https://www.tensorflow.org/tutorials/load_data/tfrecord
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pyarrow as pa

from skewcheck.logs import example_columns, text
from skewcheck.logs.batch import Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path, picked
from skewcheck.logs.crc32c import masked
from skewcheck.logs.examples import Feature, Kind, NoExampleError, column, features, kinds
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.protobuf import InvalidError
from skewcheck.logs.trouble import trouble

if TYPE_CHECKING:
    from skewcheck.logs import predictions

HEADER = struct.Struct("<QI")
"""Of a record: its length, and the masked checksum of these eight bytes."""
_FOOTER = 4
_BLOCK = 4 << 20
"""Bytes that are read at once."""
_SAMPLE = 1000
"""Records whose features are the columns."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Consecutive whole records."""

    data: bytes
    starts: Sequence[int]
    sizes: Sequence[int]
    before: int
    """Records of the file before it."""

    def record(self, i: int) -> bytes:
        """Return the bytes of a record."""
        return self.data[self.starts[i] : self.starts[i] + self.sizes[i]]


def is_tfrecord(start: bytes) -> bool:
    """Return whether a file begins with a record's length and the right checksum of it."""
    if len(start) < HEADER.size:
        return False
    data = np.frombuffer(start[:8], np.uint8)
    sums = masked(data, np.zeros(1, np.int64), np.full(1, 8, np.int64))
    _, stored = HEADER.unpack_from(start)
    return int(sums[0]) == int(stored)


def open_tfrecord(path: str, name: str) -> Contents:
    """Open a file by its first records; `name` is for messages. Raises LogError."""
    block = next(_blocks(path, name, text.HEAD), None)
    found: dict[str, Kind] = {}
    if block is not None:
        _check(block, name)
        from skewcheck.logs import predictions  # most files hold examples

        if predictions.is_prediction(block.record(0)):
            head = list(islice(_predicted(block, name), _SAMPLE))
            types = predictions.schema([row for rows in head for row in rows])
            return Contents(types, partial(_read_predictions, path, name, types))
        found = kinds(islice(_features(block, name, None), _SAMPLE))
    schema = {feature: kind.arrow for feature, kind in found.items()}
    return Contents(schema, partial(_read, path, name, found))


def _read(
    path: str, name: str, schema: Mapping[str, Kind], paths: Mapping[str, Path], _wanted: Wanted
) -> Iterator[Thunk]:
    columns = {target.column: schema[target.column] for target in paths.values()}
    for block in _blocks(path, name, _BLOCK):
        yield partial(_batches, block, name, columns, paths)


def _batches(
    block: _Block, name: str, schema: Mapping[str, Kind], paths: Mapping[str, Path]
) -> Iterator[Batch]:
    _check(block, name)
    starts, sizes = np.array(block.starts, np.int64), np.array(block.sizes, np.int64)
    arrays = example_columns.columns(block.data, starts, sizes, schema)
    if arrays is None:
        wanted = {feature.encode(): feature for feature in schema}
        rows = list(_features(block, name, wanted))
        arrays = {
            feature: column([row.get(feature) for row in rows], kind)
            for feature, kind in schema.items()
        }
    columns = picked(pa.RecordBatch.from_pydict(arrays), paths)
    yield Batch(RowOrigin(name, block.before), len(block.starts), columns)


def _read_predictions(
    path: str, name: str, types: Mapping[str, pa.DataType], paths: Mapping[str, Path],
    _wanted: Wanted,
) -> Iterator[Thunk]:  # fmt: skip
    """Yield parts of a log of predictions: rows are numbered, of which a record may have many."""
    columns = {target.column for target in paths.values()}
    row = 0
    for block in _blocks(path, name, text.HEAD):
        _check(block, name)
        rows = [row for rows in _predicted(block, name) for row in rows]
        yield partial(_predictions, rows, RowOrigin(name, row), types, columns, paths)
        row += len(rows)


def _predictions(
    rows: list[predictions.Row], origin: RowOrigin, types: Mapping[str, pa.DataType],
    columns: Set[str], paths: Mapping[str, Path],
) -> Iterator[Batch]:  # fmt: skip
    from skewcheck.logs import predictions

    arrays = {
        column: predictions.column([row.get(column) for row in rows], kind)
        for column, kind in types.items()
        if column in columns
    }
    yield Batch(origin, len(rows), picked(pa.RecordBatch.from_pydict(arrays), paths))


def _predicted(block: _Block, name: str) -> Iterator[list[predictions.Row]]:
    """Yield the rows of each record; LogError at one that is no log of a prediction."""
    from skewcheck.logs import predictions

    for i in range(len(block.starts)):
        try:
            yield predictions.rows(block.record(i))
        except NoExampleError as error:
            _refuse(name, block.before + i + 1, str(error) + ": write one kind of record a file")
        except (InvalidError, ValueError):
            _refuse(name, block.before + i + 1, "no protocol buffer of a prediction")


def _features(
    block: _Block, name: str, wanted: Mapping[bytes, str] | None
) -> Iterator[dict[str, Feature]]:
    """Yield the features of each record; LogError at one that is no example."""
    for i, (start, size) in enumerate(zip(block.starts, block.sizes, strict=True), 1):
        try:
            yield features(block.data[start : start + size], wanted)
        except NoExampleError as error:
            _refuse(name, block.before + i, str(error) + ": write tf.Example")
        except InvalidError:
            _refuse(name, block.before + i, "no protocol buffer: write tf.Example")


def _check(block: _Block, name: str) -> None:
    """Raise a LogError where the bytes of a record are not those of its checksum."""
    data = np.frombuffer(block.data, np.uint8)
    starts, sizes = np.array(block.starts, np.int64), np.array(block.sizes, np.int64)
    sums = masked(data, starts, sizes)
    places = (starts + sizes)[:, None] + np.arange(_FOOTER)
    stored = data[places].copy().view("<u4")[:, 0]
    wrong = np.flatnonzero(sums != stored)
    if len(wrong):
        _refuse_damaged(name, block.before + int(wrong[0]) + 1)


def _refuse_damaged(name: str, record: int) -> NoReturn:
    _refuse(name, record, "its checksum (CRC) is another: damaged, write the file again")


def _refuse(name: str, record: int, what: str) -> NoReturn:
    raise trouble(name, f"record {record:,}: {what}")


def _blocks(path: str, name: str, size: int) -> Iterator[_Block]:
    """Yield a file in blocks of whole records, of so many bytes or of a record that is longer."""
    rest, before = b"", 0
    with text.opened(path) as stream:
        while read := stream.read(max(size, len(rest))):
            data = rest + read
            starts, sizes, used = _records(data, name, before)
            if starts:
                yield _Block(data, starts, sizes, before)
                before += len(starts)
            rest = data[used:]
    if rest:
        _refuse(name, before + 1, "the file ends within it: write it again")


def _records(data: bytes, name: str, before: int) -> tuple[list[int], list[int], int]:
    """Return where whole records are, their bytes, and where the last of them ends."""
    starts: list[int] = []
    sizes: list[int] = []
    place = 0
    while place + HEADER.size <= len(data):
        size, _ = HEADER.unpack_from(data, place)
        start = place + HEADER.size
        end = start + size + _FOOTER
        if size > text.LONGEST or end > len(data):
            break
        starts.append(start)
        sizes.append(size)
        place = end
    _check_lengths(data, [start - HEADER.size for start in starts], name, before)
    if place + HEADER.size <= len(data):
        _check_lengths(data, [place], name, before + len(starts))
        if size > text.LONGEST:
            longest = f"{text.LONGEST >> 20} MB"
            _refuse(name, before + len(starts) + 1, f"is longer than {longest}: no log")
    return starts, sizes, place


def _check_lengths(data: bytes, places: list[int], name: str, before: int) -> None:
    """Raise a LogError where a record's length is not that of its checksum."""
    if not places:
        return
    array = np.frombuffer(data, np.uint8)
    starts = np.array(places, np.int64)
    sums = masked(array, starts, np.full(len(starts), 8, np.int64))
    stored = array[starts[:, None] + np.arange(8, HEADER.size)].copy().view("<u4")[:, 0]
    wrong = np.flatnonzero(sums != stored)
    if len(wrong):
        _refuse_damaged(name, before + int(wrong[0]) + 1)
