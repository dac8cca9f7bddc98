"""The served side of a feature: its columns, and the training reference after the steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skewcheck.counts.categorical import Levels
from skewcheck.counts.gaps import Gaps
from skewcheck.counts.parity import RESOLUTION
from skewcheck.counts.sides import (
    CategoricalSide,
    NumericSide,
    Side,
    categorical_reference,
    known_levels,
    numeric_reference,
    raw_step,
)
from skewcheck.counts.windows import Windows
from skewcheck.features.propagate import propagate
from skewcheck.features.reference_moments import moments
from skewcheck.features.steps import (
    Buckets,
    Cast,
    Impute,
    Map,
    Quantize,
    Round,
    Step,
    bounds,
    encode,
    forward,
    has_encoder,
    is_affine,
)
from skewcheck.features.transform import filled, map_to_several, one_hot
from skewcheck.features.types import CategoricalReference, Feature, NumericReference

_COARSE = (Buckets, Cast, Quantize, Round)


def served_side(feature: Feature, columns: tuple[str, ...]) -> Side:
    """Return a feature's served columns, with the reference after the steps as far as known."""
    if feature.type == "numeric":
        reference = numeric_reference(feature)
        step = _served_step(feature.steps, reference)
        pushed = None
        if reference is not None and reference.histogram:
            pushed = propagate(reference, feature.steps)
        if pushed is None:
            known_moments = _served_moments(reference, feature.steps)
            windows = replace(Windows.exact(np.empty(0)), step=step)
            return NumericSide(columns[0], windows, known_moments, _resolution(known_moments))
        known, low, high = pushed.reference.histogram, pushed.low, pushed.high
        if not feature.steps:  # what a server holds as float32, whatever the log is written as
            low, high = bounds((), known.edges, known.edges)
        windows = Windows(known.edges, low, high, gaps=Gaps.of(known), step=step)
        return NumericSide(columns[0], windows, pushed.reference, _resolution(pushed.reference))
    return _served_levels(feature, columns)


def _resolution(served: NumericReference | None) -> float | None:
    std = np.nan if served is None else moments(served)[1]
    return RESOLUTION * std if std > 0 else None


def _served_step(steps: Sequence[Step], reference: NumericReference | None) -> float | None:
    """Return the grid of served values, 0 for none; None where steps may leave whole numbers."""
    if not steps:
        return raw_step(reference)
    return None if isinstance(steps[-1], _COARSE) else 0.0


def _served_moments(
    reference: NumericReference | None, steps: Sequence[Step]
) -> NumericReference | None:
    """Return the served mean and std, which is all that is known; None where they are not."""
    if reference is None or reference.mean is None or reference.std is None:
        return None
    if not is_affine(steps) or any(isinstance(step, Impute) for step in steps):
        return None
    served = forward(steps, np.array([reference.mean, reference.mean + reference.std]))
    return NumericReference(0, mean=float(served[0]), std=abs(float(served[1] - served[0])))


def _served_levels(feature: Feature, columns: tuple[str, ...]) -> CategoricalSide:
    """Push levels and their counts through the steps: several may be served as one."""
    levels: list[str | None] = [None, *known_levels(feature)]
    several = map_to_several(feature.steps)
    if several is not None:
        return _served_vectors(feature, several, levels, columns)
    encoded = encode(feature.steps, levels)
    numbers = has_encoder(feature.steps)
    names = [_served_name(v) if numbers else t
             for t, v in zip(encoded.levels, encoded.values, strict=True)]  # fmt: skip
    reference = _pushed_counts(feature, levels, names)
    if not numbers:
        return CategoricalSide(columns, Levels.text(_distinct(names[1:])), reference)
    _, first = np.unique(encoded.values, return_index=True)
    keep = [int(i) for i in first if names[int(i)] is not None]
    served_levels = Levels.numbers(
        [names[i] or "" for i in keep], encoded.low[keep], encoded.high[keep]
    )
    onehot = one_hot(feature.steps) is not None
    return CategoricalSide(columns, served_levels, reference, numbers=True, onehot=onehot)


def _served_vectors(
    feature: Feature, step: Map, levels: Sequence[str | None], columns: tuple[str, ...]
) -> CategoricalSide:
    """Push levels through a map to several numbers: the rows of these are the served levels."""
    every = [*levels, _STRANGER]
    names = encode(feature.steps, every).levels
    vectors = step.vectors(filled(feature.steps, every))
    reference = _pushed_counts(feature, levels, names[:-1])
    known = vectors[~np.isnan(vectors).all(1)]
    return CategoricalSide(columns, Levels.text(_distinct(names)), reference, vectors=known)


_STRANGER = "\x00"
"""A level that no file has."""


def _served_name(value: float) -> str | None:
    return None if np.isnan(value) else f"{value:.17g}"


def _distinct(names: Sequence[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _pushed_counts(
    feature: Feature, levels: Sequence[str | None], names: Sequence[str | None]
) -> CategoricalReference | None:
    """Return the training counts of the served levels."""
    reference = categorical_reference(feature)
    if reference is None:
        return None
    counts: dict[str, int] = {}
    nulls = 0
    for level, name in zip(levels, names, strict=True):
        rows = reference.nulls if level is None else reference.counts.get(level, 0)
        if name is None:
            nulls += rows
        elif rows:
            counts[name] = counts.get(name, 0) + rows
    # Rows of levels that the file does not list are served as strangers are.
    unknown = encode(feature.steps, [_STRANGER])
    stranger = _served_name(float(unknown.values[0])) if has_encoder(feature.steps) else None
    if map_to_several(feature.steps) is not None:
        stranger = unknown.levels[0]
    other = reference.other
    if other and stranger is not None:
        counts[stranger] = counts.get(stranger, 0) + other
        other = 0
    return CategoricalReference(reference.rows, nulls, counts, other)
