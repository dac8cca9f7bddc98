"""Pipelines and other composite transformers, and the table of transformer classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from skewcheck.features.steps import Affine
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.sklearn import encoding, imputation, scaling
from skewcheck.parameters.sklearn.column_selection import column_indices, members, selected_columns
from skewcheck.parameters.sklearn.fitted_object import FittedObject, is_word
from skewcheck.parameters.sklearn.pandas_objects import as_list

TransformerReader = Callable[[FittedObject, list[PipelineColumn]], list[PipelineColumn]]
"""Maps the columns that go into a transformer to those that come out of it."""


def pipeline(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """Pipeline: steps in sequence; a model at the end is skipped."""
    steps = named_steps(fitted)
    for i, (name, member) in enumerate(steps):
        if member is None or is_word(member, "passthrough"):
            continue
        inner = fitted.inner(member, f"named_steps.{name}")
        if i == len(steps) - 1 and not is_transformer(inner.pickled):
            inner.note(f"{inner.name}, the model, is not looked at")
        elif inner.pickled.module.startswith("imblearn."):
            inner.note(f"{inner.name} works in training only")
        else:
            columns = apply_transformer(inner, columns)
    return columns


def named_steps(fitted: FittedObject, key: str = "steps") -> list[tuple[str, object]]:
    """Return names and transformers of a Pipeline or FeatureUnion."""
    result = []
    for item in fitted.items(key):
        pair = as_list(item)
        if pair is None or len(pair) != 2 or not isinstance(pair[0], str):
            raise fitted.error("must hold pairs of a name and a transformer", key)
        result.append((pair[0], pair[1]))
    return result


def feature_union(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """FeatureUnion: each transformer gets all columns; their outputs are concatenated."""
    outputs = []
    for name, member in named_steps(fitted, "transformer_list"):
        outputs += _member_columns(fitted, name, member, f"transformer_list.{name}", columns)
    return outputs


def column_transformer(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """ColumnTransformer: each member gets its columns; their outputs are concatenated."""
    names = [column.served or column.feature for column in columns]
    outputs = []
    for name, member, selection in members(fitted):
        if is_word(member, "drop"):
            continue
        selected = [columns[i] for i in column_indices(fitted, name, selection, names)]
        if selected:
            outputs += _member_columns(
                fitted, name, member, f"named_transformers_.{name}", selected
            )
    return outputs


def _member_columns(
    fitted: FittedObject, name: str, member: object, place: str, columns: list[PipelineColumn]
) -> list[PipelineColumn]:
    """Return one member's output, weighted and named as scikit-learn names it."""
    if member is None or is_word(member, "drop"):
        return []
    fitted.context.spend_columns(len(columns))
    if not is_word(member, "passthrough"):
        columns = apply_transformer(fitted.inner(member, place), columns)
    weights = fitted.get("transformer_weights")
    weight = weights.get(name) if isinstance(weights, Mapping) else None
    if isinstance(weight, int | float):
        source = fitted.at("transformer_weights")
        columns = [column.then(Affine(0.0, float(weight)), source=source) for column in columns]
    name_setting = fitted.get("verbose_feature_names_out")
    if name_setting is False or isinstance(name_setting, PickledObject):
        return columns
    pattern = (
        name_setting if isinstance(name_setting, str) else "{transformer_name}__{feature_name}"
    )
    pattern = pattern.replace("{transformer_name}", name)
    return [
        replace(column, served=pattern.replace("{feature_name}", column.served or column.feature))
        for column in columns
    ]


def best_estimator(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """GridSearchCV and RandomizedSearchCV: the refitted best pipeline."""
    return apply_transformer(
        fitted.inner(fitted.get("best_estimator_"), "best_estimator_"), columns
    )


def _untestable(reason: str) -> TransformerReader:
    return lambda fitted, columns: [
        column.untestable(f"{fitted.name} {reason}") for column in columns
    ]


TRANSFORMER_READERS: Mapping[str, TransformerReader] = MappingProxyType(
    {
        "StandardScaler": scaling.standard_scaler,
        "MinMaxScaler": scaling.min_max_scaler,
        "RobustScaler": scaling.robust_scaler,
        "MaxAbsScaler": scaling.max_abs_scaler,
        "PowerTransformer": scaling.power_transformer,
        "QuantileTransformer": scaling.quantile_transformer,
        "KBinsDiscretizer": scaling.k_bins_discretizer,
        "Binarizer": scaling.binarizer,
        "FunctionTransformer": scaling.function_transformer,
        "Normalizer": _untestable(
            "divides each row by its own length: no feature can be tested alone"
        ),
        "SimpleImputer": imputation.simple_imputer,
        "Imputer": imputation.simple_imputer,
        "MissingIndicator": imputation.missing_indicator,
        "KNNImputer": _untestable("has no per-feature form: it fills from similar rows"),
        "IterativeImputer": _untestable(
            "has no per-feature form: it fills from the other features"
        ),
        "OneHotEncoder": encoding.one_hot_encoder,
        "OrdinalEncoder": encoding.ordinal_encoder,
        "LabelEncoder": encoding.label_encoder,
        "LabelBinarizer": encoding.label_binarizer,
        "DictVectorizer": encoding.dict_vectorizer,
        "TargetEncoder": encoding.target_encoder,
        "VarianceThreshold": selected_columns,
        "SelectKBest": selected_columns,
        "RFE": selected_columns,
        "RFECV": selected_columns,
        "SequentialFeatureSelector": selected_columns,
        "SelectPercentile": selected_columns,
        "SelectFromModel": selected_columns,
        "SelectFpr": selected_columns,
        "SelectFdr": selected_columns,
        "SelectFwe": selected_columns,
        "GenericUnivariateSelect": selected_columns,
        "Pipeline": pipeline,
        "FeatureUnion": feature_union,
        "ColumnTransformer": column_transformer,
        "GridSearchCV": best_estimator,
        "RandomizedSearchCV": best_estimator,
    }
)
"""Reader of each transformer class, by class name."""

_TRANSFORMER_MODULES = tuple(
    f"sklearn.{name}"
    for name in (
        "preprocessing", "impute", "decomposition", "feature_extraction", "feature_selection",
        "random_projection", "kernel_approximation", "manifold", "compose", "pipeline",
    )
)  # fmt: skip


def is_transformer(fitted: PickledObject) -> bool:
    """Return whether a fitted object is a transformer and no predictor."""
    if fitted.name == "TransformedTargetRegressor":
        return False
    if fitted.name in ("GridSearchCV", "RandomizedSearchCV"):
        estimator = fitted.state.get("best_estimator_")
        return (
            isinstance(estimator, PickledObject)
            and estimator is not fitted
            and estimator.name == "Pipeline"
        )
    return fitted.module.startswith(_TRANSFORMER_MODULES)


def apply_transformer(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """Return the columns that come out of a transformer.

    Columns that are all untestable already stay as they are.
    """
    fitted.context.spend_columns(1 + len(columns))
    if columns and all(column.untested is not None for column in columns):
        return columns
    is_known_package = fitted.pickled.module.split(".")[0] in ("sklearn", "imblearn")
    reader = TRANSFORMER_READERS.get(fitted.name) if is_known_package else None
    return (reader or _untestable("has no per-feature form: it mixes features"))(fitted, columns)
