"""Parallel fold: measure parts of files by threads or another engine, and add them in order.

The result depends neither on the engine nor on the number of its workers: `cuts` says in which
order measures are added, and samples keep the same rows whoever takes them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Generic, Protocol

from skewcheck.counts.profile import Limits, Profile
from skewcheck.engine.cuts import bundles, parts_of_piece, pieces_of, task_bytes
from skewcheck.engine.engines import THREADS, Engine, cores, result
from skewcheck.engine.tasks import M, Piece, Read, Task, Work, grouped, read_files, read_part
from skewcheck.logs.file import File, Thunk
from skewcheck.logs.log import Log
from skewcheck.text.errors import EngineError

if TYPE_CHECKING:
    from skewcheck.engine.sending import Sender


class Memory(Protocol[M]):
    """What earlier runs measured, file by file."""

    def knows(self, file: File) -> bool:
        """Return whether a file's measure may be recalled, without reading all of it."""
        ...

    def recall(self, file: File) -> M | None:
        """Return the stored measure of such a file; None where it must be read after all."""
        ...

    def keep(self, file: File, measured: M) -> None:
        """Store the measure of a file that was read."""
        ...


Progress = Callable[[int, int, int, str], None]
"""Called with the rows done, the bytes done, all bytes, and the file that is being read."""


def fold(
    log: Log,
    work: Work[M],
    *,
    engine: Engine = THREADS,
    limits_of: Callable[[str], Limits] | None = None,
    progress: Progress | None = None,
    memory: Memory[M] | None = None,
    parsed: Callable[[str, int], None] | None = None,
) -> M:
    """Return the sum of the measures of all batches, `work.zero` for none.

    `limits_of` gives the limits of the samples by a file's name; they leave no row out that the
    result has. With a memory, files whose measure it has are not read, and those of the others are
    stored in it. `parsed` is called with the name of each file and its rows by `work.parsed`. Twice
    as many parts, or tasks, as the engine has workers are submitted, so that memory use does not
    grow with the log. LogError where a file cannot be read, EngineError where the engine fails.
    """
    shared = Limits()
    workers = cores() if engine.executor is not None else engine.workers or cores()
    # Beside an executor, its threads measure what no other process can read.
    with ThreadPoolExecutor(workers) as pool:
        reader = _Reader(log, work, engine, pool, limits_of or (lambda _: shared), memory)
        adder = _Adder(log, work, memory, progress, parsed)
        try:
            total = work.zero
            for _, units in groupby(reader.read(), lambda measured: measured.unit.bundle):
                total = total + adder.bundle(units)
            return total
        except BaseException:
            reader.cancel()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@dataclass(frozen=True, slots=True)
class _Unit(Generic[M]):
    """What is submitted at once: a part, a piece, or several files."""

    bundle: int
    files: tuple[File, ...]
    piece: int
    """Its number in the file."""
    future: Future[Read[M] | None] | None
    """None for a file that is to be recalled."""
    task: Task[M] | None = None
    """What another process does of it; None for threads of this one."""


@dataclass(frozen=True, slots=True)
class _Measured(Generic[M]):
    """A unit that was read, or recalled."""

    unit: _Unit[M]
    read: Read[M]
    recalled: bool = False


