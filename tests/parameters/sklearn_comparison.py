"""Whether what was read serves what scikit-learn serves, column by column."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from sklearn.base import TransformerMixin

from skewcheck.features.transform import column_names, key_of
from skewcheck.features.types import Parameters


def check(parameters: Parameters, transformer: TransformerMixin, rows: pd.DataFrame) -> list[str]:
    """Compare each served column with scikit-learn's of that name; return the features tested."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of strangers that become zeros
        expected = transformer.transform(rows)
    if hasattr(expected, "toarray"):
        expected = expected.toarray()
    expected_values = pd.DataFrame(
        np.asarray(expected), columns=transformer.get_feature_names_out()
    )
    lost = [f.name for f in parameters.features if f.untested is not None]
    for feature in parameters.features:
        if feature.untested is not None:
            continue
        several = column_names(feature.steps)
        made = [key_of(feature.name, v) for v in several] or [feature.name]
        served = feature.extra.get("x-served", made)
        names = served if isinstance(served, list) else [served]
        transformed = parameters.transform(rows, exclude=lost)[made].to_numpy()
        right = expected_values[names].to_numpy()
        if transformed.dtype == object:
            np.testing.assert_array_equal(transformed, right)
        else:
            np.testing.assert_allclose(transformed, right.astype(float), rtol=1e-9, atol=1e-9)
    return [f.name for f in parameters.features if f.untested is None]
