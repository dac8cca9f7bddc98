"""Grids of raw values, seen in served ones: which parameters were used.

Integers, cents and quarters stay equally spaced through any step that shifts and scales. With the
training parameters undone, served values lie on the raw grid. If they do not, and other parameters
put them back on one, then those were used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from skewcheck.causes.narrow_types import narrow, quantized
from skewcheck.features.steps import (
    Buckets,
    Cast,
    Quantize,
    Round,
    Step,
    bounds,
    forward,
    inverse,
    is_affine,
    preimage,
)
from skewcheck.features.types import FloatArray, NumericReference

MAX_NOISE_PARTS = 8
"""A value with more noise than this part of a step does not show whether it is on the grid."""
MIN_USABLE_VALUES = 20
"""Values that can be undone precisely enough, without which the grid is not tested."""
MAX_P_OF_STRAGGLERS = 1e-6
"""p-value of the values off the grid, given training's share of them, up to which they count."""
FIT_TOLERANCE = 1e-6
"""Error of a fitted spacing and phase, in steps."""
MAX_SCALE_RATIO = 5.0
"""Ratio of scales up to which other ones are searched: the search is linear in it."""


@dataclass(frozen=True, slots=True)
class Grid:
    """How served values lie on the raw grid."""

    usable: int
    """Values that could be undone with less noise than step / 8."""
    off: int
    """Usable values that the training parameters do not put on the raw grid."""
    scale: float | None = None
    """Slope of the parameters that put them back, over that of training; None without such."""
    offset: float | None = None
    """Where raw 0 is served by these, in raw steps from training's; -0.5 to 0.5."""
    partly: bool = False
    """These parameters are of some rows only: of values off the raw grid, or a part of them."""
    world: bool = False
    """The values off the raw grid lie on a finer one: the raw values became finer."""
    narrow: str | None = None
    """Type, or number of decimals, that holds all served values and not training's."""

    @property
    def on(self) -> bool:
        """Return whether the training parameters put 98 % of the values on the raw grid."""
        return self.usable >= MIN_USABLE_VALUES and self.off <= 0.02 * self.usable


