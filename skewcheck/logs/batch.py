"""The one batch of rows: made by a log's formats, filtered by a time window, counted, written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.logs.arrays import Digits, FloatArray, IntArray
from skewcheck.logs.reach import Reach

if TYPE_CHECKING:
    from skewcheck.logs.join.records import JoinedRecords

ROWS = 131_072
"""The most rows of a batch that is counted: a column of them fits into the processor's cache."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which columns are to be read, by reference (`a`, `a.b`, `a[3]`), and what for."""

    numbers: frozenset[str] = frozenset()
    """For `arrays.numbers`; this use wins where a column has several."""
    labels: frozenset[str] = frozenset()
    """For `arrays.labels`."""
    others: frozenset[str] = frozenset()
    """Read in the type that the file has; text formats: that its first rows seem to have."""
    rows: int = ROWS
    """The most rows of a batch: where only the first ones matter, fewer cost less."""

    @property
    def all(self) -> list[str]:
        """Return every reference once, sorted."""
        return sorted(self.numbers | self.labels | self.others)


@dataclass(frozen=True, slots=True)
class RowOrigin:
    """Where rows stand: their file, and their numbers in it, from 0."""

    file: str
    """The file's name, as reports show it."""
    start: int
    kept: IntArray | None = None
    """The row numbers where rows were left out; else they follow `start` one by one."""

    def row(self, i: int) -> int:
        """Return the number in the file of the i-th row."""
        return self.start + i if self.kept is None else int(self.kept[i])

    def numbers(self, rows: int) -> IntArray:
        """Return the numbers of the first `rows` rows."""
        return np.arange(self.start, self.start + rows) if self.kept is None else self.kept[:rows]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one file in the file's order, and their wanted columns; or of several small ones.

    A format yields batches of any number of rows; `File.parts` yields them with at most `ROWS`.
    """

    origin: RowOrigin
    rows: int
    columns: Mapping[str, pa.Array]
    """The wanted columns that the file has, by reference; one contiguous array each."""
    digits: Mapping[str, Digits] = field(default_factory=dict)
    """Text formats only: the precision in which number columns are printed; without columns that
    hold no number."""
    times: FloatArray | None = None
    """Epoch seconds per row, NaN where there is no time; None without a time column."""
    reach: Reach = field(default_factory=Reach)
    """Between which times a time window kept the rows, and how many it left out."""
    cut: bool = False
    """Whether the file ends behind these rows inside a record, or without its format's end mark."""
    undecoded: int = 0
    """Records among these rows that were left out, as what they hold cannot be decoded."""
    first_undecoded: int | None = None
    """The number in the file of the first of them, from 0."""
    gained: int = 0
    """Rows beyond one of each record, where records hold several."""
    empty: int = 0
    """Records that were left out, as they have no value where others have those of features."""
    other: int = 0
    """Records that were left out, as they are of another kind: lines of words among JSON, say, or
    what a filter passes over."""

    joined: tuple[JoinedRecords, ...] = ()
    """Of the last rows of joined records: what became of all the others, by file."""
    pooled: tuple[Batch, ...] = ()
    """The batches of several files of which these are the rows; the origin's file is the first."""

    @property
    def each(self) -> tuple[Batch, ...]:
        """Return the batches of one file each of which these are the rows."""
        return self.pooled or (self,)

    def only(self, kept: NDArray[np.bool_]) -> Batch:
        """Return the rows of a mask, as long as the batch."""
        rows: IntArray = np.flatnonzero(kept)
        mask = pa.Array.from_buffers(
            pa.bool_(), self.rows, [None, pa.py_buffer(np.packbits(kept, bitorder="little"))]
        )
        columns = {name: column.filter(mask) for name, column in self.columns.items()}
        origin = RowOrigin(
            self.origin.file, self.origin.start, self.origin.numbers(self.rows)[rows]
        )
        times = None if self.times is None else self.times[rows]
        return replace(self, origin=origin, rows=len(rows), columns=columns, times=times)
