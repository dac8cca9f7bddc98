"""Tables of something else than a scaling: what fills nulls, levels, reports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from skewcheck.features.steps import Impute
from skewcheck.features.types import CategoricalReference
from skewcheck.logs.arrays import canonical
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.handwritten import key_names
from skewcheck.parameters.source import ParameterSource

LEVELS_NOTE = "levels are read as those that training had: the file does not say how they are coded"
"""Note on lists of levels, of which no order is that of their codes."""
_FILL_KEYS = frozenset(("median", "medians", "mode", "modes", "fill", "fills"))
_FILL_CONTEXT = _FILL_KEYS | {"mean", "means"}
_LEVEL_KEYS = frozenset(
    ("categorical", "categories", "levels", "classes", "options", "vocabulary", "vocab", "values")
)
_NAMES_OF_COLUMNS = frozenset(
    ("numeric", "numerical", "num", "categorical", "cat", "features", "feature", "columns", "cols",
     "column", "names", "name", "target", "targets", "label", "labels", "inputs", "outputs", "keys",
     "drop", "train", "test", "files", "paths", "binary", "continuous", "ids", "id", "classes")
)  # fmt: skip
"""Words of keys whose list is of columns, files or a model's classes, not of a feature's levels."""
_REPORT_WORDS = frozenset(("total", "count", "number", "skipped", "per", "distribution", "null"))
_MIN_REPORTED = 2
"""Counts in a report: a scaler's file may have one, of the rows it was fitted on."""


@lru_cache(key_names.CACHE_SIZE)
def _words(key: object) -> frozenset[str]:
    return frozenset(re.split(r"[_\s]+", key_names.normalized_key(str(key))))


def reported(tree: object) -> str:
    """Return a count of a report on a data set; empty where a tree is none.

    Such a file has means and deviations as well, and nobody normalizes by them.
    """
    if not isinstance(tree, Mapping):
        return ""
    counts = [
        str(key) for key, value in tree.items()
        if " " in str(key).strip() and _words(key) & _REPORT_WORDS and _is_counts(value)
    ]  # fmt: skip
    return counts[0] if len(counts) >= _MIN_REPORTED else ""


def _is_counts(value: object) -> bool:
    """Return whether a value is a whole number, or an object of those."""
    if isinstance(value, Mapping):
        return bool(value) and all(map(_is_counts, value.values()))
    return isinstance(value, int) and not isinstance(value, bool)


def fills(source: ParameterSource, tree: object) -> list[PipelineColumn]:
    """Return the columns whose nulls are filled by a number or text; empty for other trees.

    Tables `{"numeric_medians": {f: number}, "categorical_modes": {f: text}}`, or a table of both
    kinds without a key, where the file's name says so.
    """
    if not isinstance(tree, Mapping):
        return []
    tables = {key: value for key, value in tree.items() if isinstance(value, Mapping)}
    named = bool(tables) and any(_words(key) & _FILL_KEYS for key in tables)
    if named and all(_words(key) & _FILL_CONTEXT and _is_flat(t) for key, t in tables.items()):
        return [c for key, table in tables.items() for c in _filled(table, f"{key}.")]
    stem = frozenset(key_names.normalized_key(source.path.stem).split("_"))
    mixed = _is_flat(tree) and any(isinstance(value, str) for value in tree.values())
    return [*_filled(tree, "")] if mixed and stem & key_names.FILL_FILE_WORDS else []


def _is_flat(table: Mapping[object, object]) -> bool:
    return bool(table) and all(
        isinstance(x, str | int | float) and not isinstance(x, bool) for x in table.values()
    )


def _filled(table: Mapping[object, object], place: str) -> Iterator[PipelineColumn]:
    for name, value in table.items():
        fill = canonical(value) if isinstance(value, str) else float(str(value))
        yield PipelineColumn(str(name)).then(Impute(fill), source=f"{place}{name}")


def levels(tree: object) -> dict[str, list[PipelineColumn]]:
    """Return the columns of tables `{feature: [levels]}`, by the key of the table in the root.

    The key is empty where the root itself is the table.
    """
    if not isinstance(tree, Mapping):
        return {}
    if _is_levels(tree) and len(tree) > 1:
        return {"": [*_levels(tree, "")]}
    return {
        str(key): [*_levels(value, f"{key}.")]
        for key, value in tree.items()
        if _words(key) & _LEVEL_KEYS and isinstance(value, Mapping) and _is_levels(value)
    }


def _is_levels(table: Mapping[object, object]) -> bool:
    return bool(table) and all(
        isinstance(values, list)
        and bool(values)
        and all(isinstance(value, str) for value in values)
        and len(set(values)) == len(values)
        and not _words(name) & _NAMES_OF_COLUMNS
        for name, values in table.items()
    )


def _levels(table: Mapping[object, object], place: str) -> Iterator[PipelineColumn]:
    for name, values in table.items():
        counts = {canonical(str(v)): 0 for v in values} if isinstance(values, list) else {}
        yield PipelineColumn(
            str(name), type="categorical", reference=CategoricalReference(0, counts=counts),
            source=f"{place}{name}",
        )  # fmt: skip
