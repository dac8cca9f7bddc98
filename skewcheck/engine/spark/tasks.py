"""What a task of Spark does: it measures Arrow batches, or adds measures; it knows no Spark.

A measure travels as bytes in pieces, each with its place in the order of the frame's rows.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from math import isqrt
from operator import itemgetter
from typing import Any, Generic, NamedTuple

import numpy as np
import pyarrow as pa

from skewcheck.counts.codec import from_bytes, to_bytes
from skewcheck.counts.profile import Profile
from skewcheck.engine.spark.frame_rows import FrameRows, TaskRows
from skewcheck.engine.spark.task_rows import Run, joined, runs
from skewcheck.engine.tasks import M
from skewcheck.features.types import IntArray
from skewcheck.logs.batch import Batch, RowOrigin, Wanted
from skewcheck.logs.file import File
from skewcheck.text.errors import SkewcheckError

PIECE = 16 << 10
"""Bytes of a piece: Arrow batches of Spark have 10,000 rows, whatever their size."""
PIECES = 1_024
"""Pieces of a batch that a task yields: 16 MB."""
RECORD = 20
"""Bits of a row's number for the rows of one record, where records hold several."""
TASK = 40
"""Bits of a row's place among all, for the rows of one task."""
SCHEMA = "part int, file int, start bigint, task int, piece int, data binary"
"""The columns of pieces, as Spark spells them."""
_ARROW = pa.schema([
    ("part", pa.int32()), ("file", pa.int32()), ("start", pa.int64()), ("task", pa.int32()),
    ("piece", pa.int32()), ("data", pa.binary()),
])  # fmt: skip
ORDER = ("part", "file", "start", "task", "piece")
"""The columns by which pieces are sorted."""


class Place(NamedTuple):
    """Where the rows of a measure stand in a frame."""

    part: int
    """Measures of one part are added by one task."""
    file: int
    start: int
    """The number of its first row in the file."""
    task: int


@dataclass(frozen=True, slots=True)
class Job(Generic[M]):
    """What each task does to its rows. It can be pickled."""

    file: File
    """Opened on the driver; its contents read `rows`."""
    rows: FrameRows
    wanted: Wanted
    begin: Callable[[], Callable[[Batch], M]]
    """Called once in a task; what it returns measures a batch."""
    name: str
    """Of the frame: it stands for rows of no file, or of many in no order."""
    files: Mapping[str, tuple[int, str]]
    """The place of each file in path order, and its name, by where it is stored."""
    parts: int
    """The most parts of measures."""
    anew: bool = False
    """Whether rows are numbered from each task's first."""
    unique: bool = True
    """Whether numbers of rows are those of files; else rows may share one."""


@dataclass(frozen=True, slots=True)
class Measured(Generic[M]):
    """A measure that travels, and the names of the files in which it has met rows."""

    measure: M
    files: frozenset[str]


Piece = tuple[int, int, int, int, int, bytes]
"""The values of `SCHEMA`."""


def measured(job: Job[M], batches: Iterable[pa.RecordBatch], task: int) -> Iterator[pa.RecordBatch]:
    """Measure the rows of a task; yield the pieces of a measure for each run of rows of a file."""
    try:
        for place, result in _measures(job, batches, task):
            yield from pieces(place, _packed(result))
    except SkewcheckError as error:
        yield from pieces(Place(0, 0, 0, task), b"E" + pickle.dumps(error))


