"""Tables of fitted encoders: levels with numbers, and the columns that a table makes of one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from skewcheck.features.steps import Vocabulary
from skewcheck.logs.arrays import label
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.level_maps import LevelMap, Vector
from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.sklearn.encoding import with_level_fills
from skewcheck.parameters.sklearn.fitted_object import FittedObject, number_array
from skewcheck.parameters.sklearn.imputation import is_null
from skewcheck.parameters.sklearn.moments import plain_moment
from skewcheck.parameters.sklearn.pandas_objects import series_items


class NotReadError(Exception):
    """What a column of an encoder does no step says; the others are read."""


def level_of(value: object) -> str | None:
    """Return a level in a file as an audit spells it; None for a null."""
    if is_null(value) or (isinstance(value, PickledObject) and value.name == "NaTType"):
        return None
    return label(plain_moment(value)) or ""


def members(fitted: FittedObject, value: object, key: str) -> list[tuple[object, object]]:
    """Return the keys and values of a dict or pandas Series; ParameterError for anything else."""
    if isinstance(value, Mapping):
        items: Iterable[tuple[object, object]] = value.items()
    else:
        series = series_items(value)
        if series is None:
            raise fitted.error("must be a table of levels and numbers", key)
        items = zip(*series, strict=True)
    pairs = [*items]
    fitted.context.spend(len(pairs))
    return pairs


def numbers_of_levels(
    fitted: FittedObject, pairs: Sequence[tuple[object, object]], key: str
) -> dict[str | None, float]:
    """Return the number of each level and, under None, that of nulls; NaN for no number.

    Levels that are written alike, as 1 and "1", must have one number: NotReadError otherwise.
    """
    numbers = number_array(fitted, [math.nan if is_null(n) else n for _, n in pairs], key).tolist()
    result: dict[str | None, float] = {}
    for (value, _), number in zip(pairs, numbers, strict=True):
        name = level_of(value)
        if name in result and not _same(result[name], number):
            raise NotReadError(f"{fitted.name} has several levels that are written {_shown(name)}")
        result[name] = number
    return result


def _same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def _shown(name: str | None) -> str:
    return "nulls" if name is None else ascii(name)[:40]


def single(
    numbers: Mapping[str, float] | Mapping[str | None, float], null: float, unknown: float
) -> LevelMap:
    """Return the map to one number of the levels in a table; `null` is that of nulls."""
    levels = {name: (number,) for name, number in numbers.items() if name is not None}
    return LevelMap(levels, (null,), (unknown,))


def encoded(
    column: PipelineColumn, table: LevelMap, source: str, names: Sequence[str] = ()
) -> list[PipelineColumn]:
    """Return the columns that a table makes of one; `names` are theirs, where it makes several."""
    if not table.levels:
        return [column.untestable("an encoder without a level, which no step says")]
    step, column = table.step(), with_level_fills(column)
    if isinstance(step, str):
        return [replace(column.untestable(step), served=name) for name in names or [column.served]]
    if not table.columns or isinstance(step, Vocabulary):
        return [column.then(step, source=source)]
    return [
        replace(made, served=name)
        for made, name in zip(column.onehot(step, source), names, strict=True)
    ]


def rows_of(
    fitted: FittedObject, index: Sequence[object], rows: Sequence[Sequence[object]], key: str
) -> dict[float, Vector]:
    """Return the numbers of each code of a table of codes; NaN for no number."""
    codes = number_array(fitted, index, key).tolist()
    fitted.context.spend(len(codes) * (1 + len(rows[0]) if rows else 1))
    vectors = [
        tuple(number_array(fitted, [math.nan if is_null(n) else n for n in row], key).tolist())
        for row in rows
    ]
    return dict(zip(codes, vectors, strict=True))


def is_number(value: object) -> bool:
    """Return whether a setting is a number, and no flag."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
