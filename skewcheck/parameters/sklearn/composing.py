"""Transformers of transformers, and which function reads which class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from skewcheck.features.steps import Affine
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pickles import Inert
from skewcheck.parameters.sklearn import encoding, filling, scaling
from skewcheck.parameters.sklearn.choosing import members, resolved, selected
from skewcheck.parameters.sklearn.part import Part, says
from skewcheck.parameters.sklearn.tables import listed

Stage = Callable[[Part, list[PipelineColumn]], list[PipelineColumn]]
"""Maps the columns that go into a transformer to those that come out of it."""


def pipeline(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """Pipeline: one after the other; a model at its end is skipped."""
    steps = named_steps(part)
    for i, (name, member) in enumerate(steps):
        if member is None or says(member, "passthrough"):
            continue
        inner = part.inner(member, f"named_steps.{name}")
        if i == len(steps) - 1 and not transforms(inner.fitted):
            inner.note(f"{inner.name}, the model, is not looked at")
        elif inner.fitted.module.startswith("imblearn."):
            inner.note(f"{inner.name} works in training only")
        else:
            columns = applied(inner, columns)
    return columns


def named_steps(part: Part, key: str = "steps") -> list[tuple[str, object]]:
    """Return the names and transformers of a Pipeline or FeatureUnion."""
    found = []
    for one in part.items(key):
        pair = listed(one)
        if pair is None or len(pair) != 2 or not isinstance(pair[0], str):
            raise part.error("must hold pairs of a name and a transformer", key)
        found.append((pair[0], pair[1]))
    return found


def union(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """FeatureUnion: each transformer gets all columns; what they make stands side by side."""
    made = []
    for name, member in named_steps(part, "transformer_list"):
        made += _branch(part, name, member, f"transformer_list.{name}", columns)
    return made


def by_column(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """ColumnTransformer: each member gets its columns; what they make stands side by side."""
    names = [column.served or column.feature for column in columns]
    made = []
    for name, member, asked in members(part):
        if says(member, "drop"):
            continue
        own = [columns[i] for i in resolved(part, name, asked, names)]
        if own:
            made += _branch(part, name, member, f"named_transformers_.{name}", own)
    return made


def _branch(
    part: Part, name: str, member: object, place: str, columns: list[PipelineColumn]
) -> list[PipelineColumn]:
    """Return what one member makes, weighted and named as scikit-learn names it."""
    if member is None or says(member, "drop"):
        return []
    part.reading.spend_columns(len(columns))
    if not says(member, "passthrough"):
        columns = applied(part.inner(member, place), columns)
    weights = part.get("transformer_weights")
    weight = weights.get(name) if isinstance(weights, Mapping) else None
    if isinstance(weight, int | float):
        source = part.at("transformer_weights")
        columns = [column.then(Affine(0.0, float(weight)), source=source) for column in columns]
    form = part.get("verbose_feature_names_out")
    if form is False or isinstance(form, Inert):
        return columns
    pattern = form if isinstance(form, str) else "{transformer_name}__{feature_name}"
    pattern = pattern.replace("{transformer_name}", name)
    return [
        replace(column, served=pattern.replace("{feature_name}", column.served or column.feature))
        for column in columns
    ]


def search(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """GridSearchCV and its kind: the best pipeline that it found."""
    return applied(part.inner(part.get("best_estimator_"), "best_estimator_"), columns)


def _lost(reason: str) -> Stage:
    return lambda part, columns: [column.untestable(f"{part.name} {reason}") for column in columns]


STAGES: Mapping[str, Stage] = MappingProxyType({
    "StandardScaler": scaling.standard, "MinMaxScaler": scaling.minmax,
    "RobustScaler": scaling.robust, "MaxAbsScaler": scaling.maxabs,
    "PowerTransformer": scaling.power, "QuantileTransformer": scaling.quantile,
    "KBinsDiscretizer": scaling.bins, "Binarizer": scaling.binarize,
    "FunctionTransformer": scaling.function,
    "Normalizer": _lost("divides each row by its own length: no feature can be tested alone"),
    "SimpleImputer": filling.impute, "Imputer": filling.impute,
    "MissingIndicator": filling.indicate,
    "KNNImputer": _lost("has no per-feature form: it fills from similar rows"),
    "IterativeImputer": _lost("has no per-feature form: it fills from the other features"),
    "OneHotEncoder": encoding.onehot, "OrdinalEncoder": encoding.ordinal,
    "LabelEncoder": encoding.code, "LabelBinarizer": encoding.binarize,
    "DictVectorizer": encoding.vectorize,
    "TargetEncoder": _lost("gives each level a number of its own, which no step says"),
    "VarianceThreshold": selected, "SelectKBest": selected, "RFE": selected, "RFECV": selected,
    "SequentialFeatureSelector": selected, "SelectPercentile": selected,
    "SelectFromModel": selected, "SelectFpr": selected, "SelectFdr": selected,
    "SelectFwe": selected, "GenericUnivariateSelect": selected,
    "Pipeline": pipeline, "FeatureUnion": union, "ColumnTransformer": by_column,
    "GridSearchCV": search, "RandomizedSearchCV": search,
})  # fmt: skip

_TRANSFORMING = tuple(
    f"sklearn.{name}"
    for name in (
        "preprocessing", "impute", "decomposition", "feature_extraction", "feature_selection",
        "random_projection", "kernel_approximation", "manifold", "compose", "pipeline",
    )
)  # fmt: skip


def transforms(found: Inert) -> bool:
    """Return whether a fitted object is a transformer, not a model that predicts."""
    if found.name == "TransformedTargetRegressor":
        return False
    if found.name in ("GridSearchCV", "RandomizedSearchCV"):
        best = found.state.get("best_estimator_")
        return isinstance(best, Inert) and best is not found and best.name == "Pipeline"
    return found.module.startswith(_TRANSFORMING)


def applied(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """Return the columns that come out of a transformer.

    Columns that were mixed before, and so cannot be told apart, stay as they are.
    """
    part.reading.spend_columns(1 + len(columns))
    if columns and all(column.untested is not None for column in columns):
        return columns
    ours = part.fitted.module.split(".")[0] in ("sklearn", "imblearn")
    stage = STAGES.get(part.name) if ours else None
    return (stage or _lost("has no per-feature form: it mixes features"))(part, columns)
