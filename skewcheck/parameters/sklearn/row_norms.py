"""Normalizer: each row divided by its own norm."""

from __future__ import annotations

from skewcheck.features.steps import Standardize, scope_of
from skewcheck.features.steps.scopes import NORMS
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.sklearn.fitted_object import FittedObject


def normalizer(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """Normalizer: each row by its own norm, where all its columns are numbers of one feature each.

    Others are untestable, as no log then has what a row is divided by.
    """
    norm = fitted.text("norm", "l2")
    method = next((m for m in NORMS if m == norm), None)
    names = {column.feature for column in columns}
    known = len(names) == len(columns) and not any(
        column.level is not None or column.untested is not None or column.type == "categorical"
        or scope_of(column.steps) is not None
        for column in columns
    )  # fmt: skip
    if method is None or not known:
        reason = "divides each row by its own length, of columns that are not all known"
        return [column.untestable(f"{fitted.name} {reason}") for column in columns]
    step = Standardize("row", method=method, group=columns[0].feature, width=len(columns))
    return [column.then(step) for column in columns]
