"""Into which parts a log is divided, and which columns may tell where a fault sits."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa

from skewcheck.arrays import labels
from skewcheck.errors import UsageError
from skewcheck.logs import File, Log, Wanted
from skewcheck.profile.coarse import coarse
from skewcheck.profile.parts import Dimension, Division, Spans, Stretches, Values
from skewcheck.profile.plan import Plan

FEW = 50
"""Values of a column in the first rows, beyond which it tells no place."""


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
    if not log.files:
        return ()
    numbers, features = plan.wanted()
    taken = numbers | features | {f.feature.name for f in plan.features} | {time_column or ""}
    tried = [
        name
        for file in log.files[:1]
        for name, kind in file.schema().items()
        if name not in taken and _discrete(kind)
    ]
    return tuple(name for name in tried if _few(log, name)) if tried else ()


def _discrete(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind)
                or pa.types.is_integer(kind) or pa.types.is_boolean(kind))  # fmt: skip


def _few(log: Log, name: str) -> bool:
    """Return whether a column has 1 to 50 values in the first rows: sorted logs begin with one."""
    for thunk in log.files[0].parts(Wanted(labels=frozenset([name]))):
        for batch in thunk():
            found = labels(batch.columns[name])
            return 1 <= len(np.unique(found.codes[found.codes >= 0])) <= FEW
    return False


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
