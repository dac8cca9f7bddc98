"""Training baselines: `{"numeric": {f: {mean, std}}, "categorical": {f: {level: share}}}`.

They say what training saw and no normalization: the features are audited raw.
"""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.features.types import CategoricalReference
from skewcheck.logs.arrays import canonical
from skewcheck.parameters.columns import NO_STEPS_NOTE, PipelineColumn
from skewcheck.parameters.shapes.layouts import Row
from skewcheck.parameters.shapes.methods import completed, described
from skewcheck.parameters.source import ParameterSource
from skewcheck.parameters.tree import MAX_ROWS

NUMERIC = ("numeric", "numerical", "numeric_features", "numerical_features", "continuous")
CATEGORICAL = ("categorical", "categories", "categorical_features", "category", "nominal")
NOTES = (
    NO_STEPS_NOTE,
    "shares of levels are read as those of all rows: training had no nulls there",
)
_ROWS = ("row_count", "rows", "n_rows", "count", "n", "num_rows", "n_samples", "size")


def parts(tree: object) -> tuple[Mapping[str, object], Mapping[str, object]] | None:
    """Return the tables of numeric and categorical features; None where it is no baseline."""
    if not isinstance(tree, Mapping):
        return None
    numeric = next((tree[key] for key in NUMERIC if key in tree), None)
    categorical = next((tree[key] for key in CATEGORICAL if key in tree), None)
    if not isinstance(numeric, Mapping | None) or not isinstance(categorical, Mapping):
        return None
    shares = all(isinstance(counts, Mapping) for counts in categorical.values())
    return (numeric or {}, categorical) if shares else None


def observed(source: ParameterSource, rows: list[Row]) -> list[PipelineColumn]:
    """Return the numeric features with what training saw of them."""
    for row in rows:
        if not row.numbers:
            raise source.error(f"{row.feature}: no numbers that describe it")
    return [
        PipelineColumn(row.feature, type="numeric", reference=described(row, completed(row), ()),
               source="; ".join(row.places.values()))
        for row in rows
    ]  # fmt: skip


def levels(
    source: ParameterSource, tree: object, tables: Mapping[str, object]
) -> list[PipelineColumn]:
    """Return the categorical features; shares become counts of the rows that the file tells.

    Without that number the shares cannot be counts: only which levels there were is kept.
    """
    total = _rows(tree)
    return [
        PipelineColumn(name, type="categorical", reference=_reference(source, name, table, total),
               source=f"categorical.{name}")
        for name, table in tables.items() if isinstance(table, Mapping)
    ]  # fmt: skip


def _rows(tree: object) -> int:
    known = [tree[key] for key in _ROWS if key in tree] if isinstance(tree, Mapping) else []
    fits = bool(known) and isinstance(known[0], int) and 0 <= known[0] <= MAX_ROWS
    return int(known[0]) if fits else 0


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
    whole = sum(shares.values())
    if all(float(share).is_integer() for share in shares.values()) and whole > 1:
        counts = {level: int(share) for level, share in shares.items()}
        return CategoricalReference(max(int(whole), 0), 0, _frequent(counts))
    if whole > 1 + 1e-6:
        raise source.error(f"categorical.{name}: its shares add up to {whole:g}, more than 1")
    counts = {level: round(share * total) for level, share in shares.items()}
    filled = sum(counts.values())
    rest = max(total - filled, 0)
    return CategoricalReference(filled + rest, 0, _frequent(counts), rest)


def _frequent(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: -item[1]))
