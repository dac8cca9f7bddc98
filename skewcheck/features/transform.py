"""Apply a feature's preprocessing steps to a column of raw values, as a correct server does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.features.steps import (
    Expand,
    Impute,
    Map,
    OneHot,
    Step,
    Vocabulary,
    encode,
    forward,
    has_encoder,
)
from skewcheck.logs.arrays import levels, numbers

Served = NDArray[np.float64] | NDArray[np.object_]


@np.errstate(over="ignore", invalid="ignore")  # overflow gives infinity without a warning
def transformed(
    name: str, steps: Sequence[Step], array: pa.Array, *, numeric: bool
) -> dict[str, Served]:
    """Return the served columns of a raw column, by name; each of the column's length.

    The name is `name`, or `{name}_{value}` for each level of a onehot step and for each number of
    a map or an expansion to several. Numbers are float64 with NaN for null; levels that no step
    encodes are text with None for null.
    """
    if numeric:
        values = forward(steps, numbers(array).values.astype(np.float64))
        several = expansion(steps)
        if several is None:
            return {name: values}
        return {key_of(name, c): forward(later, values) for c, later in several.columns.items()}
    level_column = levels(array, vocabulary(steps))
    of_level = map_to_several(steps)
    if of_level is not None:
        vectors = of_level.vectors(filled(steps, [None, *level_column.levels]))
        rows = vectors[level_column.codes.astype(np.int64) + 1]
        return {f"{name}_{column}": rows[:, i] for i, column in enumerate(of_level.names)}
    encoded = encode(steps, [None, *level_column.levels])
    row_index = level_column.codes.astype(np.int64) + 1
    if not has_encoder(steps):
        return {name: np.array(encoded.levels, object)[row_index]}
    values = encoded.values[row_index]
    step = one_hot(steps)
    if step is None:
        return {name: values}
    return {f"{name}_{v}": (values == i).astype(np.float64) for i, v in enumerate(step.values)}


def filled(steps: Sequence[Step], levels: Sequence[str | None]) -> list[str | None]:
    """Return levels with those that are filled in for nulls before any step encodes them."""
    result = [*levels]
    for step in steps:
        if isinstance(step, Impute) and isinstance(step.value, str):
            result = [step.value if level is None else level for level in result]
    return result


def unsaid(steps: Sequence[Step], levels: Sequence[str | None]) -> NDArray[np.bool_] | None:
    """Return of which levels no step says what they are served as; None where that is known."""
    if not any(isinstance(step, Vocabulary) and step.unsaid for step in steps):
        return None
    known = frozenset(vocabulary(steps))
    return np.array([level not in known for level in filled(steps, levels)], bool)


def map_to_several(steps: Sequence[Step]) -> Map | None:
    """Return the step that serves several numbers of a level; None without one."""
    return next((step for step in steps if isinstance(step, Map) and step.names), None)


def column_names(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return what stands behind a feature's name in each of its columns; empty for one column."""
    onehot, several, expand = one_hot(steps), map_to_several(steps), expansion(steps)
    if onehot is not None:
        return onehot.values
    if expand is not None:
        return tuple(expand.columns)
    return () if several is None else several.names


def expansion(steps: Sequence[Step]) -> Expand | None:
    """Return the step that serves several numbers of one; None without one."""
    return next((step for step in steps if isinstance(step, Expand)), None)


def key_of(name: str, column: str) -> str:
    """Return the name of one of a feature's served columns: its own where the column has none."""
    return f"{name}_{column}" if column else name


def one_hot(steps: Sequence[Step]) -> OneHot | None:
    """Return the step that serves a column per level; None where there is a single column."""
    return next((step for step in steps if isinstance(step, OneHot)), None)


def served_keys(name: str, steps: Sequence[Step]) -> tuple[tuple[str, ...], ...]:
    """Return what a log may call each served column of a feature, as `transformed` does first.

    Onehot columns may have another usual spelling of their level.
    """
    columns = column_names(steps)
    if not columns:
        return ((name,),)
    from skewcheck.logs.arrays.spellings import spellings  # most logs have the usual names

    return tuple(tuple(key_of(name, text) for text in spellings(level)) for level in columns)


def vocabulary(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the levels that the encoder steps list; empty without an encoder."""
    encoders = (step for step in steps if isinstance(step, Vocabulary | OneHot | Map))
    return tuple(level for step in encoders for level in step.values)
