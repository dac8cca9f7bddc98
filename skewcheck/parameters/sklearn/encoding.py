"""Read encoders of levels, with their treatment of unseen levels and nulls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from skewcheck.features.steps import Affine, Buckets, Impute, Map, OneHot, Step, Vocabulary
from skewcheck.features.types import CategoricalReference
from skewcheck.logs.arrays import label
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.sklearn.codes import one_hot_bins, with_codes
from skewcheck.parameters.sklearn.fitted_object import FittedObject, number_array
from skewcheck.parameters.sklearn.imputation import is_null
from skewcheck.parameters.sklearn.moments import plain_moment
from skewcheck.parameters.sklearn.pandas_objects import as_list

INFREQUENT = "infrequent_sklearn"
"""scikit-learn's name of the column that infrequent levels share."""


@dataclass(frozen=True, slots=True)
class EncoderLevels:
    """The levels of one column in training."""

    names: tuple[str, ...]
    """As an audit spells them; a null that is a level is spelled by its placeholder."""
    spelled: tuple[str, ...]
    """As scikit-learn spells them in column names."""
    missing: str | None
    """Placeholder of nulls if they are a level, which is then the last one; else None."""
    infrequent: frozenset[int]
    """Indices of the levels that share one column or code."""


def _levels(fitted: FittedObject, values: Sequence[object], infrequent: object) -> EncoderLevels:
    fitted.context.spend(len(values))
    values = [plain_moment(value) for value in values]
    missing = str(values[-1]) if values and is_null(values[-1]) else None
    names = [label(value) or "" for value in values[: -1 if missing else None]]
    infrequent_indices = number_array(fitted, as_list(infrequent) or [], "_infrequent_indices")
    return EncoderLevels(
        (*names, missing) if missing else tuple(names), tuple(str(value) for value in values),
        missing, frozenset(int(i) for i in infrequent_indices if not math.isnan(i)),
    )  # fmt: skip


def _levels_of_columns(fitted: FittedObject, count: int) -> list[EncoderLevels]:
    """Return the levels of each of `count` columns."""
    infrequent = as_list(fitted.get("_infrequent_indices")) or [None] * count
    if len(infrequent) != count:
        raise fitted.error(f"must have {count:,} members", "_infrequent_indices")
    result = []
    for i, (values, column_infrequent) in enumerate(
        zip(fitted.one_each("categories_", count), infrequent, strict=True)
    ):
        members = as_list(values)
        if members is None:
            raise fitted.error("must be a list of levels", f"categories_[{i}]")
        result.append(_levels(fitted, members, column_infrequent))
    return result


def with_level_fills(column: PipelineColumn) -> PipelineColumn:
    """Return the column with fill values of nulls as levels, if it has no other steps."""
    if column.type != "numeric" or not all(isinstance(step, Impute) for step in column.steps):
        return column
    steps = tuple(Impute(label(s.value) or "") for s in column.steps if isinstance(s, Impute))
    return replace(column, steps=steps, type="categorical" if steps else None)


