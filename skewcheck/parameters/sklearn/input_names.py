"""Names and number of the columns that go into a transformer."""

from __future__ import annotations

from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.sklearn.column_selection import members, requested_names
from skewcheck.parameters.sklearn.composition import (
    held_transformers,
    maker,
    named_steps,
    wrapped_transformers,
)
from skewcheck.parameters.sklearn.fitted_object import FittedObject
from skewcheck.parameters.sklearn.libraries import library_of
from skewcheck.parameters.sklearn.pandas_objects import as_list
from skewcheck.parameters.sklearn.vectorizing import vectorizer_entries

_NAME_ATTRIBUTES = ("feature_names_in_", "_feature_names_in", "_df_columns")
"""Attributes with the names of the columns at fitting, in different versions of scikit-learn."""
_PER_COLUMN_ATTRIBUTES = (
    "mean_", "scale_", "center_", "data_min_", "max_abs_", "lambdas_", "statistics_",
    "categories_", "bin_edges_", "n_bins_", "variances_", "scores_", "support_",
)  # fmt: skip
"""Attributes with a member per column: versions before 0.24 have no n_features_in_."""


def input_names(fitted: FittedObject) -> tuple[str, ...]:
    """Return the names of the input columns; empty unless the file has all of them."""
    for key in _NAME_ATTRIBUTES:
        names = fitted.names(key)
        if names:
            return names
    library = library_of(fitted.pickled)
    if library is not None and (names := library.input_names(fitted)):
        return names
    if fitted.name == "DictVectorizer":
        return tuple(dict.fromkeys(key for key, _ in vectorizer_entries(fitted)))
    for inner in _same_input(fitted):
        names = input_names(inner)
        if names:
            return names
    if fitted.name == "ColumnTransformer" and _selects_by_name(fitted):
        return requested_names(fitted)
    return _held_names(fitted)


def _held_names(fitted: FittedObject) -> tuple[str, ...]:
    """Return the names that the transformers inside objects of the user's own classes take."""
    steps = _same_input(fitted) if fitted.name == "Pipeline" else [fitted]
    held = [inner for step in steps for inner in held_transformers(step)]
    return tuple(dict.fromkeys(name for inner in held for name in input_names(inner)))


def _selects_by_name(fitted: FittedObject) -> bool:
    return not any(fitted.has(key) for key in ("n_features_in_", "_n_features"))


def input_count(fitted: FittedObject) -> int:
    """Return the number of input columns; ParameterError if the file does not say."""
    for key in ("n_features_in_", "_n_features", "_dim"):
        if fitted.has(key):
            count = fitted.number(key, 0)
            if not 1 <= count <= 2**31:
                raise fitted.error("must be a number of columns", key)
            return int(count)
    if fitted.name in ("LabelEncoder", "LabelBinarizer"):
        return 1
    for key in _PER_COLUMN_ATTRIBUTES:
        members_of_attribute = as_list(fitted.get(key))
        if members_of_attribute:
            return len(members_of_attribute)
    for inner in _same_input(fitted)[-1:]:
        return input_count(inner)
    if fitted.name == "ColumnTransformer":
        return 1 + max(
            (
                i
                for _, _, selection in members(fitted)
                for i in as_list(selection) or [selection]
                if isinstance(i, int)
            ),
            default=0,
        )
    raise fitted.error(
        f"{fitted.name} does not say which columns, or how many, it takes:"
        " a pipeline that was fitted on a DataFrame does"
    )


def _same_input(fitted: FittedObject) -> list[FittedObject]:
    """Return the inner transformers that get the same columns as the outer one."""
    if fitted.name == "Pipeline":
        steps = [
            (f"named_steps.{k}", v) for k, v in named_steps(fitted) if isinstance(v, PickledObject)
        ]
        # A FunctionTransformer or the user's own class may not store its columns; what the next
        # step gets are the same ones, or come of them.
        last_index = next(
            (i for i, (_, v) in enumerate(steps) if not _is_nameless(v)), len(steps) - 1
        )
        return [fitted.inner(v, place) for place, v in steps[: last_index + 1]]
    if fitted.name == "FeatureUnion":
        branches = named_steps(fitted, "transformer_list")
        return [
            fitted.inner(v, f"transformer_list.{k}")
            for k, v in branches
            if isinstance(v, PickledObject)
        ]
    return [*wrapped_transformers(fitted)]


def _is_nameless(step: PickledObject) -> bool:
    return step.name == "FunctionTransformer" or maker(step) is not None
