"""Values of a log by which parameters were understood: an audit of its profile needs them again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from skewcheck.config.types import Settings
from skewcheck.engine.columns import FeatureColumns
from skewcheck.engine.source import Source
from skewcheck.features.types import Feature
from skewcheck.logs.arrays import labels

FIRST_ROWS = 20_000
"""Rows whose levels are compared with those in the names of columns, as `engine.dummies` does."""


def levels_of(
    stated: Sequence[Feature], logged: Sequence[Feature], source: Source, settings: Settings
) -> Mapping[str, Mapping[str, int]]:
    """Return levels, with their rows, of columns that say what parameters mean.

    `stated` are the features as they stand in their file, `logged` those that the log made of
    them: with the column of keys, or of the levels that names of features hold.
    """
    known = {feature.name: feature for feature in stated}
    found: dict[str, Mapping[str, int]] = {}
    for feature in logged:
        before = known.get(feature.name)
        if feature.groups and feature.by and (before is None or before.by != feature.by):
            found[feature.by] = {next(iter(feature.groups)): 1}
        elif before is None and not feature.groups:
            found.update(_first(feature, source, settings))
    return found


def _first(
    feature: Feature, source: Source, settings: Settings
) -> Iterator[tuple[str, Mapping[str, int]]]:
    """Yield the column of a feature that levels were joined to, with those of its first rows."""
    column = FeatureColumns.of(Feature(feature.name, "numeric"), settings).raw or feature.name
    head = source.head([column], FIRST_ROWS) if source.has(column) else None
    if head is None or column not in head.columns:
        return
    values = labels(head.columns[column])
    rows = np.bincount(values.codes[values.codes >= 0], minlength=len(values.levels)).tolist()
    yield column, {level: n for level, n in zip(values.levels, rows, strict=True) if n}
