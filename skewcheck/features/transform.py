"""The training normalization of one column: what a right server feeds to the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.features.steps import OneHot, Step, Vocabulary, encode, forward, has_encoder
from skewcheck.logs.arrays import labels, numbers

Served = NDArray[np.float64] | NDArray[np.object_]


@np.errstate(over="ignore", invalid="ignore")  # what overflows is infinite, and no warning
def transformed(
    name: str, steps: Sequence[Step], array: pa.Array, *, numeric: bool
) -> dict[str, Served]:
    """Return the served columns of a raw one, by the name of the feature each stands for.

    That is `name` alone, or with onehot `{name}_{value}` for each level. Numbers come as float64
    with NaN for no value; levels that no step turns into numbers as text, with None.
    """
    if numeric:
        return {name: forward(steps, numbers(array).values.astype(np.float64))}
    read = labels(array, vocabulary(steps))
    encoded = encode(steps, [None, *read.levels])
    places = read.codes.astype(np.int64) + 1
    if not has_encoder(steps):
        return {name: np.array(encoded.levels, object)[places]}
    values = encoded.values[places]
    hot = next((step for step in steps if isinstance(step, OneHot)), None)
    if hot is None:
        return {name: values}
    return {f"{name}_{v}": (values == i).astype(np.float64) for i, v in enumerate(hot.values)}


def vocabulary(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the levels that the steps name; none where no step is an encoder."""
    return tuple(v for step in steps if isinstance(step, Vocabulary | OneHot) for v in step.values)
