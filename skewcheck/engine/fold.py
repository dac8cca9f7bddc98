"""Parallel fold: measure batches by threads, and add the measures in the order of the rows.

The result does not depend on the number of threads: a file's measure is the sum of its parts in
order, the log's the sum of its files in order.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeAlias, TypeVar

import numpy as np

from skewcheck.logs.batch import Batch, Wanted
from skewcheck.logs.file import File
from skewcheck.logs.log import Log

if TYPE_CHECKING:
    from skewcheck.logs.times import Window


class Addable(Protocol):
    """An element of a monoid: `+` is associative, and the rows of the left operand come first."""

    @property
    def rows(self) -> int:
        """Rows measured."""
        ...

    def __add__(self, other: Self, /) -> Self: ...


M = TypeVar("M", bound=Addable)


class Memory(Protocol[M]):
    """What earlier runs measured, file by file."""

    def knows(self, file: File) -> bool:
        """Return whether a file's measure may be recalled, without reading all of it."""
        ...

    def recall(self, file: File) -> M | None:
        """Return the stored measure of such a file; None where it must be read after all."""
        ...

    def keep(self, file: File, measured: M) -> None:
        """Store the measure of a file that was read."""
        ...


Progress = Callable[[int, int, int, str], None]
"""Called with the rows done, the bytes done, all bytes, and the file that is being read."""


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def fold(
    log: Log,
    wanted: Wanted,
    zero: M,
    measure: Callable[[Batch], M],
    *,
    window: Window | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
    memory: Memory[M] | None = None,
    measured_file: Callable[[str, M], None] | None = None,
) -> M:
    """Return the sum of the measures of all batches, `zero` for none.

    Rows outside of `window` are left out. With a memory, files whose measure it has are not read,
    and those of the others are stored in it. `measured_file` is called with the name and the
    measure of each file that has parts. At most `threads` parts (row groups, or blocks of
    text) are being measured and as many wait, so that memory use does not grow with the log.
    LogError where a file cannot be read.
    """
    workers = threads or cores()
    total = zero
    bytes_done, all_bytes = 0, sum(file.size for file in log.files)
    with ThreadPoolExecutor(workers) as pool:
        try:
            read = _reader(wanted, measure, window, pool)
            measured = _measured(log, read, memory, 2 * workers)
            for _, parts in groupby(measured, lambda part: id(part.file)):
                of_file, read_rows = zero, 0
                for part in parts:
                    file = part.file
                    of_file = of_file if part.measure is None else of_file + part.measure
                    read_rows += part.rows
                    if progress is not None:
                        rows = total.rows + of_file.rows
                        here = file.size * min(1.0, of_file.rows / file.rows) if file.rows else 0
                        progress(rows, bytes_done + int(here), all_bytes, file.name)
                if not part.recalled:
                    file.check(read_rows)
                    if memory is not None:
                        memory.keep(file, of_file)
                if measured_file is not None:
                    measured_file(file.name, of_file)
                total, bytes_done = total + of_file, bytes_done + file.size
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return total


@dataclass(frozen=True, slots=True)
class _Measured(Generic[M]):
    """The measure of a part of a file, or if it was recalled of the whole file."""

    file: File
    measure: M | None
    """None for a part without rows."""
    rows: int = 0
    """Rows that were read, in the time asked for or not."""
    recalled: bool = False


ReadPart: TypeAlias = tuple[M | None, int]
"""The measure of a part that was read, and its rows."""
FileReader = Callable[[File], Iterator[Future[ReadPart[M]]]]


def _reader(
    wanted: Wanted, measure: Callable[[Batch], M], window: Window | None, pool: ThreadPoolExecutor
) -> FileReader[M]:
    """Return a function that submits the parts of a file to the pool, lazily."""

    def run(thunk: Callable[[], Iterator[Batch]]) -> ReadPart[M]:
        total: M | None = None
        rows = 0
        batches = thunk()
        try:
            # Sums of the largest float64 overflow; the verdict deals with infinite sums.
            with np.errstate(over="ignore", invalid="ignore"):
                for batch in batches:
                    rows += batch.rows + batch.undecoded + batch.other + batch.empty
                    part = measure(window.kept(batch) if window else batch)
                    # Added one by one: a list of them would grow with the part.
                    total = part if total is None else total + part
        finally:
            if isinstance(batches, Generator):
                batches.close()  # where measuring fails: parts behind this one may wait for it
        return total, rows

    return lambda file: (pool.submit(run, thunk) for thunk in file.parts(wanted))


def _measured(
    log: Log, read: FileReader[M], memory: Memory[M] | None, ahead: int
) -> Iterator[_Measured[M]]:
    """Yield the measures of the parts of each file, in order.

    Parts that must be read are submitted before files ahead of them are recalled.
    """

    def queue() -> Iterator[tuple[File, Future[ReadPart[M]] | None]]:
        for file in log.files:
            if memory is not None and memory.knows(file):
                yield file, None
            else:
                yield from ((file, part) for part in read(file))

    for file, part in _ahead(queue(), ahead):
        recalled = memory.recall(file) if memory is not None and part is None else None
        if part is not None:
            yield _Measured(file, *part.result())
        elif recalled is not None:
            yield _Measured(file, recalled, recalled=True)
        else:
            again = ((file, part) for part in read(file))
            yield from (_Measured(file, *part.result()) for _, part in _ahead(again, ahead) if part)


def _ahead(
    waiting: Iterator[tuple[File, Future[ReadPart[M]] | None]], most: int
) -> Iterator[tuple[File, Future[ReadPart[M]] | None]]:
    """Yield the same in order, with at most `most` futures submitted beyond the yielded one."""
    submitted: deque[tuple[File, Future[ReadPart[M]] | None]] = deque()
    futures = 0
    for item in waiting:
        submitted.append(item)
        futures += item[1] is not None
        while futures > most:
            first = submitted.popleft()
            futures -= first[1] is not None
            yield first
    yield from submitted
