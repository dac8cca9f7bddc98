"""Choose the segment columns of a plan, and its columns of clusters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from skewcheck.config.types import Settings
from skewcheck.counts.plan import Plan
from skewcheck.engine.source import Source
from skewcheck.logs.arrays import labels
from skewcheck.logs.arrays.arrow import present as not_null
from skewcheck.logs.arrays.arrow import to_numpy
from skewcheck.logs.arrays.cells import is_text
from skewcheck.text.errors import OptionName, UsageError
from skewcheck.text.similar import nearest

SEGMENT_VALUES = 50
"""Values of a column in the first rows, beyond which it is no segment column: too few rows each."""
ROWS_PER_CLUSTER = 5
"""Rows per value in the first rows, with fewer of which a column is none of clusters: rows would
count as nearly independent."""
LIKELY_CLUSTERS = 3
"""Columns that are tried as clusters where none is named: each costs a column of the sample."""


def with_segments(plan: Plan, source: Source, settings: Settings) -> Plan:
    """Return the plan with its segment columns and its column of clusters.

    Segment columns are those of `settings.by`, or without it those of few values in the first
    rows. The column of clusters is `settings.cluster`; without it, likely columns are only sampled,
    for a note. Columns of features are neither. Raises UsageError where a segment column of the
    settings is in no file, or where a file lacks that of clusters: its rows would count as
    independent.
    """
    by, cluster = settings.by, settings.cluster
    _refuse_missing(by or (), source, settings.time_column)
    counts: dict[str, tuple[int, int]] = {}
    if by is None or cluster is None:
        columns = discrete_columns(plan, source, settings.time_column)
        counts = first_values(source, [name for name in columns if name not in (by or ())])
    if by is None:
        # A sorted log may begin with one value: it is a segment column all the same.
        by = tuple(name for name, (values, _) in counts.items() if 1 <= values <= SEGMENT_VALUES)
    keys = (column for column in plan.keys if source.has(column))
    plan = replace(plan, segments=tuple(dict.fromkeys((*by, *keys))), cluster=cluster)
    if cluster is not None:
        for file in source.lacking(cluster)[:1]:
            hint = "" if source.has(cluster) else nearest(cluster, source.schema())
            raise UsageError(
                OptionName("cluster"),
                f": no column {cluster!r} in {file}{hint}; name one that every file has",
            )
        return plan
    # More values than a segment column has, but several rows of each.
    likely = [
        name
        for name, (values, rows) in counts.items()
        if values > SEGMENT_VALUES and values * ROWS_PER_CLUSTER <= rows
    ]
    return replace(plan, likely=tuple(likely[:LIKELY_CLUSTERS]))


def _refuse_missing(by: tuple[str, ...], source: Source, time_column: str | None) -> None:
    if time_column is not None and not source.has(time_column):
        hint = nearest(time_column, source.schema())
        raise UsageError(
            f"{source.names[0]}: no column {time_column!r} to tell the time of its rows by{hint}"
        )
    for column in by:
        if not source.has(column):
            hint = nearest(column, source.schema())
            raise UsageError(OptionName("by"), f": no column {column!r} in {source.names[0]}{hint}")


def discrete_columns(plan: Plan, source: Source, time_column: str | None) -> list[str]:
    """Return the columns of text, integers and booleans that are of no feature."""
    numbers, features = plan.feature_columns()
    taken = numbers | features | {f.feature.name for f in plan.features} | {time_column or ""}
    return [name for name, kind in source.schema().items() if name not in taken and _discrete(kind)]


def _discrete(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(is_text(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind))


def first_values(source: Source, columns: list[str]) -> dict[str, tuple[int, int]]:
    """Return the number of distinct values in the first rows, and of these rows, by column."""
    head = source.head(columns) if columns else None
    if head is None:
        return {}
    present = (name for name in columns if name in head.columns)
    return {name: (_distinct(head.columns[name]), head.rows) for name in present}


def _distinct(column: pa.Array) -> int:
    """Return the number of distinct values, nulls apart."""
    if pa.types.is_integer(column.type):
        # By NumPy: importing pyarrow.compute takes longer than reading a small log.
        numbers = to_numpy(column, column.type.to_pandas_dtype())
        return len(np.unique(numbers[not_null(column)]))
    return int(np.count_nonzero(np.bincount(labels(column).codes + 1)[1:]))
