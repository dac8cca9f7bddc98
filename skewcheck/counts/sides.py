"""One side of a feature, its raw or its served column, and what training knows of raw values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from skewcheck.counts.categorical import Levels
from skewcheck.counts.gaps import Gaps
from skewcheck.counts.windows import Windows
from skewcheck.features.histogram import Histogram
from skewcheck.features.steps import Map, MinMax, OneHot, Vocabulary, inverse
from skewcheck.features.types import CategoricalReference, Feature, FloatArray, NumericReference


@dataclass(frozen=True, slots=True)
class NumericSide:
    """A numeric column, and what it is compared with, in its own units."""

    column: str
    windows: Windows
    reference: NumericReference | None
    resolution: float | None = None
    """Of a served column: difference from right values beyond which equality is no evidence; None
    where training's standard deviation is not known."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The column, as one of several."""
        return (self.column,)


@dataclass(frozen=True, slots=True)
class CategoricalSide:
    """A categorical column (several for onehot), and what it is compared with."""

    columns: tuple[str, ...]
    levels: Levels
    reference: CategoricalReference | None
    numbers: bool = False
    """Levels are served as numbers."""
    onehot: bool = False
    """These are indicators, a column per level, even if there is but one column."""
    vectors: FloatArray | None = None
    """The rows of numbers that training serves, of levels that are served as several; the names of
    `levels` are theirs."""


Side = NumericSide | CategoricalSide


def raw_side(feature: Feature, column: str) -> Side:
    """Return a feature's raw column, with the reference as training has it."""
    if feature.type == "numeric":
        reference = numeric_reference(feature)
        known = Histogram.empty() if reference is None else reference.histogram
        windows = replace(Windows.exact(known.edges), gaps=Gaps.of(known), step=raw_step(reference))
        return NumericSide(column, windows, reference)
    levels = Levels.text(known_levels(feature))
    return CategoricalSide((column,), levels, categorical_reference(feature))


def raw_step(reference: NumericReference | None) -> float | None:
    """Return the grid of raw values, 0 for none; None where no values are known."""
    if reference is None or not reference.histogram.total:
        return None
    edges = reference.histogram.edges
    return reference.step or (1.0 if (np.rint(edges) == edges).all() else 0.0)


def numeric_reference(feature: Feature) -> NumericReference | None:
    """Return the reference; without a distribution, its range alone as two edges of no rows.

    A range that no reference states is that of a min-max step, assumed where it was not fitted.
    """
    reference = feature.reference
    if not isinstance(reference, NumericReference):
        reference = None
    if reference is not None and reference.histogram:
        return reference
    low, high = (reference.min, reference.max) if reference is not None else (None, None)
    assumed = False
    if low is None or high is None:
        low, high = _range_of_steps(feature) or (None, None)
        assumed = not feature.fitted
    if low is None or high is None or not low <= high:
        return reference
    without_counts = reference or NumericReference(rows=0)
    no_rows = Histogram.zero(np.unique([low, high]))
    return replace(without_counts, min=low, max=high, assumed=assumed, histogram=no_rows)


def _range_of_steps(feature: Feature) -> tuple[float, float] | None:
    """Return the raw training range that a min-max step tells, or None."""
    for i, step in enumerate(feature.steps):
        if isinstance(step, MinMax):
            low, high = inverse(feature.steps[:i], np.array([step.min, step.max]))
            return (float(low), float(high)) if np.isfinite([low, high]).all() else None
    return None


def categorical_reference(feature: Feature) -> CategoricalReference | None:
    """Return the counts of levels in training; None without them, and for a number."""
    return feature.reference if isinstance(feature.reference, CategoricalReference) else None


def known_levels(feature: Feature) -> tuple[str, ...]:
    """Return all levels that training names: counted ones first, then the vocabulary's."""
    reference = categorical_reference(feature)
    names = dict.fromkeys(reference.counts if reference else ())
    for step in feature.steps:
        if isinstance(step, Vocabulary | OneHot | Map):
            names.update(dict.fromkeys(step.values))
    return tuple(names)
