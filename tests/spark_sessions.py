"""Sessions of Spark for tests, with a JVM that is there."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from typing import Any

import pytest

CONF = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.files.maxPartitionBytes": "40000",  # so that files are read by several tasks
    "spark.sql.files.openCostInBytes": "1000",
}

needs_spark = pytest.mark.skipif(
    shutil.which("java") is None or find_spec("pyspark") is None,
    reason="no Spark: install a JVM and pyspark[connect]",
)


def session(master: str = "local[2]", *, connect: bool = False) -> Any:
    """Start a session; its workers run this Python, and the skewcheck that it imports."""
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    builder = builder.remote(master) if connect else builder.master(master)
    for key, value in CONF.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()
