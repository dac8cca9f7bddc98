"""A run of rows of one file, as a log reader hands them over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from skewcheck.arrays import Digits
from skewcheck.features import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows stand: their file, and their numbers in it, from 0."""

    file: str
    start: int
    kept: IntArray | None = None
    """The row numbers where rows were left out; else they follow `start` one by one."""

    def row(self, i: int) -> int:
        """Return the number in the file of the i-th row."""
        return self.start + i if self.kept is None else int(self.kept[i])

    def numbers(self, rows: int) -> IntArray:
        """Return the numbers of the first `rows` rows."""
        return np.arange(self.start, self.start + rows) if self.kept is None else self.kept[:rows]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows in the file's order. Only wanted columns that the file has; one chunk each."""

    origin: Origin
    rows: int
    columns: Mapping[str, pa.Array]
    digits: Mapping[str, Digits] = field(default_factory=dict)
    """Of text formats: how many digits each number column is printed with, per file."""
    times: FloatArray | None = None
    """Epoch seconds per row, NaN where there is no time; None without a time column."""

    @property
    def newest(self) -> float | None:
        """Return the latest time of a row; None where none has one."""
        known = None if self.times is None else self.times[np.isfinite(self.times)]
        return None if known is None or not len(known) else float(known.max())
