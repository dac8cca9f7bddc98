"""Screen rows before their parity is judged: one cheap pass leaves those near or past a bound.

The bounds of a correct server (`features.steps.bounds`) take intervals through every step for every
row. Where the last step is linear, y = (h - offset) / divisor * factor + addend, they are
at least `ROUNDING * |factor / divisor| * (|h| + |offset|)` away from y on both sides
(`steps.linear`): the interval that enters the step holds h, and each operand of its subtraction is
rounded. A row nearer than nine tenths of that needs no interval.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.kernel import kernel
from skewcheck.features.steps import Linear, Step, forward, line_of, numeric_steps
from skewcheck.features.steps.rounding import ROUNDING
from skewcheck.features.types import FloatArray, IntArray

SAFE = 0.9
"""Of the bound's least width: float64 rounds both, by less than a millionth."""
STEEPEST = 1e6
"""Slopes beyond it, and offsets beyond FARTHEST, could overflow: their rows are not screened."""
FARTHEST = 1e150
BLOCK = 16_384
"""Rows that are screened at a time: their intermediate results stay in a processor's cache."""


def not_surely_right(
    steps: Sequence[Step], raw: FloatArray, served: FloatArray, resolution: float
) -> IntArray:
    """Return the rows, ascending, whose served value may be wrong, or off by over `resolution`.

    All rows where the last step is not linear. A row without a finite value on both sides is
    among them.
    """
    numeric = numeric_steps(steps)
    if len(numeric) != len(steps) or not numeric or not isinstance(numeric[-1], Linear):
        return np.arange(len(raw))
    line = offset, divisor, factor, addend = line_of(numeric[-1])
    slope = abs(factor / divisor) if divisor else np.inf
    if not (slope <= STEEPEST and abs(offset) <= FARTHEST and abs(addend) <= FARTHEST):
        return np.arange(len(raw))
    # No bound is infinite: an infinite difference is within none.
    bound = SAFE * ROUNDING * slope, float(min(resolution, np.finfo(np.float64).max))
    before = numeric[:-1]
    parts = [
        first
        + _rest(
            forward(before, raw[first : first + BLOCK]), served[first : first + BLOCK], line, bound
        )
        for first in range(0, len(raw), BLOCK)
    ]
    return np.concatenate(parts) if parts else np.arange(0)


def _rest(
    h: FloatArray, served: FloatArray, line: tuple[float, float, float, float],
    bound: tuple[float, float],
) -> IntArray:  # fmt: skip
    """Return the rows that are further from the line than the margin says, or the most."""
    if kernel is not None:
        near = np.empty(len(h), np.uint8)
        pair = np.ascontiguousarray(h), np.ascontiguousarray(served)
        marked = kernel.screen(*pair, *line, *bound, near)
        return np.flatnonzero(near) if marked else np.empty(0, np.int64)
    offset, divisor, factor, addend = line
    margin, most = bound
    with np.errstate(over="ignore", invalid="ignore"):
        off = h - offset
        off /= divisor
        if (factor, addend) != (1.0, 0.0):
            off *= factor
            off += addend
        off -= served
        np.abs(off, out=off)
        allowed = np.abs(h)
        allowed += abs(offset)
        allowed *= margin
        np.minimum(allowed, most, out=allowed)
        right: NDArray[np.bool_] = off <= allowed
    return np.flatnonzero(~right)
