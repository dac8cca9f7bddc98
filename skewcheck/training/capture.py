"""Capture the parameters of a fitted scikit-learn transformer in the code that fitted it."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from skewcheck.config.given import Origin
from skewcheck.engine.source import open_source
from skewcheck.features.notes import Note
from skewcheck.features.types import Parameters
from skewcheck.parameters import UnnamedError, load_foreign
from skewcheck.parameters.source import ParameterSource
from skewcheck.text.errors import UsageError, naming
from skewcheck.training.fit import with_reference

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    Data: TypeAlias = pd.DataFrame | pa.Table | NDArray[np.generic]


@naming(Origin("function", "capture"))
def capture(
    fitted: object,
    X: Data,  # noqa: N803  # as everywhere in scikit-learn
    names: Sequence[str] | None = None,
) -> Parameters:
    """Return the steps of a fitted scikit-learn transformer or pipeline, with references.

    `X` is the raw training data (rows x columns), whose distributions are the references; `names`
    are its columns, where neither the transformer nor `X` names them. The result is that of
    loading the pickled object, followed by `fit` with that file. Raises UsageError where the
    object cannot be pickled or `X` does not fit the names, ParameterError where it is no
    transformer.
    """
    given = tuple(names or ())
    columns = given or _columns(X)
    parameters = _load(fitted, given, columns)
    if isinstance(X, np.ndarray):
        import pandas as pd

        named = columns or tuple(str(name) for name in getattr(fitted, "feature_names_in_", ()))
        if X.ndim != 2 or X.shape[1] != len(named):
            raise UsageError(f"X: has the shape {X.shape}, but {len(named):,} columns are named")
        X = pd.DataFrame(X, columns=list(named))  # noqa: N806
    return with_reference(replace(parameters, path=None), open_source(X))


def _columns(data: Data) -> tuple[str, ...]:
    """Return the names of the columns; none for an array."""
    if isinstance(data, np.ndarray):
        return ()
    names = getattr(data, "column_names", None)  # of an Arrow table
    return tuple(str(name) for name in (data.columns if names is None else names))


def _load(fitted: object, names: tuple[str, ...], columns: tuple[str, ...]) -> Parameters:
    """Return the parameters in a pickled object; one without names gets those of the columns."""
    try:
        content = pickle.dumps(fitted)
    except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{type(fitted).__name__}: cannot be pickled ({error})") from error
    source = ParameterSource(Path(type(fitted).__name__), content, names=names)
    try:
        return load_foreign(source)
    except UnnamedError as error:
        if error.count != len(columns):
            raise UsageError(
                f"{source.path}: does not name its {error.count:,} columns: give names=[...]"
            ) from error
        parameters = load_foreign(replace(source, names=columns))
        return replace(parameters, notes=(*parameters.notes, Note("names_of_data")))
