"""What `fit` took a column for, and which columns hardly make a feature."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import numpy as np
import pyarrow as pa

from skewcheck.config.columns import Choice
from skewcheck.counts.rows import feature_column
from skewcheck.features.notes import Note
from skewcheck.features.types import Feature, ParameterWarning
from skewcheck.logs.arrays.cells import is_text
from skewcheck.training.columns import named_as_identifier
from skewcheck.training.first_pass import FirstPass

MAX_NULL_SHARE = 0.95
"""Share of nulls beyond which a column hardly holds anything to compare."""
MIN_DISTINCT_ROWS = 100
"""Rows from which whole numbers that all differ are more likely numbers of things than amounts."""
MAX_LEVEL_SHARE = 0.2
"""Levels per row beyond which text is rather names of things than of kinds: with fewer than five
rows each, a log has levels that training had not."""
MIN_LEVELS = 20
"""Levels below which a column is none of names, however few its rows."""


def reading(
    feature: Feature, kind: pa.DataType, first_pass: FirstPass, declared: Collection[str]
) -> Note:
    """Return why a column became a feature of its type: by its values, its type, or its user."""
    if feature.type == "numeric":
        texts = first_pass.texts.get(feature.name)
        if is_text(kind) and texts is not None:
            rows = texts.numbers + texts.blanks + texts.words
            return Note("numbers_in_text", {"share": texts.numbers / rows})
        return Note("times" if pa.types.is_temporal(kind) else "numbers", {"type": str(kind)})
    if feature.name in declared:
        return Note("declared_levels", {"type": str(kind)})
    counts = first_pass.levels[feature.name].counts
    code = "text" if is_text(kind) else "levels"
    return Note(code, {"type": str(kind), "levels": 0 if counts is None else len(counts)})


def hardly_features(
    features: Iterable[Feature], first_pass: FirstPass, choice: Choice
) -> Iterator[ParameterWarning]:
    """Yield a warning for inputs that are nearly always null, or look like identifiers."""
    for feature in features:
        if feature.role != "feature" or choice.named(feature.name):
            continue
        reference = feature.reference
        if reference is not None and reference.nulls > MAX_NULL_SHARE * reference.rows:
            share = reference.nulls / reference.rows
            yield ParameterWarning(
                "nearly_null", {"feature": feature.name, "share": share}, (feature.name,)
            )
        if named_as_identifier(feature.name) or _distinct(feature, first_pass):
            yield ParameterWarning("identifier", {"feature": feature.name}, (feature.name,))


def _distinct(feature: Feature, first_pass: FirstPass) -> bool:
    """Return whether hardly a value repeats where those of a quantity or a category would."""
    levels = first_pass.levels.get(feature.name)
    if levels is not None:
        present = levels.rows - levels.nulls - levels.mistyped
        distinct = 0 if levels.counts is None else len(levels.counts)
        return distinct > max(MIN_LEVELS, MAX_LEVEL_SHARE * present)
    column = first_pass.numeric[feature.name]
    if not column.whole or column.finite < MIN_DISTINCT_ROWS:
        return False
    sample = first_pass.sample.rows().columns.get(feature_column(feature.name), np.empty(0))
    finite = sample[np.isfinite(sample)]
    return len(np.unique(finite)) == len(finite)
