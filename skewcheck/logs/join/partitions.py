"""Records of all files are divided by a hash of their id, so that those of one id lie together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from skewcheck.logs.arrays import IntArray
from skewcheck.logs.arrays.arrow import from_numpy, present
from skewcheck.logs.batch import Batch, Wanted
from skewcheck.logs.file import File
from skewcheck.logs.join.concat import plain
from skewcheck.logs.join.ids import id_texts, partitions_of
from skewcheck.logs.join.records import JoinedRecords
from skewcheck.logs.join.segments import Segment, Segments
from skewcheck.logs.times import seconds
from skewcheck.logs.trouble import reading

BUFFERED = 16 << 20
"""Bytes of records that are held before they are written, and of partitions joined at once: more
of them take more memory, and no less time."""
PARTITIONS = 256
"""Enough that one fits into memory of logs up to 4 GB at BUFFERED each; of larger ones they
grow."""
FILE_SHIFT = 40
"""Bits of a record's number in its file; those above are the number of the file."""
ID, ORDER, TIME = "id", "order", "time"
"""Columns of a partition beside those of the log, which have MARK before their names."""
MARK = "="


@dataclass(frozen=True, slots=True)
class JoinFile:
    """A file whose records are joined."""

    file: File
    ids: tuple[str, ...]
    """The columns of the id, of which the first that has a value holds; none: it has no ids."""
    time: str | None = None
    """The column of times, where these are compared."""

    @property
    def columns(self) -> list[str]:
        """Return the top-level columns without those that are an id."""
        return [name for name in self.file.schema() if name not in self.ids]


@dataclass(slots=True)
class Partitions:
    """The records of all files, by partition."""

    segments: Segments
    places: list[list[Segment]]
    rows: list[int]
    """Records of each file, with or without an id."""
    told: list[JoinedRecords]
    """What is known of each file's records so far."""
    groups: list[list[Segment]] = field(default_factory=list)
    """The segments of partitions that are joined together."""

    def tables(self, group: int) -> Iterator[pa.Table]:
        """Yield the records of a group, a table a segment."""
        yield from map(self.segments.read, self.groups[group])


def partitioned(files: Sequence[JoinFile], threads: int) -> Partitions:
    """Read all records of files, in the order of files and rows whatever the threads.

    Raises LogError where a file cannot be read, or the temporary file not be written.
    """
    whole = Partitions(Segments(), [[] for _ in range(PARTITIONS)], [], [])
    buffer = _Buffer(whole)
    with ThreadPoolExecutor(threads) as pool:
        try:
            for number, part in enumerate(files):
                _read(number, part, buffer, pool, 2 * threads)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    buffer.flush(last=True)
    whole.groups = list(_grouped(whole.places))
    return whole


@dataclass(frozen=True, slots=True)
class _Read:
    """A batch of records, as a partition has them."""

    table: pa.Table
    batch: Batch
    without_id: int


def _read(
    number: int, part: JoinFile, buffer: _Buffer, pool: ThreadPoolExecutor, ahead: int
) -> None:
    times = frozenset() if part.time is None else frozenset([part.time])
    wanted = Wanted(labels=frozenset(part.ids), others=frozenset(part.columns) | times)
    if not part.ids:
        wanted = Wanted()

    def run(thunk: Callable[[], Iterator[Batch]]) -> list[_Read]:
        with reading(part.file.name):
            return [_prepared(number, part, batch) for batch in thunk()]

    told = JoinedRecords(part.file.name)
    parsed = rows = 0
    futures = (pool.submit(run, thunk) for thunk in part.file.parts(wanted))
    for future in _ahead(futures, ahead):
        for read in future.result():
            batch = read.batch
            told += JoinedRecords(
                part.file.name, unmatched=read.without_id, undecoded=batch.undecoded,
                first_undecoded=batch.first_undecoded, other=batch.other + batch.empty,
                cut=int(batch.cut),
            )  # fmt: skip
            parsed += batch.rows + batch.undecoded + batch.other + batch.empty
            if batch.rows:
                rows = max(rows, batch.origin.row(batch.rows - 1) + 1)
            buffer.add(read.table)
    part.file.check(parsed)
    buffer.whole.told.append(told)
    buffer.whole.rows.append(rows)


def _ahead(futures: Iterator[Future[list[_Read]]], most: int) -> Iterator[Future[list[_Read]]]:
    """Yield futures in their order, with at most `most` submitted beyond the yielded one."""
    submitted: deque[Future[list[_Read]]] = deque()
    for future in futures:
        submitted.append(future)
        if len(submitted) > most:
            yield submitted.popleft()
    yield from submitted


def _prepared(number: int, part: JoinFile, batch: Batch) -> _Read:
    """Return the records of a batch that have an id."""
    if not part.ids or not batch.rows:
        return _Read(pa.table({}), batch, batch.rows)
    texts = id_texts([batch.columns[name] for name in part.ids])
    order = (number << FILE_SHIFT) + batch.origin.numbers(batch.rows).astype(np.int64)
    columns = {ID: texts, ORDER: from_numpy(order)}
    if part.time is not None:
        columns[TIME] = from_numpy(seconds(batch.columns[part.time]))
    for name in part.columns:
        if name in batch.columns:
            columns[f"{MARK}{name}"] = plain(batch.columns[name])
    kept = present(texts)
    table = pa.table(columns)
    if not kept.all():
        table = table.filter(pc.is_valid(texts))
    return _Read(table, batch, int(np.count_nonzero(~kept)))


class _Buffer:
    """Records that are to be written: those of the same columns are divided together."""

    def __init__(self, whole: Partitions) -> None:
        self.whole = whole
        self._tables: dict[pa.Schema, list[pa.Table]] = {}
        self._bytes = 0

    def add(self, table: pa.Table) -> None:
        if not table.num_rows:
            return
        self._tables.setdefault(table.schema, []).append(table)
        self._bytes += table.nbytes
        if self._bytes >= BUFFERED:
            self.flush()

    def flush(self, *, last: bool = False) -> None:
        """Write what is held: all of a small log as one partition."""
        small = last and not any(self.whole.places)
        for tables in self._tables.values():
            table = pa.concat_tables(tables).combine_chunks()
            if small:
                self.whole.places[0].append(self.whole.segments.write(table))
                continue
            partitions = _partitions(table)
            table = table.take(from_numpy(np.argsort(partitions, kind="stable")))
            ends = np.cumsum(np.bincount(partitions, minlength=PARTITIONS))
            for place, end in enumerate(ends):
                start = 0 if place == 0 else int(ends[place - 1])
                if end > start:
                    piece = table.slice(start, int(end) - start)
                    self.whole.places[place].append(self.whole.segments.write(piece))
        self._tables, self._bytes = {}, 0


def _partitions(table: pa.Table) -> NDArray[np.uint8]:
    parts = [partitions_of(chunk) for chunk in table.column(ID).chunks]
    return np.concatenate(parts)


def _grouped(places: Sequence[list[Segment]]) -> Iterator[list[Segment]]:
    """Yield the segments of consecutive partitions that are small enough to be joined at once."""
    group: list[Segment] = []
    size = 0
    for segments in places:
        more = sum(segment.size for segment in segments)
        if group and size + more > BUFFERED:
            yield group
            group, size = [], 0
        group, size = [*group, *segments], size + more
    if group:
        yield group


def file_of(orders: IntArray) -> IntArray:
    """Return the number of the file of each record."""
    return orders >> FILE_SHIFT
