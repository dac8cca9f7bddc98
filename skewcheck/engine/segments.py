"""Into which parts a log is divided, and which columns may tell where a fault sits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa

from skewcheck.counts import Profile
from skewcheck.counts.coarse import coarse
from skewcheck.counts.dimensions import Dimension, Spans, Stretches, Values
from skewcheck.counts.parts import Division
from skewcheck.counts.plan import Plan
from skewcheck.logs import File, Log, Wanted
from skewcheck.logs.arrays import labels
from skewcheck.logs.arrays.arrow import present, to_numpy
from skewcheck.logs.times import Window
from skewcheck.text.errors import UsageError

FEW = 50
"""Values of a column in the first rows, beyond which it tells no place."""
PER_VALUE = 5
"""Rows per value in the first rows, with fewer of which a column groups nothing."""
LIKELY = 3
"""Columns that may group rows, and are tried without being asked for."""


def segments(
    log: Log, plan: Plan, by: tuple[str, ...] | None, time_column: str | None
) -> tuple[str, ...]:
    """Return the segment columns: those named, or by None those of few values in the first rows.

    Columns of features are none. UsageError where a named column is in no file.
    """
    if by is not None:
        for column in by:
            if not any(file.has(column) for file in log.files):
                raise UsageError(f"--by: no column {column!r} in {log.files[0].name}")
        return by
    first = _first(log, _columns(log, plan, time_column))
    # Of the first rows, as sorted logs begin with one value.
    return tuple(name for name, (values, _) in first.items() if 1 <= values <= FEW)


def clustered(log: Log, plan: Plan, cluster: str | None, time_column: str | None) -> Plan:
    """Return the plan with its column of clusters, or by None with those that are likely to be it.

    UsageError where a file lacks the named column: its rows would count as independent.
    """
    if cluster is not None:
        for file in log.files:
            if not file.has(cluster):
                raise UsageError(
                    f"--cluster: no column {cluster!r} in {file.name}; name one that every file has"
                )
        return replace(plan, cluster=cluster)
    tried = [name for name in _columns(log, plan, time_column) if name not in plan.segments]
    # More values than segments have, but several rows of most.
    many = [
        name
        for name, (values, rows) in _first(log, tried).items()
        if values > FEW and values * PER_VALUE <= rows
    ]
    return replace(plan, likely=tuple(many[:LIKELY]))


def _columns(log: Log, plan: Plan, time_column: str | None) -> list[str]:
    """Return the first file's columns that hold names or whole numbers and no feature."""
    numbers, features = plan.wanted()
    taken = numbers | features | {f.feature.name for f in plan.features} | {time_column or ""}
    return [
        name
        for file in log.files[:1]
        for name, kind in file.schema().items()
        if name not in taken and _discrete(kind)
    ]


def _discrete(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind)
                or pa.types.is_integer(kind) or pa.types.is_boolean(kind))  # fmt: skip


def _first(log: Log, names: list[str]) -> dict[str, tuple[int, int]]:
    """Return how many values columns have in the first rows, and how many rows these are."""
    if names:
        for thunk in log.files[0].parts(Wanted(labels=frozenset(names))):
            for batch in thunk():
                return {name: (_values(batch.columns[name]), batch.rows) for name in names}
    return {}


def _values(column: pa.Array) -> int:
    """Return how many values there are."""
    if pa.types.is_integer(column.type):
        # Without Arrow's functions, whose import takes longer than a small log.
        numbers = to_numpy(column, column.type.to_pandas_dtype())
        return len(np.unique(numbers[present(column)]))
    return int(np.count_nonzero(np.bincount(labels(column).codes + 1)[1:]))


def divided(
    log: Log, plan: Plan, by: tuple[str, ...] | None, time_column: str | None,
    every: timedelta | int | None,
) -> Division | None:  # fmt: skip
    """Return windows, and a dimension per named segment column; None where neither is asked for."""
    dimensions: list[Dimension] = []
    if isinstance(every, timedelta):
        dimensions.append(Spans(time_column or "", every.total_seconds(), _spelled(every)))
    elif every is not None:
        dimensions.append(Stretches(every, _starts(log), str(every)))
    dimensions += [Values(column) for column in by or ()]
    if not dimensions:
        return None
    return Division(tuple(dimensions), tuple(coarse(one) for one in plan.features))


def timed(profile: Profile, window: Window | None) -> None:
    """Refuse windows of time in a log whose rows have none: UsageError."""
    for parts in profile.parts:
        if isinstance(parts.dimension, Spans) and not parts.keys:
            column = "" if window is None else window.column
            raise UsageError(
                f"--every {parts.dimension.asked}: no row has a time in {column!r} that can be read"
                " (timestamps, ISO 8601 text or epoch numbers); name another with --time-column"
            )


def _spelled(every: timedelta) -> str:
    seconds = round(every.total_seconds())
    for letter, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{letter}"
    return f"{seconds}s"


def _starts(log: Log) -> dict[str, int]:
    """Return the rows of the log before each file.

    Where a format does not tell its rows in advance (text), all files but the last are read once
    more: windows of so many rows do not begin anew with each file.
    """
    starts, rows = {}, 0
    for file in log.files:
        starts[file.name] = rows
        if file is not log.files[-1]:
            rows += _rows(file)
    return starts


def _rows(file: File) -> int:
    if file.rows is not None:
        return file.rows
    return sum(batch.rows for thunk in file.parts(Wanted()) for batch in thunk())
