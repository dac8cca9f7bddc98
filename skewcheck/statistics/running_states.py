"""The state of a series before its first logged row, fitted to what was served since.

Three numbers, or those of another model of `running_models`, are overdetermined by more rows. They
are fitted by the method of Levenberg and Marquardt from several starts (Nocedal and Wright,
Numerical Optimization, 2006, section 10.3), with the weights of a Cauchy distribution, against rows
that were served otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.scopes import Statistics, divisor, results
from skewcheck.features.steps.rounding import ROUNDING
from skewcheck.features.types import FloatArray
from skewcheck.statistics.running_models import (
    Model,
    Stretch,
    by_variance,
    constants,
    decaying,
    running,
)

YOUNGEST, OLDEST = 1e6, 1e-12
"""1 / n of hardly a row before the log, and of so many that statistics are constant."""
NO_ROW = np.array([0.0, np.log(1e-300), np.log(1e12)])
"""Parameters of a series that begins in the log."""
RATES = np.array([1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 0.7, 1e3])
"""1 / n from which a fit starts."""
DECAYS = np.array([1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3])
"""Weights of the newest row, from which the fit of decaying statistics starts."""
COARSE_ROWS = 80
"""Rows, evenly spaced, to which each start is fitted before the best are to all."""
FINE = 3
"""Starts that are fitted to all rows."""
COARSE = 8
"""Starts that are fitted further to the few rows."""
FIRST_STEPS, COARSE_STEPS, FINE_STEPS = 4, 10, 12
MAX_STEP = 2.0
"""Of a logarithm at once."""
NUDGE = 1e-6
"""Of a parameter, for the derivative."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Parameters of a model, and how well they fit."""

    parameters: FloatArray
    residuals: FloatArray
    """Per row: difference from what was served, in units of what arithmetic explains."""

    @property
    def explained(self) -> NDArray[np.bool_]:
        """Rows that are served so."""
        inside: NDArray[np.bool_] = np.abs(self.residuals) <= 1
        return inside

    @property
    def share(self) -> float:
        """Share of them."""
        return float(self.explained.mean())

    def state(self, stretch: Stretch) -> tuple[float, float, float]:
        """Return count, mean and sum of squared deviations of the rows before, in raw units."""
        mean, variance, rate = self.parameters[0], np.exp(self.parameters[1]), self.parameters[2]
        count = float(np.exp(-rate))
        return (
            count, float(mean * stretch.scale + stretch.shift),
            float(count * variance * stretch.scale**2),
        )  # fmt: skip


def values_of(stretch: Stretch, p: FloatArray, s: Statistics) -> FloatArray:
    """Return what is served with statistics (starts x rows), times a factor where p has one."""
    values: FloatArray = (stretch.x - s.centre) / divisor(stretch.step, s.spread)
    return values * np.exp(p[:, 3:4]) if p.shape[1] > 3 else values


def _error(stretch: Stretch, p: FloatArray, s: Statistics) -> FloatArray:
    """Return how far float32 may be from it, infinite where anything may be."""
    offset = abs(stretch.shift) / stretch.scale
    largest = np.maximum(stretch.largest, np.abs(s.centre)) + offset
    lost = np.broadcast_to(stretch.lost, largest.shape)
    error = results(stretch.step, stretch.x, stretch.lost, replace(s, largest=largest, lost=lost))
    # Operands are around the shift here, and around 0 where they were served.
    made = error.error + ROUNDING * 2 * offset / divisor(stretch.step, s.spread)
    made = made * np.exp(p[:, 3:4]) if p.shape[1] > 3 else made
    return np.where(np.isfinite(made), made, np.inf) + stretch.served_lost


def predicted(stretch: Stretch, parameters: FloatArray, model: Model = running) -> FloatArray:
    """Return what is served with parameters, per row."""
    p = parameters[None]
    with np.errstate(all="ignore"):
        made: FloatArray = values_of(stretch, p, model(stretch, p))[0]
    return made


def evaluated(stretch: Stretch, parameters: FloatArray, model: Model = running) -> Fit:
    """Return how well parameters fit."""
    with np.errstate(all="ignore"):
        return Fit(parameters, _residuals(stretch, model, parameters[None])[0])


def errors(stretch: Stretch, parameters: FloatArray, model: Model = running) -> FloatArray:
    """Return the units of a fit's residuals: how far arithmetic may be off, per row."""
    p = parameters[None]
    with np.errstate(all="ignore"):
        made: FloatArray = np.maximum(_error(stretch, p, model(stretch, p))[0], 1e-300)
    return made


