"""Columns of `get_dummies` in parameters, where a log has the column that they were made of."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import pyarrow as pa

from skewcheck.config.types import Settings
from skewcheck.features.types import Feature, Parameters
from skewcheck.logs import Batch

_FIRST_ROWS = 20_000
"""Rows whose levels are compared with those in the names of columns."""


class _Source(Protocol):
    def has(self, column: str) -> bool: ...

    def head(self, columns: list[str], rows: int) -> Batch | None: ...


def joined_dummies(
    parameters: Parameters, source: _Source, settings: Settings | None
) -> Parameters:
    """Return parameters whose columns of `get_dummies` are one feature, of the column in the data.

    The settings name the raw columns; without them these have the features' names.
    """
    if not any("_" in f.name and f.role == "feature" for f in parameters.features):
        return parameters

    def column(name: str) -> str:
        """Return the raw column of a feature of that name."""
        from skewcheck.engine.columns import FeatureColumns

        if settings is None:
            return name
        return FeatureColumns.of(Feature(name, "numeric"), settings).raw or name

    def has(name: str) -> bool:
        """Return whether the data has that column."""
        return source.has(column(name))

    if all(has(f.name) for f in parameters.features if "_" in f.name):
        return parameters
    from skewcheck.features.dummies import with_dummies  # most models have no such columns

    def head(name: str) -> pa.Array | None:
        """Return the first rows of that column."""
        batch = source.head([column(name)], _FIRST_ROWS)
        return None if batch is None else batch.columns.get(column(name))

    return replace(parameters, features=with_dummies(parameters.features, has, head))
