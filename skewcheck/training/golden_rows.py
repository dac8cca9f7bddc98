"""Golden rows of a parameter file: those that are stored, or what its steps give for such values.

Rows are stored only where an object that is not read computed them, which cannot be done again.
Where the steps are known they are computed from steps and references, so that every parameter file
has them, no row of the training data is kept for it, and they are never out of date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.features.golden import MAX_ROWS, GoldenRows, Value, output_names
from skewcheck.features.steps import bounds, scope_of
from skewcheck.features.transform import Served, transformed
from skewcheck.features.types import Feature, Parameters
from skewcheck.training.special_values import special_values

MIN_ROWS = 60
"""Rows where fewer have all special values: a line, or a swap, shows in so many."""

MIN_VALUES = 8
"""Distinct numbers that a scope of rows needs to tell its statistics."""
SERIES = ("a", "b")
"""Keys of series whose names the file does not say."""


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
    known = [f for f in inputs if is_computed(f) and not _lacks(f, inputs)]
    left_out = [f.name for f in inputs if f not in known]
    if not known:
        return Golden(GoldenRows({}, {}), tuple(left_out))
    columns = combined([_values(f) for f in known if not f.groups])
    single = [f for f in known if not f.groups]
    raw = {f.name: column for f, column in zip(single, columns, strict=True)}
    for feature in known:
        if feature.groups and feature.by:
            _add_grouped(feature, feature.by, raw, len(columns[0]) if columns else MAX_ROWS)
    for key in [f.by for f in known if f.by is not None and f.by not in raw]:
        raw[key] = tuple(SERIES[i % len(SERIES)] for i in range(len(columns[0])))
    made = expected(known, raw)
    empty = [f for f in known if _scoped(f) and not _has_value(f, made)]
    for feature in empty:
        del made[output_names(known)[feature.name][0]]
    left_out += [f.name for f in empty]
    return Golden(GoldenRows(raw, made, _tolerance(known, raw)), tuple(left_out))


def is_computed(feature: Feature) -> bool:
    """Return whether the steps give a feature's outputs from raw columns of golden rows.

    Those normalized over a scope take the golden rows, in their order, for one log.
    """
    alone = feature.by_itself or bool(feature.groups and feature.by) or _scoped(feature)
    return alone and feature.role == "feature" and feature.untested is None and not feature.derived


def _scoped(feature: Feature) -> bool:
    """Return whether it is normalized by the statistics of its row, or of other rows."""
    return scope_of(feature.steps) is not None


def _lacks(feature: Feature, features: Sequence[Feature]) -> bool:
    """Return whether it is normalized with features of its row that golden rows do not have."""
    scope = scope_of(feature.steps)
    if scope is None or scope[1].over != "row":
        return False
    others = [f for f in features if (of := scope_of(f.steps)) and of[1] == scope[1]]
    return not all(map(is_computed, others))


def _values(feature: Feature) -> list[Value]:
    """Return the raw values to try; numbers alone where a null takes those after it away."""
    scope = scope_of(feature.steps)
    if scope is None:
        return special_values(feature)
    values = special_values(replace(feature, steps=feature.steps[: scope[0]], by=None))
    finite = [v for v in values if isinstance(v, int | float) and np.isfinite(v)]
    if len(finite) < MIN_VALUES:
        rng = np.random.default_rng(len(feature.name))
        finite = [float(x) for x in np.round(rng.normal(size=MAX_ROWS), 3)]
    return [*finite]


def _has_value(feature: Feature, made: Mapping[str, Sequence[Value]]) -> bool:
    (column,) = output_names([feature])[feature.name]
    return any(value is not None for value in made[column])


def _tolerance(
    features: Sequence[Feature], raw: Mapping[str, Sequence[Value]]
) -> Mapping[str, float]:
    """Return how far float32 may be from what is expected, of features over a scope."""
    scoped = [f for f in features if _scoped(f)]
    if not scoped:
        return {}
    import pandas as pd  # few files have scopes

    from skewcheck.features.own_statistics import results_of_frame

    frame, names = pd.DataFrame(dict(raw)), output_names(features)
    result = {}
    for feature in scoped:
        made, scope = results_of_frame(feature, features, frame), scope_of(feature.steps)
        behind = feature.steps[scope[0] + 1 :] if scope else ()
        low, high = bounds(behind, made.values - made.error, made.values + made.error)
        off = (high - low)[np.isfinite(high - low)]
        result[names[feature.name][0]] = float(off.max(initial=0.0))
    return result


def _add_grouped(
    feature: Feature, key: str, raw: dict[str, tuple[Value, ...]], length: int
) -> None:
    """Add a feature that each group normalizes in its own way, and its key where that is new."""
    groups = [*feature.groups]
    if key not in raw:
        raw[key] = tuple(groups[i % len(groups)] for i in range(length))
    specials = {
        name: special_values(
            replace(feature, groups={}, by=None, reference=None, steps=(*steps, *feature.steps))
        )
        for name, steps in feature.groups.items()
    }
    values: list[Value] = []
    for i, name in enumerate(raw[key]):
        of_group = specials.get(str(name)) or specials[groups[0]]
        values.append(of_group[(i // len(groups)) % len(of_group)])
    raw[feature.name] = tuple(values)


def combined(specials: Sequence[Sequence[Value]]) -> list[tuple[Value, ...]]:
    """Return columns of one length in which each has all of its special values, if they are few.

    Each is in an order of its own, always the same: rows do not have the same rank in all columns.
    """
    length = min(MAX_ROWS, max([MIN_ROWS, *map(len, specials)]))
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
        if feature.groups or _scoped(feature):
            columns[names[feature.name][0]] = _of_frame(feature, features, raw)
            continue
        served = transformed(
            feature.name, feature.steps, array_of(raw[feature.name], feature),
            numeric=feature.type == "numeric",
        )  # fmt: skip
        made = zip(names[feature.name], served.values(), strict=True)
        columns |= {name: plain_values(values) for name, values in made}
    return columns


def _of_frame(
    feature: Feature, features: Sequence[Feature], raw: Mapping[str, Sequence[Value]]
) -> tuple[Value, ...]:
    import pandas as pd  # few files have steps by a key, or scopes

    from skewcheck.features.own_statistics import transformed_frame

    return plain_values(transformed_frame(feature, features, pd.DataFrame(dict(raw))))


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
