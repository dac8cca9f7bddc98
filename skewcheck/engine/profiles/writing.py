"""Count a log by a plan, and write its profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from skewcheck import __version__
from skewcheck.config.types import Settings
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.engine.checks import copied_files
from skewcheck.engine.columns import FeatureColumns
from skewcheck.engine.fold import Progress, fold
from skewcheck.engine.profiles.asked import told
from skewcheck.engine.profiles.digest import digest
from skewcheck.engine.profiles.format import put
from skewcheck.engine.profiles.head import Columns, Head, LogFile
from skewcheck.engine.profiles.parts import Parts, Samples
from skewcheck.engine.source import LogSource
from skewcheck.engine.tasks import Work
from skewcheck.engine.vectors import extra_elements, unread_elements
from skewcheck.features.notes import Note
from skewcheck.features.types import Feature
from skewcheck.logs.columns import has_place
from skewcheck.logs.file import File
from skewcheck.results.gate import UnaskedServed
from skewcheck.text.atomic import atomic_file
from skewcheck.text.errors import OptionName, UsageError
from skewcheck.text.numbers import shortened


@dataclass(frozen=True, slots=True)
class Counting:
    """What a profile is made of beside the rows: a plan, and how it came about."""

    plan: Plan
    fingerprint: str
    """Of the parameters, as they stand in their file."""
    asked: Settings
    """As they were given."""
    used: Settings
    """With the columns that the log itself shows."""
    all_features: tuple[Feature, ...]
    connecting: tuple[Note, ...] = ()
    unasked: tuple[UnaskedServed, ...] = ()
    levels: Mapping[str, Mapping[str, int]] | None = None
    """Values of columns by which the parameters were understood."""
    sampled: bool = True
    """Whether sampled rows are kept."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A log, counted file by file."""

    total: Profile
    parts: Parts


def counted(
    source: LogSource, plan: Plan, *, sampled: bool = True, progress: Progress | None = None
) -> Counted:
    """Count the rows of a log by a plan.

    UsageError for a plan with features over scopes of rows: their results are not of one row, and
    parts of a log cannot be added. LogError where a file cannot be read.
    """
    refuse_scopes(plan)
    parts = Parts(sampled)
    work = Work(plan.wanted, Profile.zero(plan), partial(Profile.of, plan), plan.window)
    kept = _Kept(parts, {file.name: i for i, file in enumerate(source.files)})
    total = fold(source, work, progress=progress, memory=kept)
    return Counted(total, parts)


@dataclass(frozen=True, slots=True)
class _Kept:
    """Takes note of the counts of each file, in order; none is known before."""

    parts: Parts
    places: Mapping[str, int]

    def knows(self, file: File) -> bool:  # noqa: ARG002
        """Return False: all files are read."""
        return False

    def recall(self, file: File) -> Profile | None:  # noqa: ARG002
        """Return None."""
        return None

    def keep(self, file: File, measured: Profile) -> None:
        """Add the counts of a file."""
        self.parts.add(self.places[file.name], measured)


def refuse_scopes(plan: Plan) -> None:
    """Raise UsageError where features of a plan are normalized over several rows."""
    scoped = [f.feature.name for f in plan.features if f.scope is not None]
    if scoped or plan.scopes:
        names = shortened(scoped or [scope.feature for scope in plan.scopes], 3)
        raise UsageError(
            f"{names}: normalized over other rows of the log, which cannot be counted part by part:"
            " audit the log itself, or leave them out with ", OptionName("exclude", "NAME"),
        )  # fmt: skip


def write(
    source: LogSource, counting: Counting, log: Counted, path: str | Path, *, durable: bool = True
) -> None:
    """Write the profile of a log that was counted, in one step; UsageError where it cannot be."""
    blocks = log.parts.finished()
    if counting.sampled:
        blocks = [*blocks, Samples.of(log.total).data()]
    head = head_of(source, counting, log)
    with atomic_file(path, durable=durable) as draft, draft.open("wb") as file:
        put(file, head.data(), blocks)


def head_of(source: LogSource, counting: Counting, log: Counted) -> Head:
    """Return what a profile says beside its counts."""
    plan, used = counting.plan, counting.used
    window = plan.window
    rows = source.starts() if isinstance(used.every, int) else {}
    filled = _filled(source, log)
    elements: tuple[Note, ...] = ()
    if any(map(has_place, plan.wanted.all)):
        features = counting.all_features
        extra = extra_elements(features, source, used)
        elements = (*extra, *unread_elements(features, source, used))
    read = None if source.read is None else source.read.files
    return Head(
        __version__, counting.fingerprint, told(counting.asked), told(used), digest(plan),
        tuple(map(columns_of, plan.features)), _files(source, rows), tuple(log.parts.spans),
        counting.sampled,
        None if window is None else (window.since, window.until, window.until_now),
        tuple(name for name in source.names if name not in filled),
        plan.segments, plan.likely,
        None if read is None else (len(read), sum(file.size for file in read)),
        source.unopened, source.versions, counting.connecting, tuple(copied_files(source)),
        elements, counting.unasked, counting.levels or {},
        types_of(plan.features, used),
    )  # fmt: skip


def _files(source: LogSource, starts: Mapping[str, int]) -> tuple[LogFile, ...]:
    """Return the files of a log; `starts` are the rows before each, empty where nobody asked."""
    names = source.names
    ends = [starts[name] for name in names[1:]] if starts else []
    rows: list[int | None] = [end - starts[name] for name, end in zip(names, ends, strict=False)]
    rows += [None] * (len(names) - len(rows))
    return tuple(
        LogFile(
            file.name, file.size, file.rows if known is None else known, file.schema(),
            file.contents.textual, file.contents.decimal,
        )
        for file, known in zip(source.files, rows, strict=True)
    )  # fmt: skip


def _filled(source: LogSource, log: Counted) -> set[str]:
    return {source.files[i].name for i in log.parts.filled}


def columns_of(plan: FeaturePlan) -> Columns:
    """Return which columns of a feature a plan counts."""
    served = () if plan.served is None else plan.served.columns
    raw = None if plan.raw is None else plan.raw.columns[0]
    return Columns(plan.feature.name, plan.feature.type, raw, served or plan.uncompared)


def types_of(features: Sequence[FeaturePlan], settings: Settings) -> dict[str, str]:
    """Return what the columns of features hold of which no file states the type."""
    types: dict[str, str] = {}
    for plan in features:
        if plan.feature.guessed:
            columns = FeatureColumns.of(plan.feature, settings)
            served = None if columns.served is None else columns.served(plan.feature.name)
            for column in (columns.raw, served):
                if column is not None:
                    types[column] = plan.feature.type
    return types
