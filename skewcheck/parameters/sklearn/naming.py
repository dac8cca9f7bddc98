"""What the columns that go into a transformer are called, as far as the file says."""

from __future__ import annotations

from skewcheck.parameters.pickles import Inert
from skewcheck.parameters.sklearn.choosing import asked_by_name, members
from skewcheck.parameters.sklearn.composing import named_steps
from skewcheck.parameters.sklearn.encoding import entries
from skewcheck.parameters.sklearn.part import Part
from skewcheck.parameters.sklearn.tables import listed

_NAMES = ("feature_names_in_", "_feature_names_in", "_df_columns")
"""Where each generation of scikit-learn kept the names of the columns it was fitted on."""
_ONE_EACH = (
    "mean_", "scale_", "center_", "data_min_", "max_abs_", "lambdas_", "statistics_",
    "categories_", "bin_edges_", "n_bins_", "variances_", "scores_", "support_",
)  # fmt: skip
"""Attributes with a member for each column: versions before 0.24 say no n_features_in_."""


def names_of(part: Part) -> tuple[str, ...]:
    """Return the names of the columns that go in; none where the file does not say them all."""
    for key in _NAMES:
        names = part.names(key)
        if names:
            return names
    if part.name == "DictVectorizer":
        return tuple(dict.fromkeys(key for key, _ in entries(part)))
    for inner in _first(part):
        names = names_of(inner)
        if names:
            return names
    if part.name == "ColumnTransformer" and _named_only(part):
        return asked_by_name(part)
    return ()


def _named_only(part: Part) -> bool:
    return not any(part.has(key) for key in ("n_features_in_", "_n_features"))


def count_of(part: Part) -> int:
    """Return how many columns go in; ParameterError where the file does not say."""
    for key in ("n_features_in_", "_n_features"):
        if part.has(key):
            count = part.number(key, 0)
            if not 1 <= count <= 2**31:
                raise part.error("must be a number of columns", key)
            return int(count)
    if part.name in ("LabelEncoder", "LabelBinarizer"):
        return 1
    for key in _ONE_EACH:
        found = listed(part.get(key))
        if found:
            return len(found)
    for inner in _first(part)[-1:]:
        return count_of(inner)
    if part.name == "ColumnTransformer":
        return 1 + max((i for _, _, asked in members(part) for i in listed(asked) or [asked]
                        if isinstance(i, int)), default=0)  # fmt: skip
    raise part.error(f"{part.name} does not say which columns, or how many, it takes:"
                     " a pipeline that was fitted on a DataFrame does")  # fmt: skip


def _first(part: Part) -> list[Part]:
    """Return the transformers inside that get the same columns as the one around them."""
    if part.name == "Pipeline":
        steps = [(f"named_steps.{k}", v) for k, v in named_steps(part) if isinstance(v, Inert)]
        # A function need not know its columns; they go on to the next step.
        last = next((i for i, (_, v) in enumerate(steps) if v.name != "FunctionTransformer"), 0)
        return [part.inner(v, place) for place, v in steps[: last + 1]]
    if part.name == "FeatureUnion":
        both = named_steps(part, "transformer_list")
        return [part.inner(v, f"transformer_list.{k}") for k, v in both if isinstance(v, Inert)]
    if part.name in ("GridSearchCV", "RandomizedSearchCV"):
        return [part.inner(part.get("best_estimator_"), "best_estimator_")]
    return []
