"""Profiles in the place of a log: what was counted elsewhere is added up, in the log's order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pyarrow as pa

from skewcheck import __version__
from skewcheck.config.types import Settings
from skewcheck.counts.codec import DamagedError, OtherVersionError
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.rows import FILE, code_of
from skewcheck.engine.checks import check
from skewcheck.engine.fold import Progress
from skewcheck.engine.profiles.digest import digest
from skewcheck.engine.profiles.fitting import Template
from skewcheck.engine.profiles.format import Packed, refuse
from skewcheck.engine.profiles.head import Head
from skewcheck.engine.profiles.parts import Samples, renamed, renamed_profile
from skewcheck.engine.source import LogSource
from skewcheck.engine.tasks import M
from skewcheck.features.notes import Note
from skewcheck.logs.arrays.arrow import from_texts
from skewcheck.logs.batch import ROWS, Batch, RowOrigin, Wanted
from skewcheck.logs.counted import no_rows
from skewcheck.logs.times import Window
from skewcheck.logs.trouble import trouble
from skewcheck.results.gate import UnaskedServed

if TYPE_CHECKING:
    from collections.abc import Callable

    from skewcheck.engine.memory import State

SHOWN = 19
"""Letters of a fingerprint that a message shows: `sha256:` and twelve digits."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A profile that was opened."""

    packed: Packed
    head: Head
    names: Mapping[str, str]
    """Other names for its files, where those of another profile have the same."""

    @property
    def name(self) -> str:
        """That of its file."""
        return self.packed.name


