"""Transformers of levels: what each level becomes, and what strangers and nulls do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from skewcheck.features.steps import Impute, OneHot, Step, Vocabulary
from skewcheck.features.types import CategoricalReference
from skewcheck.logs.arrays import label
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.sklearn.filling import null
from skewcheck.parameters.sklearn.part import Part, array
from skewcheck.parameters.sklearn.tables import listed

RARE = "infrequent_sklearn"
"""What scikit-learn calls the column that rare levels share."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of one column, as training knew them."""

    names: tuple[str, ...]
    """As an audit spells them; a null, where it is a level, is the word that stands for it."""
    spelled: tuple[str, ...]
    """As scikit-learn names columns after them."""
    missing: str | None
    """The word that stands for nulls, where they are a level; the last of them."""
    rare: frozenset[int]
    """Places of those that share one column or code."""


def _levels(part: Part, values: Sequence[object], rare: object) -> Levels:
    part.reading.spend(len(values))
    missing = str(values[-1]) if values and null(values[-1]) else None
    names = [label(value) or "" for value in values[: -1 if missing else None]]
    together = array(part, listed(rare) or [], "_infrequent_indices")
    return Levels(
        (*names, missing) if missing else tuple(names), tuple(str(value) for value in values),
        missing, frozenset(int(i) for i in together if not math.isnan(i)),
    )  # fmt: skip


def _of_columns(part: Part, count: int) -> list[Levels]:
    """Return the levels of each of `count` columns."""
    rare = listed(part.get("_infrequent_indices")) or [None] * count
    if len(rare) != count:
        raise part.error(f"must have {count:,} members", "_infrequent_indices")
    found = []
    for i, (values, own) in enumerate(zip(part.one_each("categories_", count), rare, strict=True)):
        members = listed(values)
        if members is None:
            raise part.error("must be a list of levels", f"categories_[{i}]")
        found.append(_levels(part, members, own))
    return found


def as_levels(column: PipelineColumn) -> PipelineColumn:
    """Return a column whose nulls were filled with numbers as one filled with levels."""
    if column.type != "numeric" or not all(isinstance(step, Impute) for step in column.steps):
        return column
    steps = tuple(Impute(label(s.value) or "") for s in column.steps if isinstance(s, Impute))
    return replace(column, steps=steps, type="categorical" if steps else None)


