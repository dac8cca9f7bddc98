"""Whether nulls are filled before numbers are scaled, or after: the fills show it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skewcheck.features.steps import Impute, forward, numeric_steps
from skewcheck.parameters.several.stages import Order, Stage

_FARTHEST = 1.2
"""Standard deviations by which a mean or median is off the mean: at most 1 of the same rows, and a
little more of the rows of a part of them."""


def in_order(stages: Sequence[Stage]) -> list[Stage]:
    """Return transformers in the order of their kinds; fills of scaled values behind the scaler."""
    late = {
        stage.label
        for stage in stages
        if stage.order is Order.FILL
        for scaler in stages
        if scaler.order is Order.SCALER and _follows(stage, scaler)
    }
    return sorted(stages, key=lambda s: Order.SCALER + 0.5 if s.label in late else s.order)


def _follows(filling: Stage, scaler: Stage) -> bool:
    """Return whether fills are values that a scaler has made, and cannot be raw ones.

    One value for all columns is a constant of the training script: it tells nothing.
    """
    scaled = dict(enumerate(scaler.alone))
    places = {name: i for i, name in enumerate(scaler.names)}
    raw, made = [], []
    for i, column in enumerate(filling.alone):
        place = places.get(column.feature) if filling.names and scaler.names else i
        other = None if place is None else scaled.get(place)
        for step in column.steps:
            if isinstance(step, Impute) and isinstance(step.value, float) and other is not None:
                made.append(step.value)
                steps = numeric_steps(other.steps)
                raw.append(float(forward(steps, np.array([step.value]))[0]))
    if len({*made}) < 2:
        return False
    off_raw, off_scaled = (max(map(abs, fills)) for fills in (raw, made))
    return off_scaled <= _FARTHEST and off_scaled < off_raw
