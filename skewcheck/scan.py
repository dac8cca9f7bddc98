"""The one pass: files to batches to a measure that can be added, on all cores, in order.

What comes out does not depend on the number of threads: a file's measure is the fold of its
parts in order, the log's the fold of its files in order.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Protocol, Self, TypeVar

import numpy as np

from skewcheck.logs import Batch as Read
from skewcheck.logs import File, Log, Wanted
from skewcheck.profile.batch import Batch, Origin
from skewcheck.times import Window


class Addable(Protocol):
    """Whatever has a `+` that keeps the order of rows."""

    @property
    def rows(self) -> int:
        """Rows measured."""
        ...

    def __add__(self, other: Self, /) -> Self: ...


M = TypeVar("M", bound=Addable)


class Memory(Protocol[M]):
    """What earlier runs measured, file by file."""

    def recall(self, file: File) -> M | None:
        """Return a file's measure; None where it must be read."""
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


def scan(
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
    total, of_file = zero, zero
    bytes_done, all_bytes = 0, sum(file.size for file in log.files)
    with ThreadPoolExecutor(workers) as pool:
        try:
            submitted = _submitted(log, wanted, measure, window, pool, memory)
            for file, part in _ordered(submitted, 2 * workers):
                if isinstance(part, _End):
                    if memory is not None and not part.recalled:
                        memory.keep(file, of_file)
                    total, of_file = total + of_file, zero
                    bytes_done += file.size
                    continue
                of_file = of_file + part if part is not None else of_file
                if progress is not None:
                    rows = total.rows + of_file.rows
                    here = file.size * min(1.0, of_file.rows / file.rows) if file.rows else 0
                    progress(rows, bytes_done + int(here), all_bytes, file.name)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return total


@dataclass(frozen=True, slots=True)
class _End:
    """Comes behind the parts of a file."""

    recalled: bool


def _submitted(
    log: Log,
    wanted: Wanted,
    measure: Callable[[Batch], M],
    window: Window | None,
    pool: ThreadPoolExecutor,
    memory: Memory[M] | None,
) -> Iterator[tuple[File, Future[M | None] | M | _End]]:
    """Yield the parts of each file, measured or being so, and its end."""

    def run(thunk: Callable[[], Iterator[Read]]) -> M | None:
        batches = (Batch(Origin(b.file, b.start), b.rows, b.columns, b.digits) for b in thunk())
        # Values near the end of float64 overflow in sums: a matter for who judges the result.
        with np.errstate(over="ignore", invalid="ignore"):
            parts = [measure(window.kept(batch) if window else batch) for batch in batches]
        return reduce(add, parts) if parts else None

    for file in log.files:
        known = memory.recall(file) if memory is not None else None
        if known is not None:
            yield file, known
        else:
            for thunk in file.parts(wanted):
                yield file, pool.submit(run, thunk)
        yield file, _End(known is not None)


def _ordered(
    parts: Iterator[tuple[File, Future[M | None] | M | _End]], ahead: int
) -> Iterator[tuple[File, M | _End | None]]:
    """Yield results in order, never more than `ahead` beyond the one that is due."""
    waiting: deque[tuple[File, Future[M | None] | M | _End]] = deque()
    for one in parts:
        waiting.append(one)
        if len(waiting) > ahead:
            yield _due(*waiting.popleft())
    while waiting:
        yield _due(*waiting.popleft())


def _due(file: File, part: Future[M | None] | M | _End) -> tuple[File, M | _End | None]:
    return file, part.result() if isinstance(part, Future) else part
