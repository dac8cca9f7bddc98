"""Engines: what measures parts of logs. Each but threads is a `concurrent.futures.Executor`."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TypeVar

from skewcheck.text.errors import EngineError, OptionName, SkewcheckError, UsageError

T = TypeVar("T")
UNKNOWN = 32
"""Workers that an executor is taken to have which does not say how many: few tasks would leave a
cluster idle, and the results of many would fill the memory of this process."""
_FRAMEWORKS = frozenset({"distributed", "dask", "ray", "loky", "joblib", "pyspark", "py4j"})
"""Packages whose errors are those of an engine, not of what it ran."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Where parts of logs are measured."""

    executor: Executor | None = None
    """None for threads of this process."""
    workers: int | None = None
    """How many measure at a time; None for one on each processor."""


THREADS = Engine()
_OPENERS: Mapping[str, str] = {
    "processes": "skewcheck.engine.engines.processes:opened",
    "dask": "skewcheck.engine.engines.dask:opened",
    "spark": "skewcheck.engine.engines.spark:opened",
}
"""What opens an engine by its name, until a block ends: takes the number of workers, or None."""


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def opened(name: str, workers: int | None, executor: Executor | None = None) -> Iterator[Engine]:
    """Yield the engine of a name, or of an executor, which stays its owner's, until a block ends.

    UsageError for an executor beside a name, EngineError where the engine cannot be reached.
    """
    if executor is not None:
        if name != "threads":
            raise UsageError(OptionName("engine", name), ": an executor is an engine of its own")
        if not isinstance(executor, Executor):
            kind = type(executor).__name__
            raise UsageError(f"executor: must be a concurrent.futures.Executor, got {kind}")
        most = getattr(executor, "_max_workers", None)
        yield Engine(executor, workers or (most if isinstance(most, int) else UNKNOWN))
    elif name == "threads":
        yield Engine(workers=workers)
    else:
        opener: Callable[[int | None], AbstractContextManager[Engine]]
        opener = resolve_name(_OPENERS[name])
        with opener(workers) as engine:
            yield engine


@contextmanager
def shielded() -> Iterator[None]:
    """Let processes that the block starts never see Ctrl-C, which a terminal sends to all of them.

    The process that started them ends them. They inherit what a thread blocks; Windows has no such.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def result(future: Future[T]) -> T:
    """Return what a future holds, once it is there; EngineError where the engine lost it."""
    try:
        return future.result()
    except SkewcheckError:
        raise
    except BrokenExecutor:
        raise EngineError(
            "a worker process ended before its work was done: killed, by the system where memory"
            " ran out, or the script that started it has no `if __name__ == '__main__':`"
        ) from None
    except CancelledError:
        raise EngineError("the engine cancelled work that was not done: see its logs") from None
    except ModuleNotFoundError as error:
        raise EngineError(f"a worker has no module {error.name!r}: install it there") from None
    except Exception as error:
        kind = type(error)
        if kind.__module__.partition(".")[0] in _FRAMEWORKS:
            raise EngineError(
                f"the engine failed ({kind.__name__}): see the logs of its workers"
            ) from error
        raise
