"""Transformers that fill in what is missing, or say that it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skewcheck.features.steps import Impute
from skewcheck.logs.arrays import label
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pickles import Inert
from skewcheck.parameters.sklearn.part import Part, array, says


def null(value: object) -> bool:
    """Return whether a value of the file stands for none: None, NaN, pandas' NA."""
    if isinstance(value, Inert):
        return value.name in ("NA", "NAType")
    return value is None or (isinstance(value, float | np.floating) and bool(np.isnan(value)))


def impute(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """SimpleImputer, and Imputer of old: nulls become the value in statistics_.

    A column without any value in training is left out, unless it was to be kept.
    """
    missing = part.get("missing_values")
    reason = None
    if not null(missing) and not says(missing, "NaN"):
        reason = f"{part.name} replaces {_shown(missing)} instead of nulls, which no step says"
    elif part.number("axis", 0):
        reason = f"{part.name} fills along rows, which has no form for each feature"
    made = []
    values = part.one_each("statistics_", len(columns))
    for i, (column, value) in enumerate(zip(columns, values, strict=True)):
        if null(value):
            part.note(f"{column.feature} had no value in training and does not reach the model")
        elif reason is not None:
            made.append(column.untestable(reason))
        else:
            made.append(column.then(_filling(value), source=part.at(f"statistics_[{i}]")))
    return made + _indicators(part, columns)


def _filling(value: object) -> Impute:
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return Impute(float(value))
    return Impute(label(value) or "")


def _shown(value: object) -> str:
    return repr(value)[:40] if isinstance(value, str | int | float) else "a value"


def _indicators(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    if not part.flag("add_indicator", False) or not part.has("indicator_"):
        return []
    return indicate(part.inner(part.get("indicator_"), "indicator_"), columns)


def indicate(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """MissingIndicator: a column for each feature that it looks at, whether its value is null."""
    found = array(part, part.items("features_"), "features_")
    if not ((found >= 0) & (found < len(columns))).all():
        raise part.error("must be places of columns", "features_")
    looked_at = [columns[int(i)] for i in found]
    return [
        replace(
            column.untestable("MissingIndicator, whether the value is null, is no step"),
            served=f"missingindicator_{column.served or column.feature}",
        )
        for column in looked_at
    ]
