"""Features whose normalization depends on a key or on other rows, applied to a DataFrame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from skewcheck.features.frames import array_of
from skewcheck.features.grouped import Partition, served_by_key
from skewcheck.features.scope_reader import BatchStatistics, Rows, ScopeColumn, ScopeReader
from skewcheck.features.scopes import Results
from skewcheck.features.steps import forward, scope_of
from skewcheck.features.steps.rounding import FloatArray
from skewcheck.text.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from skewcheck.features.types import Feature


def transformed_frame(
    feature: Feature, features: Sequence[Feature], frame: pd.DataFrame
) -> FloatArray:
    """Return the served numbers of a feature in the rows of a DataFrame, which is the whole log.

    `features` are all of the file. ParameterError where the frame lacks a column that it needs.
    """
    if feature.by is not None and feature.by not in frame:
        raise ParameterError(f"the data has no column {feature.by!r}, the key of {feature.name}")
    scope = scope_of(feature.steps)
    if scope is None:
        keys = array_of(frame[feature.by]) if feature.by is not None else None
        partition = Partition.of(keys, len(frame), tuple(feature.groups))
        column = array_of(frame[feature.name])
        return served_by_key(feature.groups, feature.steps, partition, column)
    made = results_of_frame(feature, features, frame)
    return forward(feature.steps[scope[0] + 1 :], made.values)


def results_of_frame(feature: Feature, features: Sequence[Feature], frame: pd.DataFrame) -> Results:
    """Return what the scope of a feature makes of the rows of a DataFrame, which is the whole log.

    `features` are all of the file. ParameterError where the frame lacks a column that it needs.
    """
    scope = scope_of(feature.steps)
    if scope is None:
        return Results.empty(len(frame))
    every = [column for f in features if (column := ScopeColumn.of(f, f.name)) is not None]
    if scope[1].over == "row":
        every = [column for column in every if column.step == scope[1]]
        absent = [column.feature for column in every if column.feature not in frame]
        if absent:
            raise ParameterError(
                f"the data has no column {absent[0]!r}, which {feature.name} is normalized with"
            )
    else:
        every = [column for column in every if column.feature == feature.name]
    names = {name for column in every for name in column.columns}
    rows = Rows({name: array_of(frame[name]) for name in names}, len(frame))
    first_pass = BatchStatistics(every)
    first_pass.read(rows)
    return ScopeReader(every, first_pass.finished()).read(rows, [feature.name])[feature.name]
