"""The affected rows of a log in the order of their arrival, and what faults of these make of them.

Such a fault is a function of whole columns: statistics of earlier rows, delays, caches, orders of
columns. Columns are held in memory, those of the features that the fault needs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from skewcheck.causes.arrival_order import Series, by_codes
from skewcheck.features.transform import Served, transformed
from skewcheck.features.types import Feature, FloatArray, IntArray
from skewcheck.logs.arrays import labels, numbers
from skewcheck.logs.batch import Batch
from skewcheck.logs.times import seconds
from skewcheck.simulate.inject.row_selection import RowMask
from skewcheck.text.errors import UsageError

_NO_LEVEL = -1
"""The code of rows that have no value in the column of the series."""


@dataclass(frozen=True, slots=True)
class ArrivedRows:
    """The affected rows in their order: the rows that the faulty server answered."""

    features: tuple[Feature, ...]
    """Those that are here, in the order of the parameter file."""
    raw: Mapping[str, FloatArray]
    """Raw values of numeric features, by feature."""
    served: Mapping[str, Mapping[str, Served]]
    """What training serves, by feature and served column."""
    times: FloatArray | None
    """Epoch seconds; None without a time column."""
    keys: IntArray
    """Number of the value of the column of the series; all equal without such a column."""
    seed: int

    @property
    def series(self) -> Series:
        """Return the rows of each value of the column of the series, each in their order."""
        return by_codes(self.keys)


@dataclass(frozen=True, slots=True)
class ArrivedValues:
    """What a fault of arrived rows makes of one feature: a value for each affected row."""

    served: Mapping[str, Served]
    """By served column."""
    lost: bool = False
    """Whether the raw values of these rows are null as well."""

    def of_batch(self, mask: RowMask, first: int) -> dict[str, Served]:
        """Return columns of a batch whose affected rows are those from `first` on.

        The other rows have no meaning.
        """
        at = np.clip(first + np.cumsum(mask) - 1, 0, None)
        return {
            name: values[np.minimum(at, len(values) - 1)] if len(values) else values
            for name, values in self.served.items()
        }


@dataclass(frozen=True, slots=True)
class NeededColumns:
    """Columns of a log beside those of features."""

    time: str | None = None
    series: str | None = None


def read_arrived(
    batches: Iterable[tuple[Batch, RowMask]],
    features: tuple[Feature, ...],
    raw: Mapping[str, str],
    needed: NeededColumns,
    seed: int,
) -> ArrivedRows:
    """Read the affected rows of a log; UsageError where a file lacks a needed column."""
    x: dict[str, list[FloatArray]] = defaultdict(list)
    served: dict[str, dict[str, list[Served]]] = {f.name: defaultdict(list) for f in features}
    times: list[FloatArray] = []
    keys: list[IntArray] = []
    known: dict[str, int] = {}
    for batch, mask in batches:
        for feature in features:
            column = batch.columns.get(raw[feature.name], pa.nulls(batch.rows))
            numeric = feature.type == "numeric"
            if numeric:
                x[feature.name].append(numbers(column).values.astype(np.float64)[mask])
            columns = transformed(feature.name, feature.steps, column, numeric=numeric)
            for name, values in columns.items():
                served[feature.name][name].append(values[mask])
        if needed.time is not None:
            times.append(seconds(_column(batch, needed.time))[mask])
        keys.append(_codes(batch, needed.series, known)[mask])
    return ArrivedRows(
        features,
        {name: np.concatenate(parts) for name, parts in x.items()},
        {name: {c: _joined(p) for c, p in columns.items()}
         for name, columns in served.items()},
        np.concatenate(times) if times else None,
        np.concatenate(keys) if keys else np.zeros(0, np.int64),
        seed,
    )  # fmt: skip


def _joined(parts: Sequence[Served]) -> Served:
    """Return the values of all batches, numbers or texts."""
    numeric = [part.astype(np.float64) for part in parts if part.dtype == np.float64]
    if len(numeric) == len(parts):
        return np.concatenate(numeric)
    return np.concatenate([part.astype(np.object_) for part in parts])


def _column(batch: Batch, name: str) -> pa.Array:
    if name not in batch.columns:
        raise UsageError(f"{batch.origin.file}: no column {name!r}")
    return batch.columns[name]


def _codes(batch: Batch, name: str | None, known: dict[str, int]) -> IntArray:
    """Return the number of each row's value, by the order in which values appear in the log."""
    if name is None:
        return np.zeros(batch.rows, np.int64)
    column = labels(_column(batch, name))
    of_levels = [known.setdefault(level, len(known)) for level in column.levels]
    codes: IntArray = np.array([*of_levels, _NO_LEVEL], np.int64)[column.codes]
    return codes