def undone(
    served: FloatArray, steps: Sequence[Step], tolerance: FloatArray | float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Return raw values, with the steps undone, and the noise of each in raw units.

    The noise is the rounding of the arithmetic and of served digits (`tolerance`). Both are NaN
    for nulls, fill values, values at a clip bound and those that cannot be undone.
    """
    raw = inverse(steps, served)
    low, high = bounds(steps, raw, raw)
    rounding = (high - low) / 2 + tolerance
    lowest, highest = preimage(steps, served - rounding, served + rounding)
    noise = (highest - lowest) / 2
    unknown = ~(np.isfinite(raw) & np.isfinite(noise))
    return np.where(unknown, np.nan, raw), np.where(unknown, np.nan, noise)


def off_grid(raw: FloatArray, noise: FloatArray, step: float) -> FloatArray:
    """Return how far each value lies from the grid beyond its noise, in steps; 0 or less is on."""
    in_steps = raw / step
    distance: FloatArray = np.abs(in_steps - np.round(in_steps)) - noise / step
    return distance


def inspect_grid(
    served: FloatArray, steps: Sequence[Step], reference: NumericReference,
    tolerance: FloatArray | float = 0.0,
) -> Grid | None:  # fmt: skip
    """Return how served values lie on the raw grid, and their type; None without a grid or type."""
    narrow_type = None
    if not any(isinstance(step, Cast | Round | Quantize | Buckets) for step in steps):
        # After a large offset, float32 arithmetic leaves coarse values by itself.
        edges = reference.histogram.edges
        low, high = bounds(steps, edges, edges)
        rounding = (high - low) / 2
        rounding = rounding[np.isfinite(rounding)]
        noise = float(np.median(rounding)) if len(rounding) else np.inf
        narrow_type = quantized(served, steps, reference, tolerance + noise) or narrow(
            served, forward(steps, edges), tolerance + noise
        )
    if reference.step is None:
        return None if narrow_type is None else Grid(len(served), len(served), narrow=narrow_type)
    grid = find_grid(served, steps, reference.step, usual_off_share(reference), tolerance)
    return replace(grid, narrow=narrow_type)


def usual_off_share(reference: NumericReference) -> float:
    """Return the share of training values off the grid, with 3 / n added: the upper 95 % confidence
    limit of a share of which nothing was seen (rule of three)."""
    return 1 - (reference.step_share or 0.0) + 3 / max(reference.finite, 1)


def off_rows(
    served: FloatArray, steps: Sequence[Step], step: float, tolerance: FloatArray | float = 0.0
) -> tuple[NDArray[np.bool_], int]:
    """Return the mask of rows off the raw grid beyond noise, and the number of usable rows."""
    raw, noise = undone(served, steps, tolerance)
    usable = noise <= step / MAX_NOISE_PARTS
    return usable & (off_grid(raw, np.where(usable, noise, 0.0), step) > 1e-9), int(usable.sum())


def find_grid(
    served: FloatArray, steps: Sequence[Step], step: float, usual_share: float,
    tolerance: FloatArray | float = 0.0,
) -> Grid:  # fmt: skip
    """Return how served values (1-D; NaN is a null) lie on the raw grid of width `step`.

    `usual_share` is the share of training values off the grid. Other parameters are searched
    only where significantly more are off, and only through steps that shift and scale.
    """
    raw, noise = undone(served, steps, tolerance)
    usable = noise <= step / MAX_NOISE_PARTS
    raw, noise, values = raw[usable], noise[usable], served[usable]
    off = off_grid(raw, noise, step) > 1e-9
    grid = Grid(int(usable.sum()), int(off.sum()))
    if (
        grid.usable < MIN_USABLE_VALUES
        or not is_affine(steps)
        or not significantly_off(grid, usual_share)
    ):
        return grid
    zero, next_value = forward(steps, np.array([0.0, step]))
    spacing = float(abs(next_value - zero))
    served_noise = noise * spacing / step
    spacing_and_phase = _spacing_and_phase(values, served_noise, spacing)
    if spacing_and_phase is None:
        return grid
    width, phase = spacing_and_phase
    residual = np.abs((values - phase) / width - np.round((values - phase) / width))
    on_new_grid = residual <= served_noise / width + FIT_TOLERANCE
    if 1 - on_new_grid.mean() > usual_share + 0.02 or _is_finer_grid(
        spacing / width, phase, zero, width
    ):
        return grid
    shift = (phase - zero) / width
    return Grid(grid.usable, grid.off, width / spacing, float(shift - np.round(shift)))


def significantly_off(grid: Grid, usual_share: float) -> bool:
    """Return whether more values are off the grid than `usual_share` lets expect.

    By the binomial tail, as the regularized incomplete beta function, at MAX_P_OF_STRAGGLERS.
    """
    off, on = grid.off, grid.usable - grid.off
    return off > 0 and bool(betainc(off, on + 1, min(usual_share, 1.0)) <= MAX_P_OF_STRAGGLERS)


def _is_finer_grid(ratio: float, phase: float, zero: float, width: float) -> bool:
    """Return whether a spacing is a whole part of the old one in phase with it.

    Then the raw values became finer; no other parameters were used.
    """
    is_whole = round(ratio) >= 2 and abs(ratio - round(ratio)) < 1e-6
    shift = (phase - zero) / width
    return is_whole and abs(shift - round(shift)) < 0.01


def _spacing_and_phase(
    values: FloatArray, noise: FloatArray, expected: float
) -> tuple[float, float] | None:
    """Return the widest spacing within MAX_SCALE_RATIO of `expected`, and the phase.

    Gaps of sorted values are whole multiples of the spacing: the mean of cos(2 pi gap / spacing),
    a periodogram of the gaps, is 1 there and small elsewhere. None without a clear maximum.
    """
    ordered = np.sort(values)
    gaps = np.diff(ordered)
    gaps = np.sort(gaps[gaps > 4 * float(np.median(noise))])
    if len(gaps) < 3:
        return None
    # Short gaps find the spacing with few frequencies; long ones then refine it.
    short_gaps = gaps[: max(int((gaps < 50 * expected).sum()), min(len(gaps), 30))][:150]
    if short_gaps[-1] > 2000 * expected:
        return None
    frequencies = np.arange(
        1 / (MAX_SCALE_RATIO * expected), MAX_SCALE_RATIO / expected, 0.05 / short_gaps[-1]
    )
    # A part of the gaps excludes nearly all frequencies.
    scores = _periodicity(frequencies, short_gaps[:: max(len(short_gaps) // 40, 1)])
    candidates = scores > 0.75
    scores[candidates] = _periodicity(frequencies[candidates], short_gaps)
    if scores.max() < 0.9:
        return None
    first = int(np.argmax(scores > 0.9 * scores.max()))
    last = first + int(np.argmin(np.append(scores[first:] > 0.9 * scores.max(), False)))
    frequency = float(frequencies[first + int(np.argmax(scores[first:last]))])
    return _refined(ordered, gaps, 1 / frequency)


def _periodicity(frequencies: FloatArray, gaps: FloatArray) -> FloatArray:
    """Return the mean of cos(2 pi frequency gap) over the gaps, for each frequency."""
    parts = np.array_split(frequencies, len(frequencies) // 4096 + 1)
    return np.concatenate([np.cos(2 * np.pi * np.outer(f, gaps)).mean(1) for f in parts])


def _refined(ordered: FloatArray, gaps: FloatArray, width: float) -> tuple[float, float]:
    """Refine a spacing by least squares over ever longer distances; return it and the phase."""
    for part in (len(gaps) // 4, len(gaps) // 2, len(gaps)):
        chosen = gaps[: max(part, 5)]
        counts = np.round(chosen / width)
        width = float((chosen @ counts) / (counts @ counts)) if counts.any() else width
    middle = ordered[len(ordered) // 2]
    distances = np.sort(np.abs(ordered - middle))
    for part in (16, 8, 4, 2, 1):
        chosen = distances[: max(len(distances) // part, 5)]
        counts = np.round(chosen / width)
        width = float((chosen @ counts) / (counts @ counts)) if counts.any() else width
    cycles = (ordered - middle) / width
    mean_cycle = np.exp(2j * np.pi * cycles).mean()
    return width, float(middle + np.angle(mean_cycle) / (2 * np.pi) * width)
