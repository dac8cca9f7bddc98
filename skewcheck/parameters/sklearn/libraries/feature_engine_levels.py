"""Read feature_engine's encoders of levels; `encoder_dict_` has the table of each variable."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from skewcheck.features.steps import OneHot
from skewcheck.features.types import CategoricalReference
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.level_maps import Relabelling
from skewcheck.parameters.sklearn.encoding import with_level_fills
from skewcheck.parameters.sklearn.fitted_object import FittedObject, is_word
from skewcheck.parameters.sklearn.libraries import Apply, Columns, Reader
from skewcheck.parameters.sklearn.libraries.named_columns import Name, columns_by_name, variables
from skewcheck.parameters.sklearn.libraries.tables import (
    NotReadError,
    encoded,
    level_of,
    members,
    numbers_of_levels,
    single,
)
from skewcheck.parameters.sklearn.pandas_objects import as_list


def _tables(fitted: FittedObject, key: str = "encoder_dict_") -> dict[Name, object]:
    """Return the table of each variable; ParameterError without any."""
    stored = fitted.get(key)
    if not isinstance(stored, Mapping):
        raise fitted.error(f"{fitted.name} is not fitted: it has no table of each variable", key)
    fitted.context.spend_columns(len(stored))
    return {name: table for name, table in stored.items() if isinstance(name, str | int)}


def _to_numbers(fitted: FittedObject, columns: Columns, _apply: Apply) -> Columns:
    """An encoder to one number for each level."""
    named = columns_by_name(fitted, columns)
    if fitted.has("encoder_") and not fitted.has("encoder_dict_"):
        reason = f"{fitted.name} asks a tree, which no step says"
        chosen = {*variables(fitted, named)}
        return [c.untestable(reason) if n in chosen else c for n, c in named.items()]
    other = math.nan
    if is_word(fitted.get("unseen"), "encode") or is_word(fitted.get("errors"), "encode"):
        other = fitted.number("_unseen", 0.0)
    takes_nulls = is_word(fitted.get("missing_values"), "ignore")
    for name, table in _tables(fitted).items():
        if name not in named:
            continue
        try:
            pairs = members(fitted, table, f"encoder_dict_[{name!r}]")
            known = numbers_of_levels(fitted, pairs, f"encoder_dict_[{name!r}]")
        except NotReadError as error:
            named[name] = named[name].untestable(str(error))
            continue
        null = known.pop(None, other) if takes_nulls else math.nan
        known.pop(None, None)
        made = single(known, null, other)
        (named[name],) = encoded(named[name], made, fitted.at(f"encoder_dict_[{name!r}]"))
    return [*named.values()]


def _one_hot(fitted: FittedObject, columns: Columns, _apply: Apply) -> Columns:
    """OneHotEncoder: a column for each level that is listed, behind all other columns."""
    named = columns_by_name(fitted, columns)
    binary = {str(x) for x in as_list(fitted.get("variables_binary_")) or []}
    made: Columns = []
    for name, table in _tables(fitted).items():
        column = named.pop(name, None)
        values = as_list(table)
        if values is None:
            raise fitted.error("must be a list of levels", f"encoder_dict_[{name!r}]")
        if column is None:
            continue
        fitted.context.spend_columns(len(values))
        drops_one = fitted.flag("drop_last_binary", False) and str(name) in binary
        cuts = fitted.number("top_categories", 0) or fitted.flag("drop_last", False) or drops_one
        made += _level_columns(fitted, column, name, values, is_partial=bool(cuts))
    return [*named.values(), *made]


def _level_columns(
    fitted: FittedObject, column: PipelineColumn, name: Name, values: list[object],
    *, is_partial: bool,
) -> Columns:  # fmt: skip
    """Return a column for each of the values; `is_partial` if training had other levels."""
    if not values:
        fitted.context.lost.append(column.untestable("its one level has no column"))
        return []
    column = with_level_fills(column)
    if is_partial:
        column = replace(column, reference=CategoricalReference(0, partial=True))
    step = OneHot(tuple(level_of(value) or "" for value in values))
    served = column.served or column.feature
    place = fitted.at(f"encoder_dict_[{name!r}]")
    return [
        replace(made, served=f"{served}_{value}")
        for made, value in zip(column.onehot(step, place), values, strict=True)
    ]


def _rare(fitted: FittedObject, columns: Columns, _apply: Apply) -> Columns:
    """RareLabelEncoder: levels that are not listed become one."""
    rare = level_of(fitted.get("replace_with")) or "Rare"
    return _relabelled(fitted, columns, "encoder_dict_", rare, is_partial=True)


def _matched(fitted: FittedObject, columns: Columns, _apply: Apply) -> Columns:
    """MatchCategories: levels that are not listed become nulls."""
    return _relabelled(fitted, columns, "category_dict_", None, is_partial=False)


def _relabelled(
    fitted: FittedObject, columns: Columns, key: str, others: str | None, *, is_partial: bool
) -> Columns:
    named = columns_by_name(fitted, columns)
    for name, table in _tables(fitted, key).items():
        values = as_list(table)
        if values is None:
            raise fitted.error("must be a list of levels", f"{key}[{name!r}]")
        fitted.context.spend(len(values))
        levels = {level: level for value in values if (level := level_of(value)) is not None}
        if name in named:
            labels = Relabelling(levels, None, others, keeps_others=False, is_partial=is_partial)
            named[name] = _with_labels(named[name], labels, fitted.at(f"{key}[{name!r}]"))
    return [*named.values()]


def _with_labels(column: PipelineColumn, labels: Relabelling, source: str) -> PipelineColumn:
    """Return a column whose levels become others; untestable behind steps of numbers."""
    column = with_level_fills(column)
    if column.untested is not None:
        return column
    if column.type == "numeric" or column.level is not None:
        return column.untestable("levels that are made of numbers, which no step says")
    return column.relabelled(labels, source)


_TO_NUMBERS = (
    "OrdinalEncoder", "CountFrequencyEncoder", "MeanEncoder", "WoEEncoder", "PRatioEncoder",
    "DecisionTreeEncoder", "OrdinalCategoricalEncoder", "CountFrequencyCategoricalEncoder",
    "MeanCategoricalEncoder", "WoERatioCategoricalEncoder",
)  # fmt: skip
LEVEL_READERS: dict[str, Reader] = {
    **dict.fromkeys(_TO_NUMBERS, _to_numbers),
    "OneHotEncoder": _one_hot,
    "OneHotCategoricalEncoder": _one_hot,
    "RareLabelEncoder": _rare,
    "RareLabelCategoricalEncoder": _rare,
    "MatchCategories": _matched,
}
"""By class name, that of versions before 1.0 too."""
