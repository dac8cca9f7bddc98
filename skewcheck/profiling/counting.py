"""Counts of a server's rows: chunks of columns are counted together, and written as a profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from skewcheck.counts.profile import Limits, Profile
from skewcheck.engine.profiles.parts import Parts
from skewcheck.engine.profiles.writing import Counted, Counting, write
from skewcheck.logs.batch import Batch, RowOrigin
from skewcheck.profiling.columns import Served
from skewcheck.profiling.rows import Chunk, joined
from skewcheck.text.errors import SkewcheckError

MAX_ROWS = 65_536
"""Rows that are counted at once: a batch costs as much as thousands of rows by itself."""
MAX_VALUES = 4_000_000
"""Values that are counted at once: of many features fewer rows, as their memory is bounded."""


def batch_rows(columns: int) -> int:
    """Return how many rows of so many columns are counted at once."""
    return max(min(MAX_ROWS, MAX_VALUES // max(columns, 1)), 1)


class Counter:
    """The rows of one profile. Not for several threads at once."""

    def __init__(
        self, served: Served, name: str, *, sampled: bool, counting: Counting | None = None,
        present: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        """Begin a profile without rows; the first ones show which columns there are."""
        self.served, self.name, self.sampled = served, name, sampled
        self.counting, self.present = counting, present
        self.limits, self.rows = Limits(), 0
        self.total: Profile | None = None

    def next(self, name: str) -> Counter:
        """Return the counter of the next profile, of the same columns."""
        return Counter(
            self.served, name, sampled=self.sampled, counting=self.counting, present=self.present
        )

    def count(self, chunks: Sequence[Chunk]) -> None:
        """Count rows; where that is not possible, as records that cannot be decoded."""
        lengths = [chunk.rows for chunk in chunks]
        rows = sum(lengths)
        table = {
            column: joined([chunk.columns.get(column) for chunk in chunks], lengths)
            for column in dict.fromkeys(column for chunk in chunks for column in chunk.columns)
        }
        if self.counting is None:
            # A column that none of the first rows has is not logged.
            self.present = frozenset(name for name, values in table.items() if values is not None)
            self.counting = self.served.counting(self.present, sampled=self.sampled)[1]
        origin = RowOrigin(self.name, self.rows)
        try:
            measured = self._measured(self.counting, table, origin, rows)
        except (SkewcheckError, ValueError, TypeError, OverflowError, pa.ArrowException):
            lost = Batch(origin, 0, {}, undecoded=rows, first_undecoded=self.rows)
            measured = Profile.of(self.counting.plan, lost, self.limits)
        self.rows += rows
        self.total = measured if self.total is None else self.total + measured

    @np.errstate(over="ignore", invalid="ignore")
    def _measured(
        self, counting: Counting, table: Mapping[str, pa.Array | None], origin: RowOrigin, rows: int
    ) -> Profile:
        plan = counting.plan
        columns: dict[str, pa.Array] = {}
        for column in plan.wanted.all:
            if column in self.present:
                values = table.get(column)
                columns[column] = pa.nulls(rows, pa.float64()) if values is None else values
        batch = Batch(origin, rows, columns)
        return Profile.of(plan, plan.window.kept(batch) if plan.window else batch, self.limits)

    def write(self, path: Path) -> None:
        """Write the profile of the rows; UsageError where it cannot be."""
        if self.total is None or self.counting is None:
            return
        parts = Parts(self.sampled)
        parts.add(0, self.total)
        source = self.served.source(self.name, self.present)
        write(source, self.counting, Counted(self.total, parts), path)
