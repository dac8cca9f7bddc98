"""The rows of a task: which file each is of, and its number there or a number of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from skewcheck.counts.sample import mixed
from skewcheck.features.types import IntArray
from skewcheck.logs.arrays.arrow import to_numpy
from skewcheck.logs.batch import ROWS

FILE, ROW = "__skewcheck_file", "__skewcheck_row"
"""Columns that are read beside those of the frame: where a row is stored, and its number."""
BYTES = 128 << 20
"""Bytes of rows that are measured at once, and fewer rows than `ROWS` where these are long."""
MANY_RUNS = 64
"""Runs of one file's rows among `ROWS` beyond which they may be in no order."""
TIMES = 4
"""Runs per file from which on they are in none: of small files, each is one run."""


@dataclass(frozen=True, slots=True)
class Run:
    """Rows of one file as they come."""

    file: str | None
    """Where it is stored; None of rows that are in no file, or of many in no order."""
    numbers: IntArray
    batch: pa.RecordBatch


def joined(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in batches of about `ROWS`: small ones cost more than their rows."""
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        for start in range(0, batch.num_rows, ROWS):
            part = batch.slice(start, ROWS)
            if waiting and (rows + part.num_rows > ROWS or size > BYTES):
                yield _one(waiting)
                waiting, rows, size = [], 0, 0
            waiting.append(part)
            rows, size = rows + part.num_rows, size + part.nbytes
    if waiting:
        yield _one(waiting)


def _one(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    (batch,) = pa.Table.from_batches(batches).combine_chunks().to_batches()
    return batch


def runs(batch: pa.RecordBatch, place: int, *, unique: bool) -> Iterator[Run]:
    """Yield the runs of rows of one file each.

    Where numbers are not `unique`, rows that repeat an earlier one get a number by their place
    among all rows of all tasks; `place` is that of the first.
    """
    numbers = to_numpy(batch.column(ROW), np.int64)
    names = [name for name in batch.schema.names if name not in (FILE, ROW)]
    rows = batch.select(names)
    if not unique:
        yield Run(None, apart(numbers, place), rows)
        return
    files = pc.run_end_encode(batch.column(FILE))
    ends, names = np.asarray(files.run_ends), files.values.to_pylist()
    if len(names) > max(MANY_RUNS, TIMES * len(set(names))):
        seeds = np.array([crc32(name.encode()) for name in names], np.uint64) << np.uint64(32)
        of_rows = np.repeat(seeds, np.diff(ends, prepend=0))
        yield Run(None, _positive(mixed(numbers.astype(np.uint64) + of_rows)), rows)
        return
    start = 0
    for name, end in zip(names, ends.tolist(), strict=True):
        yield Run(name, numbers[start:end], rows.slice(start, end - start))
        start = end


def apart(hashes: IntArray, place: int) -> IntArray:
    """Return numbers, one per row: of its hash, and where it is a repeat of its place, too.

    Rows that are the same in several batches share a number; those of one batch do not, so that a
    sample by numbers has as many of them as there are.
    """
    values = hashes.view(np.uint64)
    order = np.argsort(values, kind="stable")
    again = order[1:][values[order[1:]] == values[order[:-1]]]
    if len(again):
        values = values.copy()
        values[again] = mixed(values[again] ^ mixed(again.astype(np.uint64) + np.uint64(place)))
    return _positive(values)


def _positive(values: NDArray[np.uint64]) -> IntArray:
    """Return numbers of rows: below 2^63, and not negative."""
    return (values >> np.uint64(1)).astype(np.int64)
