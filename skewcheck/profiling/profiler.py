"""Count the rows of a running server, and write their profiles."""

from __future__ import annotations

import atexit
import logging
import os
import secrets
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

from skewcheck.config.given import Origin
from skewcheck.config.keywords import settings_for
from skewcheck.config.types import Settings
from skewcheck.features.types import Parameters
from skewcheck.parameters import Place
from skewcheck.profiling.columns import Served
from skewcheck.profiling.counting import Counter, batch_rows
from skewcheck.profiling.rows import Chunk, Row, Taking
from skewcheck.text.errors import SkewcheckError, UsageError, naming

if TYPE_CHECKING:
    from skewcheck.config.typed import ProfileOptions

CHUNK = 2_048
"""Rows that become columns at once, by the request that brings the last of them: in less than a
millisecond, as they are packed."""
MAX_WAITING = 1
"""Batches that may wait to be counted; beyond it a request counts, so that memory is bounded."""
_NOTHING: Mapping[str, object] = {}
_LOG = logging.getLogger("skewcheck")


class Profiler:
    """Counts rows of a server as they are served, and writes their profiles into a folder.

    `add` takes a few microseconds a row and never raises; rows are counted in a thread. Threads
    may share one. A process that was forked starts anew, with files of its own.
    """

    @naming(Origin("function", "Profiler"))
    def __init__(
        self,
        parameters: Place | Parameters,
        folder: str | Path,
        *,
        name: str = "profile",
        rows: int = 1_000_000,
        seconds: float = 3_600.0,
        sample: bool = True,
        settings: Settings | None = None,
        **options: Unpack[ProfileOptions],
    ) -> None:
        """Prepare for rows of these parameters; `folder` is made if it is not there.

        A profile is written after so many `rows` or `seconds`, whichever comes first, and when the
        profiler is closed: `{name}-{time}-{token}-{number}.skw`. A server that is killed loses the
        rows since. Without `sample` a profile holds no row.

        `options` are those of `skewcheck profile` for columns, features, windows and segments.
        Raises a SkewcheckError for wrong ones, and where the folder cannot be made.
        """
        chosen = settings_for("Profiler", settings, options)
        self._served = Served.of(parameters, chosen)
        every = {*self._served.raw.values(), *self._served.served.values()}
        # What is wrong is said now, not to a thread.
        wanted = self._served.counting(every, sampled=sample)[1].plan.wanted
        self._taking = Taking(self._served.raw, self._served.served, wanted)
        self._batch_rows = batch_rows(len(wanted.all))
        self._folder, self._name, self._sampled = Path(folder), name, sample
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{folder}: cannot make it ({error.strerror})") from error
        self._most_rows, self._seconds = max(int(rows), 1), max(float(seconds), 0.001)
        self._closed = False
        self._reset()
        reference = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _forked(reference))
        atexit.register(_closing, reference)

    def _reset(self) -> None:
        """Begin without rows, as a process that was forked does."""
        self._lock, self._counting = threading.Lock(), threading.RLock()
        self._wake = threading.Event()
        self._rows: list[Row] = []
        self._waiting: list[Chunk] = []
        self._waiting_rows = 0
        self._worker: threading.Thread | None = None
        self._token, self._number = secrets.token_hex(4), 0
        self._due = time.monotonic() + self._seconds
        self._counter = Counter(self._served, self._file(), sampled=self._sampled)

    def add(self, raw: Mapping[str, object], served: Mapping[str, object] | None = None) -> None:
        """Take a row: raw values by feature (and times, segments, clusters by column), and served
        values by the names that training gives them (`fare`, `pay_card`).

        Whatever stands in a value becomes part of the audit: a missing key is a null, text instead
        of a number is counted as such. Never raises.
        """
        taking = self._taking
        row = taking.row(raw, _NOTHING if served is None else served)
        with self._lock:
            if self._closed:
                return
            if taking is not self._taking:  # since then the columns were known
                row = self._taking.row(raw, _NOTHING if served is None else served)
            self._rows.append(row)
            if self._worker is None:
                self._start()
            if len(self._rows) < CHUNK:
                return
            rows, self._rows, taking = self._rows, [], self._taking
        self._guarded(self._take, taking, rows)

    def _take(self, taking: Taking, rows: list[Row]) -> None:
        """Make columns of rows, and let the thread count them where they are enough."""
        chunk = taking.chunk(rows)
        with self._lock:
            self._waiting.append(chunk)
            self._waiting_rows += chunk.rows
            waiting = self._waiting_rows // self._batch_rows
        if waiting:
            self._wake.set()
        if waiting > MAX_WAITING:
            self._drain()

    def flush(self) -> None:
        """Write the profile of all rows that were added; nothing where there are none.

        A folder that cannot be written to keeps them for the next time, and says so in the log.
        """
        self._guarded(self._flush)

    def close(self) -> None:
        """Write what is left; rows that come later are passed over."""
        with self._lock:
            closed, self._closed = self._closed, True
            worker = self._worker
        if closed:
            return
        self._wake.set()
        if worker is not None and worker is not threading.current_thread():
            worker.join()
        self.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """Close it."""
        self.close()

    def _start(self) -> None:
        self._due = time.monotonic() + self._seconds
        reference = weakref.ref(self)
        self._worker = threading.Thread(
            target=_work, args=(reference, self._wake), name="skewcheck", daemon=True
        )
        self._worker.start()

    def _file(self) -> str:
        """Return a name for the next profile, and for its rows: no other has it."""
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        return f"{self._name}-{moment}-{self._token}-{self._number:06d}"

    def _guarded(self, do: Callable[..., None], *values: object) -> None:
        """Do something of which nothing may reach the server; what goes wrong is logged."""
        try:
            do(*values)
        except SkewcheckError as error:
            _LOG.warning("profile not written: %s", error)
        except Exception as error:  # as above; its text may be of the data
            _LOG.warning("rows not counted: %s", type(error).__name__)

    def _drain(self, least: int | None = None) -> None:
        """Count what waits, if it is a batch, or so many rows; write a profile of rows enough."""
        with self._counting:
            with self._lock:
                if self._waiting_rows < (self._batch_rows if least is None else least):
                    return
                chunks, self._waiting, self._waiting_rows = self._waiting, [], 0
            self._count(chunks)
            if self._counter.rows >= self._most_rows:
                self._write()

    def _count(self, chunks: list[Chunk]) -> None:
        """Count rows; once the first ones show which columns there are, no others are taken."""
        first = self._counter.counting is None
        self._counter.count(chunks)
        counting = self._counter.counting
        if first and counting is not None:
            new = Taking(self._served.raw, self._served.served, counting.plan.wanted)
            with self._lock:
                rows, self._rows, taking, self._taking = self._rows, [], self._taking, new
            if rows:
                self._take(taking, rows)

    def _flush(self) -> None:
        with self._counting:
            with self._lock:
                rows, self._rows, taking = self._rows, [], self._taking
            if rows:
                self._take(taking, rows)
            self._drain(1)
            if self._counter.rows:
                self._write()

    def _write(self) -> None:
        """Write the profile; where that fails its rows stay, and the next ones are added."""
        self._due = time.monotonic() + self._seconds
        self._counter.write(self._folder / f"{self._counter.name}.skw")
        self._number += 1
        self._counter = self._counter.next(self._file())

    def _turn(self) -> float | None:
        """Do what is due; return the seconds until the next time, None where it is closed."""
        self._guarded(self._drain)
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + self._seconds
            self._guarded(self._flush)
        return None if self._closed else max(self._due - time.monotonic(), 0.001)


def _work(reference: weakref.ref[Profiler], wake: threading.Event) -> None:
    """Count and write for a profiler, as long as somebody has it."""
    wait: float | None = 0.0
    while wait is not None:
        wake.wait(wait)
        wake.clear()
        profiler = reference()
        if profiler is None:
            return
        wait = profiler._turn()  # its thread
        del profiler


def _forked(reference: weakref.ref[Profiler]) -> None:
    profiler = reference()
    if profiler is not None:
        profiler._reset()  # its process


def _closing(reference: weakref.ref[Profiler]) -> None:
    profiler = reference()
    if profiler is not None:
        profiler.close()
