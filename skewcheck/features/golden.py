"""Golden rows: inputs of the normalization with the outputs that a right server gives for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
    named = {f.name: _stated(f) or f.served_names for f in features}
    times = Counter(name for names in named.values() for name in {*names})
    return {
        f.name: f.served_names if any(times[name] > 1 for name in named[f.name]) else named[f.name]
        for f in features
    }


def _stated(feature: Feature) -> tuple[str, ...]:
    """Return the served columns that the file names, if they are all of the feature's."""
    stated = feature.stated_names
    return stated if len(stated) == len(feature.served_names) == len({*stated}) else ()
