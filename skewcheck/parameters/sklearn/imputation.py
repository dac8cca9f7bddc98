"""Read transformers that impute missing values or indicate them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from skewcheck.features.steps import Impute, Piecewise
from skewcheck.logs.arrays import label
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.sklearn.fitted_object import FittedObject, is_word, number_array

INDICATE = (Piecewise((), ((0.0,),)), Impute(1.0))
"""Steps to 0 for any number, and to 1 for none."""


def is_null(value: object) -> bool:
    """Return whether a value in the file is a null: None, NaN or pandas' NA."""
    if isinstance(value, PickledObject):
        return value.name in ("NA", "NAType")
    return value is None or (isinstance(value, float | np.floating) and bool(np.isnan(value)))


def simple_imputer(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """SimpleImputer, and the older Imputer: nulls become the value in statistics_.

    A column without values in training is dropped, unless keep_empty_features was set.
    """
    missing = fitted.get("missing_values")
    reason = None
    if not is_null(missing) and not is_word(missing, "NaN"):
        reason = (
            f"{fitted.name} replaces {_value_text(missing)} instead of nulls, which no step says"
        )
    elif fitted.number("axis", 0):
        reason = f"{fitted.name} fills along rows, which has no form for each feature"
    outputs = []
    values = fitted.one_each("statistics_", len(columns))
    for i, (column, value) in enumerate(zip(columns, values, strict=True)):
        if is_null(value):
            fitted.note(f"{column.feature} had no value in training and does not reach the model")
        elif reason is not None:
            outputs.append(column.untestable(reason))
        else:
            outputs.append(column.then(fill_step(value), source=fitted.at(f"statistics_[{i}]")))
    return outputs + _indicators(fitted, columns)


def fill_step(value: object) -> Impute:
    """Return the step that fills nulls with a number, or with a level."""
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        try:
            return Impute(float(value))
        except OverflowError:
            return Impute(math.inf)  # which no step admits
    return Impute(label(value) or "")


def _value_text(value: object) -> str:
    return repr(value)[:40] if isinstance(value, str | int | float) else "a value"


def _indicators(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    if not fitted.flag("add_indicator", False) or not fitted.has("indicator_"):
        return []
    return missing_indicator(fitted.inner(fitted.get("indicator_"), "indicator_"), columns)


def missing_indicator(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """MissingIndicator: a column per feature, 1 where its value is null, else 0."""
    indices = number_array(fitted, fitted.items("features_"), "features_")
    if not ((indices >= 0) & (indices < len(columns))).all():
        raise fitted.error("must be places of columns", "features_")
    indicated = [columns[int(i)] for i in indices]
    missing = fitted.get("missing_values")
    outputs = []
    for column in indicated:
        if column.level is not None:
            column = column.untestable("whether one of several columns is null")
        elif not is_null(missing) and not is_word(missing, "NaN"):
            column = column.untestable(f"indicates {_value_text(missing)}, which no step says")
        name = f"missingindicator_{column.served or column.feature}"
        marked = replace(column, level="missing", indicator=True, served=name)
        outputs.append(marked.then(*INDICATE, source=fitted.at("features_")))
    return outputs
