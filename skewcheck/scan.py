"""The one pass: files to batches to a measure that can be added, on all cores, in order.

What comes out does not depend on the number of threads: a file's measure is the fold of its
parts in order, the log's the fold of its files in order.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
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
) -> M:
    """Measure all batches and add them up; LogError where a file cannot be read.

    At most `threads` parts (row groups, or blocks of text) are being measured and as many wait,
    so that memory does not grow with the log.
    """
    workers = threads or cores()
    total, of_file = zero, zero
    current: File | None = None
    bytes_done, all_bytes = 0, sum(file.size for file in log.files)
    with ThreadPoolExecutor(workers) as pool:
        try:
            for file, part in _ordered(_submitted(log, wanted, measure, window, pool), 2 * workers):
                if file is not current:
                    total, of_file = total + of_file, zero
                    bytes_done += current.size if current else 0
                    current = file
                of_file = of_file + part if part is not None else of_file
                if progress is not None:
                    rows = total.rows + of_file.rows
                    here = file.size * min(1.0, of_file.rows / file.rows) if file.rows else 0
                    progress(rows, bytes_done + int(here), all_bytes, file.name)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return total + of_file


def _submitted(
    log: Log,
    wanted: Wanted,
    measure: Callable[[Batch], M],
    window: Window | None,
    pool: ThreadPoolExecutor,
) -> Iterator[tuple[File, Future[M | None]]]:
    def run(thunk: Callable[[], Iterator[Read]]) -> M | None:
        batches = (Batch(Origin(b.file, b.start), b.rows, b.columns, b.digits) for b in thunk())
        # Values near the end of float64 overflow in sums: a matter for who judges the result.
        with np.errstate(over="ignore", invalid="ignore"):
            parts = [measure(window.kept(batch) if window else batch) for batch in batches]
        return reduce(add, parts) if parts else None

    for file in log.files:
        for thunk in file.parts(wanted):
            yield file, pool.submit(run, thunk)


def _ordered(
    futures: Iterator[tuple[File, Future[M | None]]], ahead: int
) -> Iterator[tuple[File, M | None]]:
    """Yield results in order, never more than `ahead` futures beyond the one that is due."""
    waiting: deque[tuple[File, Future[M | None]]] = deque()
    for file, future in futures:
        waiting.append((file, future))
        if len(waiting) > ahead:
            first, due = waiting.popleft()
            yield first, due.result()
    while waiting:
        first, due = waiting.popleft()
        yield first, due.result()
