"""The one pass: in order, bounded, and the same on any number of threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skewcheck.counts.profile import Limits
from skewcheck.engine.engines import Engine
from skewcheck.engine.fold import Progress, fold
from skewcheck.engine.tasks import M, Work
from skewcheck.logs import Log, Wanted, open_logs
from skewcheck.logs.batch import Batch, RowOrigin
from skewcheck.logs.file import Contents
from skewcheck.logs.times import Window
from skewcheck.text.errors import LogError


@dataclass(frozen=True)
class Seen:
    """Which rows came by, in the order of the additions."""

    rows: int = 0
    where: tuple[tuple[str, int, int], ...] = ()

    def __add__(self, other: Seen) -> Seen:
        return Seen(self.rows + other.rows, self.where + other.where)


@dataclass(frozen=True)
class Tree:
    """In which order parts were added; no rows add nothing."""

    rows: int = 0
    shape: object = None

    def __add__(self, other: Tree) -> Tree:
        if not (self.rows and other.rows):
            return self if self.rows else other
        return Tree(self.rows + other.rows, (self.shape, other.shape))


def total(
    log: Log, zero: M, measure: Callable[[Batch], M], *, window: Window | None = None,
    threads: int | None = None, progress: Progress | None = None,
) -> M:  # fmt: skip
    def measured(batch: Batch, _: Limits) -> M:
        return measure(batch)

    work = Work(WANTED, zero, measured, window)
    return fold(log, work, engine=Engine(workers=threads), progress=progress)


def seen(batch: Batch) -> Seen:
    return Seen(batch.rows, ((batch.origin.file, batch.origin.start, batch.rows),))


@pytest.fixture
def log(tmp_path: Path) -> Log:
    for name, rows in (("a", 10), ("b", 0), ("c", 7)):
        table = pa.table({"x": np.arange(rows), "ts": np.arange(rows) * 1.0})
        pq.write_table(table, tmp_path / f"{name}.parquet", row_group_size=3)
    return open_logs(str(tmp_path))


WANTED = Wanted(numbers=frozenset({"x"}), others=frozenset({"ts"}))


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_parts_are_added_in_order(log: Log, threads: int) -> None:
    found = total(log, Seen(), seen, threads=threads)
    assert found.rows == 17
    some = [(file, start) for file, start, rows in found.where if rows]
    assert some == sorted(some)
    assert sum(rows for file, _, rows in found.where if file == "a.parquet") == 10


def test_a_file_is_folded_before_the_log(log: Log) -> None:
    found = total(log, Tree(), lambda b: Tree(b.rows, b.origin.start), threads=3)
    assert found.shape == ((((0, 3), 6), 9), ((0, 3), 6))


def test_a_window_leaves_rows_out(log: Log) -> None:
    found = total(log, Seen(), seen, window=Window("ts", 5.0, 8.0))
    assert found.rows == 3 + 2


def test_progress_counts_up(log: Log) -> None:
    told: list[tuple[int, int, int, str]] = []
    total(log, Seen(), seen, progress=lambda *now: told.append(now), threads=2)
    assert [rows for rows, *_ in told] == sorted(rows for rows, *_ in told)
    assert told[-1][0] == 17
    assert all(done <= size for _, done, size, _ in told)


def test_an_error_in_a_part_ends_the_pass(log: Log) -> None:
    def fails(batch: Batch) -> Seen:
        if batch.origin.start >= 3:
            raise LogError("a.parquet: damaged")
        return seen(batch)

    threads = threading.active_count()
    with pytest.raises(LogError, match="damaged"):
        total(log, Seen(), fails, threads=2)
    assert threading.active_count() == threads


@dataclass(frozen=True)
class Endless:
    """A file of many parts that tells how far ahead of the measuring it was read."""

    name: str = "endless"
    size: int = 1
    rows: int | None = None
    measured: list[int] = field(default_factory=list)
    ahead: list[int] = field(default_factory=list)
    contents: Contents = field(default_factory=lambda: Contents({}, lambda *_: iter(())))

    def check(self, rows: int) -> None:
        """It does not change."""

    def parts(self, _: Wanted) -> Iterator[Callable[[], Iterator[object]]]:
        for i in range(200):
            self.ahead.append(i - len(self.measured))
            yield partial(iter, [Batch(RowOrigin(self.name, i), 1, {})])


def test_reading_does_not_run_ahead_of_measuring() -> None:
    file = Endless()

    def slow(batch: Batch) -> Seen:
        file.measured.append(batch.origin.start)
        return seen(batch)

    assert total(Log((file,)), Seen(), slow, threads=2).rows == 200
    assert max(file.ahead) <= 3 * 2 + 1


def test_a_file_must_hold_the_rows_that_it_announces(tmp_path: Path) -> None:
    """Whatever the format: its reader says how many there are, and then yields others."""
    (tmp_path / "a.csv").write_text("x\n1\n2\n3\n")
    (file,) = open_logs(str(tmp_path)).files
    assert total(Log((file,)), Seen(), seen).rows == 3
    for rows in (2, 4):
        other = replace(file, contents=replace(file.contents, rows=rows))
        with pytest.raises(LogError, match=f"announces {rows} rows and 3 were read"):
            total(Log((other,)), Seen(), seen)