def fit(
    stretch: Stretch, model: Model = running, *, free: int = 3, rates: FloatArray = RATES,
    near: FloatArray | None = None,
) -> Fit | None:  # fmt: skip
    """Return the parameters that explain most rows; None where no line starts a fit.

    The first `free` of m, ln v, ln u (or of the weight) and ln of a factor of the result are
    fitted. `rates` are the u, or weights, of the starts; `near` (starts x parameters) are others.
    """
    with np.errstate(all="ignore"):
        starts = (
            _starts(stretch, rates, drifts=model not in (constants, decaying))
            if near is None
            else near
        )
        if not len(starts):
            return None
        if model is by_variance and len(starts):
            starts[:, 1] = starts[:, 1] / 2 - np.log(stretch.scale)
        if free > 3:
            starts = np.column_stack((starts, np.zeros(len(starts))))
        rows = len(stretch.x)
        coarse = stretch.take(np.unique(np.linspace(0, rows - 1, COARSE_ROWS).astype(np.intp)))
        p = _improved(coarse, model, starts, free, FIRST_STEPS)
        p = p[_best(_residuals(coarse, model, p), COARSE)]
        p = _improved(coarse, model, p, free, COARSE_STEPS)
        p = p[_best(_residuals(stretch, model, p), FINE)]
        p = _improved(stretch, model, p, free, FINE_STEPS)
        off = _residuals(stretch, model, p)
        i = _best(off, 1)[0]
        return Fit(p[i], off[i])


def _best(residuals: FloatArray, most: int) -> NDArray[np.intp]:
    """Return the starts that explain most rows, and those best; one where all are explained."""
    off = np.abs(residuals)
    order = np.lexsort((np.median(off, 1), -(off <= 1).sum(1)))
    best: NDArray[np.intp] = order[: 1 if (off[order[0]] <= 1).all() else most]
    return best


def _starts(stretch: Stretch, rates: FloatArray, *, drifts: bool) -> FloatArray:
    """Return parameters (starts x 3): of lines through short runs of rows, with each rate."""
    rows, made = len(stretch.x), []
    for first, last in ((0, 12), (rows // 2, rows // 2 + 40), (rows - 40, rows)):
        part = slice(max(first, 0), min(last, rows))
        x, z = stretch.x[part], stretch.served[part]
        left, right = np.triu_indices(len(x), 1)
        distinct = z[left] != z[right]
        if not distinct.any():
            continue
        slopes = (x[right] - x[left])[distinct] / (z[right] - z[left])[distinct]
        scale = float(np.median(slopes))
        centre = float(np.median(x - scale * z))
        if not scale > 0:
            continue
        i = (part.start + part.stop) // 2
        n, a, b = stretch.rows[i - 1], stretch.sums[i - 1], stretch.squares[i - 1]
        for rate in rates:
            total = 1 + rate * n if drifts else 1.0
            mean = centre * total - rate * a if drifts else centre
            around = rate * (b - 2 * mean * a + n * mean**2) if drifts else 0.0
            variance = (scale**2 + (centre - mean) ** 2) * total - around
            made.append((mean, np.log(variance if variance > 0 else scale**2), np.log(rate)))
    return np.array(made)


def _residuals(stretch: Stretch, model: Model, p: FloatArray) -> FloatArray:
    s = model(stretch, p)
    error = np.maximum(_error(stretch, p, s), 1e-300)
    off: FloatArray = (values_of(stretch, p, s) - stretch.served) / error
    return np.where(np.isfinite(off), off, np.inf)


def _improved(stretch: Stretch, model: Model, p: FloatArray, free: int, steps: int) -> FloatArray:
    """Return parameters (starts x parameters) after some steps of Levenberg and Marquardt."""
    error = _error(stretch, p, model(stretch, p))
    error = np.where(np.isfinite(error), error, 1.0)

    def off(q: FloatArray) -> FloatArray:
        made = values_of(stretch, q, model(stretch, q))
        return np.nan_to_num((made - stretch.served) / error, nan=1e300)

    damping, r = np.full(len(p), 1e-2), off(p)
    for _ in range(steps):
        width = np.maximum(2 * np.median(np.abs(r), 1, keepdims=True), 1.0)
        weights = 1 / (1 + (r / width) ** 2)
        slopes = np.stack([_slope(off, p, k) for k in range(free)], 1)
        weighted = slopes * weights[:, None]
        curvature = np.nan_to_num(weighted @ slopes.transpose(0, 2, 1))
        gradient = np.nan_to_num((weighted @ r[:, :, None])[:, :, 0])
        size = np.sqrt(np.maximum(np.einsum("bii->bi", curvature), 1e-300))
        scaled = curvature / (size[:, :, None] * size[:, None, :])
        scaled[:, range(free), range(free)] += damping[:, None] + 1e-14
        step = np.linalg.solve(scaled, (gradient / size)[:, :, None])[:, :, 0] / size
        moved = p.copy()
        moved[:, :free] -= np.clip(step, -MAX_STEP, MAX_STEP)
        moved[:, 2] = np.clip(moved[:, 2], np.log(OLDEST), np.log(YOUNGEST))
        of_moved = off(moved)
        better = np.log1p((of_moved / width) ** 2).sum(1) < np.log1p((r / width) ** 2).sum(1)
        p, r = np.where(better[:, None], moved, p), np.where(better[:, None], of_moved, r)
        damping = np.clip(np.where(better, damping * 0.2, damping * 8), 1e-12, 1e8)
    return p


def _slope(off: Callable[[FloatArray], FloatArray], p: FloatArray, k: int) -> FloatArray:
    nudge = np.zeros(p.shape[1])
    nudge[k] = NUDGE
    return (off(p + nudge) - off(p - nudge)) / (2 * NUDGE)
