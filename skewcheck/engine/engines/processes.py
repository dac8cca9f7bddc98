"""Processes of this machine: for work that holds Python's lock, and parts that take much memory."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from threading import Thread
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from skewcheck.engine.engines import Engine, cores, shielded

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

P = ParamSpec("P")
T = TypeVar("T")
POLLED = 0.2
"""Seconds after which a process ends that is no longer needed."""


class _Processes(ProcessPoolExecutor):
    """A process is started as work for it is submitted."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Submit a call, whose process never sees Ctrl-C."""
        with shielded():
            return super().submit(fn, *args, **kwargs)


@contextmanager
def opened(workers: int | None) -> Iterator[Engine]:
    """Yield processes that end with the block, by an error in the midst of their work.

    They are started anew, not forked: threads of Arrow do not survive a fork.
    """
    count = workers or cores()
    context = multiprocessing.get_context("spawn")
    ended = context.Event()
    pool = _Processes(count, context, initializer=_begin, initargs=(ended,))
    try:
        yield Engine(pool, count)
    except BaseException:
        ended.set()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(ended: Event) -> None:
    """End with the process that started this one, or once it says so."""
    Thread(target=_end, args=(ended,), daemon=True).start()


def _end(ended: Event) -> None:
    parent = multiprocessing.parent_process()
    while not ended.wait(POLLED):
        if parent is not None and wait([parent.sentinel], 0):
            break
    os._exit(1)
