"""Sources of rows: their columns, their first rows, and the measurement of a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Protocol

import pyarrow as pa

from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import FILES, Limits, Profile, parsed, settled
from skewcheck.engine.checks import check
from skewcheck.engine.engines import THREADS, Engine
from skewcheck.engine.fold import Memory, Progress, fold
from skewcheck.engine.tasks import M, Work
from skewcheck.features.notes import Note
from skewcheck.logs import open_logs
from skewcheck.logs.asked import NEWEST, Asked
from skewcheck.logs.batch import ROWS, Batch, Wanted
from skewcheck.logs.log import Log
from skewcheck.logs.paths import Unopened

if TYPE_CHECKING:
    from skewcheck.engine.memory import State


class Source(Protocol):
    """Rows of logs or of training data, in named files, wherever these are stored."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files, at least one, in the order of their rows."""
        ...

    @property
    def unopened(self) -> tuple[Unopened, ...]:
        """What was met and is not read: names that mark no logs, files that may still grow."""
        ...

    def schema(self) -> Mapping[str, pa.DataType]:
        """Return the types of the top-level columns of all files, those of the first file first."""
        ...

    def leaves(self) -> Mapping[str, pa.DataType]:
        """Return the types of all columns, nested ones (`a.b`, `a[3]`) instead of their parents."""
        ...

    def has(self, column: str) -> bool:
        """Return whether any file has a column (`a`, `a.b`, `a[3]`)."""
        ...

    def lacking(self, column: str) -> tuple[str, ...]:
        """Return the names of the files without a column."""
        ...

    def types(self, column: str) -> list[pa.DataType]:
        """Return the types of a column in the files that have it."""
        ...

    def head(self, columns: Iterable[str], rows: int = ROWS) -> Batch | None:
        """Return about so many first rows, with those of the columns that they have; or None."""
        ...

    def heads(self, columns: Iterable[str], rows: int = ROWS) -> Iterator[Batch]:
        """Yield likewise first rows of files that together have every set of the columns."""
        ...

    def starts(self) -> Mapping[str, int]:
        """Return the number of rows before each file, by its name."""
        ...

    def fold(
        self, wanted: Wanted, zero: M, measure: Callable[[Batch], M], *,
        progress: Progress | None = None,
    ) -> M:  # fmt: skip
        """Return the sum of the measures of all batches, as `fold.fold` does.

        Where other processes measure, zero and what measures are pickled: no lambda, no closure.
        """
        ...

    def measure(
        self, plan: Plan, *, progress: Progress | None = None, state: State | None = None
    ) -> Profile:
        """Count the rows by a plan, in one pass.

        With a state, files that an earlier run counted by the same plan are not read. Raises
        LogError where a file cannot be read, NothingToTestError without rows or with fewer than
        the plan asks for, UsageError for windows of time over rows without times.
        """
        ...


@dataclass(frozen=True, slots=True)
class LogSource(Log):
    """Files and tables in memory, measured by an engine."""

    null_values: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    """The texts that stand for a null with which the files were opened."""
    read: Log | None = None
    """All files that are read, where the records of some are in rows of others."""
    engine: Engine = THREADS
    notes: tuple[Note, ...] = ()
    """What is to be said of how it is read."""
    ordered: ClassVar[bool] = True
    """Whether `batches` has the rows, in the order in which they were logged."""

    def fold(
        self, wanted: Wanted, zero: M, measure: Callable[[Batch], M], *,
        progress: Progress | None = None,
    ) -> M:  # fmt: skip
        """Return the sum of the measures of all batches, as `fold.fold` does."""
        work = Work(wanted, zero, partial(_measured, measure))
        return fold(self, work, engine=self.engine, progress=progress)

    def measure(
        self, plan: Plan, *, progress: Progress | None = None, state: State | None = None
    ) -> Profile:
        """Count the rows by a plan, in one pass, as `Source.measure` says."""
        if state is None:
            limits = Limits()
            profile = self._counted(plan, lambda _: limits, progress)
        else:
            from skewcheck.engine.memory.entries import Entries  # most audits have no state

            entries = Entries.of(state, plan, self.null_values, self.columns)
            profile = self._counted(plan, entries.limits_of, progress, entries)
            entries.finish()
        check(profile, plan, self.names)
        return profile

    def _counted(
        self, plan: Plan, limits_of: Callable[[str], Limits], progress: Progress | None,
        memory: Memory[Profile] | None = None,
    ) -> Profile:  # fmt: skip
        """Count the rows; `limits_of` gives the limits of the samples by the file's name."""
        filled: set[str] = set()

        def note(name: str, parsed: int) -> None:
            if parsed:
                filled.add(name)

        if plan.scopes:
            from skewcheck.engine.scopes import counted  # few features are normalized over rows

            profile = counted(self, plan, limits_of, progress, note)
        else:
            work = Work(
                plan.wanted, Profile.zero(plan), partial(Profile.of, plan), plan.window, parsed,
                settled, FILES,
            )  # fmt: skip
            profile = fold(
                self, work, engine=self.engine, limits_of=limits_of, progress=progress,
                memory=memory, parsed=note,
            )  # fmt: skip
        rowless = tuple(name for name in self.names if name not in filled)
        return replace(profile, intake=replace(profile.intake, rowless=rowless))


def _measured(measure: Callable[[Batch], M], batch: Batch, _limits: Limits) -> M:
    return measure(batch)


def open_source(
    sources: object, *, null_values: Sequence[str] = (), settle: timedelta | None = None,
    known: Set[str] = frozenset(), columns: Sequence[str] = (), asked: Asked = NEWEST,
    counted: bool = False, engine: Engine = THREADS,
) -> LogSource:  # fmt: skip
    """Open paths, folders, globs, `-` or tables in memory, as `open_logs` does.

    A source that is open already stays as it is, with these words for nulls.
    """
    if isinstance(sources, LogSource):
        from skewcheck.logs.refusals import refuse_unusable  # few are

        refuse_unusable(sources.files, (), asked, tables=False)
        nulls = tuple(null_values)
        files = tuple(replace(file, null_values=nulls) for file in sources.files)
        return replace(sources, files=files, null_values=nulls)
    log = open_logs(
        sources, null_values=null_values, settle=settle, known=known, names=columns, asked=asked,
        counted=counted,
    )  # fmt: skip
    return LogSource(
        log.files, log.unopened, log.versions, tuple(null_values), tuple(columns), engine=engine
    )
