"""Tasks: some parts of files, to be measured in whatever process.

A task is bytes, what to do and with which parts, and its result can be pickled: whatever runs a
function elsewhere can run it. Each process opens the files by itself.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from hashlib import blake2b
from itertools import islice
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeAlias, TypeVar

import numpy as np

from skewcheck import __version__
from skewcheck.counts.profile import Limits
from skewcheck.logs.batch import Batch, Wanted
from skewcheck.logs.file import File, Thunk
from skewcheck.logs.storage import Place, is_url
from skewcheck.logs.trouble import shown
from skewcheck.text.errors import EngineError, LogError

if TYPE_CHECKING:
    from skewcheck.logs.times import Window


class Addable(Protocol):
    """An element of a monoid: `+` is associative, and the rows of the left operand come first."""

    @property
    def rows(self) -> int:
        """Rows measured."""
        ...

    def __add__(self, other: Self, /) -> Self: ...


M = TypeVar("M", bound=Addable)
Measure: TypeAlias = Callable[[Batch, Limits], M]
"""Measures a batch, whose samples need no row beyond the limits. Another process unpickles it."""


@dataclass(frozen=True, slots=True)
class Work(Generic[M]):
    """How all parts of a log are measured."""

    wanted: Wanted
    zero: M
    measure: Measure[M]
    window: Window | None = None
    """Rows outside of it are left out."""
    parsed: Callable[[M], int] | None = None
    """Returns the rows that were met in a file, from its measure; None where nobody asks."""
    settled: Callable[[M], M] | None = None
    """Returns the same measure in fewer bytes, to be sent."""
    pool_after: int | None = None
    """Files with rows behind which small ones are measured together; None where none are."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A `Work` as it is sent: all of a plan with its references, a megabyte or many."""

    digest: bytes
    data: bytes | None
    """The pickled work; None for a process that ought to have it from an earlier task."""

    @classmethod
    def of(cls, work: Work[M]) -> Sent:
        """Return a work with its bytes."""
        data = pickle.dumps(work)
        return cls(blake2b(data, digest_size=16).digest(), data)


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive parts of a file: from `first` up to `end`, or to the last one."""

    file: File
    first: int = 0
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Task(Generic[M]):
    """One piece of a file, or several whole files, as another process takes them."""

    work: Sent
    pieces: bytes
    """The pickled pieces, `tuple[Piece, ...]`."""
    places: tuple[tuple[str, str, int], ...]
    """Name, path, and size in bytes of their files."""
    limits: Limits
    apart: int | None = None
    """How many of the files with rows are measured each for itself, as `pooled.pools` has it."""
    version: str = __version__
    """Of skewcheck: another one may count otherwise."""


@dataclass(frozen=True, slots=True)
class Read(Generic[M]):
    """What was read: the measure of a piece, or of several files."""

    measure: M | None
    """None for a piece without a batch."""
    rows: tuple[int, ...]
    """Rows that were read of each, in the time asked for or not."""
    parsed: tuple[int, ...] = ()
    """Of several files, by `Work.parsed`."""


def task_of(
    work: Sent, pieces: Sequence[Piece], limits: Limits, apart: int | None = None
) -> Task[M] | None:
    """Return a task; None where a file is in this process alone.

    That are tables in memory, standard input, members of archives, and results of queries and
    joins.
    """
    files = [piece.file for piece in pieces]
    if any(f.identity is None or f.contents.queried or isinstance(f.path, Place) for f in files):
        return None
    places = tuple((file.name, file.path, file.size) for file in files)
    try:
        return Task(work, pickle.dumps(tuple(pieces)), places, limits, apart)
    except (pickle.PicklingError, TypeError, AttributeError):
        return None  # how it is read cannot be sent either


def run(task: Task[M]) -> Read[M] | None:
    """Measure the pieces of a task, in any process; None for a work that this one does not have.

    LogError where a file cannot be read from here.
    """
    if task.version != __version__:
        raise EngineError(
            f"a worker has skewcheck {__version__}, and the audit {task.version}: install the same"
        )
    for place in task.places:
        _check_place(*place)
    work: Work[M] | None = _unpickled(task.work)
    if work is None:
        return None
    pieces = pickle.loads(task.pieces)  # noqa: S301  # of the driver
    read = measured(work, pieces, task.limits, task.apart)
    if work.settled is None or read.measure is None:
        return read
    return replace(read, measure=work.settled(read.measure))


def _unpickled(sent: Sent) -> Any:
    """Return a work, which is kept for later tasks; None if it was not, or no longer is."""
    work = _KEPT.get(sent.digest)
    if work is None and sent.data is not None:
        work = pickle.loads(sent.data)  # noqa: S301  # as above
        while len(_KEPT) >= MAX_KEPT:
            _KEPT.pop(next(iter(_KEPT)), None)
        _KEPT[sent.digest] = work
    return work


MAX_KEPT = 4
"""Works that a process keeps: a pass or two each of some audits at a time."""
_KEPT: dict[bytes, Any] = {}


def _check_place(name: str, path: str, size: int) -> None:
    """Raise LogError where a worker does not see the file that the driver saw."""
    if is_url(path):
        return
    try:
        seen = Path(path).stat().st_size
    except OSError:
        seen = None
    if seen != size:
        raise LogError(
            f"{shown(name)}: {'no such file' if seen is None else 'another file'} at {path}, where"
            " a worker looks for it: give an absolute path, or a URL, of storage that all workers"
            " see"
        )


def measured(
    work: Work[M], pieces: Sequence[Piece], limits: Limits, apart: int | None = None
) -> Read[M]:
    """Return the sum of a piece, or that of several files, each of which is added to zero first.

    Small ones behind `apart` files with rows are measured together.
    """
    if len(pieces) == 1:
        measure, rows = _piece(work, pieces[0], limits)
        return Read(measure, (rows,))
    files = [piece.file for piece in pieces]
    groups = grouped(files, apart)
    reads = [read_files(work, group, limits) for group in groups]
    return Read(
        reduce(add, (r.measure for r in reads if r.measure is not None)),
        tuple(rows for read in reads for rows in read.rows),
        tuple(rows for read in reads for rows in read.parsed),
    )


def grouped(files: Sequence[File], apart: int | None) -> Iterable[tuple[File, ...]]:
    """Yield all files in order, small ones behind the first `apart` with rows in groups.

    None for `apart`: each by itself.
    """
    if apart is None or len(files) <= apart:
        return ((file,) for file in files)
    from skewcheck.logs.pooled import pools  # few logs have so many files

    return pools(files, apart)


def read_files(work: Work[M], files: Sequence[File], limits: Limits) -> Read[M]:
    """Return what one whole file, or several small ones together, add to zero."""
    if len(files) == 1:
        measure, read = _piece(work, Piece(files[0]), limits)
        rows: tuple[int, ...] = (read,)
    else:
        measure, rows = _together(work, files, limits)
    total = work.zero if measure is None else work.zero + measure
    parsed = () if work.parsed is None else (work.parsed(total),) * len(files)
    return Read(total, rows, parsed)


def _together(
    work: Work[M], files: Sequence[File], limits: Limits
) -> tuple[M | None, tuple[int, ...]]:
    """Return the sum of small files, of which few batches are made, and the rows of each."""
    from skewcheck.logs.pooled import together  # as above

    read = [[b for part in file.parts(work.wanted) for b in part()] for file in files]
    kept = (work.window.kept(b) if work.window else b for batches in read for b in batches)
    total: M | None = None
    with np.errstate(over="ignore", invalid="ignore"):
        for batch in together(kept):
            measure = work.measure(batch, limits)
            total = measure if total is None else total + measure
    return total, tuple(sum(map(_rows_of, batches)) for batches in read)


def _rows_of(batch: Batch) -> int:
    return batch.rows + batch.undecoded + batch.other + batch.empty


def _piece(work: Work[M], piece: Piece, limits: Limits) -> tuple[M | None, int]:
    """Return the sum of the parts of a piece, None without a batch, and the rows that were read."""
    total: M | None = None
    rows = 0
    for part in islice(piece.file.parts(work.wanted), piece.first, piece.end):
        of_part, read = read_part(work, part, limits)
        rows += read
        if of_part is not None:
            total = of_part if total is None else total + of_part
    return total, rows


def read_part(work: Work[M], part: Thunk, limits: Limits) -> tuple[M | None, int]:
    """Return the sum of the batches of a part, None without any, and the rows that were read."""
    total: M | None = None
    rows = 0
    batches = part()
    try:
        # Sums of the largest float64 overflow; the verdict deals with infinite sums.
        with np.errstate(over="ignore", invalid="ignore"):
            for batch in batches:
                rows += _rows_of(batch)
                measure = work.measure(work.window.kept(batch) if work.window else batch, limits)
                # Added one by one: a list of them would grow with the part.
                total = measure if total is None else total + measure
    finally:
        if isinstance(batches, Generator):
            batches.close()  # where measuring fails: parts behind this one may wait for it
    return total, rows
