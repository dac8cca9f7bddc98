"""What parts of a log are compared with: training of the same parts of week and year."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from skewcheck.counts.coarse import Coarse, CoarseLevels, CoarseNumbers
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.features.strata import ByStratum, Strata
from skewcheck.features.strata import Parts as PartsOfYear
from skewcheck.features.types import CategoricalReference, FloatArray, IntArray, NumericReference
from skewcheck.verdict.part_counts import Reference, binned, reference_cells
from skewcheck.verdict.strata import served_of, shares_of, weighted_reference, whole_rows

MOST_WEIGHT = 4.0
"""How much a row may count for, where windows are compared without their rhythm: of few rows that
training has in a bin at that hour, more is chance."""


@dataclass(frozen=True, slots=True)
class OwnReferences:
    """Training of a feature with a rhythm, as it is in the strata of parts of a log."""

    plan: FeaturePlan
    """With the reference of all training, at all of its edges."""
    table: ByStratum
    strata: PartsOfYear
    coarse: Coarse
    rows: IntArray
    """Per part the rows of each stratum."""
    made: dict[bytes, Reference | None] = field(default_factory=dict)
    """Those of parts that were asked for before: a window is by several figures."""

    @classmethod
    def of_feature(
        cls, plan: FeaturePlan, strata: Strata, coarse: Coarse, rows: IntArray
    ) -> OwnReferences | None:
        """Return what a feature of all training was in strata; None for one without a rhythm."""
        table = strata.features.get(plan.feature.name)
        if table is None or plan.feature.reference is None or not len(rows):
            return None
        return cls(plan, table, strata.parts, coarse, rows)

    def of(self, places: IntArray) -> Reference | None:
        """Return what some parts together are compared with; None where it is not known."""
        rows = self.rows[places].sum(0)
        key = rows.tobytes()
        if key not in self.made:
            self.made[key] = self._made(rows)
        return self.made[key]

    def without_rhythm(
        self, counts: IntArray, expected: IntArray, bins: IntArray, whole: Reference
    ) -> IntArray:
        """Return parts x bins of counts as they were if training had no rhythm.

        `expected` are rows of training by bin; `whole`, that of all parts, stands for parts
        without a time.
        """
        known = [self.of(np.array([i])) or whole for i in range(len(self.rows))]
        cells = np.array([reference_cells(self.coarse, one) for one in known])
        nulls = np.array([one.rows for one in known]) - cells.sum(1)
        return without_rhythm(counts, expected, binned(cells, bins, nulls))

    def _made(self, rows: IntArray) -> Reference | None:
        shares = shares_of(self.strata, rows)
        if shares is None:
            return None
        feature = self.plan.feature
        made = weighted_reference(feature.reference, self.table, self.strata, shares)
        if made is not None and self.plan.raw is None:
            served = served_of(self.plan, made)
            made = None if served is None else served.reference
        if isinstance(made, NumericReference) and isinstance(self.coarse, CoarseNumbers):
            return replace(made, histogram=made.histogram.coarsened(self.coarse.kept))
        if isinstance(made, CategoricalReference) and isinstance(self.coarse, CoarseLevels):
            listed = np.array([made.counts.get(name, 0) for name in self.coarse.levels.names])
            names = self.coarse.names
            counts = np.bincount(self.coarse.place, listed, len(names)).astype(np.int64)
            return replace(made, counts=dict(zip(names, counts.tolist(), strict=True)))
        return None


def without_rhythm(counts: IntArray, expected: IntArray, own: IntArray) -> IntArray:
    """Return windows x bins of counts as they were if training had no rhythm.

    `expected` are all rows of training by bin, `own` those of each window's part of week and year.
    Each bin's rows are multiplied by its share of the first over that of the second (by
    `MOST_WEIGHT` at most), and a window's rows stay as many: so a window like its own part of
    training is like all of training.
    """
    weights = np.clip(_shares(expected[None, :]) / _shares(own), 1 / MOST_WEIGHT, MOST_WEIGHT)
    weighed = counts * weights
    weighed *= (counts.sum(1) / np.maximum(weighed.sum(1), 1e-300))[:, None]
    return np.array([whole_rows(window) for window in weighed])


def _shares(counts: IntArray) -> FloatArray:
    """Return shares by bin, of half a row more in each."""
    shares: FloatArray = (counts + 0.5) / (counts.sum(1) + 0.5 * counts.shape[1])[:, None]
    return shares
