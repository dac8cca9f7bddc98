"""Read DictVectorizer: numbers as they are, and a column for each level of text."""

from __future__ import annotations

from dataclasses import replace

from skewcheck.features.steps import Impute, OneHot
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.sklearn.fitted_object import FittedObject


def vectorizer_entries(fitted: FittedObject) -> list[tuple[str, str | None]]:
    """Return key and level (None for a number) of each of DictVectorizer's columns."""
    names = fitted.names("feature_names_")
    if not names:
        raise fitted.error("DictVectorizer is not fitted: it has no feature_names_")
    separator = fitted.text("separator", "=") or "="
    result: list[tuple[str, str | None]] = []
    for name in names:
        key, separator_found, level = name.partition(separator)
        result.append((key, level) if separator_found else (name, None))
    return result


def dict_vectorizer(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """DictVectorizer: a column per level of text; numbers unchanged, 0 if absent."""
    names, entries = fitted.names("feature_names_"), vectorizer_entries(fitted)
    levels: dict[str, list[str]] = {}
    numeric_keys = {key for key, level in entries if level is None}
    for key, level in entries:
        if level is not None:
            levels.setdefault(key, []).append(level)
    source = fitted.at("feature_names_")
    encoded: dict[tuple[str, str | None], PipelineColumn] = {}
    for column in columns:
        key = column.feature
        if key in numeric_keys and key in levels:
            column = column.untestable(
                "DictVectorizer of numbers and text in one, which no step says"
            )
        if key in numeric_keys:
            encoded[key, None] = column.then(Impute(0.0), source=source)
        if key in levels:
            level_columns = column.onehot(OneHot(tuple(levels[key])), source)
            encoded |= {(key, level_column.level): level_column for level_column in level_columns}
    return [
        replace(encoded[entry], served=name)
        for name, entry in zip(names, entries, strict=True)
        if entry in encoded
    ]
