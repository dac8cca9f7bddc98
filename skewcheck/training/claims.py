"""Which outputs of the live object are what the steps that were read give, and which are not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from skewcheck.counts.parity import numeric_parity
from skewcheck.features.frames import array_of
from skewcheck.features.transform import transformed
from skewcheck.features.types import Feature
from skewcheck.logs.arrays import numbers
from skewcheck.logs.batch import RowOrigin
from skewcheck.training.live import Column

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE = 1e-6
"""Of the largest number of a column: what float32 arithmetic in maps and codes may be off."""
FEW_ROWS = 50
"""Rows in which an output of another feature differs."""
_ORIGIN = RowOrigin("", 0)


@dataclass(frozen=True, slots=True)
class Claims:
    """What the steps of features give, compared with the outputs of the live object."""

    columns: Mapping[str, tuple[str, ...]]
    """The outputs of each feature whose steps give them, by the feature's name."""
    refuted: tuple[str, ...]
    """Features whose steps give something else than any output."""

    @property
    def outputs(self) -> frozenset[str]:
        """Return all outputs that steps give."""
        return frozenset(name for names in self.columns.values() for name in names)


def claims(
    features: Iterable[Feature], frame: pd.DataFrame, outputs: Mapping[str, Column]
) -> Claims:
    """Compare each feature whose steps are known with the outputs for the same rows.

    An output belongs to a feature by its name. Names of the caller's own say nothing: then it is
    the first one that the steps give in every row.
    """
    columns: dict[str, tuple[str, ...]] = {}
    refuted: list[str] = []
    free = dict(outputs)
    for feature in features:
        if feature.untested is not None or feature.role != "feature" or feature.name not in frame:
            continue
        names = _named(feature, free)
        if names is None or not agree(feature, frame, [outputs[name] for name in names]):
            names = _by_value(feature, frame, free)
        if names is None:
            refuted.append(feature.name)
            continue
        columns[feature.name] = names
        for name in names:
            del free[name]
    return Claims(columns, tuple(refuted))


def agree(feature: Feature, frame: pd.DataFrame, served: Sequence[Column]) -> bool:
    """Return whether the steps of a feature give these columns in every row."""
    array = array_of(frame[feature.name])
    if feature.type == "numeric":
        raw, every = numbers(array).values.astype(np.float64), feature.column_steps
        if len(served) != len(every) or any(column.dtype == object for column in served):
            return False
        return not any(
            len(numeric_parity(raw, column.astype(np.float64), steps, _ORIGIN)[1])
            for column, steps in zip(served, every, strict=True)
        )
    made = transformed(feature.name, feature.steps, array, numeric=False)
    pairs = zip(made.values(), served, strict=False)
    return len(made) == len(served) and all(_equal(right, column) for right, column in pairs)


def _equal(right: Column, column: Column) -> bool:
    if right.dtype == object or column.dtype == object:
        return bool([*map(str, right)] == [*map(str, column)])
    a, b = right.astype(np.float64), column.astype(np.float64)
    scale = float(np.abs(a[np.isfinite(a)]).max(initial=0.0))
    return bool(np.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE * scale, equal_nan=True))


def _named(feature: Feature, outputs: Mapping[str, Column]) -> tuple[str, ...] | None:
    """Return the outputs of a feature by name; None where not all of them are there."""
    keys = feature.served_names
    for names in (feature.stated_names, keys):
        if len(names) == len(keys) and outputs.keys() >= {*names}:
            return names
    behind = [[name for name in outputs if name.endswith(f"__{key}")] for key in keys]
    return tuple(names[0] for names in behind) if all(len(n) == 1 for n in behind) else None


def _by_value(
    feature: Feature, frame: pd.DataFrame, outputs: Mapping[str, Column]
) -> tuple[str, ...] | None:
    """Return neighbouring outputs that the steps of a feature give; None without any."""
    width = len(feature.served_names)
    few = frame.iloc[:FEW_ROWS]
    for names in _neighbours([*outputs], width):
        columns = [outputs[name] for name in names]
        # There are as many pairs of a feature and an output as the square of their number.
        first = [column[:FEW_ROWS] for column in columns]
        if agree(feature, few, first) and agree(feature, frame, columns):
            return names
    return None


def _neighbours(names: Sequence[str], width: int) -> Iterator[tuple[str, ...]]:
    return (tuple(names[i : i + width]) for i in range(len(names) - width + 1))
