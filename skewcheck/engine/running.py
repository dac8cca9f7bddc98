"""Series over all rows so far that began before the log: their state then, or what served them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.scoped import lost_of, rows_of
from skewcheck.counts.series_starts import Place, Start
from skewcheck.counts.sides import NumericSide
from skewcheck.counts.tried import Tried
from skewcheck.engine.running_starts import starts_of
from skewcheck.engine.series_rows import SeriesRows
from skewcheck.features.scope_reader import series_of
from skewcheck.features.steps import Step, inverse, preimage
from skewcheck.features.steps.rounding import UNIT
from skewcheck.features.types import FloatArray
from skewcheck.logs.arrays import numbers
from skewcheck.logs.batch import Batch

MAX_SERIES = 50
"""Series of a feature whose state is fitted, the first: each takes a tenth of a second."""


class RunningSeries:
    """A pass over a log that looks at the start of its series."""

    def __init__(self, plans: Sequence[FeaturePlan]) -> None:
        """Take features over all rows so far."""
        self.plans = plans
        self.series: dict[str, dict[str, SeriesRows]] = {plan.feature.name: {} for plan in plans}
        self.others: dict[str, dict[Tried, tuple[int, int]]] = {}
        """By feature: other servers, with the rows that each explains and those that it was
        compared with.
        """
        self.rivals: dict[str, Mapping[Tried, float]] = {}
        """By feature: other servers that the log does not tell from the right one, and how far
        right values may be from theirs.
        """
        self.broken = False

    def read(self, batch: Batch) -> None:
        """Take the rows that follow, to the first gap between them."""
        self.broken |= rows_of(batch).gaps
        for plan in () if self.broken else self.plans:
            _read(plan, batch, self.series[plan.feature.name])

    def starts(self) -> Mapping[Place, Start]:
        """Return how the series start, without those of which nothing is known."""
        starts: dict[Place, Start] = {}
        for plan in self.plans:
            name = plan.feature.name
            made = starts_of(plan, self.series[name])
            self.rivals[name] = made.rivals
            for key, series in made.series.items():
                starts[name, key] = series.start
                if series.served_by is not None:
                    counts = self.others.setdefault(name, {})
                    explained, compared = counts.get(series.served_by, (0, 0))
                    counts[series.served_by] = (
                        explained + series.explained, compared + series.compared
                    )  # fmt: skip
        return starts


def _read(plan: FeaturePlan, batch: Batch, series: dict[str, SeriesRows]) -> None:
    scope, side = plan.scope, plan.served
    if scope is None or not isinstance(side, NumericSide) or side.column not in batch.columns:
        return
    y = numbers(batch.columns[side.column]).values.astype(np.float64)
    lost = lost_of(batch)(side.column, y) + 2 * UNIT * np.abs(y)
    z, z_lost = _before(plan.feature.steps, y, np.broadcast_to(lost, y.shape))
    for key, places, x, x_lost in series_of(scope, rows_of(batch)):
        if key not in series and len(series) >= MAX_SERIES:
            continue
        rows = series.setdefault(key, SeriesRows())
        rows.add(x[places], x_lost[places], z[places], z_lost[places])


def _before(
    steps: tuple[Step, ...], y: FloatArray, lost: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return what the scope gave, and how far it may be off; NaN where steps hide it."""
    if not steps:
        return y, lost
    z = inverse(steps, y)
    low, high = preimage(steps, y - lost, y + lost)
    return z, np.maximum(z - low, high - z) + UNIT * np.abs(z)
