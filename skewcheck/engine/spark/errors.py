"""Errors of Spark as one line that says what to do."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from skewcheck.logs.trouble import shown, trouble
from skewcheck.text.errors import SkewcheckError

_LOGGERS = ("DataFrameQueryContextLogger", "SQLQueryContextLogger")
"""They write each error of a query, which is told in one line, as JSON."""
_KINDS = (
    ("pyspark.errors", "PySparkException"), ("py4j.protocol", "Py4JError"),
    ("py4j.protocol", "Py4JNetworkError"), ("grpc", "RpcError"),
)  # fmt: skip


@contextmanager
def in_one_line(name: str) -> Iterator[None]:
    """Turn what Spark raises into a LogError about a frame, and keep its own loggers silent."""
    loggers = [logging.getLogger(logger) for logger in _LOGGERS]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    except SkewcheckError:
        raise
    except _kinds() as error:
        raise trouble(name, _what(error)) from error
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled


def not_analyzed() -> tuple[type[BaseException], ...]:
    """Return the errors by which Spark says that there is no such column."""
    return (import_module("pyspark.errors").AnalysisException,)


def _kinds() -> tuple[type[BaseException], ...]:
    kinds = []
    for module, name in _KINDS:
        try:
            kinds.append(getattr(import_module(module), name))
        except (ImportError, AttributeError):
            continue
    return tuple(kinds)


def _what(error: BaseException) -> str:
    """Return what happened, and what to do about it; words that may quote a value are left out."""
    message = str(error)
    if re.search(r"No module named '?skewcheck", message):
        return "skewcheck is not on Spark's workers: install the same version there"
    if re.search(r"worker (exited|crashed)|ExecutorLost|Lost executor|OutOfMemory", message):
        return (
            "a Spark worker ended in mid-run, as often as Spark tries again: give workers more"
            " memory (spark.executor.memoryOverhead), or see their logs"
        )
    if "maxResultSize" in message:
        return "what was counted is too large for the driver: raise spark.driver.maxResultSize"
    raised = re.findall(r"^([A-Za-z_][\w.]*(?:Error|Exception)): ", message, re.MULTILINE)
    if "Traceback (most recent call last)" in message and raised:
        return f"a Spark worker failed with {raised[-1]}: its cause says where"
    line = next((line.strip() for line in message.splitlines() if line.strip()), "no message")
    condition = re.match(r"\[[A-Z_.\d]+\]", line)
    if condition is not None and not isinstance(error, not_analyzed()):
        line = condition[0]
    line = line.partition(", most recent failure")[0]
    return f"Spark: {shown(line)}"
