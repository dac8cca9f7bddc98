"""Reads a log in its order, and normalizes features over scopes of their own rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from skewcheck.features.grouped import Partition
from skewcheck.features.scopes import (
    Results,
    Series,
    Statistics,
    of_row,
    of_windows,
    results,
)
from skewcheck.features.steps import Standardize, Step, bounds, forward, scope_of
from skewcheck.features.steps.rounding import FloatArray
from skewcheck.features.types import Feature
from skewcheck.logs.arrays import IntArray, numbers

Lost = Callable[[str, FloatArray], FloatArray | float]
"""What printing lost of each value of a column."""
Place = tuple[str, str, str]
"""A feature, a key ("" without any), and a file ("" for all)."""


@dataclass(frozen=True, slots=True)
class ScopeColumn:
    """A feature that is normalized over a scope, and the raw column of its values."""

    feature: str
    column: str
    before: tuple[Step, ...]
    """The steps in front of that over the scope."""
    step: Standardize
    by: str | None = None

    @classmethod
    def of(cls, feature: Feature, column: str) -> ScopeColumn | None:
        """Return the scope of a feature with this raw column; None without a step over one."""
        scope = scope_of(feature.steps)
        if scope is None:
            return None
        return cls(feature.name, column, feature.steps[: scope[0]], scope[1], feature.by)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to read: raw values, and keys."""
        return (self.column,) if self.by is None else (self.column, self.by)


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of one file in their order, with the columns that it has."""

    columns: Mapping[str, pa.Array]
    rows: int
    file: str = ""
    lost: Lost = lambda _, __: 0.0
    gaps: bool = False
    """Whether records between them, or before, could not be read."""


@dataclass(slots=True)
class _Batch:
    """Statistics of batches of one feature and key, in their order, while they are collected."""

    step: Standardize
    kept: FloatArray = field(default_factory=lambda: np.empty((2, 0)))
    """Values of the batch that is not complete, and what was lost of them."""
    parts: list[Statistics] = field(default_factory=list)
    """Of complete batches."""
    file: Series | None = None
    """The values of a whole file, where that is the batch."""

    def add(self, values: FloatArray) -> None:
        """Take the values that follow, and what was lost of them."""
        length = self.step.length
        if length is None:
            self.file = self.file or Series(replace(self.step, over="running"))
            self.file.next(*values)
            return
        values = np.hstack((self.kept, values))
        self.kept = values[:, values.shape[1] // length * length :]
        whole = values[:, : values.shape[1] // length * length].reshape(2, -1, length)
        if whole.size:
            parted = np.ascontiguousarray(whole[0])
            self.parts.append(of_windows(self.step, parted, whole[1].max(1)))

    def joined(self) -> Statistics | None:
        """Return the statistics of all complete batches, or of the file; None without any."""
        if self.file is not None and self.file.count > 1:
            return self.file.whole()
        if not self.parts:
            return None
        names = Statistics.__slots__
        return Statistics(
            *(np.concatenate([getattr(part, name) for part in self.parts]) for name in names)
        )


class BatchStatistics:
    """The first pass of features that are normalized over batches, or over whole files."""

    def __init__(self, scopes: Iterable[ScopeColumn]) -> None:
        self.scopes = [scope for scope in scopes if scope.step.over == "batch"]
        self.batches: dict[Place, _Batch] = {}

    def read(self, rows: Rows) -> None:
        """Take the rows that follow."""
        for scope in self.scopes:
            for key, places, x, lost in series_of(scope, rows):
                file = "" if scope.step.length else rows.file
                place = scope.feature, key, file
                if place not in self.batches:
                    self.batches[place] = _Batch(scope.step)
                self.batches[place].add(np.stack((x[places], lost[places])))

    def finished(self) -> Mapping[Place, Statistics]:
        """Return the statistics of complete batches, by feature, key and file."""
        joined = ((place, batch.joined()) for place, batch in self.batches.items())
        return {place: statistics for place, statistics in joined if statistics is not None}


def series_of(
    scope: ScopeColumn, rows: Rows
) -> Iterator[tuple[str, IntArray, FloatArray, FloatArray]]:
    """Yield the keys of a batch with their rows, and all values with what was lost of them."""
    column = rows.columns.get(scope.column)
    if column is None or (scope.by is not None and scope.by not in rows.columns):
        return
    x, lost = values_of(scope, rows)
    if scope.by is None:
        yield "", np.arange(rows.rows), x, lost
        return
    for key, places in Partition.of(rows.columns[scope.by], rows.rows, ()).parts():
        yield key, places, x, lost


def values_of(scope: ScopeColumn, rows: Rows) -> tuple[FloatArray, FloatArray]:
    """Return the values that enter the scope, and how far each may be off."""
    x = numbers(rows.columns[scope.column]).values.astype(np.float64, copy=False)
    lost = np.broadcast_to(rows.lost(scope.column, x), x.shape)
    if not scope.before:
        return x, lost
    y = forward(scope.before, x)
    low, high = bounds(scope.before, x - lost, x + lost)
    off = np.fmax(high - y, y - low)
    return y, np.where(np.isfinite(off), off, 0.0)


class ScopeReader:
    """Normalizes the rows of a log over the scopes of its features; rows come in their order."""

    def __init__(
        self, scopes: Sequence[ScopeColumn], statistics: Mapping[Place, Statistics] | None = None
    ) -> None:
        self.scopes = scopes
        self.statistics = statistics or {}
        self.series: dict[tuple[str, str], Series] = {}
        self.counts: dict[tuple[str, str], int] = {}
        self.broken = False

    def read(self, rows: Rows, wanted: Iterable[str]) -> dict[str, Results]:
        """Return the results of the wanted features in the rows that follow."""
        if rows.gaps:
            # Which rows a scope holds is not known any more; windows fill again.
            self.series.clear()
            self.broken = True
        names = set(wanted)
        made = self._of_rows(rows, names)
        for scope in self.scopes:
            if scope.feature in names and scope.step.over != "row":
                made[scope.feature] = self._of_series(scope, rows)
        return made

    def _of_series(self, scope: ScopeColumn, rows: Rows) -> Results:
        made = Results.empty(rows.rows)
        lasting = scope.step.over == "running" or scope.step.length is not None
        if self.broken and lasting and scope.step.over != "window":
            return made
        for key, places, x, lost in series_of(scope, rows):
            part = self._next(scope, key, rows.file, x[places], lost[places])
            if part is not None:
                made.values[places], made.error[places] = part.values, part.error
        return made

    def _next(
        self, scope: ScopeColumn, key: str, file: str, x: FloatArray, lost: FloatArray
    ) -> Results | None:
        place = scope.feature, key
        if scope.step.over != "batch":
            return self.series.setdefault(place, Series(scope.step)).next(x, lost)
        length = scope.step.length
        of_batches = self.statistics.get((*place, "" if length else file))
        start = self.counts.get(place, 0)
        self.counts[place] = start + len(x)
        if of_batches is None:
            return None
        batch = (start + np.arange(len(x))) // length if length else np.zeros(len(x), np.int64)
        complete = batch < len(of_batches.centre)
        made = Results.empty(len(x))
        of_rows = of_batches.take(batch[complete])
        part = results(scope.step, x[complete], lost[complete], of_rows)
        made.values[complete], made.error[complete] = part.values, part.error
        return made

    def _of_rows(self, rows: Rows, names: set[str]) -> dict[str, Results]:
        made: dict[str, Results] = {}
        groups: dict[Standardize, list[ScopeColumn]] = {}
        for scope in self.scopes:
            if scope.step.over == "row":
                groups.setdefault(scope.step, []).append(scope)
        for step, group in groups.items():
            if not names & {scope.feature for scope in group}:
                continue
            lacking = step.width is not None and step.width != len(group)
            if lacking or any(scope.column not in rows.columns for scope in group):
                made |= {scope.feature: Results.empty(rows.rows) for scope in group}
                continue
            pairs = [values_of(scope, rows) for scope in group]
            of_group = of_row(step, [x for x, _ in pairs], [lost for _, lost in pairs])
            made |= {scope.feature: r for scope, r in zip(group, of_group, strict=True)}
        return made
