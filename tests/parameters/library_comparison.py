"""Whether what was read serves what a library's own transform does, column by column."""

from __future__ import annotations

import numpy as np
import pandas as pd

from skewcheck.features.transform import column_names
from skewcheck.features.types import Feature, Parameters
from skewcheck.logs.arrays import label


def served_names(feature: Feature) -> list[str]:
    """Return what the library calls each column that a feature is served as."""
    ours = [f"{feature.name}_{name}" for name in column_names(feature.steps)] or [feature.name]
    served = feature.extra.get("x-served", ours)
    return served if isinstance(served, list) else [str(served)]


def compared(parameters: Parameters, expected: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    """Compare each column with the library's of that name; return the columns compared.

    Numbers within 1e-9, nothing where nothing is served.
    """
    untested = [f.name for f in parameters.features if f.untested is not None]
    ours = parameters.transform(rows, exclude=untested)
    names: list[str] = []
    for feature in parameters.features:
        if feature.name in untested:
            continue
        here = [f"{feature.name}_{name}" for name in column_names(feature.steps)]
        for mine, name in zip(here or [feature.name], served_names(feature), strict=True):
            values, right = ours[mine], expected[name]
            if values.dtype == object or not pd.api.types.is_numeric_dtype(values):
                assert [*map(label, values)] == [*map(label, right)], name
            else:
                np.testing.assert_allclose(
                    values.to_numpy(float), right.to_numpy(float), 1e-9, 1e-9, err_msg=name
                )
            names.append(name)
    return names
