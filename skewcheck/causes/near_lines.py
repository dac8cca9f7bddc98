"""Mechanisms of straight lines that are far from what was served, all computed at once.

There are as many of them as pairs of features: each by itself costs more in calls than in numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.mechanism import Mechanism
from skewcheck.features.steps import Affine, MaxAbs, Robust, Step, ZScore
from skewcheck.features.steps.rounding import ROUNDING, UNDERFLOW
from skewcheck.features.types import FloatArray

MAX_STEPS = 3
"""Steps of a line: conversions, and a scaling."""
SLACK = 4.0
"""Widths of the interval in which a served value may lie: none beyond is in it."""


def may_explain(mechanisms: Sequence[Mechanism], name: str, rows: SampledRows) -> NDArray[np.bool_]:
    """Return which mechanisms may predict any of the rows of the feature `name`.

    True of those that are no lines, and of all that come near in any row, with room for all
    rounding.
    """
    may = np.ones(len(mechanisms), bool)
    lines = [_line(mechanism) for mechanism in mechanisms]
    chosen = [
        i for i, line in enumerate(lines)
        if line is not None and (mechanisms[i].source or name) in rows.raw
    ]  # fmt: skip
    if not chosen or not len(rows):
        return may
    x = np.array([rows.raw[mechanisms[i].source or name] for i in chosen])
    table = np.array([lines[i] for i in chosen], np.float64)
    with np.errstate(all="ignore"):
        y, error = _through(x, table, rows.raw_tolerance)
        slack = SLACK * (error + ROUNDING * np.abs(y) + UNDERFLOW + rows.served_tolerance)
        # A null explains a null alone.
        half = (np.isnan(x) & ~np.isnan(rows.served)) | (np.isfinite(y) & np.isnan(rows.served))
        near = ~(np.abs(y - rows.served) > slack) & ~half
    may[chosen] = near.any(1)
    return may


def _through(
    x: FloatArray, table: FloatArray, tolerance: FloatArray | float
) -> tuple[FloatArray, FloatArray]:
    """Return what lines make of values (lines x rows), and bounds of the error of rounding."""
    error = np.broadcast_to(np.asarray(tolerance, np.float64), x.shape)
    for k in range(MAX_STEPS):
        offset, slope = table[:, k, :1], table[:, k, 1:]
        error = (error + ROUNDING * (np.abs(x) + error + np.abs(offset))) * np.abs(slope)
        x = (x - offset) * slope
    return x, error


def _line(mechanism: Mechanism) -> tuple[tuple[float, float], ...] | None:
    """Return offset and slope of each step, filled up with steps that change nothing."""
    steps = mechanism.steps
    if mechanism.cause.rounds or not 0 < len(steps) <= MAX_STEPS:
        return None
    pairs = tuple(pair for step in steps if (pair := _pair(step)) is not None)
    return None if len(pairs) < len(steps) else pairs + ((0.0, 1.0),) * (MAX_STEPS - len(steps))


def _pair(step: Step) -> tuple[float, float] | None:
    """Return offset and slope of a step that is a line; None for others, and without a divisor."""
    if isinstance(step, Affine):
        return step.offset, step.scale
    if isinstance(step, ZScore | Robust | MaxAbs) and step.divisor > 0:
        return step.offset, 1 / step.divisor
    return None
