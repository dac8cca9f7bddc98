"""Whether a fitted object is a transformer, a model, or holds others; and which it holds."""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.parameters.pickles import PickledObject, is_own, name_of
from skewcheck.parameters.sklearn.fitted_object import FittedObject
from skewcheck.parameters.sklearn.libraries import LIBRARIES, reader_of
from skewcheck.parameters.sklearn.pandas_objects import as_list

_TRANSFORMER_MODULES = (
    *(
        f"sklearn.{name}"
        for name in (
            "preprocessing", "impute", "decomposition", "feature_extraction", "feature_selection",
            "random_projection", "kernel_approximation", "manifold", "compose._column_transformer",
            "compose.ColumnTransformer", "pipeline",
        )
    ),
    "imblearn.pipeline", *LIBRARIES,
)  # fmt: skip
_WRAPPED = (
    "best_estimator_", "regressor_", "calibrated_classifiers_", "estimators_", "estimator_",
)  # fmt: skip
"""Attributes of a model or search with the fitted estimators that it wraps, the most telling
first."""
_HOLDERS = ("_CalibratedClassifier", "FrozenEstimator")
"""Classes whose `estimator` is fitted; elsewhere it is what a copy was fitted of."""
_MAX_LEVELS = 5
"""Wrappers in wrappers: a search of a calibrated ensemble has three."""
_MAX_WRAPPED = 100
"""Estimators of a wrapper that are looked at: each may be shared, and hold as many."""
_MODEL_ATTRIBUTES = ("classes_", "coef_", "n_classes_", "feature_importances_", "loss_curve_")
_MODEL_NAMES = ("classifier", "regressor", "model", "estimator", "predictor", "network", "net")


def is_transformer(fitted: PickledObject, levels: int = _MAX_LEVELS) -> bool:
    """Return whether a fitted object is a library's transformer, or a wrapper of one.

    `levels`, how many wrappers deep it is looked for.
    """
    if fitted.module.startswith("feature_engine._prediction"):
        return False
    return fitted.module.startswith(_TRANSFORMER_MODULES) or (
        levels > 0
        and any(is_transformer(inner, levels - 1) for _, inner in wrapped_estimators(fitted))
    )


def is_stage(fitted: PickledObject) -> bool:
    """Return whether the last step of a pipeline changes columns, and is no model."""
    return is_transformer(fitted) or (is_own(fitted.module) and not _looks_like_model(fitted))


def _looks_like_model(fitted: PickledObject) -> bool:
    """Return whether an object of the user's own class predicts, as far as names tell."""
    return fitted.name.lower().endswith(_MODEL_NAMES) or any(
        name in fitted.state for name in _MODEL_ATTRIBUTES
    )


def is_sampler(fitted: PickledObject) -> bool:
    """Return whether an object only adds or drops rows in training."""
    return fitted.module.startswith("imblearn.") and not is_transformer(fitted)


def wrapped_estimators(fitted: PickledObject) -> list[tuple[str, PickledObject]]:
    """Return the fitted estimators in a search, an ensemble or another wrapper, with their places.

    Empty for objects of the user's own classes.
    """
    if is_own(fitted.module) and "best_estimator_" not in fitted.state:
        return []
    if fitted.module.startswith(_TRANSFORMER_MODULES):
        return []
    names = ("estimator", "base_estimator") if fitted.name in _HOLDERS else _WRAPPED
    for name in names:
        value = fitted.state.get(name)
        if isinstance(value, PickledObject):
            return [(name, value)]
        members = (as_list(value) or [])[:_MAX_WRAPPED]
        inner = [(f"{name}[{i}]", member) for i, member in enumerate(members)]
        if inner:
            return [(place, x) for place, x in inner if isinstance(x, PickledObject)]
    return []


def wrapped_transformers(fitted: FittedObject) -> Iterator[FittedObject]:
    """Yield those of the wrapped estimators that hold a transformer."""
    for place, inner in wrapped_estimators(fitted.pickled):
        fitted.context.spend(1)
        if is_transformer(inner):
            yield fitted.inner(inner, place)


def named_steps(fitted: FittedObject, key: str = "steps") -> list[tuple[str, object]]:
    """Return names and transformers of a Pipeline or FeatureUnion."""
    result = []
    for item in fitted.items(key):
        pair = as_list(item)
        if pair is None or len(pair) != 2 or not isinstance(pair[0], str):
            raise fitted.error("must hold pairs of a name and a transformer", key)
        result.append((pair[0], pair[1]))
    return result


def own_function(fitted: PickledObject) -> PickledObject | None:
    """Return the function of a FunctionTransformer if it is no library's; else None."""
    function = fitted.state.get("func")
    if isinstance(function, PickledObject) and name_of(function) == "functools.partial":
        function = function.args[0] if function.args else None
    is_code = isinstance(function, PickledObject) and (function.opaque or is_own(function.module))
    return function if is_code and isinstance(function, PickledObject) else None


def maker(fitted: PickledObject) -> str | None:
    """Return the name of the code in a step that is not read: its class or its function.

    None for scikit-learn's own classes, and those of other libraries that have a reader.
    """
    if fitted.name == "FunctionTransformer":
        function = own_function(fitted)
        return None if function is None else name_of(function)
    is_known = fitted.module.split(".")[0] in ("sklearn", "imblearn")
    return None if is_known or reader_of(fitted) is not None else name_of(fitted)


def held_transformers(fitted: FittedObject) -> list[FittedObject]:
    """Return the transformers that are attributes of an object of the user's own class."""
    if not is_own(fitted.pickled.module):
        return []
    return [
        fitted.inner(value, key)
        for key, value in fitted.pickled.state.items()
        if isinstance(value, PickledObject) and is_transformer(value)
    ]
