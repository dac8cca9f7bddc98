"""Which series of rows begin in a log: those over all rows so far can be compared with no other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.parity import numeric_parity
from skewcheck.counts.scoped import lost_of
from skewcheck.counts.sides import NumericSide
from skewcheck.features.grouped import Partition
from skewcheck.features.scopes import Results
from skewcheck.logs.arrays import IntArray, numbers
from skewcheck.logs.batch import Batch


class SeriesStarts:
    """Tells of each series by its first row with a result whether it begins in the log.

    The result of a second row depends on that row and the first alone: where it was served
    otherwise, rows before the log are among those that it is normalized over, or the server was
    wrong from the start. Which of both is not known, and the series is not compared.
    """

    def __init__(self, plans: Sequence[FeaturePlan]) -> None:
        """Take the features of a plan; those over other scopes are left as they are."""
        self.plans = [
            plan for plan in plans if plan.scope is not None and plan.scope.step.over == "running"
        ]
        self.begins: dict[tuple[str, str], bool] = {}

    def only_begun(self, batch: Batch, made: dict[str, Results]) -> None:
        """Take away the results of series that do not begin in the log, of the rows that follow."""
        for plan in self.plans:
            results, side = made.get(plan.feature.name), plan.served
            if results is None or plan.scope is None or not isinstance(side, NumericSide):
                continue
            for key, rows in self._series(plan, batch):
                place = plan.feature.name, key
                if place not in self.begins:
                    known = rows[np.isfinite(results.values[rows] + results.error[rows])]
                    first = self._first_served(side, batch, known)
                    if first is None:
                        continue
                    self.begins[place] = self._agrees(plan, side, batch, results, first)
                if not self.begins[place]:
                    results.error[rows] = np.nan

    def _series(self, plan: FeaturePlan, batch: Batch) -> list[tuple[str, IntArray]]:
        by = None if plan.scope is None else plan.scope.by
        if by is None:
            return [("", np.arange(batch.rows))]
        return [*Partition.of(batch.columns.get(by), batch.rows, ()).parts()]

    def _first_served(self, side: NumericSide, batch: Batch, known: IntArray) -> int | None:
        """Return the first of the rows with a served value; None without any."""
        column = batch.columns.get(side.column)
        if column is None or not len(known):
            return None
        served = known[np.isfinite(numbers(column).values[known])]
        return int(served[0]) if len(served) else None

    def _agrees(
        self, plan: FeaturePlan, side: NumericSide, batch: Batch, made: Results, row: int
    ) -> bool:
        y = numbers(batch.columns[side.column]).values[row : row + 1].astype(np.float64)
        lost = np.broadcast_to(lost_of(batch)(side.column, y), y.shape)
        one = slice(row, row + 1)
        counts, _ = numeric_parity(
            made.values[one], y, plan.feature.steps, batch.origin,
            raw_tolerance=made.error[one], served_tolerance=lost,
        )  # fmt: skip
        return counts.mismatched == 0
