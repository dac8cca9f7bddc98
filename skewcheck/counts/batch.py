"""A run of rows of one file, as a log reader hands them over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from skewcheck.features.types import FloatArray, IntArray
from skewcheck.logs.arrays import Digits


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
class Reach:
    """Between which times a window kept rows: others that part them alike keep the same rows.

    `+` gives that of both.
    """

    before: float | None = None
    """The latest time that lay before the window; None where none did."""
    first: float = np.inf
    last: float = -np.inf
    """Earliest and latest time that was kept."""
    after: float = np.inf
    """The earliest time that lay behind the window."""
    left: int = 0
    """Rows left out."""
    timeless: int = 0
    """Rows that were kept without a time: only a window without ends does that."""

    @classmethod
    def of(cls, times: FloatArray, since: float, until: float) -> Reach:
        """Return the reach of the window [since, until) over rows with these times (NaN: none)."""
        known = times[~np.isnan(times)]
        if since == -np.inf and until == np.inf:
            kept, before, after, left = known, known[:0], known[:0], 0
        else:
            before, after = known[known < since], known[known >= until]
            kept = known[(known >= since) & (known < until)]
            left = len(times) - len(kept)
        return cls(
            float(before.max()) if len(before) else None,
            float(kept.min(initial=np.inf)),
            float(kept.max(initial=-np.inf)),
            float(after.min(initial=np.inf)),
            left,
            len(times) - len(kept) - left,
        )

    def __add__(self, other: Reach) -> Reach:
        """Add the reach of other rows in the same window."""
        before = [one.before for one in (self, other) if one.before is not None]
        return Reach(
            max(before, default=None),
            min(self.first, other.first),
            max(self.last, other.last),
            min(self.after, other.after),
            self.left + other.left,
            self.timeless + other.timeless,
        )

    def holds(self, since: float, until: float) -> bool:
        """Return whether the window [since, until) keeps the same rows."""
        if since == -np.inf and until == np.inf:
            return not self.left
        if self.timeless or (self.before is not None and self.before >= since):
            return False
        return since <= self.first and self.last < until <= self.after


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
    reach: Reach = field(default_factory=Reach)
