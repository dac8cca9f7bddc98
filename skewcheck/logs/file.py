"""Files of a log: what each format gives of them, and their rows in batches of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pyarrow as pa

from skewcheck.logs.arrays import Digits, digits, numbers
from skewcheck.logs.arrays.arrow import from_numpy, from_texts
from skewcheck.logs.batch import ROWS, Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path, resolve
from skewcheck.logs.storage import Identity, about
from skewcheck.logs.trouble import reading, shown, trouble
from skewcheck.text.errors import LogError, OptionName

PRECISION_ROWS = 1_000
"""Rows of a block that show how precisely its numbers are written; fewer go by the file's head."""
CHECKED_ROWS = 100
"""Numbers of each end of a later block that are looked at: whether its precision changed."""

Thunk = Callable[[], Iterator[Batch]]


@dataclass(frozen=True, slots=True)
class Contents:
    """An opened file, as its format sees it."""

    schema: Mapping[str, pa.DataType]
    """Top-level columns in their order."""
    read: Callable[[Mapping[str, Path], Wanted], Iterator[Thunk]]
    """Given the columns to read by reference, yields the thunks that `File.parts` promises, whose
    batches may have any number of rows."""
    rows: int | None = None
    """All rows, where the format says so in advance."""
    textual: bool = False
    """Whether numbers were parsed from text."""
    decimal: str = "."
    """The mark before their decimals."""
    samples: Callable[[Mapping[str, Path], Wanted], Iterator[Thunk]] | None = None
    """Likewise of some rows from all over a long file, behind its beginning, with any numbers;
    None of a short one, and where the format has no cheaper way than to read it."""
    shape: str = ""
    """What makes rows of records, as text: counts of the same file by another differ."""
    queried: bool = False
    """Whether these are the rows of a query: not of the file alone."""
    beginning: bytes | None = None
    """That of the file as `copies.beginning` has it, where it was at hand."""
    counted: bool = False
    """Whether it is the profile of a log: counts, and no rows."""
    parts: int | None = None
    """How many parts there are, where each can be read without those before it; else None."""


