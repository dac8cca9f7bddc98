"""What is kept of a part of a log: a side of a feature at fewer edges, or with fewer levels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from skewcheck.counts.categorical import CategoricalCounts, Levels
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.sides import NumericSide, Side
from skewcheck.counts.windows import Windows
from skewcheck.features.histogram import Histogram
from skewcheck.features.reference_moments import moments
from skewcheck.features.types import CategoricalReference, FloatArray, IntArray, NumericReference
from skewcheck.logs import arrays

EDGES = 100
"""About so many edges are kept of a thousand: a distance falls short by 1 % at most, or by the
mass of a cell that is heavier all by itself."""
LEVELS = 200
REST = "(all other levels)"


@dataclass(frozen=True, slots=True)
class CoarseNumbers:
    """A numeric side at some of its k edges."""

    columns: tuple[str, ...]
    """The one in which its values stand."""
    windows: Windows
    """Those of all edges."""
    kept: IntArray
    """Places of the kept ones, ascending."""
    reference: NumericReference | None
    """Training at the kept edges; None where there is no distribution."""
    centre: float
    paired: bool = False

    @property
    def edges(self) -> FloatArray:
        """The kept edges."""
        kept: FloatArray = self.windows.edges[self.kept]
        return kept


@dataclass(frozen=True, slots=True)
class CoarseLevels:
    """A categorical side: the heaviest levels, the rest of those listed, strangers, nulls."""

    columns: tuple[str, ...]
    levels: Levels
    """All that are listed."""
    place: IntArray
    """Of each listed level the place of what it is counted as."""
    names: tuple[str, ...]
    """What is counted; `REST` last where levels were pooled. Then come strangers and nulls."""
    reference: CategoricalReference | None
    paired: bool = False
    known: Levels = field(default_factory=lambda: Levels.text(()))
    """The levels of `names`."""

    @property
    def width(self) -> int:
        """Columns of the table of counts."""
        return len(self.names) + 2

    def places(self, read: arrays.Numbers | arrays.Labels | None, rows: int) -> IntArray:
        """Return the column of the table that each row counts in."""
        stranger, null = len(self.names), len(self.names) + 1
        if isinstance(read, arrays.Labels):
            places = self.levels.of_names(read.levels)
            kept = self.place[places] if len(self.place) else np.zeros(len(places), np.int64)
            codes = np.append(np.where(places < 0, stranger, kept), null)
            return codes[read.codes]
        if read is None:
            return np.full(rows, null)
        values = read.values.astype(np.float64)
        places = self.levels.of_numbers(values)
        kept = self.place[places] if len(self.place) else np.zeros(rows, np.int64)
        return np.where(np.isnan(values), null, np.where(places < 0, stranger, kept))


Coarse = CoarseNumbers | CoarseLevels


def coarsened(
    coarse: Coarse, counts: NumericCounts | CategoricalCounts | None
) -> NumericCounts | CategoricalCounts | None:
    """Return the counts of a whole column, as coarse as its parts; None for no or other counts."""
    if isinstance(counts, NumericCounts) and isinstance(coarse, CoarseNumbers):
        return replace(counts, histogram=counts.histogram.coarsened(coarse.kept))
    if isinstance(counts, CategoricalCounts) and isinstance(coarse, CoarseLevels):
        levels = np.bincount(coarse.place, counts.counts, len(coarse.names)).astype(np.int64)
        return replace(counts, counts=levels)
    return None


def coarse(plan: FeaturePlan) -> Coarse | None:
    """Return what is kept of a feature's parts: of the raw side, if it is logged."""
    side = plan.raw or plan.served
    if side is None or plan.feature.role == "label":
        return None
    paired = plan.raw is not None and plan.served is not None
    return _numbers(side, paired) if isinstance(side, NumericSide) else _levels(side, paired)


def _numbers(side: NumericSide, paired: bool) -> CoarseNumbers:
    reference = side.reference
    edges = side.windows.edges
    if reference is None or not reference.histogram.total:
        kept = np.arange(len(edges)) if len(edges) <= EDGES else np.zeros(0, np.int64)
        centre = float(edges[len(edges) // 2]) if len(edges) else 0.0
        return CoarseNumbers((side.column,), side.windows, kept, None, centre, paired)
    kept = _kept(reference.histogram)
    mean, std = moments(reference)
    if not np.isfinite([mean, std]).all():
        mean, std = float(edges[len(edges) // 2]), 0.0
    histogram = reference.histogram.coarsened(kept)
    coarse_reference = replace(reference, mean=mean, std=std, histogram=histogram)
    return CoarseNumbers((side.column,), side.windows, kept, coarse_reference, mean, paired)


def _kept(histogram: Histogram) -> IntArray:
    """Return the places of heavy edges, with those beside them, of quantiles and of both ends."""
    k, rows = len(histogram), histogram.total
    if k <= EDGES:
        return np.arange(k)
    quantile = np.searchsorted(histogram.up_to, np.arange(1, EDGES) * rows / EDGES)
    heavy = np.flatnonzero(histogram.at >= rows / EDGES)
    places = np.unique(np.concatenate((quantile, heavy, np.array([0, k - 1]))))
    return places[places < k].astype(np.int64)


def _levels(side: Side, paired: bool) -> CoarseLevels:
    if isinstance(side, NumericSide):
        raise TypeError("a numeric side has no levels")
    reference, names = side.reference, side.levels.names
    if len(names) <= LEVELS:
        levels = Levels.text(names)
        place = np.arange(len(names))
        return CoarseLevels(side.columns, side.levels, place, names, reference, paired, levels)
    counts = reference.counts if reference else {}
    heaviest = sorted(names, key=lambda name: (-counts.get(name, 0), name))[:LEVELS]
    shown = (*heaviest, REST)
    index = {name: i for i, name in enumerate(shown)}
    place = np.array([index.get(name, LEVELS) for name in names], np.int64)
    pooled = None
    if reference is not None:
        level_counts = {name: counts.get(name, 0) for name in heaviest}
        level_counts[REST] = sum(counts.values()) - sum(level_counts.values())
        pooled = replace(reference, counts=level_counts)
    return CoarseLevels(side.columns, side.levels, place, shown, pooled, paired, Levels.text(shown))
