"""Golden rows: inputs of the normalization with the outputs that a right server gives for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from skewcheck.features.steps import Step
from skewcheck.features.transform import expansion, served_keys

if TYPE_CHECKING:
    from skewcheck.features.types import Feature

Value = float | int | str | bool | None
"""A value as JSON has it; infinities are the texts `inf` and `-inf`."""
MAX_ROWS = 100
"""Rows of a conformance test: a person reads those that fail, and a file has them in a few KB."""


@dataclass(frozen=True, slots=True)
class GoldenRows:
    """Rows of inputs and outputs, as columns of one length."""

    inputs: Mapping[str, tuple[Value, ...]]
    """By raw column."""
    expected: Mapping[str, tuple[Value, ...]]
    """By served column."""
    tolerance: Mapping[str, float] = field(default_factory=dict)
    """How far float32 arithmetic moves a served column of which no steps are known; of others the
    steps tell."""

    def __len__(self) -> int:
        """Return the number of rows."""
        columns: Sequence[Sequence[Value]] = [*self.inputs.values(), *self.expected.values()]
        return len(columns[0]) if columns else 0


def output_names(features: Iterable[Feature]) -> dict[str, tuple[str, ...]]:
    """Return the served columns of each feature, as the object that makes them names them.

    Where two features would have a column in common, both have those that are named after them.
    """
    features = [*features]
    named = {f.name: _stated(f) or _keys(f) for f in features}
    times = Counter(name for names in named.values() for name in {*names})
    return {
        f.name: _keys(f) if any(times[name] > 1 for name in named[f.name]) else named[f.name]
        for f in features
    }


def column_steps(feature: Feature) -> tuple[tuple[Step, ...], ...]:
    """Return the steps of each served column of a numeric feature, in their order."""
    several = expansion(feature.steps)
    if several is None:
        return (feature.steps,)
    before = tuple(step for step in feature.steps if step is not several)
    return tuple((*before, *later) for later in several.columns.values())


def _keys(feature: Feature) -> tuple[str, ...]:
    return tuple(names[0] for names in served_keys(feature.name, feature.steps))


def _stated(feature: Feature) -> tuple[str, ...]:
    """Return the served columns that the file names, if they are all of the feature's."""
    stated = feature.stated_names
    return stated if len(stated) == len(_keys(feature)) == len({*stated}) else ()
