"""Normalization by a key: the rows of each value of a column have steps of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.features.steps import MaxAbs, Robust, Step, ZScore, bounds, forward
from skewcheck.features.steps.rounding import ROUNDING, FloatArray, magnitude, widened
from skewcheck.logs.arrays import IntArray, levels, numbers

GroupSteps = Mapping[str, tuple[Step, ...]]
_LINES = (ZScore, Robust, MaxAbs)
"""Steps that subtract a number and divide by another: many groups are computed at once."""


@dataclass(frozen=True, slots=True)
class Partition:
    """Rows by the value of a key column."""

    keys: tuple[str, ...]
    """Distinct values; some may not occur."""
    codes: NDArray[np.int32]
    """Per row its place in `keys`; -1 for a null."""

    @classmethod
    def of(cls, column: pa.Array | None, rows: int, known: Sequence[str]) -> Partition:
        """Return the partition of a column, whose values are spelled as the known keys.

        Without a column all `rows` have no key.
        """
        if column is None:
            return cls((), np.full(rows, -1, np.int32))
        read = levels(column, known)
        return cls(read.levels, read.codes)

    def parts(self) -> Iterator[tuple[str, IntArray]]:
        """Yield the keys that occur with their rows, ascending."""
        order = np.argsort(self.codes, kind="stable")
        counts = np.bincount(self.codes + 1, minlength=len(self.keys) + 1)
        ends = np.cumsum(counts)
        for i, key in enumerate(self.keys):
            if counts[i + 1]:
                yield key, order[ends[i] : ends[i + 1]]

    def known(self, groups: GroupSteps) -> NDArray[np.bool_]:
        """Return which rows have a key with steps."""
        table = np.array([*(key in groups for key in self.keys), False])
        return table[self.codes]


@dataclass(frozen=True, slots=True)
class Normalized:
    """Results per row, and the interval that a float32 server may compute; NaN without a key."""

    values: FloatArray
    low: FloatArray
    high: FloatArray


def by_group(
    groups: GroupSteps, partition: Partition, x: FloatArray, tolerance: FloatArray | float = 0.0
) -> Normalized:
    """Apply to each row the steps of its key; `tolerance` is what printing lost of each value.

    The results do not depend on which rows are computed together.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if all(len(steps) == 1 and isinstance(steps[0], _LINES) for steps in groups.values()):
            return _on_lines(groups, partition, x, tolerance)
    values, low, high = (np.full(len(x), np.nan) for _ in range(3))
    for key, rows in partition.parts():
        steps = groups.get(key)
        if steps is None:
            continue
        part = x[rows]
        lost = tolerance[rows] if isinstance(tolerance, np.ndarray) else tolerance
        values[rows] = forward(steps, part)
        low[rows], high[rows] = bounds(steps, part - lost, part + lost)
    return Normalized(values, low, high)


def served_by_key(
    groups: GroupSteps, steps: Sequence[Step], partition: Partition, column: pa.Array
) -> FloatArray:
    """Return the served numbers of a raw column; NaN in rows whose key has no steps."""
    x = numbers(column).values.astype(np.float64, copy=False)
    served = forward(steps, by_group(groups, partition, x).values)
    return np.where(partition.known(groups), served, np.nan)


def _on_lines(
    groups: GroupSteps, partition: Partition, x: FloatArray, tolerance: FloatArray | float
) -> Normalized:
    """Subtract and divide by the numbers of each row's key, as `_affine_bounds` does by one."""
    table = np.full((len(partition.keys) + 1, 2), np.nan)
    for i, key in enumerate(partition.keys):
        step = groups[key][0] if key in groups else None
        if isinstance(step, _LINES):
            table[i] = step.offset, step.divisor
    offset, divisor = table[partition.codes].T
    low, high = x - tolerance, x + tolerance
    error = ROUNDING * (magnitude(low, high) + np.abs(offset))
    low, high = widened(low, high, error)
    return Normalized(
        np.divide(x - offset, divisor),
        np.divide(low - offset, divisor),
        np.divide(high - offset, divisor),
    )
