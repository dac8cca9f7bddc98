"""Columns by the names that a fitted object of DataFrames has for them."""

from __future__ import annotations

from collections.abc import Iterable

from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.sklearn.fitted_object import FittedObject
from skewcheck.parameters.sklearn.pandas_objects import as_list

Name = str | int


def variables(fitted: FittedObject, every: Iterable[Name]) -> list[Name]:
    """Return the variables that a transformer changes; `every` column without a list of them."""
    for key in ("variables_", "variables"):
        value = fitted.get(key)
        if isinstance(value, str | int):
            return [value]
        members = as_list(value)
        if members is not None:
            fitted.context.spend(len(members))
            return [name for name in members if isinstance(name, str | int)]
    return [*every]


def columns_by_name(
    fitted: FittedObject, columns: list[PipelineColumn]
) -> dict[Name, PipelineColumn]:
    """Return the columns by the names that they had at fitting, in order.

    Where the file does not name all of them, variables that no column is called by are raw columns
    that no earlier step changed.
    """
    stated = list(as_list(fitted.get("feature_names_in_")) or [])
    names = [name for name in stated if isinstance(name, str | int)]
    if len(names) == len(columns) == len({*names}):
        return dict(zip(names, columns, strict=True))
    by_name: dict[Name, PipelineColumn] = {c.served or c.feature: c for c in columns}
    if names:
        return by_name
    unnamed = [name for name in variables(fitted, ()) if name not in by_name]
    fitted.context.spend_columns(len(unnamed))
    return by_name | {name: PipelineColumn(str(name)) for name in unnamed}
