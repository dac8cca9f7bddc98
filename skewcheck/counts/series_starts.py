"""Which series of rows begin in a log: those over all rows so far can be compared with no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.parity import numeric_parity
from skewcheck.counts.scoped import lost_of
from skewcheck.counts.sides import NumericSide
from skewcheck.features.grouped import Partition
from skewcheck.features.scope_reader import ScopeReader
from skewcheck.features.scopes import Results, Series, State
from skewcheck.logs.arrays import IntArray, numbers
from skewcheck.logs.batch import Batch

FIRST = 4
"""First rows that must agree: where digits are lost, one of a series that goes on may do by chance.
"""
Place = tuple[str, str]
"""A feature and a key; "" without any."""


@dataclass(frozen=True, slots=True)
class Start:
    """What is known of a series where the log begins."""

    compared: bool
    state: State | None = None
    """Of the rows before the log; None where the series begins in it, or is served wrong."""


class SeriesStarts:
    """Tells of each series by its first row with a result whether it begins in the log.

    The results of its first rows depend on those alone: where one was served otherwise, rows before
    the log are among those that it is normalized over, or the server was wrong from the start.
    Unless more rows tell which, as `starts` says, it is not compared.
    """

    def __init__(
        self, plans: Sequence[FeaturePlan], starts: Mapping[Place, Start] | None = None
    ) -> None:
        """Take the features of a plan; those over other scopes are left as they are."""
        self.plans = [
            plan for plan in plans if plan.scope is not None and plan.scope.step.over == "running"
        ]
        self.starts = starts or {}
        self.begins = {place: start.compared for place, start in self.starts.items()}

    def begin(self, reader: ScopeReader) -> None:
        """Give a reader the states of series that began before the log, whatever their scope's
        ddof: that of a feature and of the scopes that are tried of it.
        """
        for scope in reader.scopes:
            name = scope.feature.partition("\x00")[0]
            for (feature, key), start in self.starts.items():
                if feature == name and start.state and scope.step.over == "running":
                    reader.series[scope.feature, key] = Series(scope.step, start.state)

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
                    if not len(first):
                        continue
                    self.begins[place] = self._agrees(plan, side, batch, results, first)
                if not self.begins[place]:
                    results.error[rows] = np.nan

    def _series(self, plan: FeaturePlan, batch: Batch) -> list[tuple[str, IntArray]]:
        by = None if plan.scope is None else plan.scope.by
        if by is None:
            return [("", np.arange(batch.rows))]
        return [*Partition.of(batch.columns.get(by), batch.rows, ()).parts()]

    def _first_served(self, side: NumericSide, batch: Batch, known: IntArray) -> IntArray:
        """Return the first of the rows with a served value."""
        column = batch.columns.get(side.column)
        if column is None:
            return known[:0]
        return known[np.isfinite(numbers(column).values[known])][:FIRST]

    def _agrees(
        self, plan: FeaturePlan, side: NumericSide, batch: Batch, made: Results, rows: IntArray
    ) -> bool:
        y = numbers(batch.columns[side.column]).values[rows].astype(np.float64)
        lost = np.broadcast_to(lost_of(batch)(side.column, y), y.shape)
        counts, _ = numeric_parity(
            made.values[rows], y, plan.feature.steps, batch.origin,
            raw_tolerance=made.error[rows], served_tolerance=lost,
        )  # fmt: skip
        return counts.mismatched == 0