@dataclass(frozen=True, slots=True)
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
    null_values: tuple[str, ...] = ()
    """The user's own words for a missing value."""
    identity: Identity | None = None
    """That of a lasting file when it was opened; None of what cannot change."""

    @property
    def rows(self) -> int | None:
        """Return the rows; None where only reading it all tells (text, streams)."""
        return self.contents.rows

    def schema(self) -> Mapping[str, pa.DataType]:
        """Return the top-level columns in their order, those from folder names last."""
        added = {name: value.type for name, value in self.constants.items()}
        return {**self.contents.schema, **added, **self.contents.schema}

    def check(self, rows: int) -> None:
        """Raise a LogError if the file was changed since it was opened, or is not whole.

        `rows` are those that were read.
        """
        if self.identity is not None:
            with reading(self.name):
                now = about(self.path).identity
            if now != self.identity:
                raise LogError(
                    f"{shown(self.name)}: was changed while it was read:"
                    " audit it once it is whole; ",
                    OptionName("settle", "1h"),
                    " leaves files out that were written to within the hour",
                )
        if self.rows is not None and rows != self.rows:
            raise trouble(
                self.name,
                f"damaged: it announces {self.rows:,} rows and {rows:,} were read: write it again",
            )

    def has(self, column: str) -> bool:
        """Return whether a reference (`a`, `a.b`, `a[3]`) means a column of this file."""
        return resolve(self.schema(), column) is not None

    def parts(self, wanted: Wanted) -> Iterator[Thunk]:
        """Yield thunks, in order, each of which yields the batches of one part of the file.

        A thunk may be called in any thread, once, in order. What it returns is read to its end
        or closed: later ones may wait for it. Iterating and calling raise LogError where the
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
        precision: dict[str, Digits] = {}
        with reading(self.name):
            for place, part in enumerate(self.contents.read(paths, wanted)):
                thunk = partial(self._without_nulls, part) if self.null_values else part
                if place == 0 and self.contents.textual:
                    batches = thunk()
                    first = next(batches, None)
                    if first is not None:
                        precision = precision_of(first, wanted.numbers)
                        thunk = partial(_resumed, first, batches)
                yield partial(self._batches, thunk, wanted.numbers, constants, precision)

    def _without_nulls(self, part: Thunk) -> Iterator[Batch]:
        from skewcheck.logs.arrays.texts import without  # few users have words of their own

        for block in part():
            columns = {
                name: without(column, self.null_values) for name, column in block.columns.items()
            }
            yield replace(block, columns=columns)

    def _batches(
        self,
        thunk: Thunk,
        numeric: frozenset[str],
        constants: Mapping[str, pa.Scalar],
        precision: Mapping[str, Digits],
    ) -> Iterator[Batch]:
        with reading(self.name):
            for block in thunk():
                printed = {**precision, **block.digits}
                start = block.origin.start
                if self.contents.textual and start and block.rows >= PRECISION_ROWS:
                    # A file may change its precision midway: two writers, one after the other.
                    printed |= precision_of(block, numeric, CHECKED_ROWS)
                left_out = (
                    block.cut
                    or block.undecoded
                    or block.other
                    or block.empty
                    or block.joined
                    or block.gained
                )
                for first in range(0, max(block.rows, int(bool(left_out))), ROWS):
                    rows = min(ROWS, block.rows - first)
                    columns = {
                        name: column.slice(first, rows) for name, column in block.columns.items()
                    }
                    for name, value in constants.items():
                        columns[name] = _repeated(value, rows)
                    kept = block.origin.kept
                    origin = (
                        RowOrigin(self.name, start + first) if kept is None
                        else RowOrigin(self.name, start, kept[first : first + rows])
                    )  # fmt: skip
                    last = first + rows == block.rows
                    yield Batch(
                        origin, rows, columns, printed, cut=block.cut and last,
                        undecoded=block.undecoded if last else 0,
                        first_undecoded=block.first_undecoded if last else None,
                        other=block.other if last else 0, empty=block.empty if last else 0,
                        joined=block.joined if last else (),
                        gained=block.gained if last else 0,
                    )  # fmt: skip


def _resumed(first: Batch, batches: Iterator[Batch]) -> Iterator[Batch]:
    """Yield a batch, and those behind it, which are closed when these are."""
    try:
        yield first
        yield from batches
    finally:
        if isinstance(batches, Generator):
            batches.close()


def precision_of(
    block: Batch, numeric: frozenset[str], most: int = PRECISION_ROWS
) -> dict[str, Digits]:
    """Return how precisely a block's numbers are written, where there are any: at its coarser end.

    Its first and last rows are enough, and spare parsing a whole column that came as text.
    """
    precision = {}
    for name in sorted(numeric & block.columns.keys()):
        column = block.columns[name]
        if not (pa.types.is_float64(column.type) or pa.types.is_string(column.type)):
            continue
        ends = [column.slice(0, 10 * most)]
        if block.rows > PRECISION_ROWS:
            ends.append(column.slice(block.rows - min(block.rows, 10 * most)))
        of_ends = [digits(numbers(end).values.astype(float, copy=False), most) for end in ends]
        of_ends = [end for end in of_ends if end.significant]
        if of_ends:
            precision[name] = Digits(
                min(end.significant for end in of_ends), min(end.decimals for end in of_ends)
            )
    return precision


def _repeated(value: pa.Scalar, rows: int) -> pa.Array:
    """Return a constant column; text as a dictionary, which nobody has to look through."""
    if not pa.types.is_string(value.type):
        return pa.repeat(value, rows)
    places = from_numpy(np.zeros(rows, np.int32))
    return pa.DictionaryArray.from_arrays(places, from_texts([value.as_py()]))
