"""Rows of a DataFrame as the contents of a file: the first ones on the driver, a task's elsewhere.

A worker opens the very file that the driver has planned by, records that are decoded or made rows
among it, and reads its own rows through it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import pyarrow as pa

from skewcheck.logs.batch import Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path, picked
from skewcheck.logs.file import Contents, Thunk


class Head(Protocol):
    """Reads first rows of a frame."""

    def __call__(
        self, columns: Sequence[str], rows: int, filled: Sequence[str] = ()
    ) -> Sequence[pa.RecordBatch]:
        """Return about so many, with these columns; of those with a value in one of `filled`."""
        ...


@dataclass(frozen=True, slots=True)
class TaskRows:
    """Consecutive rows of one file that a task has."""

    origin: RowOrigin
    batch: pa.RecordBatch


class FrameRows:
    """Where the rows of a frame's file come from; pickled, it reads what `task` is set to."""

    def __init__(self, head: Head | None = None) -> None:
        self.head = head
        self.task: TaskRows | None = None
        self._filled: Sequence[str] = ()
        self._asked: set[str] | None = None

    def __reduce__(self) -> tuple[object, ...]:
        return FrameRows, ()

    @contextmanager
    def only_filled(self, columns: Sequence[str]) -> Iterator[None]:
        """Let first rows be those with a value in one of these columns."""
        self._filled = columns
        try:
            yield
        finally:
            self._filled = ()

    @contextmanager
    def asking(self, asked: set[str]) -> Iterator[None]:
        """Let parts read no row, and add the columns that they would read."""
        self._asked = asked
        try:
            yield
        finally:
            self._asked = None

    def read(self, paths: Mapping[str, Path], wanted: Wanted) -> Iterator[Thunk]:
        """Yield one part, as `Contents.read` does: the first rows, or those of the task."""
        yield partial(self._batches, paths, wanted.rows)

    def _batches(self, paths: Mapping[str, Path], rows: int) -> Iterator[Batch]:
        columns = sorted({path.column for path in paths.values()})
        if self._asked is not None:
            self._asked.update(columns)
            yield Batch(RowOrigin("", 0), 0, {})
        elif self.task is not None:
            batch = self.task.batch
            yield Batch(self.task.origin, batch.num_rows, picked(batch, paths))
        elif self.head is not None and (first := self.head(columns, rows, self._filled)):
            table = pa.Table.from_batches(first).combine_chunks()
            (batch, *_) = table.to_batches() or [first[0]]
            yield Batch(RowOrigin("", 0), table.num_rows, picked(batch, paths))


def counts_anew(contents: Contents) -> bool:
    """Return whether rows are others than the frame's: elements of lists, records of a condition.

    Such rows are numbered one by one, each task from its first.
    """
    return any(getattr(inner, "counts_anew", False) for inner in _inner(contents.read))


def spans_rows(contents: Contents) -> bool:
    """Return whether a row is made of several records, which may be in different tasks."""
    return any(
        inner.func.__module__.endswith(".pivot")
        for inner in _inner(contents.read)
        if isinstance(inner, partial)
    )


def _inner(read: object) -> Iterator[object]:
    """Yield all that a chain of readers, one of the contents of the next, is made of."""
    if isinstance(read, partial):
        yield read
        for argument in read.args:
            yield argument
            if isinstance(argument, Contents):
                yield from _inner(argument.read)
