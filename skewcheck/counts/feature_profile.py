"""What is counted of one feature: its raw and its served column, and row by row their parity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from skewcheck.counts.categorical import CategoricalCounts
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.moments import Moments
from skewcheck.counts.numeric import NumericCounts, count_numbers
from skewcheck.counts.reading import Read
from skewcheck.counts.rows import Table
from skewcheck.counts.sample import KeyArray
from skewcheck.counts.sides import CategoricalSide, NumericSide, Side
from skewcheck.counts.windows import text_tolerance
from skewcheck.logs.arrays import FloatArray, IntArray, Labels, Numbers
from skewcheck.logs.batch import Batch

if TYPE_CHECKING:
    from skewcheck.counts.key_counts import KeyCounts
    from skewcheck.counts.parity import Mismatch, ParityCounts

Counts = NumericCounts | CategoricalCounts
Sides = tuple[Moments, Moments]
"""Moments of the raw and of the served side; of no rows where there is none."""


@dataclass(frozen=True, slots=True)
class FeatureProfile:
    """One feature's counts; None for a side that is not logged, or not yet seen."""

    raw: Counts | None = None
    served: Counts | None = None
    parity: ParityCounts | None = None
    keys: KeyCounts | None = None
    """Of a feature with groups: rows by what training has for their key."""

    def __add__(self, other: FeatureProfile) -> FeatureProfile:
        """Add counts of the same plan."""
        return FeatureProfile(
            _plus(self.raw, other.raw),
            _plus(self.served, other.served),
            self.parity + other.parity
            if self.parity and other.parity
            else self.parity or other.parity,
            self.keys + other.keys if self.keys and other.keys else self.keys or other.keys,
        )


def _plus(a: Counts | None, b: Counts | None) -> Counts | None:
    if isinstance(a, NumericCounts) and isinstance(b, NumericCounts):
        return a + b
    if isinstance(a, CategoricalCounts) and isinstance(b, CategoricalCounts):
        return a + b
    return a or b


def moments_of(counts: FeatureProfile) -> Sides:
    """Return the moments of both sides; of no rows for levels, and where nothing is logged."""
    raw, served = (
        side.moments if isinstance(side, NumericCounts) else Moments()
        for side in (counts.raw, counts.served)
    )
    return raw, served


def count_feature(
    plan: FeaturePlan, raw: Read, served: Read, batch: Batch, table: Table, row_keys: KeyArray
) -> tuple[FeatureProfile, IntArray]:
    """Return the counts of a feature in a batch, and the places of the rows that fail parity."""
    parity, fails = None, np.zeros(0, np.int64)
    compared = None if raw is None or served is None else _parity(plan, raw, served, batch)
    if compared is not None:
        parity, fails = compared
        if batch.pooled and parity.example is not None:
            parity = replace(parity, example=_placed(parity.example, int(fails[0]), batch))
        if len(fails):
            parity = parity.of_rows(fails, table, row_keys)
    if plan.feature.groups:
        from skewcheck.counts.keys import counted_of  # few features have keys

        raw, served, keys = counted_of(raw, served, batch.rows)
        counts = _count(plan.raw, raw, batch), _count(plan.served, served, batch)
        return FeatureProfile(*counts, parity, keys), fails
    counts = _count(plan.raw, raw, batch), _count(plan.served, served, batch)
    return FeatureProfile(*counts, parity), fails


def _placed(example: Mismatch, row: int, batch: Batch) -> Mismatch:
    """Return the example with the file of the row, which is that of a batch of several files."""
    ends = np.cumsum([one.rows for one in batch.pooled])
    return replace(example, file=batch.pooled[int(np.searchsorted(ends, row, "right"))].origin.file)


def _count(side: Side | None, column: Read, batch: Batch) -> Counts | None:
    if side is None:
        return None
    if column is None:
        return _nulls(side, batch.rows)
    if isinstance(side, NumericSide) and isinstance(column, Numbers):
        digits = batch.digits.get(side.column)
        return count_numbers(column.values, side.windows, digits, mistyped=column.mistyped)
    if isinstance(side, CategoricalSide) and isinstance(column, Labels):
        return CategoricalCounts.of_text(
            column.codes, column.levels, side.levels, mistyped=column.mistyped
        )
    if isinstance(side, CategoricalSide) and isinstance(column, Numbers):
        values = column.values.astype(np.float64)
        return CategoricalCounts.of_numbers(values, side.levels, mistyped=column.mistyped)
    return None


def _nulls(side: Side, rows: int) -> Counts:
    """Return the counts of rows of a file that lacks the column: nulls."""
    if isinstance(side, NumericSide):
        return NumericCounts.of(np.full(rows, np.nan), side.windows)
    none = np.full(rows, -1, np.int32)
    return CategoricalCounts.of_text(none, (), side.levels)


def _tolerance(side: NumericSide, values: FloatArray, batch: Batch) -> FloatArray | float:
    """Return what printing lost of each value; 0 for binary formats."""
    digits = batch.digits.get(side.column)
    if digits is None:
        return 0.0
    return text_tolerance(values, digits.significant, digits.decimals, side.windows.step)


def _parity(
    plan: FeaturePlan, raw: Numbers | Labels, served: Numbers | Labels, batch: Batch
) -> tuple[ParityCounts, IntArray] | None:
    from skewcheck.counts.parity import (  # many logs have no pairs
        categorical_parity,
        numeric_parity,
    )

    steps, origin = plan.feature.steps, batch.origin
    if isinstance(raw, Labels):
        other = served.values.astype(np.float64) if isinstance(served, Numbers) else (
            served.codes, served.levels)  # fmt: skip
        return categorical_parity(raw.codes, raw.levels, steps, other, origin)
    if not (isinstance(served, Numbers) and isinstance(plan.served, NumericSide)):
        return None
    if not isinstance(plan.raw, NumericSide):
        return None
    x, y = raw.values.astype(np.float64, copy=False), served.values.astype(np.float64, copy=False)
    if plan.feature.groups:
        from skewcheck.counts.keys import parity_by_key  # as above

        return parity_by_key(raw, served, steps, origin, _tolerance(plan.served, y, batch),
                             plan.served.resolution)  # fmt: skip
    if plan.scope is not None:
        from skewcheck.counts.scoped import parity_of_results  # few features have a scope

        lost = _tolerance(plan.served, y, batch)
        return parity_of_results(plan, raw, served, origin, lost, plan.served.resolution)
    return numeric_parity(
        x, y, steps, origin, raw_tolerance=_tolerance(plan.raw, x, batch),
        served_tolerance=_tolerance(plan.served, y, batch), resolution=plan.served.resolution,
    )  # fmt: skip
