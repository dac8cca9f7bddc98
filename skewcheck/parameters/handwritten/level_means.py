"""Tables of a number for each level, `{feature: {level: mean}}`, as target encoders are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from skewcheck.features.steps import Map
from skewcheck.features.types import CategoricalReference
from skewcheck.logs.arrays import canonical
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.handwritten import key_names
from skewcheck.parameters.source import ParameterSource

NOTE = "nulls are taken to be served as levels that the table lacks are"
"""Note on tables with a number for such levels, which say nothing of nulls."""
_NO_OTHERS = (
    'does not say what nulls and levels that it lacks are served as: give a table "__default__"'
)
_MAYBE_LEVEL = (
    "{key!r} may be a level, or what levels that the table lacks are served as: if that, call it"
    ' "__default__"; if not, give "__default__" as well'
)
_TWO_NUMBERS = "has two numbers for {level!r}, which is one level"
_KEYS_OF_FILES = frozenset(
    ("target", "encoding", "encodings", "encoder", "encoders", "encoded", "woe", "te")
)
_OTHERS = frozenset(
    ("default", "unknown", "fallback", "prior", "global", "global_mean", "overall_mean",
     "target_mean", "mean")
)  # fmt: skip
"""What the number of other levels is called beside tables, or in one between two underscores."""
_PLAIN = frozenset(("global_mean", "overall_mean", "target_mean", "prior"))
"""What it is called in a table without them: no level has such a name."""
_AMBIGUOUS = frozenset(("default", "unknown", "fallback", "other", "others"))
"""Names of levels as well."""
_TABLE_KEYS = frozenset(("mapping", "map", "levels", "encoding", "encodings", "values", "means"))
"""Keys of the table in the object of a feature, beside the number of other levels."""


@dataclass(frozen=True, slots=True)
class _Table:
    """The numbers of a feature's levels, and of other levels where the file says that."""

    numbers: Mapping[str, float]
    others: float | None = None

    def column(self, name: str) -> PipelineColumn:
        """Return the column of the feature: untestable where something is ambiguous."""
        levels = {canonical(level): number for level, number in self.numbers.items()}
        column = PipelineColumn(
            name, type="categorical", source=name,
            reference=CategoricalReference(0, counts=dict.fromkeys(levels, 0)),
        )  # fmt: skip
        for level, number in self.numbers.items():
            if levels[canonical(level)] != number:
                return column.untestable(_TWO_NUMBERS.format(level=canonical(level)))
        if self.others is None:
            key = next((x for x in self.numbers if key_names.normalized_key(x) in _AMBIGUOUS), None)
            return column.untestable(_MAYBE_LEVEL.format(key=key) if key else _NO_OTHERS)
        others = (self.others,)
        return column.then(Map({x: (n,) for x, n in levels.items()}, others, others), source=name)


def target_encoders(source: ParameterSource, tree: object) -> list[PipelineColumn]:
    """Return the columns of tables `{feature: {level: mean}}`; empty for other trees.

    The name of the file or of the table, or the number of other levels, says that it encodes:
    measures of a model look the same. Other levels have a number under a key such as `__default__`
    or `global_mean`, in a table, beside it or beside all; without one they, and so the feature,
    cannot be tested.
    """
    if not isinstance(tree, Mapping):
        return []
    stem = frozenset(key_names.normalized_key(source.path.stem).split("_"))
    named = bool(stem & _KEYS_OF_FILES)
    others = _number_of_others(tree)
    tables = _mappings(tree)
    if _statistics(tree).intersection(tables):
        return []
    if len(tables) == 1:
        key, inner = next(iter(tables.items()))
        if _words(key) & _KEYS_OF_FILES and _mappings(inner):
            named, tables = True, _mappings(inner)
            others = _number_of_others(inner) if others is None else others
    read = {name: _table(table) for name, table in tables.items()}
    known = {name: table for name, table in read.items() if table is not None}
    if not known or len(known) < len(read):
        return []
    said = others is not None or any(table.others is not None for table in known.values())
    if not named and not said:
        return []
    return [
        (table if table.others is not None else replace(table, others=others)).column(name)
        for name, table in known.items()
    ]


def _mappings(tree: Mapping[object, object]) -> dict[str, Mapping[object, object]]:
    return {str(key): value for key, value in tree.items() if isinstance(value, Mapping)}


def _statistics(tree: Mapping[object, object]) -> frozenset[str]:
    """Return the keys of several statistics of the same: `target_mean` beside `target_std`."""
    kinds: dict[str, dict[str, str]] = {}
    for key in map(str, tree):
        kind, name = key_names.split_key(key) or (key_names.number_kind(key), "")
        if kind is not None:
            kinds.setdefault(name, {})[key] = kind
    return frozenset(
        key for of_name in kinds.values() if len({*of_name.values()}) > 1 for key in of_name
    )


def _words(key: str) -> frozenset[str]:
    return frozenset(re.split(r"[_\s]+", key_names.normalized_key(key)))


def _number_of_others(tree: Mapping[object, object]) -> float | None:
    """Return the number of levels that tables lack, beside these; None without one, or several."""
    statistics = _statistics(tree)
    numbers = {
        _number(value) for key, value in tree.items()
        if key_names.normalized_key(str(key)) in _OTHERS and str(key) not in statistics
        and _number(value) is not None
    }  # fmt: skip
    return numbers.pop() if len(numbers) == 1 else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _table(table: Mapping[object, object]) -> _Table | None:
    """Return the object of a feature as a table of numbers; None where it is something else."""
    inner = _mappings(table)
    if len(inner) == 1 and next(iter(inner)) in _TABLE_KEYS:
        numbers = _table(next(iter(inner.values())))
        others = _number_of_others(table)
        return numbers if numbers is None or others is None else replace(numbers, others=others)
    levels: dict[str, float] = {}
    others = None
    for key, value in table.items():
        number, name = _number(value), str(key)
        if number is None:
            return None
        if _is_of_others(name):
            if others is not None and number != others:
                return None
            others = number
        else:
            levels[name] = number
    coded = all(number.is_integer() for number in levels.values())
    kinds = any(map(key_names.number_kind, levels))
    return None if not levels or coded or kinds else _Table(levels, others)


def _is_of_others(key: str) -> bool:
    name = key_names.normalized_key(key)
    return name in _PLAIN or (name in _OTHERS and key.startswith("_"))
