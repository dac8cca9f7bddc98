"""Columns of levels that only a list of levels explains: codes by position, or get_dummies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from skewcheck.features.steps import MinMax, OneHot, Vocabulary, ZScore, has_encoder
from skewcheck.features.types import CategoricalReference
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.several.inputs import ENCODED
from skewcheck.parameters.several.stages import Levels


def encoded_as(name: str, columns: Mapping[str, PipelineColumn]) -> PipelineColumn | None:
    """Return the encoded column that a later transformer calls `city_encoded`; None without one."""
    column = columns.get(ENCODED.sub("", name))
    if column is None or column.level is not None or not has_encoder(column.steps):
        return None
    return replace(column, served=name)


def column_of_levels(
    name: str, names: Sequence[str], alone: Sequence[PipelineColumn], levels: Mapping[str, Levels]
) -> PipelineColumn | None:
    """Return the column that a transformer takes of listed levels; None if `name` is of none.

    `names` are those of all columns that it takes, `alone` what it makes of a raw one.

    One with the feature's name is of numbers, and so of the levels' positions; one with a level
    behind it is of `get_dummies`, of which all columns exist that the transformer names.
    """
    base = next((b for b in (name, ENCODED.sub("", name)) if b in levels), None)
    if base is not None:
        return _coded(base, name, alone, levels[base])
    for feature, listed in levels.items():
        spelled = {f"{feature}_{value}": value for value in listed.values}
        if name not in spelled:
            continue
        values = tuple(value for key, value in spelled.items() if key in names)
        reference = CategoricalReference(0, counts=dict.fromkeys(listed.values, 0))
        raw = PipelineColumn(feature, type="categorical", reference=reference)
        hot = raw.onehot(OneHot(values), f"{listed.label}: {feature}")
        return next(column for column in hot if column.level == spelled[name])
    return None


def _coded(
    feature: str, name: str, alone: Sequence[PipelineColumn], listed: Levels
) -> PipelineColumn | None:
    """Return the column of the positions of levels; None if the numbers are not of positions."""
    last = len(listed.values) - 1
    for step in (step for column in alone for step in column.steps):
        ends: list[float] = [step.mean] if isinstance(step, ZScore) else []
        ends += [step.min, step.max] if isinstance(step, MinMax) else []
        if not all(0 <= end <= last for end in ends):
            return None
    column = PipelineColumn(feature, served="" if name == feature else name, type="categorical")
    return column.then(
        Vocabulary(listed.values, None, unsaid=True), source=f"{listed.label}: {feature}"
    )
