"""Dask: the cluster that its own configuration names, or processes of this machine."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from skewcheck.engine.engines import Engine, cores, shielded
from skewcheck.text.errors import EngineError, OptionName, UsageError


@contextmanager
def opened(workers: int | None) -> Iterator[Engine]:
    """Yield the cluster of DASK_SCHEDULER_ADDRESS, or one of this machine until the block ends.

    UsageError without Dask, and for a number of workers where the cluster has its own;
    EngineError where the cluster cannot be reached.
    """
    try:
        import dask
        from distributed import Client
    except ModuleNotFoundError as error:
        raise UsageError(
            OptionName("engine", "dask"), f": needs {error.name}: pip install 'skewcheck[dask]'"
        ) from None
    address = dask.config.get("scheduler-address", None)
    if address is not None and workers is not None:
        raise UsageError(
            OptionName("workers", workers), f": the cluster at {address} has workers of its own"
        )
    try:
        with shielded(), dask.config.set({ENVIRONMENT: _without_trimming(dask.config)}):
            client = (
                Client(address) if address is not None
                else Client(n_workers=workers or cores(), threads_per_worker=1,
                            dashboard_address=":0", silence_logs=logging.ERROR)
            )  # fmt: skip
    except (OSError, TimeoutError, ValueError) as error:
        kind = type(error).__name__
        if address is None:
            raise EngineError(
                f"dask: no cluster of this machine could be started ({kind})"
            ) from error
        raise EngineError(f"dask: the cluster at {address} cannot be reached ({kind})") from error
    with client:
        threads = sum(client.nthreads().values())
        yield Engine(client.get_executor(pure=False), threads or None)


ENVIRONMENT = "distributed.nanny.pre-spawn-environ"
"""What Dask sets in the environment of workers that it starts."""


def _without_trimming(config: ModuleType) -> dict[str, object]:
    """Return it without the order to give each freed array back to the system.

    New ones are then made of pages that the system must clear, which takes as long as counting.
    """
    environment = config.get(ENVIRONMENT, {})
    return {key: value for key, value in environment.items() if key != "MALLOC_TRIM_THRESHOLD_"}
