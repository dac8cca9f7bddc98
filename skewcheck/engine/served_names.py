"""Names that served values usually have beside their raw ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache

from skewcheck.counts.feature_plan import served_columns
from skewcheck.features.types import Feature
from skewcheck.logs.columns import element

WORDS = (
    "norm", "normed", "normalized", "normalised", "scaled", "standardized", "standardised",
    "zscore", "minmax", "served", "serving", "transformed", "encoded", "preprocessed",
)  # fmt: skip
"""With a feature's name before or behind them they name its served values: `fare_norm`,
`scaled__fare`, `served.fare`."""
_PREFIXES = ("num__", "cat__", "numeric__", "categorical__")
"""As ColumnTransformer has them in its examples; short words are common in other names."""
_SIGNS = re.compile(r"[\W_]+")


def letters(name: str) -> str:
    """Return a name without case and without the signs between its words."""
    return _SIGNS.sub("", name.casefold())


def by_letters(columns: Iterable[str]) -> dict[str, str]:
    """Return columns by their letters; of several with the same the first."""
    result: dict[str, str] = {}
    for column in columns:
        result.setdefault(letters(column), column)
    return result


def named(feature: Feature, columns: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns that a feature's served values seem to be in by name; empty for none.

    The names that the file states (`x-served`) come first. `columns` are those of the log by their
    letters. A onehot feature has a column per level, of which half is enough, as rare ones need not
    be logged.
    """
    stated = _stated(feature, frozenset(columns.values()))
    if stated:
        return stated
    keys = _keys(feature)
    for before, after in _affixes(len(keys) > 1):
        logged = [
            name for key in keys for spelled in _spelled(before, key, after)
            if (name := columns.get(spelled)) is not None
        ]  # fmt: skip
        if 2 * len(logged) >= len(keys) and logged:
            return tuple(logged)
    return _prefixed(keys, frozenset(columns.values()))


def _spelled(before: str, key: str, after: str) -> tuple[str, ...]:
    """Return the letters of a name with these words: `e[0]_norm`, or `e_norm[0]` of a vector."""
    whole, of_vector = f"{before}{letters(key)}{after}", element(key)
    if of_vector is None:
        return (whole,)
    vector, place = of_vector
    return whole, f"{before}{letters(vector)}{after}{place}"


def _stated(feature: Feature, columns: Collection[str]) -> tuple[str, ...]:
    stated = feature.extra.get("x-served")
    names = [stated] if isinstance(stated, str) else stated if isinstance(stated, list) else []
    return tuple(name for name in names if isinstance(name, str) and name in columns)


def _keys(feature: Feature) -> tuple[str, ...]:
    """Return what stands for `{feature}` in a template: the name, or with onehot one per level."""
    return served_columns(feature, lambda name: name)


@cache
def _affixes(onehot: bool) -> tuple[tuple[str, str], ...]:
    """Return what may stand before and behind a name; of onehot columns nothing need be there."""
    pairs = [pair for word in WORDS for pair in (("", word), (word, ""))]
    return tuple([("", ""), *pairs] if onehot else pairs)


def _prefixed(keys: Collection[str], columns: Collection[str]) -> tuple[str, ...]:
    for prefix in _PREFIXES:
        logged = [prefix + key for key in keys if prefix + key in columns]
        if logged and 2 * len(logged) >= len(keys):
            return tuple(logged)
    return ()


def template_of(feature: Feature, columns: Collection[str]) -> str | None:
    """Return the template that names all of these columns; None where there is none."""
    for key in _keys(feature):
        for column in columns:
            start, name, end = column.partition(key)
            names = {f"{start}{key}{end}" for key in _keys(feature)}
            if name and names.issuperset(columns):
                return f"{start}{{feature}}{end}"
    of_vector, of_columns = element(feature.name), [element(column) for column in columns]
    if of_vector is not None and len(of_columns) == 1 and of_columns[0] is not None:
        start, name, end = of_columns[0][0].partition(of_vector[0])
        if name and of_columns[0][1] == of_vector[1]:
            return f"{start}{{feature}}{end}"
    return None