def one_hot_encoder(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """OneHotEncoder: a column per level, one for all infrequent levels, none for a dropped one."""
    column_levels = _levels_of_columns(fitted, len(columns))
    dropped = as_list(fitted.get("drop_idx_")) or [None] * len(columns)
    if len(dropped) != len(columns):
        raise fitted.error(f"must have {len(columns):,} members", "drop_idx_")
    handle_unknown = fitted.text("handle_unknown", "error")
    outputs = []
    for i, (column, levels, dropped_value) in enumerate(
        zip(columns, column_levels, dropped, strict=True)
    ):
        dropped_index = int(dropped_value) if isinstance(dropped_value, int | np.integer) else None
        outputs += _one_hot_columns(
            fitted,
            with_codes(with_level_fills(column)),
            levels,
            dropped_index,
            handle_unknown,
            f"categories_[{i}]",
        )
    return outputs


def _one_hot_columns(
    fitted: FittedObject,
    column: PipelineColumn,
    levels: EncoderLevels,
    dropped: int | None,
    handle_unknown: str,
    key: str,
) -> list[PipelineColumn]:
    fitted.context.spend_columns(len(levels.names))
    indices = [j for j in range(len(levels.names)) if j not in levels.infrequent and j != dropped]
    names = [levels.names[j] for j in indices]
    spelled = [levels.spelled[j] for j in indices]
    has_infrequent_column = bool(levels.infrequent) and dropped not in levels.infrequent
    if has_infrequent_column:
        names.append(INFREQUENT)
        spelled.append(INFREQUENT)
    if not names:
        fitted.note(f"{column.feature} has one level only, which is dropped")
        return []
    if levels.missing is not None:
        column = column.then(Impute(levels.missing))
    if len(names) < len(levels.names) and column.type != "numeric":
        # A level without a column is not an unseen level.
        known = levels.names if column.labels is None else tuple(column.labels.levels)
        column = replace(column, reference=CategoricalReference(0, counts=dict.fromkeys(known, 0)))
    name = column.served or column.feature
    column = replace(column, refuses_unknown=handle_unknown == "error")
    step: OneHot | Map = OneHot(tuple(names), INFREQUENT if has_infrequent_column else None)
    if has_infrequent_column and (dropped is not None or handle_unknown == "ignore"):
        step = _with_rare_column(levels, names, handle_unknown)
    if column.steps and isinstance(column.steps[-1], Buckets):
        return one_hot_bins(fitted, column, step, spelled, key)
    encoded = column.onehot(step, fitted.at(key))
    return [replace(c, served=f"{name}_{v}") for c, v in zip(encoded, spelled, strict=True)]


def _with_rare_column(levels: EncoderLevels, columns: Sequence[str], unknown: str) -> Map:
    """Return the map to 0 and 1 where the column of rare levels is not that of all others."""

    def vector(column: str | None) -> tuple[float, ...]:
        return tuple(float(name == column) for name in columns)

    values = {
        name: vector(INFREQUENT if j in levels.infrequent else name)
        for j, name in enumerate(levels.names)
    }
    other = vector(INFREQUENT if unknown == "infrequent_if_exist" else None)
    return Map(values, other, other, tuple(columns))


def ordinal_encoder(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """OrdinalEncoder: the level's index; unseen levels and nulls may have codes of their own."""
    has_unknown_code = fitted.text("handle_unknown", "error") == "use_encoded_value"
    unknown = fitted.number("unknown_value", math.nan) if has_unknown_code else None
    missing = fitted.number("encoded_missing_value", math.nan)
    return [
        _ordinal_column(
            with_level_fills(column), levels, unknown, missing, fitted.at(f"categories_[{i}]")
        )
        for i, (column, levels) in enumerate(
            zip(columns, _levels_of_columns(fitted, len(columns)), strict=True)
        )
    ]


def _ordinal_column(
    column: PipelineColumn,
    levels: EncoderLevels,
    unknown: float | None,
    missing: float,
    source: str,
) -> PipelineColumn:
    """Return an ordinally encoded column; `unknown` is None if unseen levels were refused."""
    coded_levels = [name for j, name in enumerate(levels.names) if j not in levels.infrequent]
    steps: list[Step] = []
    other_code = math.nan if unknown is None else unknown
    if levels.infrequent:
        other_code = float(len(coded_levels) - (levels.missing is not None))
        column = replace(column, reference=CategoricalReference(
            0, counts=dict.fromkeys(levels.names, 0)))  # fmt: skip
    if levels.missing is not None:
        coded_levels.pop()
        if missing == len(coded_levels):
            steps.append(Impute(levels.missing))
            coded_levels.append(levels.missing)
        elif unknown is None and not levels.infrequent:
            other_code = missing
        elif not _same(missing, other_code):
            return column.then(_codes(levels, coded_levels, unknown, missing), source=source)
    if levels.infrequent and unknown is not None and not _same(unknown, other_code):
        return column.then(_codes(levels, coded_levels, unknown, missing), source=source)
    step = Vocabulary(tuple(coded_levels), None if math.isnan(other_code) else other_code)
    return column.then(*steps, step, source=source)


def _same(code: float, other: float) -> bool:
    return code == other or (math.isnan(code) and math.isnan(other))


def _codes(
    levels: EncoderLevels, coded: Sequence[str], unknown: float | None, missing: float
) -> Map:
    """Return the map to codes where rare levels, nulls and unknown ones have different ones."""
    codes = {name: (float(i),) for i, name in enumerate(coded) if name != levels.missing}
    rare = (float(len(codes)),)
    codes |= {levels.names[j]: rare for j in levels.infrequent if levels.names[j] not in codes}
    null = None if levels.missing is None or math.isnan(missing) else (missing,)
    other = None if unknown is None or math.isnan(unknown) else (unknown,)
    if levels.missing is None:
        null = other
    return Map(codes, null, other)


def target_encoder(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """TargetEncoder: the mean of the target in each level, that of all rows for other levels.

    Of several classes, the share of each in a column of its own.
    """
    every = _levels_of_columns(fitted, len(columns))
    several = fitted.text("target_type_", "") == "multiclass"
    classes = [label(value) or "" for value in fitted.items("classes_")] if several else [""]
    fitted.context.spend_columns(len(columns) * len(classes))
    means = fitted.one_each("encodings_", len(columns) * len(classes))
    others = fitted.numbers("target_mean_", len(classes)) if several else [
        fitted.number("target_mean_", math.nan)
    ]  # fmt: skip
    outputs = []
    for i, (column, levels) in enumerate(zip(columns, every, strict=True)):
        place = f"encodings_[{i * len(classes)}]"
        rows = [
            number_array(fitted, as_list(of_class) or [], place).tolist()
            for of_class in means[i * len(classes) : (i + 1) * len(classes)]
        ]
        if any(len(row) != len(levels.names) for row in rows):
            raise fitted.error(f"must have {len(levels.names):,} numbers", place)
        known = dict(zip(levels.names, zip(*rows, strict=True), strict=True))
        null = tuple(others) if levels.missing is None else known.pop(levels.missing)
        step = Map(known, null, tuple(others), tuple(classes) if several else ())
        column, source = with_level_fills(column), fitted.at(place)
        outputs += column.onehot(step, source) if several else [
            column.then(step, source=source)
        ]  # fmt: skip
    return outputs


def label_encoder(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """LabelEncoder: the level's index; unseen levels are refused and have no code."""
    levels = _levels(fitted, fitted.items("classes_"), None)
    fill = [Impute(levels.missing)] if levels.missing is not None else []
    return [
        with_level_fills(column).then(
            *fill, Vocabulary(levels.names, None), source=fitted.at("classes_")
        )
        for column in columns
    ]


def label_binarizer(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """LabelBinarizer: a column per level, or only one for the second of two levels."""
    levels = _levels(fitted, fitted.items("classes_"), None)
    column_levels = levels.names[1:] if len(levels.names) == 2 else levels.names
    step, negative = OneHot(column_levels), fitted.number("neg_label", 0)
    positive = fitted.number("pos_label", 1)
    spread = positive - negative
    scaling = [] if (negative, positive) == (0, 1) else [Affine(-negative / spread, spread)]
    if len(levels.names) == 2:
        reference = CategoricalReference(0, counts=dict.fromkeys(levels.names, 0))
        columns = [replace(column, reference=reference) for column in columns]
    return [
        encoded.then(*scaling)
        for column in columns
        for encoded in with_level_fills(column).onehot(step, fitted.at("classes_"))
    ]
