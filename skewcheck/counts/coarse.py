"""What is kept of a part of a log: a side of a feature at fewer edges, or with fewer levels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from skewcheck.counts.categorical import Levels
from skewcheck.counts.feature_plan import FeaturePlan, NumericSide, Side
from skewcheck.counts.numeric import Windows
from skewcheck.features.propagate import moments
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
    rows = 0 if reference is None else int(reference.at.sum() + reference.between.sum())
    if reference is None or not rows:
        kept = np.arange(len(edges)) if len(edges) <= EDGES else np.zeros(0, np.int64)
        centre = float(edges[len(edges) // 2]) if len(edges) else 0.0
        return CoarseNumbers((side.column,), side.windows, kept, None, centre, paired)
    kept = _kept(reference.at, reference.between, rows)
    mean, std = moments(reference)
    if not np.isfinite([mean, std]).all():
        mean, std = float(edges[len(edges) // 2]), 0.0
    coarse_reference = merged(replace(reference, mean=mean, std=std), kept)
    return CoarseNumbers((side.column,), side.windows, kept, coarse_reference, mean, paired)


def _kept(at: IntArray, between: IntArray, rows: int) -> IntArray:
    """Return the places of heavy edges, with those beside them, of quantiles and of both ends."""
    if len(at) <= EDGES:
        return np.arange(len(at))
    up_to = np.cumsum(at + between[:-1])
    quantile = np.searchsorted(up_to, np.arange(1, EDGES) * rows / EDGES)
    heavy = np.flatnonzero(at >= rows / EDGES)
    ends = np.array([0, len(at) - 1])
    places = np.unique(np.concatenate((quantile, heavy, ends)))
    return places[places < len(at)].astype(np.int64)


def summed(at: IntArray, between: IntArray, kept: IntArray) -> tuple[IntArray, IntArray]:
    """Return counts at the kept edges and between them; all rows are kept."""
    cells = np.empty(2 * len(at) + 1, np.int64)
    cells[::2], cells[1::2] = between, at
    total = np.concatenate(([0], np.cumsum(cells)))
    cuts = np.concatenate(
        ([0], np.column_stack((2 * kept + 1, 2 * kept + 2)).ravel(), [len(cells)])
    )
    cell_counts = np.diff(total[cuts])
    return cell_counts[1::2], cell_counts[::2]


def merged(reference: NumericReference, kept: IntArray) -> NumericReference:
    """Return a distribution at the kept edges; `sums` are not kept."""
    at, between = summed(reference.at, reference.between, kept)
    sums: FloatArray = np.zeros(len(kept) + 1)
    return replace(reference, edges=reference.edges[kept], at=at, between=between, sums=sums)


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
