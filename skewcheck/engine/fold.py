"""The one pass: batches become measures that can be added, on all processors, in order.

The result does not depend on the number of threads: a file's measure is the fold of its parts in
order, the log's the fold of its files in order.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import add
from typing import Generic, Protocol, Self, TypeVar

import numpy as np

from skewcheck.logs.batch import Batch, Wanted
from skewcheck.logs.file import File
from skewcheck.logs.log import Log
from skewcheck.logs.times import Window


class Addable(Protocol):
    """A monoid's element: `+` is associative and keeps the order of rows."""

    @property
    def rows(self) -> int:
        """Rows measured."""
        ...

    def __add__(self, other: Self, /) -> Self: ...


M = TypeVar("M", bound=Addable)


class Memory(Protocol[M]):
    """What earlier runs measured, file by file."""

    def knows(self, file: File) -> bool:
        """Return whether a file's measure may be recalled, by a look at it."""
        ...

    def recall(self, file: File) -> M | None:
        """Return the measure of a file that it knows; None where it must be read after all."""
        ...

    def keep(self, file: File, measured: M) -> None:
        """Remember the measure of a file that was read."""
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
) -> M:
    """Measure all batches and add them up; LogError where a file cannot be read.

    With a memory, files that it knows are not read, and the others are given to it.

    At most `threads` parts (row groups, or blocks of text) are being measured and as many wait,
    so that the space that is used does not grow with the log.
    """
    workers = threads or cores()
    total = zero
    bytes_done, all_bytes = 0, sum(file.size for file in log.files)
    with ThreadPoolExecutor(workers) as pool:
        try:
            read = _reader(wanted, measure, window, pool)
            measured = _measured(log, read, memory, 2 * workers)
            for _, parts in groupby(measured, lambda part: id(part.file)):
                of_file = zero
                for part in parts:
                    file = part.file
                    of_file = of_file if part.measure is None else of_file + part.measure
                    if progress is not None:
                        rows = total.rows + of_file.rows
                        here = file.size * min(1.0, of_file.rows / file.rows) if file.rows else 0
                        progress(rows, bytes_done + int(here), all_bytes, file.name)
                if memory is not None and not part.recalled:
                    memory.keep(file, of_file)
                total, bytes_done = total + of_file, bytes_done + file.size
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return total


@dataclass(frozen=True, slots=True)
class _Measured(Generic[M]):
    """The measure of a part of a file; None for a part without rows. Or of all of it, recalled."""

    file: File
    measure: M | None
    recalled: bool = False


FileReader = Callable[[File], Iterator[Future[M | None]]]


def _reader(
    wanted: Wanted, measure: Callable[[Batch], M], window: Window | None, pool: ThreadPoolExecutor
) -> FileReader[M]:
    """Return what begins to measure the parts of a file, one by one as it is asked for them."""

    def run(thunk: Callable[[], Iterator[Batch]]) -> M | None:
        # Values near the end of float64 overflow in sums: a matter for who judges the result.
        with np.errstate(over="ignore", invalid="ignore"):
            parts = [measure(window.kept(batch) if window else batch) for batch in thunk()]
        return reduce(add, parts) if parts else None

    return lambda file: (pool.submit(run, thunk) for thunk in file.parts(wanted))


def _measured(
    log: Log, read: FileReader[M], memory: Memory[M] | None, ahead: int
) -> Iterator[_Measured[M]]:
    """Yield what is measured of each file, in order.

    Files that are read are begun before those in front of them are recalled.
    """

    def queue() -> Iterator[tuple[File, Future[M | None] | None]]:
        for file in log.files:
            if memory is not None and memory.knows(file):
                yield file, None
            else:
                yield from ((file, part) for part in read(file))

    for file, part in _ahead(queue(), ahead):
        recalled = memory.recall(file) if memory is not None and part is None else None
        if part is not None:
            yield _Measured(file, part.result())
        elif recalled is not None:
            yield _Measured(file, recalled, recalled=True)
        else:
            again = ((file, part) for part in read(file))
            yield from (_Measured(file, part.result()) for _, part in _ahead(again, ahead) if part)


def _ahead(
    waiting: Iterator[tuple[File, Future[M | None] | None]], most: int
) -> Iterator[tuple[File, Future[M | None] | None]]:
    """Yield the same in order, never more than `most` futures beyond the one that is due."""
    begun: deque[tuple[File, Future[M | None] | None]] = deque()
    futures = 0
    for item in waiting:
        begun.append(item)
        futures += item[1] is not None
        while futures > most:
            first = begun.popleft()
            futures -= first[1] is not None
            yield first
    yield from begun
