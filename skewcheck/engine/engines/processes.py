"""Processes of this machine: for work that holds Python's lock, and parts that take much memory."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from _thread import interrupt_main
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import ParamSpec, TypeVar

from skewcheck.engine.engines import Engine, cores, shielded

P = ParamSpec("P")
T = TypeVar("T")


class _Processes(ProcessPoolExecutor):
    """A process is started as work for it is submitted."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Submit a call, whose process never sees Ctrl-C."""
        with _uninterrupted(), shielded():
            return super().submit(partial(_call, fn, *args, **kwargs))


@contextmanager
def opened(workers: int | None) -> Iterator[Engine]:
    """Yield processes that end with the block, by an error in the midst of their work.

    They are started anew, not forked: threads of Arrow do not survive a fork. By an error they stop
    working but live until the pool has said so: one that is killed may leave half a result in its
    pipe, which the pool would wait for.
    """
    count = workers or cores()
    context = multiprocessing.get_context("spawn")
    needed, written = context.Pipe(duplex=False)
    pool = _Processes(count, context, initializer=_begin, initargs=(needed,))
    try:
        yield Engine(pool, count)
    except BaseException:
        written.close()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        needed.close()
        written.close()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Raise Ctrl-C after the block: a process half started would wait for its orders for ever."""
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return
    missed = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: missed.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if missed.is_set():
        handler(signal.SIGINT, None)


class _Work:
    """What this worker does, between its calls and the thread that may stop them."""

    lock = threading.Lock()
    running = False
    stopped = False


def _begin(needed: Connection) -> None:
    """Stop working once the other end of a pipe closes; end with the process that has it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # for _stop; a shell may ignore it
    threading.Thread(target=_stop, args=(needed,), daemon=True).start()


def _stop(needed: Connection) -> None:
    parent = multiprocessing.parent_process()
    if parent is None or parent.sentinel in wait([needed, parent.sentinel]):
        os._exit(1)
    with _Work.lock:
        _Work.stopped = True
        if _Work.running:
            interrupt_main()
    wait([parent.sentinel])
    os._exit(1)


def _call(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call it in a worker; KeyboardInterrupt where nobody needs the result any more."""
    with _Work.lock:
        if _Work.stopped:
            raise KeyboardInterrupt
        _Work.running = True
    try:
        return call(*args, **kwargs)
    finally:
        with _Work.lock:
            _Work.running = False
