"""DataFrames with the preprocessing steps of parameters applied: no audit makes one."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.features.dummies import with_dummies
from skewcheck.features.frames import array_of, with_columns
from skewcheck.features.shared_names import refuse_shared
from skewcheck.features.transform import transformed
from skewcheck.features.types import Parameters, refuse_untested
from skewcheck.text.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd


def normalized_frame(
    parameters: Parameters, frame: pd.DataFrame | pa.Table, served: str, exclude: Collection[str]
) -> pd.DataFrame:
    """Return what `Parameters.transform` does; raises as that says."""
    if isinstance(frame, pa.Table):
        frame = frame.to_pandas()
    selected = [f for f in parameters.features if f.name not in exclude]
    features = [f for f in selected if not f.output or f.name in frame]
    missing_names = [f.name for f in features if f.name not in frame]
    if any("_" in name for name in missing_names):
        features = [*with_dummies(features, frame.__contains__, lambda c: array_of(frame[c]))]
    features = [f for f in features if not f.derived or f.name in frame]
    refuse_untested(features)
    refuse_shared(features)
    missing_names = [f.name for f in features if f.name not in frame]
    if missing_names:
        raise ParameterError(f"the data has no column {', '.join(map(repr, missing_names[:5]))}")
    columns: dict[str, NDArray[np.float64] | NDArray[np.object_]] = {}
    replaced_names = []
    for feature in features:
        array = array_of(frame[feature.name])
        if not feature.by_itself:
            from skewcheck.features.own_statistics import transformed_frame  # few are so

            columns[served.replace("{feature}", feature.name)] = transformed_frame(
                feature, parameters.features, frame
            )
            continue
        numeric = feature.typed([array.type]).type == "numeric"
        served_columns = transformed(feature.name, feature.steps, array, numeric=numeric)
        columns.update({served.replace("{feature}", k): v for k, v in served_columns.items()})
        if feature.name not in served_columns and served == "{feature}":
            replaced_names.append(feature.name)
    return with_columns(frame.drop(columns=replaced_names), columns)
