"""Which rows of a log have the fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.counts.sample import keys
from skewcheck.logs.arrays import labels
from skewcheck.logs.batch import Batch, Origin
from skewcheck.logs.log import Log
from skewcheck.logs.times import seconds
from skewcheck.text.errors import UsageError

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows are affected: all of these must hold."""

    share: float = 1.0
    """Of the rows that the others admit; chosen by a hash of file and row number."""
    where: Mapping[str, str] = field(default_factory=dict)
    """Columns, and the value that each must have, as a label."""
    since: datetime | None = None
    time_column: str | None = None
    seed: int = 0

    def check(self, log: Log) -> None:
        """Raise UsageError for a share that is none, and for columns that no file has."""
        if not 0 < self.share <= 1:
            raise UsageError(f"--share: must be above 0 and at most 1, got {self.share:g}")
        for column in (*self.where, *([self.time_column] if self.since else [])):
            if column is not None and column not in log.schema():
                raise UsageError(f"{log.names[0]}: no column {column!r} to choose rows by")

    def affected(self, batch: Batch) -> Mask:
        """Return which rows of a batch are affected; UsageError where a file has no such column."""
        # The seed stands in the name: an audit samples the rows of least key, and must not get
        # the affected ones alone.
        origin = Origin(f"inject {self.seed} {batch.origin.file}", batch.origin.start)
        mask: Mask = keys(origin, batch.rows) / 2.0**64 < self.share
        if self.share == 1:  # the largest keys are rounded to 1
            mask[:] = True
        for column, value in self.where.items():
            found = labels(self._column(batch, column, "--where"))
            place = found.levels.index(value) if value in found.levels else -2
            mask &= found.codes == place
        if self.since is not None and self.time_column is not None:
            times = seconds(self._column(batch, self.time_column, "--time-column"))
            mask &= times >= self.since.timestamp()
        return mask

    def _column(self, batch: Batch, column: str, option: str) -> pa.Array:
        if column not in batch.columns:
            raise UsageError(f"{option}: {batch.origin.file} has no column {column!r}")
        return batch.columns[column]

    def __str__(self) -> str:
        """Return the options that say which rows."""
        told = [f"--where {column}={value}" for column, value in self.where.items()]
        told += [f"--since {self.since.isoformat()}"] if self.since is not None else []
        return " ".join([*told, f"--share {self.share:g}"])
