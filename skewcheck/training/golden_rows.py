"""Golden rows of a parameter file: those that are stored, or what its steps give for such values.

Rows are stored only where an object that is not read computed them, which cannot be done again.
Where the steps are known they are computed from steps and references, so that every parameter file
has them, no row of the training data is kept for it, and they are never out of date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.features.golden import MAX_ROWS, GoldenRows, Value, output_names
from skewcheck.features.transform import Served, transformed
from skewcheck.features.types import Feature, Parameters
from skewcheck.training.special_values import special_values

MIN_ROWS = 60
"""Rows where fewer have all special values: a line, or a swap, shows in so many."""

Special = Callable[[Feature], Sequence[Value]]
"""Raw values at which a feature is to be tried."""


@dataclass(frozen=True, slots=True)
class Golden:
    """Golden rows, and the features that they say nothing of."""

    rows: GoldenRows
    left_out: tuple[str, ...] = ()
    """Features whose values reach the model in a way that is neither known nor stored."""


def golden_of(parameters: Parameters) -> Golden:
    """Return the golden rows of a parameter file; without any row where it says nothing of any."""
    inputs = [f for f in parameters.features if f.role == "feature"]
    if parameters.rows is not None:
        names = output_names(parameters.features)
        stored = parameters.rows.expected
        absent = [
            f.name
            for f in inputs
            if (f.untested is None or f.made) and not stored.keys() >= {*names[f.name]}
        ]
        return Golden(parameters.rows, tuple(absent))
    known = [f for f in inputs if is_computed(f)]
    left_out = [f.name for f in inputs if not is_computed(f)]
    if not known:
        return Golden(GoldenRows({}, {}), tuple(left_out))
    columns = combined([special_values(f) for f in known])
    raw = {f.name: column for f, column in zip(known, columns, strict=True)}
    return Golden(GoldenRows(raw, expected(known, raw)), tuple(left_out))


def is_computed(feature: Feature) -> bool:
    """Return whether the steps give a feature's outputs from its raw column alone."""
    return feature.role == "feature" and feature.untested is None and not feature.derived


def combined(specials: Sequence[Sequence[Value]]) -> list[tuple[Value, ...]]:
    """Return columns of one length in which each has all of its special values, if they are few.

    Each is in an order of its own, always the same: rows do not have the same rank in all columns.
    """
    length = min(MAX_ROWS, max(MIN_ROWS, *(len(values) for values in specials)))
    columns = []
    for i, values in enumerate(specials):
        rng = np.random.default_rng(i)
        order: list[int] = []
        while len(order) < length:
            order += rng.permutation(min(len(values), length)).tolist()
        columns.append(tuple(values[k] for k in order[:length]))
    return columns


def expected(
    features: Sequence[Feature], raw: Mapping[str, Sequence[Value]]
) -> dict[str, tuple[Value, ...]]:
    """Return what the steps of features make of raw columns, by served column."""
    names = output_names(features)
    columns: dict[str, tuple[Value, ...]] = {}
    for feature in features:
        served = transformed(
            feature.name, feature.steps, array_of(raw[feature.name], feature),
            numeric=feature.type == "numeric",
        )  # fmt: skip
        made = zip(names[feature.name], served.values(), strict=True)
        columns |= {name: plain_values(values) for name, values in made}
    return columns


def array_of(values: Sequence[Value], feature: Feature) -> pa.Array:
    """Return raw values as numbers, or as the levels that their JSON has."""
    if feature.type == "numeric":
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    if any(isinstance(v, str) for v in values):
        return pa.array([None if v is None else str(v) for v in values], pa.string())
    return pa.array([*values])


def plain_values(values: Served | NDArray[np.generic]) -> tuple[Value, ...]:
    """Return an array as values of JSON: NaN as null, infinities as texts."""
    return tuple(map(plain, values.tolist()))


def plain(value: object) -> Value:
    """Return one value as JSON has it; a moment or another object as its text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if np.isnan(value):
            return None
        if np.isinf(value):
            return "inf" if value > 0 else "-inf"
        return value
    return None if value != value else str(value)  # NaT is unlike itself
