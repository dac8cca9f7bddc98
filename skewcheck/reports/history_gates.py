"""The runs of a state folder by gate: what each feature did in them, and what changed meanwhile.

Data alone: `history_page` draws it. A gate is the audits of one log, whatever the parameters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from skewcheck.engine.memory.history import BADNESS, FeatureRecord, Run
from skewcheck.engine.memory.nights import Log
from skewcheck.results.nights import Accepted
from skewcheck.results.verdicts import Verdict

BOUNDS = (0.5, 1.0, 2.0, 5.0)
"""Effects over threshold that part the colours: from half of it a test warns, from 1 it is skew."""
ABSENT, NO_EFFECT = ".", "x"
"""Of a night without the feature, and of one without an effect, as of fewer than 50 rows."""


@dataclass(frozen=True, slots=True)
class Row:
    """One feature over the nights of a gate."""

    name: str
    records: tuple[FeatureRecord | None, ...]
    """A night each, oldest first; None where the audit had no such feature."""

    @property
    def bad(self) -> tuple[int, ...]:
        """Return the places of nights in which it alarmed, oldest first."""
        return tuple(
            i for i, record in enumerate(self.records) if record and record.verdict in BADNESS
        )

    @property
    def last(self) -> FeatureRecord | None:
        """Return what the last night said of it."""
        return self.records[-1]

    @property
    def standing(self) -> int:
        """Return the number of nights up to the last in which it alarmed without a break."""
        alarms = [bool(record and record.verdict in BADNESS) for record in self.records]
        return next((i for i, alarm in enumerate(reversed(alarms)) if not alarm), len(alarms))

    @property
    def largest(self) -> float | None:
        """Return its largest effect over threshold; None without any."""
        effects = (record.excess for record in self.records if record)
        return max((effect for effect in effects if effect is not None), default=None)

    def since(self, start: int) -> Row:
        """Return it without the nights before a place."""
        return Row(self.name, self.records[start:])


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that changed before a night."""

    night: int
    """The place of the first night with it; the number of nights where none has come yet."""
    kind: Literal["parameters", "model", "accepted"]
    old: Mapping[str, str]
    """What was: members of the model, `fingerprint` and `path` of the parameters."""
    new: Mapping[str, str]
    """What is, likewise; of an accepted change `until` and `why`."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The runs of one log."""

    runs: tuple[Run, ...]
    """Oldest first."""
    rows: tuple[Row, ...]
    """A feature each: alarms of the last night first, then those with most nights in trouble."""
    marks: tuple[Mark, ...] = ()
    """In the order of their nights."""


@dataclass(slots=True)
class _Group:
    """Runs whose logs share a place, while they are gathered."""

    parameters: set[str]
    places: set[str] = field(default_factory=set)
    runs: list[Run] = field(default_factory=list)
    last: int = 0
    """The place of its last run in the history."""


def gates(past: Sequence[Run], accepted: Sequence[tuple[Log, Accepted]]) -> list[Gate]:
    """Return the gates of a history, the one that ran last first."""
    groups: list[_Group] = []
    for place, run in enumerate(past):
        group = next((g for g in groups if _belongs(run, g)), None)
        if group is None:
            group = _Group({run.parameters})
            groups.append(group)
        group.parameters.add(run.parameters)
        group.places.update(run.logs)
        group.runs.append(run)
        group.last = place
    ordered = sorted(groups, key=lambda group: -group.last)
    return [Gate(tuple(g.runs), _rows(g.runs), _marks(g.runs, accepted)) for g in ordered]


def _belongs(run: Run, group: _Group) -> bool:
    """Return whether a run is of a group: lines of version 0.1 do not say which log they are of."""
    if run.logs and group.places:
        return not group.places.isdisjoint(run.logs)
    return run.parameters in group.parameters


def level(record: FeatureRecord | None) -> str:
    """Return the place of an effect between `BOUNDS` as a digit; `ABSENT` or `NO_EFFECT`."""
    if record is None:
        return ABSENT
    excess = record.excess
    return NO_EFFECT if excess is None else str(bisect_right(BOUNDS, excess))


def _rows(runs: Sequence[Run]) -> tuple[Row, ...]:
    names = dict.fromkeys(name for run in runs for name in run.features)
    rows = (Row(name, tuple(run.features.get(name) for run in runs)) for name in names)
    return tuple(sorted(rows, key=_worst_first))


def _worst_first(row: Row) -> tuple[float, float, float, str]:
    now = BADNESS.get(row.last.verdict, 0) if row.last else 0
    return -now, -len(row.bad), -(row.largest or 0.0), row.name


def _marks(runs: Sequence[Run], accepted: Sequence[tuple[Log, Accepted]]) -> tuple[Mark, ...]:
    fingerprints = {run.fingerprint for run in runs}
    marks = [
        Mark(
            next((i for i, run in enumerate(runs) if run.at > change.until), len(runs)),
            "accepted", {}, {"until": change.until, "why": change.why},
        )
        for log, change in accepted
        if log.fingerprint in fingerprints
    ]  # fmt: skip
    return tuple(sorted((*_versions(runs), *marks), key=lambda mark: mark.night))


def _versions(runs: Sequence[Run]) -> Iterator[Mark]:
    """Yield where parameters or the model are others than in the night before."""
    for i in range(1, len(runs)):
        old, new = runs[i - 1], runs[i]
        if old.fingerprint != new.fingerprint:
            yield Mark(i, "parameters", _parameters(old), _parameters(new))
        # Lines of older versions do not say which model it was.
        if old.model and new.model and old.model != new.model:
            yield Mark(i, "model", old.model, new.model)


def _parameters(run: Run) -> Mapping[str, str]:
    return {"fingerprint": run.fingerprint, "path": run.parameters}


def troubled(run: Run) -> list[tuple[str, FeatureRecord]]:
    """Return the features that alarmed in a run, the worst first."""
    pairs = [(name, r) for name, r in run.features.items() if r.verdict in BADNESS]
    order = {Verdict.SKEW.value: 0, Verdict.INCONCLUSIVE.value: 1, Verdict.WARN.value: 2}
    return sorted(pairs, key=lambda p: (order[p[1].verdict], -(p[1].excess or 0.0), p[0]))
