"""Apply a feature's preprocessing steps to a column of raw values, as a correct server does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.features.steps import OneHot, Step, Vocabulary, encode, forward, has_encoder
from skewcheck.logs.arrays import levels, numbers

Served = NDArray[np.float64] | NDArray[np.object_]


@np.errstate(over="ignore", invalid="ignore")  # overflow gives infinity without a warning
def transformed(
    name: str, steps: Sequence[Step], array: pa.Array, *, numeric: bool
) -> dict[str, Served]:
    """Return the served columns of a raw column, by name; each of the column's length.

    The name is `name`, or `{name}_{value}` for each level of a onehot step. Numbers are float64
    with NaN for null; levels that no step encodes are text with None for null.
    """
    if numeric:
        return {name: forward(steps, numbers(array).values.astype(np.float64))}
    level_column = levels(array, vocabulary(steps))
    encoded = encode(steps, [None, *level_column.levels])
    row_index = level_column.codes.astype(np.int64) + 1
    if not has_encoder(steps):
        return {name: np.array(encoded.levels, object)[row_index]}
    values = encoded.values[row_index]
    step = one_hot(steps)
    if step is None:
        return {name: values}
    return {f"{name}_{v}": (values == i).astype(np.float64) for i, v in enumerate(step.values)}


def one_hot(steps: Sequence[Step]) -> OneHot | None:
    """Return the step that serves a column per level; None where there is a single column."""
    return next((step for step in steps if isinstance(step, OneHot)), None)


def served_keys(name: str, steps: Sequence[Step]) -> tuple[tuple[str, ...], ...]:
    """Return what a log may call each served column of a feature, as `transformed` does first.

    Onehot columns may have another usual spelling of their level.
    """
    step = one_hot(steps)
    if step is None:
        return ((name,),)
    from skewcheck.logs.arrays.spellings import spellings  # most logs have the usual names

    return tuple(tuple(f"{name}_{text}" for text in spellings(level)) for level in step.values)


def vocabulary(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the levels that the encoder steps list; empty without an encoder."""
    return tuple(v for step in steps if isinstance(step, Vocabulary | OneHot) for v in step.values)
