"""Spark: the session that is active, the cluster that its configuration names, or this machine."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from skewcheck.engine.engines import Engine, shielded
from skewcheck.engine.spark.errors import in_one_line
from skewcheck.engine.spark.executor import SparkExecutor
from skewcheck.text.errors import OptionName, UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@contextmanager
def opened(workers: int | None) -> Iterator[Engine]:
    """Yield an executor of Spark, which has as many jobs at a time, until the block ends.

    The master is that of SPARK_REMOTE or of Spark's own configuration. Where that is this machine,
    workers run this Python. UsageError without PySpark, LogError where Spark cannot be reached.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError(
            OptionName("engine", "spark"), ": needs PySpark: pip install 'skewcheck[spark]'"
        ) from None
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pyspark")  # its own, about other libraries
        with in_one_line("engine"), shielded():
            active = SparkSession.getActiveSession()
            session = active or _started(SparkSession.builder)
        executor = SparkExecutor(session, workers)
        try:
            yield Engine(executor, executor.calls)
        finally:
            executor.shutdown(cancel_futures=True)
            if active is None:
                session.stop()


def _started(builder: SparkSession.Builder) -> SparkSession:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = builder.appName("skewcheck").config("spark.ui.showConsoleProgress", "false")
    return builder.getOrCreate()
