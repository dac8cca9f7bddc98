"""Read encoders of category_encoders 1, whose tables are lists of pairs and dicts.

A null that was a level in training is none in a server that loads the file: its code was looked up
by the identity of NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from skewcheck.parameters.level_maps import LevelMap
from skewcheck.parameters.sklearn.fitted_object import FittedObject, is_word
from skewcheck.parameters.sklearn.libraries.tables import (
    is_number,
    level_of,
    numbers_of_levels,
    single,
)
from skewcheck.parameters.sklearn.pandas_objects import as_list

TableReader = Callable[[FittedObject, object], LevelMap]
"""Reads the map of a column from its table."""


def is_old(fitted: FittedObject) -> bool:
    """Return whether version 1 wrote an encoder: its setting of nulls had another name."""
    return fitted.has("impute_missing") and not fitted.has("handle_missing")


def _imputed(fitted: FittedObject, value: float) -> float:
    """Return what other levels and nulls become, if they become a value."""
    fills = fitted.flag("impute_missing", True) and is_word(fitted.get("handle_unknown"), "impute")
    return value if fills else math.nan


def _codes(fitted: FittedObject, table: object) -> tuple[list[object], list[float]]:
    """Return the levels and the codes of a list of pairs; ParameterError for anything else."""
    pairs = [as_list(pair) or [] for pair in as_list(table) or []]
    if not pairs or not all(len(pair) == 2 for pair in pairs):
        raise fitted.error("must be pairs of a level and a code", "mapping")
    known = numbers_of_levels(
        fitted, [(str(i), pair[1]) for i, pair in enumerate(pairs)], "mapping"
    )
    return [pair[0] for pair in pairs], [*known.values()]


def _levels(fitted: FittedObject, table: object) -> dict[str, float]:
    levels, codes = _codes(fitted, table)
    known = numbers_of_levels(fitted, [*zip(levels, codes, strict=True)], "mapping")
    return {level: code for level, code in known.items() if level is not None}


def ordinal(fitted: FittedObject, table: object) -> LevelMap:
    """OrdinalEncoder: a code for each level, 0 for other levels and nulls."""
    other = _imputed(fitted, 0.0)
    return single(_levels(fitted, table), other, other)


def one_hot(fitted: FittedObject, table: object) -> LevelMap:
    """OneHotEncoder: a column for each level, and one that is always 0."""
    levels, codes = _codes(fitted, table)
    names = [level if fitted.flag("use_cat_names", False) else int(code)
             for level, code in zip(levels, codes, strict=True)]  # fmt: skip
    columns = [str(name) for name in names]
    if is_word(fitted.get("handle_unknown"), "impute"):
        columns.append("-1")
    nothing = (0.0,) * len(columns)
    known = {
        level: (*nothing[:i], 1.0, *nothing[i + 1 :])
        for i, value in enumerate(levels)
        if (level := level_of(value)) is not None
    }
    return LevelMap(known, nothing, nothing, tuple(columns))


def target(fitted: FittedObject, table: object) -> LevelMap:
    """TargetEncoder and LeaveOneOutEncoder: a mean for each level, that of all rows for others."""
    key = "smoothing" if fitted.name == "TargetEncoder" else "mean"
    mean = fitted.number("_mean", math.nan)
    if not isinstance(table, Mapping):
        raise fitted.error("must be a table of levels", "mapping")
    pairs = [(level, _mean(fitted, of_level, key, mean)) for level, of_level in table.items()]
    known = numbers_of_levels(fitted, pairs, "mapping")
    other = _imputed(fitted, mean)
    return single(known, other, other)


def _mean(fitted: FittedObject, statistics: object, key: str, mean: float) -> object:
    if not isinstance(statistics, Mapping) or not is_number(statistics.get(key)):
        raise fitted.error(f"must have the {key} of each level", "mapping")
    is_single = key == "smoothing" and statistics.get("count") == 1
    return mean if is_single else statistics[key]


READERS: Mapping[str, TableReader] = MappingProxyType(
    {
        "OrdinalEncoder": ordinal,
        "OneHotEncoder": one_hot,
        "TargetEncoder": target,
        "LeaveOneOutEncoder": target,
    }
)
"""By class name; what others make is untested."""
