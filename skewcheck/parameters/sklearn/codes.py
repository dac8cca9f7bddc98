"""One-hot columns of the codes and bins that an earlier step of a pipeline made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from skewcheck.features.steps import Buckets, Map, OneHot, Piecewise, Vocabulary
from skewcheck.features.transform import column_names
from skewcheck.logs.arrays import label
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.level_maps import Relabelling, Vector, level_map
from skewcheck.parameters.sklearn.fitted_object import FittedObject


def with_codes(column: PipelineColumn) -> PipelineColumn:
    """Return a column of the codes of levels as one of levels, which are called as the codes.

    Others stay as they are.
    """
    step = column.steps[-1] if column.steps else None
    if not isinstance(step, Vocabulary | Map) or column_names(column.steps):
        return column
    codes = level_map(step)
    levels = {level: _spelled(vector) for level, vector in codes.levels.items()}
    labels = Relabelling(levels, _spelled(codes.null), _spelled(codes.unknown), keeps_others=False)
    return replace(column, steps=column.steps[:-1]).relabelled(labels)


def _spelled(vector: Vector) -> str | None:
    """Return the level that a code is; None, a null, for NaN."""
    return None if math.isnan(vector[0]) else label(vector[0])


def one_hot_bins(
    fitted: FittedObject, column: PipelineColumn, step: OneHot | Map, spelled: Sequence[str],
    key: str,
) -> list[PipelineColumn]:  # fmt: skip
    """Return the columns of a one-hot step of the numbers of bins: each is 1 in some of these.

    `spelled` are their names behind that of the column, which ends with the step of bins.
    """
    bins = column.steps[-1]
    edges = bins.edges if isinstance(bins, Buckets) else ()
    vectors = level_map(step)
    rows = [vectors.of(label(float(place))) for place in range(len(edges) + 1)]
    fitted.context.spend(len(rows) * len(spelled))
    columns = {
        name: Piecewise(tuple(edges), tuple((row[i],) for row in rows))
        for i, name in enumerate(spelled)
    }
    name = column.served or column.feature
    bare = replace(column, steps=column.steps[:-1])
    return bare.expanded(columns, [f"{name}_{text}" for text in spelled], fitted.at(key))
