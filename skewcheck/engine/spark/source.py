"""A DataFrame as the source of an audit or of training: its tasks measure, the driver adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Limits, Profile
from skewcheck.counts.sample import SIZE
from skewcheck.engine.checks import check
from skewcheck.engine.fold import Progress
from skewcheck.engine.source import LogSource
from skewcheck.engine.spark.frame import DataFrame, Frame, Identity
from skewcheck.engine.spark.frame_rows import FrameRows, counts_anew, spans_rows
from skewcheck.engine.spark.tasks import Job
from skewcheck.engine.tasks import M
from skewcheck.features.notes import Note
from skewcheck.logs.batch import ROWS, Batch, Wanted
from skewcheck.logs.columns import resolve
from skewcheck.logs.file import Contents, File
from skewcheck.logs.log import Log, has_value
from skewcheck.text.errors import OptionName, UsageError

if TYPE_CHECKING:
    from skewcheck.engine.memory import State

SAMPLED = 100_000
"""Rows of the largest sample of a measure: that of training's first pass."""
ADDED = 256 << 20
"""Bytes of samples that the driver holds, if all parts have full ones."""
MAX_PARTS = 32
"""Parts of measures that are added by themselves."""


@dataclass(frozen=True, slots=True)
class SparkSource(LogSource):
    """A DataFrame of Spark: one file for what asks for columns, whose rows Spark reads."""

    frame: Frame = field(kw_only=True)
    rows: FrameRows = field(kw_only=True)
    ordered: ClassVar[bool] = False

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the files in path order; that of the frame if it has none."""
        files = sorted(self.frame.files.values())
        return tuple(name for _, name in files) or (self.frame.name,)

    def heads(self, columns: Iterable[str], rows: int = ROWS) -> Iterator[Batch]:
        """Yield the first rows, and first rows with a value in columns that are empty in these."""
        asked = sorted(columns)
        empty = {column for column in asked if self.has(column)}
        for head in Log.heads(self, asked, rows):
            yield head
            empty = {c for c in empty if c in head.columns and not has_value(head.columns[c])}
        paths = (resolve(self.schema(), column) for column in sorted(empty))
        tops = sorted({path.column for path in paths if path} & self.frame.kinds.keys())
        if tops:
            with self.rows.only_filled(tops):
                more = Log.head(self, asked, rows)
            if more is not None and more.rows:
                yield more

    def starts(self) -> Mapping[str, int]:
        """Return the number of rows before each file; UsageError where a frame has none."""
        return self.frame.starts()

    def batches(self, wanted: Wanted) -> Iterator[Batch]:  # noqa: ARG002  # as a log has them
        """Raise UsageError: the driver does not read all rows of a frame."""
        raise UsageError(f"{self.frame.name}: what needs all rows in one place has no Spark")

    def fold(
        self, wanted: Wanted, zero: M, measure: Callable[[Batch], M], *,
        progress: Progress | None = None,
    ) -> M:  # fmt: skip
        """Return the sum of the measures of all batches; `measure` is sent to the workers."""
        total, _ = self._folded(wanted, zero, partial(_same, measure), SAMPLED)
        if progress is not None:
            progress(total.rows, 0, 0, self.frame.name)
        return total

    def measure(
        self, plan: Plan, *, progress: Progress | None = None,
        state: State | None = None,  # noqa: ARG002  # it keeps measures of files
    ) -> Profile:  # fmt: skip
        """Count the rows by a plan, in one pass, as `Source.measure` says.

        A state keeps no measure of a frame, only the audit's verdict: its rows have no stamp.
        UsageError for features that are normalized over scopes of rows.
        """
        for scope in plan.scopes:
            raise UsageError(
                f"{scope.feature}: is normalized over other rows, which Spark may have in several"
                " tasks: audit it without Spark, or leave it out: ", OptionName("exclude"),
            )  # fmt: skip
        zero = Profile.zero(plan)
        profile, filled = self._folded(plan.wanted, zero, partial(_counting, plan), SIZE)
        if progress is not None:
            progress(profile.rows, 0, 0, self.frame.name)
        # Of rows in no order it is not known of which file each is.
        known = self.frame.name not in filled
        rowless = tuple(name for name in self.names if known and name not in filled)
        profile = replace(profile, intake=replace(profile.intake, rowless=rowless))
        check(profile, plan, self.names)
        return profile

    def _folded(
        self, wanted: Wanted, zero: M, begin: Callable[[], Callable[[Batch], M]], sampled: int
    ) -> tuple[M, frozenset[str]]:
        """Return the sum of measures, and the names of the files with rows."""
        (file,) = self.files
        if spans_rows(file.contents):
            raise UsageError(
                f"{self.frame.name}: a row is made of several of the frame's: pivot it with Spark"
            )
        size = 8 * sampled * max(1, 2 * len(wanted.all))
        parts = max(1, min(MAX_PARTS, ADDED // size))
        frame = self.frame
        anew, unique = counts_anew(file.contents), frame.identity.kind == "file"
        job = Job(
            file, self.rows, wanted, begin, frame.name, frame.files, parts, anew, unique
        )  # fmt: skip
        result = frame.fold(job, self._needed(file, wanted))
        return (zero, frozenset()) if result is None else (zero + result.measure, result.files)

    def _needed(self, file: File, wanted: Wanted) -> frozenset[str]:
        """Return the columns of the frame that are read for these."""
        asked: set[str] = set()
        with self.rows.asking(asked):
            for part in file.parts(wanted):
                for _ in part():
                    pass
        return frozenset(asked)


def _same(measure: Callable[[Batch], M]) -> Callable[[Batch], M]:
    return measure


def _counting(plan: Plan) -> Callable[[Batch], Profile]:
    """Return what counts the batches of a task, which share the limits of their samples."""
    limits = Limits()

    def count(batch: Batch) -> Profile:
        return Profile.of(plan, plan.window.kept(batch) if plan.window else batch, limits)

    return count


def open_frame(data: DataFrame, name: str, key: Sequence[str] = ()) -> SparkSource:
    """Open a DataFrame as a log or as training data.

    Its rows are told apart by file and row number where Spark has them, else by the columns of
    `key`, else by a hash of the row. `name` stands for it in reports. LogError where Spark cannot
    tell its columns, UsageError for a key column that it lacks.
    """
    frame = Frame.of(data, name, key)
    rows = FrameRows(frame.head)
    contents = Contents(frame.kinds, rows.read)
    files = sorted(frame.files.values()) or [(0, name)]
    every = tuple(File(file, file, 0, contents) for _, file in files)
    return SparkSource(
        every[:1], read=Log(every), frame=frame, rows=rows, notes=_notes(name, frame.identity)
    )


def _notes(name: str, identity: Identity) -> tuple[Note, ...]:
    """Return the note on what tells rows apart."""
    about = {"files": (name,), "columns": identity.columns}
    return (Note(f"rows_by_{identity.kind}", about),)
