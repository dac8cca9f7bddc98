"""Series served with constants, or with statistics so old that the log's rows hardly move them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.engine.running_servers import ALL
from skewcheck.features.steps.rounding import UNIT
from skewcheck.features.types import NumericReference
from skewcheck.statistics.running_models import Stretch, constants
from skewcheck.statistics.running_states import Fit, fit, predicted

MAX_BEFORE = 1e8
"""Rows before the log: statistics that so many would still move, but that are constant, are no
running ones."""
SAME = 1e-5
"""Of a standard deviation: constants so near to each other are the same."""
SEVERAL = 3
"""Series of which none has the same statistics as another by chance."""
APART = 1e-3
"""Of a standard deviation: means of series so far from each other are of other rows."""
MOVED = 0.1
"""Share of the rows that must show it."""
EXACT = 2.0**-48
"""Relative rounding of float64 arithmetic with several operations."""


def served_with_constants(
    plan: FeaturePlan, unmoved: Mapping[str, tuple[Stretch, Fit]]
) -> list[str]:
    """Return the series that were served with constants, and not with very old statistics."""
    proven = [key for key, (rows, line) in unmoved.items() if _never_moved(plan, rows, line)]
    if len(proven) == len(unmoved) or len(unmoved) < SEVERAL:
        return proven
    states = np.array([_mean_and_std(rows, line) for rows, line in unmoved.values()])
    logged = np.array([rows.shift + rows.scale * rows.x.mean() for rows, _ in unmoved.values()])
    std = float(np.median(states[:, 1]))
    same = np.ptp(states, axis=0).max() <= SAME * std and np.ptp(logged) > APART * std
    return [*unmoved] if same else proven


def _mean_and_std(stretch: Stretch, line: Fit) -> tuple[float, float]:
    mean, variance = line.parameters[0], np.exp(line.parameters[1])
    return float(mean * stretch.scale + stretch.shift), float(np.sqrt(variance) * stretch.scale)


def _never_moved(plan: FeaturePlan, stretch: Stretch, line: Fit) -> bool:
    """Return whether statistics are constant that the rows of the log would have moved."""
    mean, std = _mean_and_std(stretch, line)
    if abs(mean) <= SAME * std and abs(std - 1) <= SAME:
        return True  # served as logged
    before, reference = MAX_BEFORE, plan.feature.reference
    if isinstance(reference, NumericReference) and reference.mean is not None and reference.std:
        near = max(abs(mean - reference.mean), abs(std - reference.std))
        # So are the statistics of a server that started with training's rows, and only of it.
        before = 10.0 * reference.rows if near <= SAME * std else before
    single = np.float32(stretch.served).astype(np.float64)
    rounding = 4 * UNIT if np.array_equal(single, stretch.served) else EXACT
    operands = (np.abs(stretch.x) + 2 * abs(stretch.shift) / stretch.scale) * stretch.scale / std
    printed = stretch.served_lost - 2 * UNIT * np.abs(stretch.served)
    lost = np.maximum(printed, 0.0) + 4 * stretch.lost * stretch.scale / std
    allowed = rounding * (np.abs(stretch.served) + operands) + 2 * lost
    held = fit(stretch, free=2, rates=np.array([1 / max(before, 1.0)]))
    still = np.abs(predicted(stretch, line.parameters, constants) - stretch.served) <= allowed
    if held is None or still.mean() < ALL:
        return False
    moved = np.abs(predicted(stretch, held.parameters) - stretch.served) > allowed
    return float(moved.mean()) > MOVED
