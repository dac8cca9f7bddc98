"""Select the rows of a log that have the fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.counts.sample import keys
from skewcheck.logs.arrays import labels
from skewcheck.logs.batch import Batch, RowOrigin
from skewcheck.logs.log import Log
from skewcheck.logs.times import seconds
from skewcheck.text.errors import OptionName, UsageError
from skewcheck.text.similar import nearest

RowMask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RowSelection:
    """Conditions on the affected rows; all of them must hold."""

    share: float = 1.0
    """Share of the rows that meet the other conditions, selected by a hash of file and row number.
    """
    where: Mapping[str, str] = field(default_factory=dict)
    """Required value of each column, as a label."""
    since: datetime | None = None
    """Start time of the affected rows; None for no limit."""
    time_column: str | None = None
    seed: int = 0

    def check(self, log: Log) -> None:
        """Raise UsageError for an invalid share, or for a column that no file has."""
        if not 0 < self.share <= 1:
            raise UsageError(
                OptionName("share"), f": must be above 0 and at most 1, got {self.share:g}"
            )
        for column in (*self.where, *([self.time_column] if self.since else [])):
            if column is not None and column not in log.schema():
                hint = nearest(column, log.schema())
                raise UsageError(f"{log.names[0]}: no column {column!r} to choose rows by{hint}")

    def affected(self, batch: Batch) -> RowMask:
        """Return the mask of affected rows of a batch, shape (rows,).

        UsageError if the batch lacks one of the columns.
        """
        # The seed is part of the name: an audit samples the rows with the smallest keys, which
        # must not be the affected rows only.
        origin = RowOrigin(f"inject {self.seed} {batch.origin.file}", batch.origin.start)
        mask: RowMask = keys(origin, batch.rows) / 2.0**64 < self.share
        if self.share == 1:  # the largest keys are rounded to 1
            mask[:] = True
        for column, value in self.where.items():
            column_labels = labels(self._column(batch, column, "where"))
            code = column_labels.levels.index(value) if value in column_labels.levels else -2
            mask &= column_labels.codes == code
        if self.since is not None and self.time_column is not None:
            times = seconds(self._column(batch, self.time_column, "time_column"))
            mask &= times >= self.since.timestamp()
        return mask

    def _column(self, batch: Batch, column: str, option: str) -> pa.Array:
        if column not in batch.columns:
            raise UsageError(OptionName(option), f": {batch.origin.file} has no column {column!r}")
        return batch.columns[column]

    def options(self) -> list[str | OptionName]:
        """Return the options that select these rows, with spaces between them."""
        options = [OptionName("where", {column: value}) for column, value in self.where.items()]
        if self.since is not None:
            options.append(OptionName("since", self.since.isoformat()))
        spaced: list[str | OptionName] = []
        for option in options:
            spaced += [option, " "]
        return [*spaced, OptionName("share", self.share)]
