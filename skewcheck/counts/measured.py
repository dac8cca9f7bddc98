"""The column of a feature whose distribution is tested, and its rows as numbers or levels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.reading import Read
from skewcheck.counts.rows import SampleColumn, raw_column, served_column
from skewcheck.counts.sides import NumericSide, Side
from skewcheck.logs.arrays import Labels, Numbers


def measured(plan: FeaturePlan) -> Side | None:
    """Return the side whose distribution is tested."""
    return plan.raw or plan.served


def sampled_column(plan: FeaturePlan) -> SampleColumn:
    """Return the column of the sample with the side of a feature that is measured."""
    name = plan.feature.name
    return raw_column(name) if plan.raw else served_column(name)


def places(side: Side, column: Read, rows: int) -> NDArray[np.generic]:
    """Return numbers, or of a categorical column each row's level: strangers and nulls last."""
    if isinstance(side, NumericSide):
        return column.values if isinstance(column, Numbers) else np.full(rows, np.nan, np.float32)
    stranger = len(side.levels.names)
    if isinstance(column, Labels):
        level_places = side.levels.of_names(column.levels)
        level_places = np.append(np.where(level_places < 0, stranger, level_places), stranger + 1)
        return level_places[column.codes]
    if isinstance(column, Numbers):
        values = column.values.astype(np.float64, copy=False)
        level_places = side.levels.of_numbers(values)
        level_places[level_places < 0] = stranger
        level_places[np.isnan(values)] = stranger + 1
        return level_places
    return np.full(rows, stranger + 1)
