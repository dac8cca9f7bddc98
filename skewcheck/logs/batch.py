"""What every log file is to the rest of the house: batches of columns, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa

from skewcheck.logs.arrays import Digits, digits, numbers
from skewcheck.logs.arrays.arrow import from_numpy, from_texts
from skewcheck.logs.columns import Path, resolve
from skewcheck.logs.trouble import reading

TELLING = 1_000
"""Rows of a block that tell how precisely its numbers are written; fewer go by the file's head."""
FEW = 100
"""Numbers of each end of a later block that are looked at: whether its precision changed."""
ROWS = 131_072
"""The most rows of a batch: a column of them fits into the processor's cache."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which columns are to be read, by reference (`a`, `a.b`, `a[3]`), and what for."""

    numbers: frozenset[str] = frozenset()
    """For `arrays.numbers`; this use wins where a column has several."""
    labels: frozenset[str] = frozenset()
    """For `arrays.labels`."""
    others: frozenset[str] = frozenset()
    """Read in the type that the file has; text formats: that its first rows seem to have."""

    @property
    def all(self) -> list[str]:
        """Return every reference once, sorted."""
        return sorted(self.numbers | self.labels | self.others)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some consecutive rows of a file, at most `ROWS`."""

    file: str
    """The file's `name`."""
    start: int
    """Number in the file (from 0) of the first row."""
    rows: int
    columns: Mapping[str, pa.Array]
    """The wanted columns that the file has, by reference; one contiguous array each."""
    digits: Mapping[str, Digits] = field(default_factory=dict)
    """Text formats only: the precision of number columns, by the file's first rows and the same for
    the whole file; without columns that hold no number there."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a format reads: rows that do not yet know their file, of any number."""

    start: int
    rows: int
    columns: Mapping[str, pa.Array]


Thunk = Callable[[], Iterator[Chunk]]


@dataclass(frozen=True, slots=True)
class Contents:
    """An opened file, as its format sees it."""

    schema: Mapping[str, pa.DataType]
    """Top-level columns in their order."""
    read: Callable[[Mapping[str, Path], Wanted], Iterator[Thunk]]
    """Given the columns to read by reference, yields what `File.parts` promises."""
    rows: int | None = None
    """All rows, where the format says so in advance."""
    textual: bool = False
    """Whether numbers were parsed from text."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class File:
    """One file of a log."""

    name: str
    """For reports: the path within the given folder, or the base name."""
    path: str
    """Where it was found."""
    size: int
    """Bytes."""
    contents: Contents
    constants: Mapping[str, pa.Scalar] = field(default_factory=dict)
    """Columns from folder names (`date=2026-11-01`); a column of the file itself wins."""
    lasting: bool = False
    """Whether a later run can find it at its path: no table in memory, no standard input."""

    @property
    def rows(self) -> int | None:
        """Return the rows; None where only reading it all tells (text, streams)."""
        return self.contents.rows

    def schema(self) -> Mapping[str, pa.DataType]:
        """Return the top-level columns in their order, those from folder names last."""
        added = {name: value.type for name, value in self.constants.items()}
        return {**self.contents.schema, **added, **self.contents.schema}

    def has(self, column: str) -> bool:
        """Return whether a reference (`a`, `a.b`, `a[3]`) means a column of this file."""
        return resolve(self.schema(), column) is not None

    def parts(self, wanted: Wanted) -> Iterator[Callable[[], Iterator[Batch]]]:
        """Yield thunks, in order, each of which yields the batches of one part of the file.

        A thunk may be called in any thread, once. Iterating and calling raise LogError where the
        file is damaged. Do not iterate far ahead of calling: a thunk may hold some 16 MB.
        Columns that the file does not have are left out; its rows are there all the same.
        """
        paths, constants = {}, {}
        schema = self.schema()
        for reference in wanted.all:
            path = resolve(schema, reference)
            if path is not None and path.column in self.contents.schema:
                paths[reference] = path
            elif path is not None:
                constants[reference] = self.constants[path.column]
        written: dict[str, Digits] = {}
        with reading(self.name):
            for place, thunk in enumerate(self.contents.read(paths, wanted)):
                if place == 0 and self.contents.textual:
                    chunks = list(thunk())
                    for chunk in chunks[:1]:
                        written = _precision(chunk, wanted.numbers)
                    thunk = partial(iter, chunks)
                yield partial(self._batches, thunk, wanted.numbers, constants, written)

    def _batches(
        self,
        thunk: Thunk,
        wanted: frozenset[str],
        constants: Mapping[str, pa.Scalar],
        written: Mapping[str, Digits],
    ) -> Iterator[Batch]:
        with reading(self.name):
            for chunk in thunk():
                precision = dict(written)
                if self.contents.textual and chunk.start and chunk.rows >= TELLING:
                    # A file may change its precision midway: two writers, one after the other.
                    precision |= _precision(chunk, wanted, FEW)
                for first in range(0, chunk.rows, ROWS):
                    rows = min(ROWS, chunk.rows - first)
                    columns = {
                        name: column.slice(first, rows) for name, column in chunk.columns.items()
                    }
                    for name, value in constants.items():
                        columns[name] = _repeated(value, rows)
                    yield Batch(self.name, chunk.start + first, rows, columns, precision)


def _precision(chunk: Chunk, wanted: frozenset[str], most: int = TELLING) -> dict[str, Digits]:
    """Return how precisely a chunk's numbers are written, where there are any: at its coarser end.

    Its first and last rows are enough, and spare parsing a whole column that came as text.
    """
    found = {}
    for name in sorted(wanted & chunk.columns.keys()):
        column = chunk.columns[name]
        if not (pa.types.is_float64(column.type) or pa.types.is_string(column.type)):
            continue
        ends = [column.slice(0, 10 * most)]
        if chunk.rows > TELLING:
            ends.append(column.slice(chunk.rows - min(chunk.rows, 10 * most)))
        told = [digits(numbers(end).values.astype(float, copy=False), most) for end in ends]
        told = [one for one in told if one.significant]
        if told:
            found[name] = Digits(
                min(one.significant for one in told), min(one.decimals for one in told)
            )
    return found


def _repeated(value: pa.Scalar, rows: int) -> pa.Array:
    """Return a constant column; text as a dictionary, which nobody has to look through."""
    if not pa.types.is_string(value.type):
        return pa.repeat(value, rows)
    places = from_numpy(np.zeros(rows, np.int32))
    return pa.DictionaryArray.from_arrays(places, from_texts([value.as_py()]))
