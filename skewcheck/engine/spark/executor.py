"""Spark as an executor: calls that are submitted run on its workers, and it tries them again."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from itertools import groupby
from pkgutil import resolve_name
from threading import Condition, Thread
from typing import Any, ParamSpec, TypeVar

import pyarrow as pa

from skewcheck.engine.spark.errors import in_one_line

P = ParamSpec("P")
T = TypeVar("T")
CALLS = 4
"""Calls of a job, where enough wait: a job takes some 50 ms to plan."""
PIECE = 4 << 20
"""Bytes of a result in a row: a message of Spark Connect has 128 MB at most."""
SCHEMA = "call int, piece int, data binary"
"""The columns of results, as Spark spells them."""
_ARROW = pa.schema([("call", pa.int32()), ("piece", pa.int32()), ("data", pa.binary())])
ROWS = 100_000
"""More rows than a cluster runs tasks at a time."""
_NAME = "executor"


class SparkExecutor(Executor):
    """Runs calls as jobs of one task in a session of Spark, classic or Connect.

    What is called, with what, and what it returns must be picklable; modules that it is of must be
    on the workers. A call raises what it raised there, LogError where Spark gave up.
    """

    def __init__(self, session: Any, workers: int | None = None) -> None:
        """Take a session; without a number of workers, as many tasks as it runs at a time."""
        self._session = session
        self._jobs = workers or _slots(session)
        self._max_workers = CALLS * self._jobs
        """How many calls may run, as whoever submits them asks an executor."""
        self._waiting: deque[tuple[Future[Any], bytes]] = deque()
        self._changed = Condition()
        self._closed = False
        self._threads: list[Thread] = []

    @property
    def calls(self) -> int:
        """Return how many calls may run at a time."""
        return self._max_workers

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a call on some worker; RuntimeError after `shutdown`."""
        dumps: Callable[[object], bytes] = resolve_name("pyspark.cloudpickle:dumps")
        call = dumps((fn, args, kwargs))
        future: Future[T] = Future()
        with self._changed:
            if self._closed:
                raise RuntimeError("cannot submit calls after shutdown")
            self._waiting.append((future, call))
            self._changed.notify()
            if len(self._threads) < self._jobs:
                thread = Thread(target=self._run, daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End: calls that wait are run all the same, unless they are cancelled."""
        with self._changed:
            self._closed = True
            if cancel_futures:
                for future, _ in self._waiting:
                    future.cancel()
                self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads if wait else ():
            thread.join()

    def _run(self) -> None:
        while calls := self._taken():
            try:
                results = _results(self._session, [call for _, call in calls])
                for (future, _), (kind, value) in zip(calls, results, strict=True):
                    if kind == b"R":
                        future.set_result(value)
                    else:
                        future.set_exception(value)
            except BaseException as error:  # whoever waits for the calls gets it
                for future, _ in calls:
                    with suppress(Exception):
                        future.set_exception(error)

    def _taken(self) -> list[tuple[Future[Any], bytes]]:
        """Return the calls of the next job, once there are some; none when all is done."""
        calls: list[tuple[Future[Any], bytes]] = []
        with self._changed:
            while not calls:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return []
                for _ in range(min(CALLS, max(1, len(self._waiting) // self._jobs))):
                    future, call = self._waiting.popleft()
                    if future.set_running_or_notify_cancel():
                        calls.append((future, call))
        return calls


def _slots(session: Any) -> int:
    """Return how many tasks a session runs at a time."""
    with in_one_line(_NAME):
        parts = session.range(ROWS).selectExpr("spark_partition_id() AS part").distinct().collect()
    return max(1, len(parts))


def _results(session: Any, calls: Sequence[bytes]) -> list[tuple[bytes, Any]]:
    with in_one_line(_NAME):
        one = session.range(0, 1, 1, 1)
        rows = sorted(tuple(row) for row in one.mapInArrow(_calling(calls), SCHEMA).collect())
    results = []
    for _, pieces in groupby(rows, key=lambda row: row[0]):
        data = b"".join(piece[2] for piece in pieces)
        results.append((data[:1], pickle.loads(memoryview(data)[1:])))  # noqa: S301  # our own
    return results


def _calling(
    calls: Sequence[bytes],
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what a task runs."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _ in batches:
            pass
        for number, call in enumerate(calls):
            yield from _pieces(number, called(call))

    return run


def called(call: bytes) -> bytes:
    """Return what a call returned, or raised, as bytes."""
    fn, args, kwargs = pickle.loads(call)  # noqa: S301  # of the driver
    try:
        return b"R" + pickle.dumps(fn(*args, **kwargs))
    except Exception as error:  # who has submitted the call gets it
        try:
            return b"E" + pickle.dumps(error)
        except Exception:  # of a library, with a lock or a file in it
            return b"E" + pickle.dumps(RuntimeError(type(error).__name__))


def _pieces(number: int, data: bytes) -> Iterator[pa.RecordBatch]:
    for piece, start in enumerate(range(0, len(data), PIECE)):
        columns = ([number], [piece], [data[start : start + PIECE]])
        arrays = [pa.array(c, f.type) for c, f in zip(columns, _ARROW, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=_ARROW)
