"""Statistics of all rows so far that begin anew in the middle of a log, as after a deploy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.scoped import rows_of
from skewcheck.counts.tried import Tried
from skewcheck.features.scope_reader import ScopeColumn, series_of
from skewcheck.features.scopes import Results, Series
from skewcheck.features.steps import forward
from skewcheck.features.types import FloatArray
from skewcheck.logs.batch import Batch

ZERO = 1e-6
"""Difference up to which a served value is that of a first row."""


class Restarts:
    """Normalizes series over all rows since their last restart.

    A restart is a row that fails parity, with what is served of the first row of a series: the
    result of equal values, 0, or none.
    """

    def __init__(self, plan: FeaturePlan, scope: ScopeColumn) -> None:
        """Take a feature over all rows so far."""
        self.scope = scope
        self.first = float(forward(plan.feature.steps, np.zeros(1))[0])
        self.series: dict[str, Series] = {}
        self.row: int | None = None

    def read(
        self, batch: Batch, y: FloatArray, fails: NDArray[np.bool_], due: NDArray[np.bool_]
    ) -> Results:
        """Return the results of the rows that follow; none of rows before any restart.

        `fails` are those that fail parity, `due` those that have a result.
        """
        starts = (fails & (np.abs(y - self.first) <= ZERO)) | (due & np.isnan(y))
        made = Results.empty(batch.rows)
        for key, places, x, lost in series_of(self.scope, rows_of(batch)):
            cuts = np.flatnonzero(starts[places])
            if len(cuts) and self.row is None:
                self.row = batch.origin.row(int(places[cuts[0]]))
            for part in np.split(np.arange(len(places)), cuts):
                rows = places[part]
                if len(rows) and starts[rows[0]]:
                    self.series[key] = Series(self.scope.step)
                if len(rows) and key in self.series:
                    results = self.series[key].next(x[rows], lost[rows])
                    made.values[rows], made.error[rows] = results.values, results.error
        return made

    def tried(self) -> Tried:
        """Return the scope: its length is the row where the statistics began anew."""
        step = self.scope.step
        return Tried("restarted", self.row, step.ddof, step.method, self.scope.by)
