"""Exploded rows have one number each, whatever reads them; nobody waits for a part that failed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pytest
from records import contents, file_of

from skewcheck.engine.engines import Engine
from skewcheck.engine.fold import fold
from skewcheck.engine.tasks import Work
from skewcheck.logs.batch import Batch, Wanted
from skewcheck.logs.file import Contents, File
from skewcheck.logs.log import Log
from skewcheck.logs.shape import reading, shaped
from skewcheck.logs.shape.ops import Decode, Explode, Shape
from skewcheck.text.errors import LogError

LENGTHS = np.random.default_rng(1).integers(0, 4, 200).tolist()
TEXTS = [str(list(range(n))) for n in LENGTHS]
ROWS = sum(max(n, 1) for n in LENGTHS)
SHAPE = Shape((Decode("t", "json"), Explode("t")))


@dataclass(frozen=True)
class Numbers:
    """The numbers of rows, as a measure."""

    numbers: tuple[int, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.numbers)

    def __add__(self, other: Numbers) -> Numbers:
        return Numbers(self.numbers + other.numbers)

    @classmethod
    def of(cls, batch: Batch) -> Numbers:
        return cls(tuple(map(int, batch.origin.numbers(batch.rows))))


def _file(part: int = 7, batch: int = 3) -> File:
    return file_of(shaped(contents(pa.table({"t": TEXTS}), part, batch), SHAPE, "f"))


def _folded(file: File, threads: int, measure: Callable[[Batch], Numbers] = Numbers.of) -> Numbers:
    wanted = Wanted(others=frozenset(["t[]"]))
    work = Work(wanted, Numbers(), lambda batch, _: measure(batch))
    return fold(Log((file,)), work, engine=Engine(workers=threads))


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize(("part", "batch"), [(1, 1), (7, 3), (50, 50), (500, 9)])
@pytest.mark.parametrize("ahead", [reading.AHEAD, 0, -1])
def test_numbers(
    threads: int, part: int, batch: int, ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "AHEAD", ahead)  # with 0 rows wait for those of the part before
    assert _folded(_file(part, batch), threads).numbers == tuple(range(ROWS))


def _ended(run: Callable[[], object]) -> BaseException | None:
    """Run in a thread of its own, so that a test that would wait forever fails."""
    raised: list[BaseException] = []

    def guarded() -> None:
        try:
            run()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=guarded, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    return raised[0] if raised else None


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("ahead", [reading.AHEAD, -1])
@pytest.mark.parametrize("at", [0, 1, 30])
def test_who_counts_fails(
    threads: int, ahead: int, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "AHEAD", ahead)
    calls = iter(range(10_000))

    def measure(batch: Batch) -> Numbers:
        if next(calls) == at:
            raise MemoryError
        return Numbers.of(batch)

    assert isinstance(_ended(lambda: _folded(_file(), threads, measure)), MemoryError)


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("ahead", [reading.AHEAD, -1])
@pytest.mark.parametrize("at", [2, 20])
def test_a_part_is_damaged(
    threads: int, ahead: int, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "AHEAD", ahead)
    made = contents(pa.table({"t": TEXTS}), 7, 3)

    def read(paths: object, wanted: object) -> Iterator[object]:
        def broken() -> Iterator[Batch]:
            raise LogError("f: damaged")
            yield

        for place, part in enumerate(made.read(paths, wanted)):  # type: ignore[arg-type]
            yield broken if place == at else part

    damaged: Contents = replace(made, read=read)  # type: ignore[arg-type]
    error = _ended(lambda: _folded(file_of(shaped(damaged, SHAPE, "f")), threads))
    assert str(error) == "f: damaged"


def test_the_first_rows_alone() -> None:
    log = Log((_file(),))
    head = log.head(["t[]"], 5)
    assert head is not None
    assert head.origin.start == 0
    assert sum(batch.rows for batch in log.batches(Wanted(others=frozenset(["t[]"])))) == ROWS
