"""An executor of Spark, with a session that runs its tasks in this process."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from typing import Any

import pyarrow as pa
import pytest

from skewcheck.engine.spark.executor import CALLS, PIECE, SparkExecutor
from skewcheck.text.errors import UsageError

pytest.importorskip("pyspark", reason="no Spark: install a JVM and pyspark[connect]")
pytestmark = pytest.mark.filterwarnings("ignore")


class Session:
    """As much of a session as the executor uses."""

    def __init__(self, slots: int = 2) -> None:
        self.slots = slots
        self.jobs = 0

    def range(self, *_numbers: int) -> Session:
        return self

    def selectExpr(self, *_expressions: str) -> Rows:  # noqa: N802
        return Rows([(slot,) for slot in range(self.slots)] * 2)

    def mapInArrow(self, run: Callable[..., Iterator[pa.RecordBatch]], _schema: str) -> Rows:  # noqa: N802
        self.jobs += 1
        batches = run(iter([pa.record_batch({"id": [0]})]))
        return Rows([tuple(row.values()) for b in batches for row in b.to_pylist()])


class Rows:
    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self.rows = rows

    def distinct(self) -> Rows:
        return Rows(list(dict.fromkeys(self.rows)))

    def collect(self) -> list[tuple[Any, ...]]:
        return self.rows


def refuse(option: str) -> None:
    raise UsageError(f"{option}: no")


def test_calls_return_and_raise_what_they_do() -> None:
    session = Session()
    with SparkExecutor(session) as executor:
        futures = [executor.submit(math.factorial, n) for n in range(40)]
        assert [f.result() for f in futures] == [math.factorial(n) for n in range(40)]
        assert 40 / CALLS <= session.jobs <= 40
        with pytest.raises(UsageError, match=r"^alpha: no$"):
            executor.submit(refuse, "alpha").result()
        with pytest.raises(ZeroDivisionError):
            executor.submit(operator.truediv, 1, 0).result()
        large = b"x" * (PIECE + 1)
        assert executor.submit(operator.add, large, b"y").result() == large + b"y"
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(math.factorial, 1)


def test_a_job_that_fails_is_the_error_of_its_calls() -> None:
    class Broken(Session):
        def mapInArrow(self, _run: object, _schema: str) -> Rows:  # noqa: N802
            raise OSError("no cluster")

    executor = SparkExecutor(Broken(), workers=1)
    futures = [executor.submit(math.factorial, n) for n in range(3)]
    wait(futures)
    assert all(isinstance(f.exception(), OSError) for f in futures)
    executor.shutdown(cancel_futures=True)