def _measures(
    job: Job[M], batches: Iterable[pa.RecordBatch], task: int
) -> Iterator[tuple[Place, Measured[M]]]:
    measure = job.begin()
    of_task = _runs(job, batches, task)
    for location, of_file in groupby(of_task, key=lambda run: run.file):
        index, name = _file(job, location)
        total: M | None = None
        start: int | None = None
        rows = 0
        for run in of_file:
            start = int(run.numbers[0]) if start is None else start
            for batch in _batches(job, name, run.numbers, run.batch):
                part = measure(batch)
                rows += batch.rows
                total = part if total is None else total + part
        if total is not None and start is not None:
            part_of = index * job.parts // (len(job.files) + 1)
            if not job.files:
                # Tasks are not counted in advance: parts grow with them.
                part_of, start = min(isqrt(task) // 2, job.parts - 1), 0
            yield (
                Place(part_of, index, start, task),
                Measured(total, frozenset([name] if rows else [])),
            )


def _runs(job: Job[M], batches: Iterable[pa.RecordBatch], task: int) -> Iterator[Run]:
    place = task << TASK
    for batch in joined(batches):
        yield from runs(batch, place, unique=job.unique)
        place += batch.num_rows


def _file(job: Job[M], location: str | None) -> tuple[int, str]:
    """Return the place and the name of a file; rows of none, or in no order, come last."""
    if location is None or not job.files:
        return len(job.files), job.name
    known = job.files.get(location)
    return (len(job.files), location.rpartition("/")[2]) if known is None else known


def _batches(job: Job[M], name: str, numbers: IntArray, rows: pa.RecordBatch) -> Iterator[Batch]:
    """Yield rows through the file's reader, as it yields those of a file."""
    first = int(numbers[0])
    consecutive = bool((np.diff(numbers) == 1).all())
    job.rows.task = TaskRows(RowOrigin("", first, None if consecutive else numbers), rows)
    with np.errstate(over="ignore", invalid="ignore"):
        for part in replace(job.file, name=name).parts(job.wanted):
            for batch in part():
                if job.anew:
                    origin = RowOrigin(name, (first << RECORD) + batch.origin.start)
                    batch = replace(batch, origin=origin)
                yield batch


def added(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Add the measures of each part, whose pieces come in order; yield the pieces of the sum."""
    every = (
        piece
        for batch in batches
        for piece in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    )
    for _, of_part in groupby(every, key=itemgetter(0)):
        try:
            for place, result in _sums(of_part):
                yield from pieces(place, _packed(result))
        except SkewcheckError as error:
            yield from pieces(Place(0, 0, 0, 0), b"E" + pickle.dumps(error))


def total(every: Iterable[Piece]) -> Measured[Any] | None:
    """Return the sum of measures whose pieces come in order; None of none.

    Raises the error that a task has met.
    """
    sums = [result for _, result in _sums(every)]
    return sums[0] if sums else None


def _sums(every: Iterable[Piece]) -> Iterator[tuple[Place, Measured[Any]]]:
    """Yield the sum of all measures, at the place of the first; raise the error that is among them.

    One measure is held beside the sum.
    """
    first: Place | None = None
    result: Measured[Any] | None = None
    for key, of_measure in groupby(every, key=lambda piece: Place(*piece[:4])):
        more = _unpacked(b"".join(piece[5] for piece in of_measure))
        first = first or key
        result = more if result is None else Measured(
            result.measure + more.measure, result.files | more.files
        )  # fmt: skip
    if first is not None and result is not None:
        yield first, result


def _packed(result: Measured[M]) -> bytes:
    """Return bytes: those of a profile are data only, other measures are pickled."""
    if isinstance(result.measure, Profile):
        return b"P" + pickle.dumps((result.files, to_bytes(result.measure)))
    return b"M" + pickle.dumps((result.files, result.measure))


def _unpacked(data: bytes) -> Measured[Any]:
    # From tasks of the same application, whose code Spark has sent to them in the same way.
    value = pickle.loads(memoryview(data)[1:])  # noqa: S301
    match data[:1]:
        case b"E":
            raise value
        case b"P":
            return Measured(from_bytes(value[1]), value[0])
        case _:
            return Measured(value[1], value[0])


def pieces(place: Place, data: bytes) -> Iterator[pa.RecordBatch]:
    """Yield batches of the pieces of a measure's bytes."""
    for first in range(0, len(data), PIECE * PIECES):
        some = data[first : first + PIECE * PIECES]
        cut = [some[start : start + PIECE] for start in range(0, len(some), PIECE)]
        numbers = range(first // PIECE, first // PIECE + len(cut))
        columns = [[value] * len(cut) for value in place]
        arrays = [
            pa.array(values, field.type)
            for values, field in zip((*columns, numbers, cut), _ARROW, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=_ARROW)