@dataclass(frozen=True, slots=True)
class Unit:
    """Files whose counts are one block; none of files without a row."""

    profile: int
    block: int | None
    files: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ProfileSource(LogSource):
    """A log whose rows were counted elsewhere: it has columns and files, and no rows to read."""

    profiles: tuple[Counted, ...] = ()
    """In the order of their first files."""
    units: tuple[Unit, ...] = ()
    """All blocks, in the order in which the files would have been read."""
    copied: tuple[Note, ...] = ()
    asked: Settings = field(default_factory=Settings)
    """The settings of the audit, with those that the rows were counted with."""
    used: Settings = field(default_factory=Settings)
    """Likewise with the columns that the log itself showed."""
    ordered: ClassVar[bool] = False

    @property
    def heads_told(self) -> tuple[Head, ...]:
        """What each profile says beside its counts."""
        return tuple(counted.head for counted in self.profiles)

    @property
    def connecting(self) -> tuple[Note, ...]:
        """What the logs showed of their columns, each once."""
        notes = [note for head in self.heads_told for note in head.connecting]
        # Of columns that are named in one part and known by their values in another, the first.
        first = {(n.code, n.parameters.get("columns")): n for n in reversed(notes)}
        return _once(first[n.code, n.parameters.get("columns")] for n in notes)

    @property
    def elements(self) -> tuple[Note, ...]:
        """Elements of lists that were not read, each once."""
        return _once(note for head in self.heads_told for note in head.elements)

    @property
    def unasked(self) -> tuple[UnaskedServed, ...]:
        """Columns that look like served values, which no option named."""
        return tuple(dict.fromkeys(u for head in self.heads_told for u in head.unasked))

    @property
    def without_rows(self) -> tuple[str, ...]:
        """The names of profiles without sampled rows."""
        return tuple(c.name for c in self.profiles if not c.head.samples)

    def head(self, columns: Iterable[str], rows: int = ROWS) -> Batch | None:  # noqa: ARG002
        """Return values of columns by which the parameters were understood; None of others."""
        known: dict[str, Mapping[str, int]] = {}
        for head in self.heads_told:
            for column, counts in head.levels.items():
                known.setdefault(column, counts)
        wanted = {column: known[column] for column in columns if column in known}
        if not wanted:
            return None
        most = max(sum(counts.values()) for counts in wanted.values())
        arrays = {
            column: from_texts([level for level, n in counts.items() for _ in range(n)]
                               + [None] * (most - sum(counts.values())))
            for column, counts in wanted.items()
        }  # fmt: skip
        return Batch(RowOrigin(self.names[0], 0), most, arrays)

    def heads(self, columns: Iterable[str], rows: int = ROWS) -> Iterator[Batch]:  # noqa: ARG002
        """Yield nothing: what was to be seen in first rows was seen when they were counted."""
        return iter(())

    def starts(self) -> Mapping[str, int]:
        """Return the number of rows before each file; 0 where nobody asked."""
        ends = np.cumsum([0, *(file.rows or 0 for file in self.files)]).tolist()
        return dict(zip(self.names, ends, strict=False))

    def types(self, column: str) -> list[pa.DataType]:
        """Return the types of a column; of one without a stated type, what its values are."""
        told = {head.types[column] for head in self.heads_told if column in head.types}
        if told:
            return [pa.string() if kind == "categorical" else pa.float64() for kind in sorted(told)]
        schemas = [file.schema() for file in self.files]
        return [schema[column] for schema in schemas if column in schema]

    def fold(
        self, wanted: Wanted, zero: M, measure: Callable[[Batch], M], *,  # noqa: ARG002
        progress: Progress | None = None,  # noqa: ARG002
    ) -> M:  # fmt: skip
        """Raise LogError: there are no rows."""
        no_rows(self.profiles[0].name)

    def refuse_other_parameters(self, fingerprint: str) -> None:
        """Raise LogError for a profile whose rows were counted by other parameters.

        `fingerprint` is that of the audit's, as they stand in their file.
        """
        for counted in self.profiles:
            known = counted.head.fingerprint
            if known != fingerprint:
                raise trouble(
                    counted.name, "its rows were counted by parameters with the fingerprint"
                    f" {known[:SHOWN]}, and these have {fingerprint[:SHOWN]}: audit it with those"
                    " of the server",
                )  # fmt: skip

    def planned(self, plan: Plan) -> Plan:
        """Return a plan with the columns that may locate a fault, and the times, of the profiles.

        Columns that some profiles do not have are left out.
        """
        heads, window = self.heads_told, plan.window
        if window is not None:
            spans = [h.window for h in heads if h.window is not None]
            window = Window(
                window.column, min(s[0] for s in spans), max(s[1] for s in spans),
                any(s[2] for s in spans),
            )  # fmt: skip
        # Where no row was met, no column had few values.
        seen = [h for h in heads if len(h.rowless) < len(h.files)] or heads
        segments, likely = (
            tuple(c for c in of_heads[0] if all(c in columns for columns in of_heads))
            for of_heads in ([h.segments for h in seen], [h.likely for h in seen])
        )
        return replace(plan, segments=segments, likely=likely, window=window)

    def measure(
        self,
        plan: Plan,
        *,
        progress: Progress | None = None,
        state: State | None = None,  # noqa: ARG002
    ) -> Profile:
        """Return the sum of the profiles' counts; a state has nothing to keep of them.

        Raises LogError where one is damaged or was counted by another plan, and else as
        `Source.measure` does.
        """
        self._refuse_another(plan)
        template = Template.of(plan)
        total, done = Profile.zero(plan), 0
        bytes_all = sum(file.size for file in self.files)
        for unit in self.units:
            done += sum(self.files[i].size for i in unit.files)
            if unit.block is None:
                continue
            counted = self.profiles[unit.profile]
            total += self._read(counted, unit.block, template)
            if progress is not None:
                progress(total.rows, done, bytes_all, counted.name)
        if not self.without_rows:
            total = self._samples(len(plan.features)).onto(total)
        empty = {
            counted.names.get(name, name)
            for counted in self.profiles for name in counted.head.rowless
        }  # fmt: skip
        rowless = tuple(name for name in self.names if name in empty)
        total = replace(total, intake=replace(total.intake, rowless=rowless))
        check(total, plan, self.names)
        return total

    def _read(self, counted: Counted, block: int, template: Template) -> Profile:
        try:
            profile = template.fitted(counted.packed.block(block))
        except DamagedError as error:
            refuse(counted.name, error)
        return renamed_profile(profile, counted.names, FILE) if counted.names else profile

    def _samples(self, features: int) -> Samples:
        total: Samples | None = None
        for counted in self.profiles:
            try:
                samples = Samples.read(counted.packed.block(len(counted.head.parts)), features)
            except DamagedError as error:
                refuse(counted.name, error)
            if counted.names:
                codes = {code_of(old): code_of(new) for old, new in counted.names.items()}
                samples = renamed(samples, codes, FILE)
            total = samples if total is None else total + samples
        if total is None:
            raise AssertionError  # a log has files
        return total

    def _refuse_another(self, plan: Plan) -> None:
        """Raise LogError where a profile was counted by another plan, with its settings alike."""
        now = digest(plan)
        for counted in self.profiles:
            if counted.head.plan != now and counted.head.tool != __version__:
                refuse(counted.name, OtherVersionError(), counted.packed.head)
            if counted.head.plan != now:
                raise trouble(
                    counted.name, "its rows were counted at other edges than these parameters have"
                    " (another reference distribution, or other libraries):"
                    " write it with the same parameters, or name the reference of both",
                )  # fmt: skip


def _once(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return notes, each once: their parameters have no hash."""
    kept: list[Note] = []
    for note in notes:
        if note not in kept:
            kept.append(note)
    return tuple(kept)
