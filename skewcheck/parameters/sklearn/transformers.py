"""Pipelines and other composite transformers, and the table of transformer classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from skewcheck.features.steps import Affine
from skewcheck.parameters.columns import MADE_BY, PipelineColumn
from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.sklearn import (
    encoding,
    expanding,
    imputation,
    row_norms,
    scaling,
    vectorizing,
)
from skewcheck.parameters.sklearn.column_selection import column_indices, members, selected_columns
from skewcheck.parameters.sklearn.composition import (
    is_sampler,
    is_stage,
    maker,
    named_steps,
    wrapped_estimators,
    wrapped_transformers,
)
from skewcheck.parameters.sklearn.fitted_object import FittedObject, is_word
from skewcheck.parameters.sklearn.input_names import input_names
from skewcheck.parameters.sklearn.libraries import reader_of

TransformerReader = Callable[[FittedObject, list[PipelineColumn]], list[PipelineColumn]]
"""Maps the columns that go into a transformer to those that come out of it."""


def pipeline(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """Pipeline: steps in sequence; a model at the end is skipped."""
    steps = named_steps(fitted)
    for i, (name, member) in enumerate(steps):
        if member is None or is_word(member, "passthrough"):
            continue
        inner = fitted.inner(member, f"named_steps.{name}")
        if i == len(steps) - 1 and not is_stage(inner.pickled):
            inner.note(f"{inner.name}, the model, is not looked at")
        elif is_sampler(inner.pickled):
            inner.note(f"{inner.name} works in training only")
        else:
            columns = apply_transformer(inner, columns)
            if maker(inner.pickled) is not None and i + 1 < len(steps):
                columns = _columns_made(fitted, columns, steps[i + 1])
    return columns


def _columns_made(
    fitted: FittedObject, columns: list[PipelineColumn], following: tuple[str, object]
) -> list[PipelineColumn]:
    """Return the columns that come out of the user's own code, as the step after it names them."""
    name, member = following
    inner = fitted.inner(member, f"named_steps.{name}") if _is_object(member) else None
    names = input_names(inner) if inner is not None else ()
    reason = next((c.untested for c in columns if c.untested is not None), None)
    if not names or reason is None:
        return columns
    fitted.context.spend_columns(len(names))
    known = {column.served or column.feature: column for column in columns}
    fitted.context.lost += [column for key, column in known.items() if key not in names]
    return [known.get(key) or PipelineColumn(key).untestable(reason) for key in names]


def _is_object(member: object) -> bool:
    return isinstance(member, PickledObject)


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
            place = f"named_transformers_.{name}"
            made = _member_columns(fitted, name, member, place, selected)
            outputs += _of_width(fitted, made, name)
    return outputs


def _of_width(
    fitted: FittedObject, columns: list[PipelineColumn], name: str
) -> list[PipelineColumn]:
    """Return a member's columns in the number that the file states, if none of them is testable.

    The code that made them need not make one of each, and later steps count them.
    """
    places = fitted.get("output_indices_")
    place = places.get(name) if isinstance(places, Mapping) else None
    ends = (place.start, place.stop) if isinstance(place, slice) else (None, None)
    start, stop = (end if isinstance(end, int) else -1 for end in ends)
    is_known = 0 <= start <= stop
    if not is_known or not columns or any(column.untested is None for column in columns):
        return columns
    fitted.context.spend_columns(stop - start)
    fitted.context.lost += columns[stop - start :]
    return [columns[min(i, len(columns) - 1)] for i in range(stop - start)]


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


def wrapper(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """A search, an ensemble or another wrapper of pipelines: what each of them does.

    Copies that were fitted on different rows serve one model together: none of their numbers is
    that of the feature.
    """
    if fitted.has("transformer_") and fitted.name == "TransformedTargetRegressor":
        fitted.note("what it does with the target is not looked at")
    pipelines = [*wrapped_transformers(fitted)]
    reason = f"{fitted.name} asks {len(pipelines)} pipelines, each with numbers of its own"
    if fitted.name in _OF_OTHER_COLUMNS:
        return [column.untestable(reason) for column in columns]
    outputs = [apply_transformer(inner, columns) for inner in pipelines]
    first = outputs[0] if outputs else columns
    steps = [[(c.feature, c.steps, c.untested) for c in made] for made in outputs]
    if all(one == steps[0] for one in steps):
        return first
    if fitted.name in _OF_COPIES:
        return [column.untestable(reason) for column in first]
    return [column for made in outputs for column in made]


_OF_COPIES = (
    "CalibratedClassifierCV", "OneVsRestClassifier", "OneVsOneClassifier", "MultiOutputClassifier",
    "MultiOutputRegressor", "OutputCodeClassifier",
)  # fmt: skip
"""Wrappers of copies of one pipeline, fitted on other rows or labels each."""
_OF_OTHER_COLUMNS = (
    "BaggingClassifier", "BaggingRegressor", "ClassifierChain", "RegressorChain",
)  # fmt: skip
"""Wrappers of copies that get some of the columns, or more than these."""


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
        "PolynomialFeatures": expanding.polynomial_features,
        "SplineTransformer": expanding.spline_transformer,
        "FunctionTransformer": scaling.function_transformer,
        "Normalizer": row_norms.normalizer,
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
        "DictVectorizer": vectorizing.dict_vectorizer,
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
    }
)
"""Reader of each transformer class, by class name."""


def apply_transformer(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """Return the columns that come out of a transformer.

    Columns that are all untestable already stay as they are.
    """
    fitted.context.spend_columns(1 + len(columns))
    if columns and all(column.untested is not None for column in columns):
        return columns
    if wrapped_estimators(fitted.pickled):
        return wrapper(fitted, columns)
    made_by = maker(fitted.pickled)
    if made_by is not None:
        return [column.untestable(f"{MADE_BY}{made_by}") for column in columns]
    of_library = reader_of(fitted.pickled)
    if of_library is not None:
        return of_library(fitted, columns, apply_transformer)
    reader = TRANSFORMER_READERS.get(fitted.name)
    return (reader or _untestable("has no per-feature form: it mixes features"))(fitted, columns)
