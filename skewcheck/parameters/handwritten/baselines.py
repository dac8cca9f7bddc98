"""Training baselines: `{"numeric": {f: {mean, std}}, "categorical": {f: {level: share}}}`.

They describe training data and no preprocessing: the features are audited raw.
"""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.features.types import CategoricalReference
from skewcheck.logs.arrays import canonical
from skewcheck.parameters.columns import NO_STEPS_NOTE, PipelineColumn
from skewcheck.parameters.handwritten.derived_numbers import (
    reference_of_numbers,
    with_derived_numbers,
)
from skewcheck.parameters.handwritten.layouts import FeatureNumbers
from skewcheck.parameters.source import ParameterSource
from skewcheck.parameters.tree import MAX_ROWS

NUMERIC_KEYS = ("numeric", "numerical", "numeric_features", "numerical_features", "continuous")
"""Root keys of the numeric features' table."""
CATEGORICAL_KEYS = ("categorical", "categories", "categorical_features", "category", "nominal")
"""Root keys of the categorical features' table."""
NOTES = (
    NO_STEPS_NOTE,
    "shares of levels are read as those of all rows: training had no nulls there",
)
"""Notes on how a baseline is read."""
_ROW_COUNT_KEYS = ("row_count", "rows", "n_rows", "count", "n", "num_rows", "n_samples", "size")
READ_KEYS = frozenset((*NUMERIC_KEYS, *CATEGORICAL_KEYS, *_ROW_COUNT_KEYS))
"""Root keys of which something is read."""


def baseline_tables(tree: object) -> tuple[Mapping[str, object], Mapping[str, object]] | None:
    """Return the tables of numeric and categorical features; None if the tree is no baseline."""
    if not isinstance(tree, Mapping):
        return None
    numeric = next((tree[key] for key in NUMERIC_KEYS if key in tree), None)
    categorical = next((tree[key] for key in CATEGORICAL_KEYS if key in tree), None)
    if not isinstance(numeric, Mapping | None) or not isinstance(categorical, Mapping):
        return None
    has_shares = all(isinstance(counts, Mapping) for counts in categorical.values())
    return (numeric or {}, categorical) if has_shares else None


def numeric_columns(source: ParameterSource, rows: list[FeatureNumbers]) -> list[PipelineColumn]:
    """Return the numeric features with their training distribution."""
    for row in rows:
        if not row.numbers:
            raise source.error(f"{row.feature}: no numbers that describe it")
    return [
        PipelineColumn(
            row.feature,
            type="numeric",
            reference=reference_of_numbers(row, with_derived_numbers(row), ()),
            source="; ".join(row.places.values()),
        )
        for row in rows
    ]


def categorical_columns(
    source: ParameterSource, tree: object, tables: Mapping[str, object]
) -> list[PipelineColumn]:
    """Return the categorical features; shares are converted to counts by the file's row count.

    Without a row count only the set of levels is kept.
    """
    total = _row_count(tree)
    return [
        PipelineColumn(
            name,
            type="categorical",
            reference=_reference(source, name, table, total),
            source=f"categorical.{name}",
        )
        for name, table in tables.items()
        if isinstance(table, Mapping)
    ]


def _row_count(tree: object) -> int:
    counts = (
        [tree[key] for key in _ROW_COUNT_KEYS if key in tree] if isinstance(tree, Mapping) else []
    )
    is_valid = bool(counts) and isinstance(counts[0], int) and 0 <= counts[0] <= MAX_ROWS
    return int(counts[0]) if is_valid else 0


def _reference(
    source: ParameterSource, name: str, table: Mapping[object, object], total: int
) -> CategoricalReference:
    shares: dict[str, float] = {}
    for level, share in table.items():
        if (
            isinstance(share, bool)
            or not isinstance(share, int | float)
            or not 0 <= share <= MAX_ROWS
        ):
            raise source.error(f"categorical.{name}.{level}: must be a share or a count of rows")
        shares[canonical(str(level))] = shares.get(canonical(str(level)), 0) + share
    share_sum = sum(shares.values())
    if all(float(share).is_integer() for share in shares.values()) and share_sum > 1:
        counts = {level: int(share) for level, share in shares.items()}
        return CategoricalReference(max(int(share_sum), 0), 0, _by_frequency(counts))
    if share_sum > 1 + 1e-6:
        raise source.error(f"categorical.{name}: its shares add up to {share_sum:g}, more than 1")
    counts = {level: round(share * total) for level, share in shares.items()}
    counted = sum(counts.values())
    uncounted = max(total - counted, 0)
    return CategoricalReference(counted + uncounted, 0, _by_frequency(counts), uncounted)


def _by_frequency(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: -item[1]))
