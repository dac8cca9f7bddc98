"""Simulated logs of one feature, drawn as counts: rows are independent of each other.

`shares` are those of cells: of a numeric feature the 2k + 1 of `Histogram.interleaved`, then nulls
and infinities; of a categorical one its listed levels, all others, then nulls. They add up to 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from skewcheck.counts.categorical import CategoricalCounts, Levels
from skewcheck.counts.moments import Moments
from skewcheck.counts.numeric import NumericCounts
from skewcheck.features.histogram import Histogram
from skewcheck.features.reference_moments import centers
from skewcheck.features.types import CategoricalReference, FloatArray, IntArray, NumericReference
from skewcheck.verdict.categorical import CategoricalSample
from skewcheck.verdict.numeric import NumericSample


@dataclass(frozen=True, eq=False)
class SimulatedNumbers:
    """Logs of a numeric feature with a distribution, in the reference's units."""

    reference: NumericReference
    places: FloatArray
    """Where rows between edges stand, k + 1 of them."""

    @classmethod
    def of(cls, reference: NumericReference) -> SimulatedNumbers:
        """Return what draws logs in the units of a reference with finite rows."""
        return cls(reference, centers(reference))

    @property
    def rows(self) -> IntArray:
        """Training's rows of each cell."""
        reference = self.reference
        absent = np.array([reference.nulls, reference.nonfinite])
        return np.append(reference.histogram.interleaved, absent)

    def training(self, drawn: IntArray) -> NumericReference:
        """Return drawn rows by cell as a reference."""
        return replace(
            self.reference, rows=int(drawn.sum()), nulls=int(drawn[-2]), nonfinite=int(drawn[-1]),
            mean=None, std=None, histogram=self._histogram(drawn),
        )  # fmt: skip

    def sample(
        self, drawn: IntArray, reference: NumericReference, *, part: bool = False
    ) -> NumericSample:
        """Return drawn rows by cell as a log beside a reference at the same edges.

        `part`, as of a part of a log: without intervals and moments of the values.
        """
        histogram, edges = self._histogram(drawn), self.reference.histogram.edges
        moments = Moments(histogram.total)
        if not part:
            values = np.concatenate((edges, self.places))
            times = np.concatenate((histogram.at, histogram.between))
            moments = Moments.of(np.repeat(values, times))
        counts = NumericCounts(
            int(drawn.sum()), int(drawn[-2]), 0, int(drawn[-1]), moments, histogram, edges, edges
        )
        return NumericSample(counts, reference, (), served=False, part=part)

    def _histogram(self, drawn: IntArray) -> Histogram:
        at, between = drawn[1:-2:2], drawn[:-2:2]
        return Histogram(self.reference.histogram.edges, at, between, between * self.places)


@dataclass(frozen=True, eq=False)
class SimulatedLevels:
    """Logs of a categorical feature with a distribution."""

    reference: CategoricalReference

    @property
    def rows(self) -> IntArray:
        """Training's rows of each cell."""
        reference = self.reference
        return np.array([*reference.counts.values(), reference.other, reference.nulls], np.int64)

    def training(self, drawn: IntArray) -> CategoricalReference:
        """Return drawn rows by cell as a reference."""
        names = self.reference.counts
        seen = {name: int(n) for name, n in zip(names, drawn, strict=False) if n}
        return CategoricalReference(int(drawn.sum()), int(drawn[-1]), seen, int(drawn[-2]))

    def sample(
        self, drawn: IntArray, reference: CategoricalReference, *, part: bool = False
    ) -> CategoricalSample:
        """Return drawn rows by cell as a log beside a reference.

        `part`, as of a part of a log: without intervals.
        """
        unseen = int(drawn[-2])
        counts = CategoricalCounts(
            int(drawn.sum()), int(drawn[-1]), 0, drawn[:-2].astype(np.int64), unseen,
            {"other": unseen} if unseen else {},
        )  # fmt: skip
        levels = Levels.text(tuple(self.reference.counts))
        return CategoricalSample(counts, levels, reference, part=part)


Simulated = SimulatedNumbers | SimulatedLevels