def onehot(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """OneHotEncoder: a column for each level, for all rare ones, and none for a dropped one."""
    every = _of_columns(part, len(columns))
    dropped = listed(part.get("drop_idx_")) or [None] * len(columns)
    if len(dropped) != len(columns):
        raise part.error(f"must have {len(columns):,} members", "drop_idx_")
    strangers = part.text("handle_unknown", "error")
    made = []
    for i, (column, levels, drop) in enumerate(zip(columns, every, dropped, strict=True)):
        place = int(drop) if isinstance(drop, int | np.integer) else None
        made += _onehot(part, as_levels(column), levels, place, strangers, f"categories_[{i}]")
    return made


def _onehot(
    part: Part, column: PipelineColumn, levels: Levels, drop: int | None, strangers: str, key: str
) -> list[PipelineColumn]:
    part.reading.spend_columns(len(levels.names))
    shown = [j for j in range(len(levels.names)) if j not in levels.rare and j != drop]
    names = [levels.names[j] for j in shown]
    spelled = [levels.spelled[j] for j in shown]
    shared = bool(levels.rare) and drop not in levels.rare
    if shared:
        names.append(RARE)
        spelled.append(RARE)
        if drop is not None or strangers == "ignore":
            column = column.untestable(
                "OneHotEncoder with a column for rare levels, and none for"
                f" {'strangers' if drop is None else 'the dropped one'}, which no step says"
            )
    if not names:
        part.note(f"{column.feature} has one level only, which is dropped")
        return []
    if levels.missing is not None:
        column = column.then(Impute(levels.missing))
    if len(names) < len(levels.names):
        # What has no column of its own is no stranger.
        known = CategoricalReference(0, counts=dict.fromkeys(levels.names, 0))
        column = replace(column, reference=known)
    name = column.served or column.feature
    step = OneHot(tuple(names), RARE if shared else None)
    made = column.onehot(step, part.at(key))
    return [replace(c, served=f"{name}_{v}") for c, v in zip(made, spelled, strict=True)]


def ordinal(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """OrdinalEncoder: the place of the level; strangers and nulls have codes of their own."""
    own = part.text("handle_unknown", "error") == "use_encoded_value"
    unknown = part.number("unknown_value", math.nan) if own else None
    missing = part.number("encoded_missing_value", math.nan)
    return [
        _ordinal(as_levels(column), levels, unknown, missing, part.at(f"categories_[{i}]"))
        for i, (column, levels) in enumerate(
            zip(columns, _of_columns(part, len(columns)), strict=True)
        )
    ]


def _ordinal(
    column: PipelineColumn, levels: Levels, unknown: float | None, missing: float, source: str
) -> PipelineColumn:
    """Return a column coded; `unknown` is None where strangers were refused."""
    known = [name for j, name in enumerate(levels.names) if j not in levels.rare]
    steps: list[Step] = []
    other = math.nan if unknown is None else unknown
    if levels.rare:
        if unknown is not None:
            return column.untestable("OrdinalEncoder with a code for rare levels and another for"
                               " strangers, which no step says")  # fmt: skip
        other = float(len(known) - (levels.missing is not None))
        column = replace(column, reference=CategoricalReference(
            0, counts=dict.fromkeys(levels.names, 0)))  # fmt: skip
    if levels.missing is not None:
        known.pop()
        if missing == len(known):
            steps.append(Impute(levels.missing))
            known.append(levels.missing)
        elif unknown is None and not levels.rare:
            other = missing
        elif not (missing == other or (math.isnan(missing) and math.isnan(other))):
            return column.untestable(
                "OrdinalEncoder with a code for nulls and another for strangers or"
                " rare levels, which no step says"
            )
    step = Vocabulary(tuple(known), None if math.isnan(other) else other)
    return column.then(*steps, step, source=source)


def code(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """LabelEncoder: the place of the level; strangers are refused, so they have no code."""
    levels = _levels(part, part.items("classes_"), None)
    filled = [Impute(levels.missing)] if levels.missing is not None else []
    return [
        as_levels(column).then(*filled, Vocabulary(levels.names, None), source=part.at("classes_"))
        for column in columns
    ]


def binarize(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """LabelBinarizer: a column for each level, or where there are two for the second one only."""
    levels = _levels(part, part.items("classes_"), None)
    shown = levels.names[1:] if len(levels.names) == 2 else levels.names
    step = OneHot(shown)
    if (part.number("neg_label", 0), part.number("pos_label", 1)) != (0, 1):
        columns = [
            column.untestable("LabelBinarizer of other numbers than 0 and 1, which no step says")
            for column in columns
        ]
    elif len(levels.names) == 2:
        known = CategoricalReference(0, counts=dict.fromkeys(levels.names, 0))
        columns = [replace(column, reference=known) for column in columns]
    return [one for column in columns
            for one in as_levels(column).onehot(step, part.at("classes_"))]  # fmt: skip


def entries(part: Part) -> list[tuple[str, str | None]]:
    """Return what DictVectorizer's columns stand for, in their order: key and level, or key."""
    names = part.names("feature_names_")
    if not names:
        raise part.error("DictVectorizer is not fitted: it has no feature_names_")
    separator = part.text("separator", "=") or "="
    found: list[tuple[str, str | None]] = []
    for name in names:
        key, between, level = name.partition(separator)
        found.append((key, level) if between else (name, None))
    return found


def vectorize(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """DictVectorizer: a column for each level of text; numbers as they are, 0 where absent."""
    names, found = part.names("feature_names_"), entries(part)
    levels: dict[str, list[str]] = {}
    plain = {key for key, level in found if level is None}
    for key, level in found:
        if level is not None:
            levels.setdefault(key, []).append(level)
    source = part.at("feature_names_")
    made: dict[tuple[str, str | None], PipelineColumn] = {}
    for column in columns:
        key = column.feature
        if key in plain and key in levels:
            column = column.untestable(
                "DictVectorizer of numbers and text in one, which no step says"
            )
        if key in plain:
            made[key, None] = column.then(Impute(0.0), source=source)
        if key in levels:
            hot = column.onehot(OneHot(tuple(levels[key])), source)
            made |= {(key, one.level): one for one in hot}
    return [replace(made[entry], served=name)
            for name, entry in zip(names, found, strict=True) if entry in made]  # fmt: skip
