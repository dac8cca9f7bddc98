"""What is read of a feature whose normalization depends on a key: results, and rows by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.key_counts import NAMED_KEYS, KeyCounts
from skewcheck.counts.parity import ParityCounts, numeric_parity
from skewcheck.counts.windows import text_tolerance
from skewcheck.features.grouped import Partition, by_group
from skewcheck.features.steps import Step
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.logs.arrays import Digits, NumberArray, Numbers
from skewcheck.logs.batch import Batch, RowOrigin

if TYPE_CHECKING:
    from skewcheck.counts.plan import Plan
    from skewcheck.counts.reading import Read


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedNumbers(Numbers):
    """A column of such a feature; of the raw one `values` are the results of its key's steps."""

    known: NDArray[np.bool_]
    """Rows whose key has parameters; the others are not counted."""
    keys: KeyCounts
    raw: NumberArray | None = None
    """The raw values as logged; None of a served column."""
    tolerance: FloatArray | float = 0.0
    """How far a served value may be from the result, half the width of the interval."""

    @property
    def logged(self) -> NumberArray:
        """The values as the log has them."""
        return self.values if self.raw is None else self.raw


def keyed_reads(
    plan: Plan, reads: Sequence[tuple[Read, Read]], batch: Batch
) -> list[tuple[Read, Read]]:
    """Return the columns of each feature, those of one with groups as `KeyedNumbers`.

    The rows of a batch are parted by a key once for all features.
    """
    partitions = {
        column: Partition.of(batch.columns.get(column), batch.rows, known)
        for column, known in plan.keys.items()
    }
    return [
        columns
        if feature.feature.by is None or not feature.feature.groups
        else _keyed(feature, columns, partitions[feature.feature.by], batch)
        for feature, columns in zip(plan.features, reads, strict=True)
    ]


def _keyed(
    plan: FeaturePlan, columns: tuple[Read, Read], partition: Partition, batch: Batch
) -> tuple[Read, Read]:
    raw, served = columns
    known = partition.known(plan.feature.groups)
    keys = _counts(partition, known)
    made = made_served = None
    if isinstance(raw, Numbers):
        x = raw.values.astype(np.float64, copy=False)
        lost = _lost(x, batch.digits.get(plan.raw.columns[0]) if plan.raw else None)
        results = by_group(plan.feature.groups, partition, x, lost)
        with np.errstate(invalid="ignore"):
            tolerance = np.fmax(results.high - results.values, results.values - results.low)
        tolerance[~np.isfinite(tolerance)] = 0.0
        made = KeyedNumbers(
            values=results.values, mistyped=raw.mistyped, known=known, keys=keys, raw=raw.values,
            tolerance=tolerance,
        )  # fmt: skip
    if isinstance(served, Numbers):
        made_served = KeyedNumbers(
            values=served.values, mistyped=served.mistyped, known=known, keys=keys
        )
    return made, made_served


def _lost(x: FloatArray, digits: Digits | None) -> FloatArray | float:
    return 0.0 if digits is None else text_tolerance(x, digits.significant, digits.decimals, None)


def _counts(partition: Partition, known: NDArray[np.bool_]) -> KeyCounts:
    rows = np.bincount(partition.codes + 1, minlength=len(partition.keys) + 1)
    kept = int(known.sum())
    strange = set(range(len(partition.keys))) - {*np.unique(partition.codes[known]).tolist()}
    names = [(key, int(rows[i + 1])) for i, key in enumerate(partition.keys) if i in strange]
    names = [(key, n) for key, n in names if n]
    # In the order in which they come first, whatever dictionary they are from.
    unknown = sum(n for _, n in names)
    first = {key: i for i, key in enumerate(_in_order(partition, known))} if names else {}
    names.sort(key=lambda pair: first.get(pair[0], len(first)))
    return KeyCounts(kept, unknown, int(rows[0]), dict(names[:NAMED_KEYS]))


def _in_order(partition: Partition, known: NDArray[np.bool_]) -> list[str]:
    """Return the keys of the rows that are not known, in the order of their first rows."""
    codes = partition.codes[~known]
    distinct, first = np.unique(codes, return_index=True)
    return [partition.keys[int(distinct[i])] for i in np.argsort(first) if distinct[i] >= 0]


def counted_of(raw: Read, served: Read, rows: int) -> tuple[Read, Read, KeyCounts]:
    """Return both columns without the rows whose key has no parameters, and the rows by key."""
    keys = KeyCounts(nulls=rows)
    columns: list[Read] = []
    for column in (raw, served):
        if isinstance(column, KeyedNumbers):
            keys = column.keys
            kept = column.values if column.known.all() else column.values[column.known]
            columns.append(Numbers(kept, column.mistyped))
        else:
            columns.append(column)
    return columns[0], columns[1], keys


def parity_by_key(
    raw: Numbers, served: Numbers, steps: Sequence[Step], origin: RowOrigin,
    served_tolerance: FloatArray | float, resolution: float | None,
) -> tuple[ParityCounts, IntArray] | None:  # fmt: skip
    """Compare the rows of known keys; the example has the raw value as logged."""
    if not isinstance(raw, KeyedNumbers) or not isinstance(served, KeyedNumbers):
        return None
    y = served.values.astype(np.float64, copy=False)
    counts, fails = numeric_parity(
        raw.values.astype(np.float64, copy=False), np.where(raw.known, y, np.nan), steps, origin,
        raw_tolerance=raw.tolerance, served_tolerance=served_tolerance, resolution=resolution,
    )  # fmt: skip
    if counts.example is None:
        return counts, fails
    logged = float(raw.logged[fails[0]])
    value = logged if np.isfinite(logged) else None if np.isnan(logged) else str(logged)
    return replace(counts, example=replace(counts.example, raw=value)), fails
