"""What training serves of the rows of a sample, column by column, and what was served instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.rows import SampleColumn, part_column, raw_column, served_column
from skewcheck.counts.sides import CategoricalSide
from skewcheck.features.steps import Map, Step, encode, forward, has_encoder
from skewcheck.features.transform import (
    column_names,
    expansion,
    filled,
    key_of,
    map_to_several,
    one_hot,
)
from skewcheck.features.types import Feature, FloatArray

Columns = Mapping[SampleColumn, FloatArray]
"""Sampled columns of one length."""


@dataclass(frozen=True, slots=True)
class Output:
    """One number that training serves of a feature, of each row of a sample."""

    feature: str
    column: str
    """What stands behind the feature's name in that of the column; empty for its only one."""
    made: FloatArray
    bare: FloatArray | None
    """Before any scaling: the raw number, or the 1 of a level and 0 of others; None where it is not
    known."""
    line: tuple[float, float] | None = None
    """Of a level's column: what it has for 0, and how much more for 1."""
    steps: tuple[Step, ...] = ()
    """Of a number: what makes `made` of `bare`."""

    @property
    def name(self) -> str:
        """What the column is called where nothing is put around it."""
        return key_of(self.feature, self.column)


def outputs_of(plans: Sequence[FeaturePlan], columns: Columns) -> Iterator[Output]:
    """Yield the numbers that training serves of features whose raw values are sampled.

    Not of those whose parameters are by a key or of a scope, nor of numbers that are served as
    several.
    """
    for plan in plans:
        feature, raw = plan.feature, columns.get(raw_column(plan.feature.name))
        if raw is None or feature.groups or plan.scope is not None:
            continue
        if isinstance(plan.raw, CategoricalSide):
            yield from _of_levels(feature, plan.raw.levels.names, raw)
        elif expansion(feature.steps) is None:
            yield Output(feature.name, "", forward(feature.steps, raw), raw, steps=feature.steps)


def _of_levels(feature: Feature, names: Sequence[str], places: FloatArray) -> Iterator[Output]:
    """Yield the columns of a feature, given the place of each row's level in the names."""
    levels = [*names, _UNKNOWN, None]  # where -1 is a level of no name, and -2 a null
    order = np.where(places == -2, len(names) + 1, np.where(places >= 0, places, len(names)))
    order = np.where(np.isnan(places), len(names) + 1, order).astype(np.intp)
    step = encoder_to_several(feature.steps, names)
    if step is None:
        if has_encoder(feature.steps):
            yield Output(feature.name, "", encode(feature.steps, levels).values[order], None)
        return
    known = filled(feature.steps, levels)
    vectors = step.vectors(known)
    for i, column in enumerate(column_names(feature.steps)):
        line = line_of(step, i)
        bare = None if line is None else np.array([float(x == column) for x in known])[order]
        yield Output(feature.name, column, vectors[order, i], bare, line)


_UNKNOWN = "\x00"
"""A level that no file has."""


def encoder_to_several(steps: Sequence[Step], levels: Sequence[str]) -> Map | None:
    """Return the step that serves several numbers of a level, as a map; None without one."""
    onehot = one_hot(steps)
    return map_to_several(steps) if onehot is None else Map.of_onehot(onehot, levels)


def line_of(step: Map, i: int) -> tuple[float, float] | None:
    """Return what a map's column has for other levels than its own, and how much more for that.

    None where it is no scaled one-hot column: one number for the level that it is called by, and
    one, smaller, for all others.
    """
    name = step.names[i]
    if name not in step.values:
        return None
    of_name = step.values[name][i]
    others = {vector[i] for level, vector in step.values.items() if level != name}
    others |= {vector[i] for vector in (step.null, step.unknown) if vector is not None}
    others -= {of_name} if step.unknown == step.values[name] else set()
    if len(others) != 1 or not of_name > min(others):
        return None
    low = min(others)
    return low, of_name - low


def served_parts(plan: FeaturePlan, columns: Columns) -> dict[str, FloatArray]:
    """Return the sampled served columns of a categorical feature, as `column_names` has them.

    Empty where one was not sampled.
    """
    side = plan.served
    if not isinstance(side, CategoricalSide):
        return {}
    if not (side.onehot or side.vectors is not None):
        only = columns.get(served_column(plan.feature.name)) if side.numbers else None
        return {} if only is None else {"": only}
    names = column_names(plan.feature.steps)
    parts = {
        name: columns[part_column(column)]
        for name, column in zip(names, side.columns, strict=True)
        if part_column(column) in columns
    }
    return parts if len(parts) == len(names) else {}
