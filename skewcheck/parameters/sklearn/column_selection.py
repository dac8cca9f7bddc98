"""Select columns as ColumnTransformer and feature selection do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from skewcheck.features.steps import Map, OneHot, Step
from skewcheck.features.types import CategoricalReference
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.sklearn.fitted_object import FittedObject, is_word, number_array
from skewcheck.parameters.sklearn.pandas_objects import as_list


def column_indices(
    fitted: FittedObject, name: str, selection: object, names: Sequence[str]
) -> list[int]:
    """Return the indices in `names` of the columns that a ColumnTransformer's member takes.

    Newer versions store them; else `selection` is a name, an index, a list of either, a boolean
    mask or a slice, whose end is included if it is a name.
    """
    stored = fitted.get("_transformer_to_input_indices")
    if isinstance(stored, Mapping) and as_list(stored.get(name)) is not None:
        selection = stored[name]
    indices = _indices(selection, names)
    if indices is None or not all(-len(names) <= i < len(names) for i in indices):
        raise fitted.error(
            f"{name}: its columns cannot be found among the {len(names):,} columns", "transformers_"
        )
    fitted.context.spend(len(indices))
    return [i % len(names) for i in indices]


def _indices(selection: object, names: Sequence[str]) -> list[int] | None:
    """Return the selected indices; None if the selection is not understood."""
    if (
        isinstance(selection, PickledObject)
        and selection.name == "slice"
        and len(selection.args) == 3
    ):
        return _slice_indices(selection.args, names)
    if isinstance(selection, slice):
        return _slice_indices((selection.start, selection.stop, selection.step), names)
    items = [selection] if isinstance(selection, str | int | np.integer) else as_list(selection)
    if items is None:
        return None
    if items and all(isinstance(item, bool | np.bool_) for item in items):
        return [i for i, item in enumerate(items) if item] if len(items) == len(names) else None
    index_of_name = {name: i for i, name in reversed([*enumerate(names)])}
    indices = [
        index_of_name.get(item) if isinstance(item, str) else _integer(item) for item in items
    ]
    valid = [i for i in indices if i is not None]
    return valid if len(valid) == len(indices) else None


def _slice_indices(ends: Sequence[object], names: Sequence[str]) -> list[int] | None:
    bounds: list[int | None] = []
    for end, bound in enumerate(ends):
        if isinstance(bound, str):
            if bound not in names:
                return None
            bounds.append([*names].index(bound) + (end == 1))
        elif bound is None or _integer(bound) is not None:
            bounds.append(_integer(bound))
        else:
            return None
    return None if bounds[2] == 0 else list(range(len(names)))[slice(*bounds)]


def _integer(value: object) -> int | None:
    return int(value) if isinstance(value, int | np.integer) else None


def requested_names(fitted: FittedObject) -> tuple[str, ...]:
    """Return the names that a ColumnTransformer's members select; empty unless all are names."""
    names: dict[str, None] = {}
    for _, member, selection in members(fitted):
        if is_word(member, "drop"):
            continue
        items = [selection] if isinstance(selection, str) else as_list(selection)
        if items is None or not all(isinstance(item, str) for item in items):
            return ()
        names.update(dict.fromkeys(str(item) for item in items))
    return tuple(names)


def members(fitted: FittedObject) -> list[tuple[str, object, object]]:
    """Return a ColumnTransformer's members: name, transformer, selection of columns."""
    result = []
    for item in fitted.items("transformers_"):
        member = as_list(item)
        if member is None or len(member) != 3 or not isinstance(member[0], str):
            raise fitted.error("must hold names, transformers and columns", "transformers_")
        result.append((member[0], member[1], member[2]))
    return result


def selected_columns(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """Return the columns that feature selection keeps; untestable if the file does not say."""
    mask = _support_mask(fitted, len(columns))
    if mask is None:
        return [
            column.untestable(f"{fitted.name} does not say here which columns it keeps")
            for column in columns
        ]
    dropped = [c.served or c.feature for c, keep in zip(columns, mask, strict=True) if not keep]
    if dropped:
        more = f" and {len(dropped) - 5} more" if len(dropped) > 5 else ""
        fitted.note(f"{fitted.name} drops {', '.join(dropped[:5])}{more}")
    return [column for column, keep in zip(columns, mask, strict=True) if keep]


def _support_mask(fitted: FittedObject, count: int) -> list[bool] | None:
    """Return whether each column is kept; None if the file does not say."""
    if fitted.name == "VarianceThreshold" and fitted.has("variances_"):
        threshold = fitted.number("threshold", 0.0)
        return [variance > threshold for variance in fitted.numbers("variances_", count)]
    if fitted.name == "SelectKBest" and fitted.has("scores_"):
        scores = np.nan_to_num(np.array(fitted.numbers("scores_", count)), nan=-np.inf)
        if is_word(fitted.get("k"), "all"):
            return [True] * count
        # Of equal scores the last columns are kept.
        kept_count = min(max(fitted.number("k", 10), 0), count)  # NaN keeps none
        kept_indices = np.argsort(scores, kind="stable")[count - int(kept_count) :]
        return [i in set(kept_indices.tolist()) for i in range(count)]
    if fitted.has("support_"):
        return [
            bool(x) for x in number_array(fitted, fitted.one_each("support_", count), "support_")
        ]
    return None


def restrict_one_hot(columns: Sequence[PipelineColumn]) -> list[PipelineColumn]:
    """Return the columns with onehot steps restricted to the levels whose columns remain.

    Rows of the other levels are then 0 in all columns, as unseen levels are. If later steps changed
    only some of a feature's level columns, none of them is testable.
    """
    levels: dict[str, list[PipelineColumn]] = {}
    for column in columns:
        if column.level is not None and not column.indicator:
            levels.setdefault(column.feature, []).append(column)
    changed = {
        feature: _restricted_column(feature_columns) for feature, feature_columns in levels.items()
    }
    return [
        column if column.level is None or column.indicator
        or (replacement := changed[column.feature]) is None
        else replace(replacement, served=column.served, level=column.level, later=column.later)
        for column in columns
    ]  # fmt: skip


def _restricted_column(columns: Sequence[PipelineColumn]) -> PipelineColumn | None:
    """Return what each column of a onehot feature becomes; None if unchanged."""
    first = columns[0]
    untestable_column = next((column for column in columns if column.untested is not None), None)
    if untestable_column is not None:
        return first.untestable(untestable_column.untested or "")
    one_hot = next((step for step in first.steps if isinstance(step, OneHot)), None)
    remaining_levels = {column.level for column in columns}
    several = next((step for step in first.steps if isinstance(step, Map)), None)
    if several is not None and not remaining_levels >= {*several.names}:
        part = several.only({level for level in remaining_levels if level is not None})
        return replace(first, steps=tuple(part if s is several else s for s in first.steps))
    if one_hot is None or remaining_levels >= {*one_hot.values}:
        return None
    restricted: Step = OneHot(tuple(v for v in one_hot.values if v in remaining_levels))
    if one_hot.unknown in remaining_levels:
        # A level without a column is not an unknown one.
        restricted = Map.of_onehot(one_hot, ()).only([str(v) for v in remaining_levels])
    reference = CategoricalReference(0, counts=dict.fromkeys(one_hot.values, 0))
    return replace(
        first, steps=tuple(restricted if step is one_hot else step for step in first.steps),
        reference=first.reference or reference,
    )  # fmt: skip
