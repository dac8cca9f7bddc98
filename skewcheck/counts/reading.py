"""The columns of a batch as NumPy arrays: what is counted, and what whole rows are sampled from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.counts.plan import Plan
from skewcheck.counts.rows import (
    FILE,
    ROW,
    TIME,
    Coded,
    SampleColumn,
    Sampled,
    Table,
    code_of,
    coded,
    logged_column,
    raw_column,
    result_column,
    segment_column,
    served_column,
)
from skewcheck.counts.sides import CategoricalSide, NumericSide, Side
from skewcheck.logs.arrays import Labels, Numbers, labels, levels, numbers
from skewcheck.logs.batch import Batch

Read = Numbers | Labels | None
"""A column that was read; None where the file has none."""


def read(side: Side | None, batch: Batch) -> Read:
    """Return the side's column as NumPy arrays; None where this batch's file has none."""
    if side is None:
        return None
    if isinstance(side, NumericSide):
        return numbers(batch.columns[side.column]) if side.column in batch.columns else None
    arrays = [batch.columns.get(column) for column in side.columns]
    present = [array for array in arrays if array is not None]
    if not present:
        return None
    if side.vectors is not None:
        from skewcheck.counts.vectors import vector_levels  # few features are served so

        of_columns = [batch.digits.get(column) for column in side.columns]
        return vector_levels(arrays, side.vectors, of_columns, batch.rows)
    if not side.numbers:
        return levels(present[0], side.levels.names)
    if side.onehot:
        return _hot(arrays, batch.rows)
    codes, digits = numbers(present[0]), batch.digits.get(side.columns[0])
    if digits is None:
        return codes
    values = side.levels.before_printing(codes.values.astype(np.float64), digits)
    return replace(codes, values=values)


def reads_of(plan: Plan, batch: Batch) -> list[tuple[Read, Read]]:
    """Return both columns of each feature; of one with groups, what its keys make of them."""
    reads = [(read(feature.raw, batch), read(feature.served, batch)) for feature in plan.features]
    if plan.scopes:
        from skewcheck.counts.scoped import scoped  # few features have a scope

        reads = [
            (raw if feature.scope is None else scoped(feature, raw, batch), served)
            for feature, (raw, served) in zip(plan.features, reads, strict=True)
        ]
    if not plan.keys:
        return reads
    from skewcheck.counts.keys import keyed_reads  # few features have keys

    return keyed_reads(plan, reads, batch)


def _hot(arrays: list[pa.Array | None], rows: int) -> Numbers:
    """Read onehot columns as the index of the one that is 1, -1 where none is.

    Rows with two ones, or with other numbers than 0 and 1, are mistyped: they mean no level.
    """
    index = np.full(rows, -1.0)
    ones = np.zeros(rows, np.int64)
    odd = np.zeros(rows, bool)
    nulls = np.ones(rows, bool)
    for i, array in enumerate(arrays):
        if array is None:
            continue
        values = numbers(array).values
        ones += values == 1
        index[values == 1] = i
        odd |= ~((values == 1) | (values == 0) | np.isnan(values))
        nulls &= np.isnan(values)
    odd |= ones > 1
    index[odd | nulls] = np.nan
    return Numbers(index, mistyped=int((odd & ~nulls).sum()))


def valueless(reads: Sequence[tuple[Read, Read]], rows: int) -> NDArray[np.bool_] | None:
    """Return which rows have no value in any of the columns; None where each row has one.

    A cell of another type is a value. All rows of a file with none of the columns are without.
    """
    left = np.ones(rows, bool)
    for column in (column for pair in reads for column in pair if column is not None):
        if column.mistyped:
            return None
        if isinstance(column, Labels):
            left &= column.codes < 0
        elif column.logged.dtype.kind == "f":
            left &= np.isnan(column.logged)
        else:
            return None  # whole numbers without a null
        if not left.any():
            return None
    return left


def _sampled(side: Side, found: Numbers | Labels) -> NDArray[np.generic] | Coded:
    """Return a column as numbers: a level as its place, -1 for strangers, -2 for none."""
    if isinstance(found, Numbers) or isinstance(side, NumericSide):
        return found.values if isinstance(found, Numbers) else np.full(len(found.codes), np.nan)
    places = np.append(side.levels.of_names(found.levels), -2)
    return Coded(places.astype(np.float64), found.codes)


def table_of(plan: Plan, reads: list[tuple[Read, Read]], batch: Batch) -> Table:
    """Return the columns that are sampled: both sides of features, segments, times."""
    columns: dict[SampleColumn, Sampled] = {}
    if any(isinstance(one.served, CategoricalSide) for one in plan.features):
        from skewcheck.counts.vectors import parts_of  # few logs have levels with a served side

        columns |= parts_of(plan, batch)
    names: dict[SampleColumn, Mapping[float, str]] = {}
    for one, (raw, served) in zip(plan.features, reads, strict=True):
        for side, found, name in (
            (one.raw, raw, raw_column(one.feature.name)),
            (one.served, served, served_column(one.feature.name)),
        ):
            if side is not None and found is not None:
                columns[name] = _sampled(side, found)
        if isinstance(raw, Numbers) and raw.logged is not raw.values:
            columns[logged_column(one.feature.name)] = raw.logged
        if isinstance(raw, Numbers) and raw.over_scope is not None:
            columns[result_column(one.feature.name)] = raw.over_scope
    for column in dict.fromkeys((*plan.segments, *plan.likely)):
        if column in batch.columns:
            key = segment_column(column)
            columns[key], names[key] = coded(labels(batch.columns[column]))
    if plan.likely:
        columns[ROW] = batch.origin.numbers(batch.rows)
    codes = {code_of(one.origin.file): one.origin.file for one in batch.each}
    columns[FILE] = np.repeat([*codes], [one.rows for one in batch.each])
    names[FILE] = codes
    if batch.times is not None:
        columns[TIME] = batch.times
    return Table(columns, names, batch.times)