class _Reader(Generic[M]):
    """Submits all units of a log in order, and yields what they hold."""

    def __init__(
        self, log: Log, work: Work[M], engine: Engine, pool: ThreadPoolExecutor,
        limits_of: Callable[[str], Limits], memory: Memory[M] | None,
    ) -> None:  # fmt: skip
        self._log, self._work, self._memory = log, work, memory
        self._pool, self._limits_of = pool, limits_of
        self._most = 2 * (engine.workers or cores())
        self._sender: Sender[M] | None = None
        if engine.executor is not None:
            from skewcheck.engine.sending import Sender  # most audits are of threads

            self._sender = Sender(engine.executor, work, self._most)
        self._size = task_bytes(log.files, len(work.wanted.all))
        self._submitted: set[Future[Read[M] | None]] = set()

    def cancel(self) -> None:
        """Cancel what was submitted and has not begun."""
        for future in self._submitted:
            future.cancel()

    def read(self) -> Iterator[_Measured[M]]:
        """Yield the units in order; what must be read is submitted before files are recalled."""
        for unit in self._ahead(self._units()):
            if unit.future is not None:
                yield self._taken(unit, unit.future)
                continue
            (file,) = unit.files
            recalled = None if self._memory is None else self._memory.recall(file)
            if recalled is not None:
                yield _Measured(unit, Read(recalled, (0,)), recalled=True)
                continue
            for again in self._ahead(self._file(unit.bundle, file)):
                if again.future is not None:
                    yield self._taken(again, again.future)

    def _taken(self, unit: _Unit[M], future: Future[Read[M] | None]) -> _Measured[M]:
        read = result(future)
        if read is None and unit.task is not None and self._sender is not None:
            # A process that is new, or has forgotten, does not know how to count.
            read = result(self._kept(self._sender.submit(unit.task, again=True)))
        self._submitted.discard(future)
        if read is None:
            raise EngineError("a worker did not get what it was sent: see its logs")
        if unit.task is not None and isinstance(read.measure, Profile):
            self._limits_of(unit.files[0].name).learn(read.measure)
        return _Measured(unit, read)

    def _ahead(self, units: Iterator[_Unit[M]]) -> Iterator[_Unit[M]]:
        """Yield the same in order, with at most `most` futures submitted beyond the yielded one."""
        submitted: deque[_Unit[M]] = deque()
        futures = 0
        for unit in units:
            submitted.append(unit)
            futures += unit.future is not None
            while futures > self._most:
                first = submitted.popleft()
                futures -= first.future is not None
                yield first
        yield from submitted

    def _units(self) -> Iterator[_Unit[M]]:
        apart = None if self._memory is not None else self._work.pool_after
        for number, bundle in enumerate(bundles(self._log.files, self._size)):
            sent = None
            if self._memory is None and len(bundle) > 1:
                sent = self._sent(number, 0, [Piece(file) for file in bundle], apart)
            if sent is not None:
                yield sent
            else:
                yield from self._bundle(number, bundle, apart)
            if apart is not None:
                apart = max(0, apart - sum(file.rows != 0 for file in bundle))

    def _bundle(self, number: int, bundle: Sequence[File], apart: int | None) -> Iterator[_Unit[M]]:
        for files in grouped(bundle, apart):
            if self._memory is not None and self._memory.knows(files[0]):
                yield _Unit(number, files, 0, None)
            elif len(files) == 1:
                yield from self._file(number, files[0])
            else:
                limits = self._limits_of(files[0].name)
                future = self._kept(self._pool.submit(_files, self._work, files, limits))
                yield _Unit(number, files, 0, future)

    def _file(self, bundle: int, file: File) -> Iterator[_Unit[M]]:
        """Submit the pieces of a file, or its parts to threads if no other process can read it."""
        each = parts_of_piece(file, self._size)
        for number, piece in enumerate(pieces_of(file, each)):
            unit = self._sent(bundle, number, [piece])
            if unit is None:
                break
            yield unit
        else:
            return
        limits = self._limits_of(file.name)
        for place, part in enumerate(file.parts(self._work.wanted)):
            number = 0 if each is None else place // each
            future = self._kept(self._pool.submit(_part, self._work, part, limits))
            yield _Unit(bundle, (file,), number, future)

    def _sent(
        self, bundle: int, number: int, pieces: Sequence[Piece], apart: int | None = None
    ) -> _Unit[M] | None:
        """Submit a task; None where threads of this process must do it."""
        if self._sender is None:
            return None
        files = tuple(piece.file for piece in pieces)
        task = self._sender.task(pieces, self._limits_of(files[0].name), apart)
        if task is None:
            return None
        return _Unit(bundle, files, number, self._kept(self._sender.submit(task)), task)

    def _kept(self, future: Future[Read[M] | None]) -> Future[Read[M] | None]:
        self._submitted.add(future)
        return future


def _part(work: Work[M], part: Thunk, limits: Limits) -> Read[M] | None:
    measure, rows = read_part(work, part, limits)
    return Read(measure, (rows,))


def _files(work: Work[M], files: Sequence[File], limits: Limits) -> Read[M] | None:
    return read_files(work, files, limits)


class _Adder(Generic[M]):
    """Adds measures in their order, and says of each file that all of it was read."""

    def __init__(
        self, log: Log, work: Work[M], memory: Memory[M] | None, progress: Progress | None,
        parsed: Callable[[str, int], None] | None,
    ) -> None:  # fmt: skip
        self._work, self._memory, self._progress, self._parsed = work, memory, progress, parsed
        self._rows = self._bytes = 0
        self._all_bytes = sum(file.size for file in log.files)

    def bundle(self, units: Iterable[_Measured[M]]) -> M:
        """Return the sum of consecutive files."""
        total: M | None = None
        for _, of_files in groupby(units, lambda measured: id(measured.unit.files[0])):
            files = self._files(of_files)
            total = files if total is None else total + files
        return self._work.zero if total is None else total

    def _files(self, units: Iterable[_Measured[M]]) -> M:
        """Return the sum of a file's pieces, or of the files that were read together."""
        total, rows = self._work.zero, 0
        for _, parts in groupby(units, lambda measured: measured.unit.piece):
            piece: M | None = None
            for measured in parts:
                part = measured.read.measure
                if part is not None:
                    piece = part if piece is None else piece + part
                rows += sum(measured.read.rows)
                self._tell(measured.unit.files[0], total, piece)
            if piece is not None:
                # What is recalled, and each of several files, was added to zero already.
                added = measured.recalled or len(measured.unit.files) > 1
                total = piece if added else total + piece
        self._finish(measured, rows, total)
        return total

    def _tell(self, file: File, files: M, piece: M | None) -> None:
        if self._progress is not None:
            rows = files.rows + (0 if piece is None else piece.rows)
            here = file.size * min(1.0, rows / file.rows) if file.rows else 0
            self._progress(self._rows + rows, self._bytes + int(here), self._all_bytes, file.name)

    def _finish(self, last: _Measured[M], rows: int, total: M) -> None:
        """Check files of which all was read, and store and tell what was."""
        files, read = last.unit.files, last.read
        counted = self._work.parsed
        parsed = read.parsed if len(files) > 1 or counted is None else (counted(total),)
        if not last.recalled:
            for file, of_file in zip(files, read.rows if len(files) > 1 else (rows,), strict=True):
                file.check(of_file)
            if self._memory is not None:
                self._memory.keep(files[0], total)
        if self._parsed is not None:
            for file, number in zip(files, parsed, strict=True):
                self._parsed(file.name, number)
        self._rows, self._bytes = self._rows + total.rows, self._bytes + sum(f.size for f in files)
