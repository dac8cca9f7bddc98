"""Levels that are served as several numbers: each row of numbers is a level by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.counts.plan import Plan
from skewcheck.counts.rows import SampleColumn, part_column
from skewcheck.counts.sides import CategoricalSide
from skewcheck.counts.windows import COUNTED_DIGITS, text_tolerance
from skewcheck.features.steps import name_of
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.logs.arrays import Digits, Labels, numbers
from skewcheck.logs.batch import Batch

ROUNDING = 2e-6
"""Share of a column's largest number by which float32 arithmetic may miss a number."""
COARSEST = 0.005
"""Share of a number that three significant digits may lose: nobody prints fewer."""
MAX_PARTS = 128
"""Columns of levels that are served as several numbers, up to which these are sampled one by one: a
sample of rows that fail then takes a megabyte more at most."""
DIGITS = 6
"""Significant digits of numbers that training does not serve: those of float32."""


def vector_levels(
    arrays: Sequence[pa.Array | None], known: FloatArray, digits: Sequence[Digits | None], rows: int
) -> Labels:
    """Return the rows of some columns as levels, a name for each distinct row of numbers.

    `known` has a row for each level that training serves, and a column for each array. A number
    within float32's rounding, or that of its text, of one in the same column is that one. A row
    without any number is null, and so is one of which a number cannot be read: that is mistyped.
    """
    served = np.full((rows, len(arrays)), np.nan)
    written = _together(digits)
    mistyped = 0
    for i, array in enumerate(arrays):
        if array is not None:
            read = numbers(array)
            served[:, i] = _snapped(read.values.astype(np.float64), known[:, i], written)
            mistyped = max(mistyped, read.mistyped)
    codes = np.zeros(rows, np.int64)
    for column in served.T:
        distinct, places = np.unique(column, return_inverse=True)
        # Numbered again with each column: there are never more codes than rows.
        _, codes = np.unique(codes * (len(distinct) + 1) + places, return_inverse=True)
    _, first = np.unique(codes, return_index=True)
    names = [name_of(vector) for vector in served[first].tolist()]
    levels = tuple(name for name in names if name is not None)
    index = {name: i for i, name in enumerate(levels)}
    of_code = np.array([-1 if name is None else index[name] for name in names], np.int32)
    labels = of_code[codes] if rows else np.zeros(0, np.int32)
    return Labels(labels, levels, min(mistyped, int((labels < 0).sum())))


def _together(digits: Sequence[Digits | None]) -> Digits | None:
    """Return how precisely columns of one feature are written: a column of two numbers does not
    show it, as `2.00` is a whole number. None where they were no text."""
    shown = [d for d in digits if d is not None and (d.significant or d.decimals)]
    if not shown:
        return None
    return Digits(max(d.significant for d in shown), max(d.decimals for d in shown))


def _snapped(values: FloatArray, known: FloatArray, digits: Digits | None) -> FloatArray:
    """Return numbers, those that rounding may have made of a known one as that one."""
    # What an encoder makes without what follows it are whole numbers.
    exact = np.unique(np.concatenate([known[np.isfinite(known)], [0.0, 1.0]]))
    lost = np.full(len(exact), ROUNDING * float(np.abs(exact).max()))
    if digits is not None:
        lost = lost + text_tolerance(exact, digits.significant, digits.decimals)
        if digits.significant < COUNTED_DIGITS:
            # Whole numbers alone: those of training that are none were rounded to them.
            lost = np.where(exact == np.rint(exact), lost, COARSEST * np.abs(exact))
    nearest = np.searchsorted((exact[1:] + exact[:-1]) / 2, values)
    with np.errstate(invalid="ignore"):
        same = np.abs(values - exact[nearest]) <= lost[nearest]
    return np.where(same, exact[nearest], _rounded(values))


def _rounded(values: FloatArray) -> FloatArray:
    """Return numbers with as many digits as float32 has."""
    distinct, places = np.unique(values, return_inverse=True)
    rounded = [float(f"{value:.{DIGITS}g}") for value in distinct.tolist()]
    return np.array(rounded, np.float64)[places] if len(rounded) else values


@dataclass(frozen=True, slots=True)
class Unread:
    """A column of the log, of which the rows that are sampled are read as numbers."""

    array: pa.Array

    def take(self, rows: IntArray) -> NDArray[np.generic]:
        """Return the numbers of these rows; NaN for what is none."""
        return numbers(self.array.take(pa.array(rows))).values


def parts_of(plan: Plan, batch: Batch) -> dict[SampleColumn, Unread]:
    """Return the columns of levels that are served as several numbers; none if over MAX_PARTS."""
    sides = [one.served for one in plan.features]
    parts = [
        column
        for side in sides
        if isinstance(side, CategoricalSide) and (side.onehot or side.vectors is not None)
        for column in side.columns
    ]
    return {
        part_column(column): Unread(batch.columns[column])
        for column in parts[: MAX_PARTS if len(parts) <= MAX_PARTS else 0]
        if column in batch.columns
    }
