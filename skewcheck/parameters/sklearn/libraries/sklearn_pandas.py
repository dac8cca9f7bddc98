"""Read sklearn-pandas' DataFrameMapper: transformers for columns of a DataFrame, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.sklearn.fitted_object import FittedObject, is_word
from skewcheck.parameters.sklearn.imputation import fill_step, is_null
from skewcheck.parameters.sklearn.libraries import Apply, Columns, Library
from skewcheck.parameters.sklearn.pandas_objects import as_list
from skewcheck.parameters.sklearn.scaling import NUMPY_FUNCTIONS


@dataclass(frozen=True, slots=True)
class _Branch:
    """What is done with some columns."""

    columns: tuple[str, ...]
    transformers: tuple[object, ...]
    """In sequence; none, or None, passes the columns."""
    options: Mapping[object, object]
    place: str

    @property
    def name(self) -> str:
        """The stem of the names of its outputs."""
        alias = self.options.get("alias")
        prefix, suffix = (self.options.get(key, "") for key in ("prefix", "suffix"))
        return f"{prefix}{'_'.join(self.columns) if alias is None else alias}{suffix}"


def _branches(fitted: FittedObject) -> list[_Branch]:
    """Return the branches of a mapper; ParameterError where columns are no names.

    From version 1.7 the built ones hold the fitted transformers too, and columns that a function
    chose.
    """
    key = next(
        (k for k in ("built_features", "build_features") if as_list(fitted.get(k))), "features"
    )
    result = []
    for i, item in enumerate(fitted.items(key)):
        members = as_list(item) or []
        names = members[0] if members else None
        columns = [names] if isinstance(names, str) else as_list(names) or []
        if len(members) < 2 or not columns or not all(isinstance(c, str) for c in columns):
            raise fitted.error("must hold names of columns and a transformer each", f"{key}[{i}]")
        options = members[2] if len(members) > 2 else None
        fitted.context.spend_columns(len(columns))
        result.append(
            _Branch(
                tuple(map(str, columns)), _sequence(members[1]),
                options if isinstance(options, Mapping) else {}, f"{key}[{i}]",
            )
        )  # fmt: skip
    return result


def _mapper(fitted: FittedObject, columns: Columns, apply: Apply) -> Columns:
    """DataFrameMapper: the outputs of its branches, one after the other."""
    by_name = {column.served or column.feature: column for column in columns}
    branches = _branches(fitted)
    made: list[Columns] = []
    for branch in branches:
        inputs = [by_name.get(name) or PipelineColumn(name) for name in branch.columns]
        made.append(_transformed(fitted, branch, inputs, apply))
    names = fitted.names("transformed_names_")
    if len(names) == sum(map(len, made)):
        stated = iter(names)
        made = [[replace(c, served=next(stated)) for c in outputs] for outputs in made]
    else:
        made = [_named(b, outputs) for b, outputs in zip(branches, made, strict=True)]
    if fitted.pickled.state.get("default", False) is not False:
        fitted.note("columns that it does not name pass through it, or its default transformer")
    return [column for outputs in made for column in outputs]


def _sequence(transformer: object) -> tuple[object, ...]:
    """Return what a branch does in sequence: a list, or a pipeline of sklearn-pandas' own."""
    if isinstance(transformer, PickledObject) and transformer.name == "TransformerPipeline":
        pairs = as_list(transformer.state.get("steps")) or []
        return tuple((as_list(pair) or [None])[-1] for pair in pairs)
    steps = as_list(transformer)
    return (transformer,) if steps is None else tuple(steps)


def _transformed(fitted: FittedObject, branch: _Branch, columns: Columns, apply: Apply) -> Columns:
    for step in branch.transformers:
        if step is not None:
            columns = apply(fitted.inner(step, branch.place), columns)
    return columns


def _named(branch: _Branch, columns: Columns) -> Columns:
    """Return a branch's outputs by its name, and by class or number where there are several."""
    ends: list[object] = [*range(len(columns))]
    for step in reversed(branch.transformers):
        classes = as_list(step.state.get("classes_")) if isinstance(step, PickledObject) else None
        if classes is not None:
            ends = classes if len(classes) == len(columns) else ends
            break
    several = len(columns) > 1
    return [
        replace(column, served=f"{branch.name}_{end}" if several else branch.name)
        for column, end in zip(columns, ends, strict=True)
    ]


def _categorical_imputer(fitted: FittedObject, columns: Columns, _apply: Apply) -> Columns:
    """CategoricalImputer of versions before 2: nulls become the most frequent level."""
    value = fitted.get("fill_")
    if is_null(value) or not (
        is_null(fitted.get("missing_values")) or is_word(fitted.get("missing_values"), "NaN")
    ):
        reason = "CategoricalImputer of other values than nulls, which no step says"
        return [column.untestable(reason) for column in columns]
    return [column.then(fill_step(value), source=fitted.at("fill_")) for column in columns]


def _numerical(fitted: FittedObject, columns: Columns, _apply: Apply) -> Columns:
    """NumericalTransformer: log or log1p."""
    steps = NUMPY_FUNCTIONS.get(fitted.text("_NumericalTransformer__func", ""))
    if steps is None:
        return [c.untestable("NumericalTransformer of another function") for c in columns]
    return [column.then(*steps) for column in columns]


def _input_names(fitted: FittedObject) -> tuple[str, ...]:
    if fitted.name != "DataFrameMapper":
        return ()
    names = [name for branch in _branches(fitted) for name in branch.columns]
    return tuple(dict.fromkeys(names))


LIBRARY = Library(
    MappingProxyType(
        {
            "DataFrameMapper": _mapper,
            "CategoricalImputer": _categorical_imputer,
            "NumericalTransformer": _numerical,
        }
    ),
    _input_names,
)
