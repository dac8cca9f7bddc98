"""Grids betray parameters: raw values on a grid tell from served ones which numbers were used.

Integers, cents and quarters stay equally spaced through any step that shifts and scales. Undone
with the training parameters, served values land on the raw grid; if they do not, and other
parameters put them back on one, then those were used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

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
from skewcheck.features.steps.rounding import UNIT
from skewcheck.features.types import FloatArray, NumericReference

FINE = 8
"""Values whose noise passes step/8 tell nothing about the grid."""
LEAST = 20
"""Fewer usable values than this are too few to tell."""
CHANCE = 1e-6
"""An off-grid share is a finding where the grid's own stragglers make it less often than this."""
FITTED = 1e-6
"""Of a step: what a fitted spacing and phase may be off by."""
NARROW = 10
"""Distinct values that must all fit a narrow type before it is believed."""
LEVELS = 256
"""Values that eight bits tell apart."""
REACH = 5.0
"""Other scales are looked for up to this factor away."""


@dataclass(frozen=True, slots=True)
class Grid:
    """What served values say of their grid."""

    usable: int
    """Values that could be undone, with less noise than step/8."""
    off: int
    """Those that the training parameters do not put on the raw grid."""
    scale: float | None = None
    """The slope of the parameters that do put them back, over that of training; else None."""
    offset: float | None = None
    """Where raw 0 then comes to lie, in raw steps from training's; -0.5 to 0.5."""
    partly: bool = False
    """Those parameters were used for some rows: the values off the raw grid, or a part of them."""
    world: bool = False
    """The values off the raw grid lie on a finer one, as raw values do that are finer by now."""
    narrow: str | None = None
    """The narrow type, or the decimals, that hold all served values and not training's."""

    @property
    def on(self) -> bool:
        """Tell whether the training parameters put nearly all values on the raw grid."""
        return self.usable >= LEAST and self.off <= 0.02 * self.usable


def undone(
    served: FloatArray, steps: Sequence[Step], tolerance: FloatArray | float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Undo the steps: raw values, and the noise of each in raw units.

    The noise is the rounding of the arithmetic and the served digits (`tolerance`), undone. Both
    are NaN for nulls, fill values, values at a clip bound and those that cannot be undone.
    """
    raw = inverse(steps, served)
    low, high = bounds(steps, raw, raw)
    half = (high - low) / 2 + tolerance
    least, most = preimage(steps, served - half, served + half)
    noise = (most - least) / 2
    lost = ~(np.isfinite(raw) & np.isfinite(noise))
    return np.where(lost, np.nan, raw), np.where(lost, np.nan, noise)


def off_grid(raw: FloatArray, noise: FloatArray, step: float) -> FloatArray:
    """Return how far each value lies from the grid beyond its noise, in steps; 0 or less is on."""
    places = raw / step
    away: FloatArray = np.abs(places - np.round(places)) - noise / step
    return away


def seen(
    served: FloatArray, steps: Sequence[Step], reference: NumericReference,
    tolerance: FloatArray | float = 0.0,
) -> Grid | None:  # fmt: skip
    """Return what served values say of their grid and type; None where there is nothing to say."""
    coarse = None
    if not any(isinstance(step, Cast | Round | Quantize | Buckets) for step in steps):
        # What float32 arithmetic leaves of a large offset is coarse by itself.
        edges = reference.histogram.edges
        low, high = bounds(steps, edges, edges)
        half = (high - low) / 2
        half = half[np.isfinite(half)]
        noise = float(np.median(half)) if len(half) else np.inf
        coarse = _quantized(served, steps, reference, tolerance + noise) or narrow(
            served, forward(steps, edges), tolerance + noise
        )
    if reference.step is None:
        return None if coarse is None else Grid(len(served), len(served), narrow=coarse)
    found = looked_at(served, steps, reference.step, stragglers(reference), tolerance)
    return replace(found, narrow=coarse)


def stragglers(reference: NumericReference) -> float:
    """Return the share off the grid that is no news: three more than seen would still be likely."""
    return 1 - (reference.step_share or 0.0) + 3 / max(reference.finite, 1)


def off_rows(
    served: FloatArray, steps: Sequence[Step], step: float, tolerance: FloatArray | float = 0.0
) -> tuple[NDArray[np.bool_], int]:
    """Return which rows, undone, surely lie off the raw grid, and how many could be undone."""
    raw, noise = undone(served, steps, tolerance)
    usable = noise <= step / FINE
    return usable & (off_grid(raw, np.where(usable, noise, 0.0), step) > 1e-9), int(usable.sum())


def looked_at(
    served: FloatArray, steps: Sequence[Step], step: float, stragglers: float,
    tolerance: FloatArray | float = 0.0,
) -> Grid:  # fmt: skip
    """Look for the raw grid of width `step` in served values (1-D; NaN is a null).

    `stragglers` is the share of training values that lie on no grid. Other parameters are looked
    for only where more values than that are off, and only through steps that shift and scale.
    """
    raw, noise = undone(served, steps, tolerance)
    usable = noise <= step / FINE
    raw, noise, values = raw[usable], noise[usable], served[usable]
    off = off_grid(raw, noise, step) > 1e-9
    found = Grid(int(usable.sum()), int(off.sum()))
    if found.usable < LEAST or not is_affine(steps) or not astray(found, stragglers):
        return found
    zero, one = forward(steps, np.array([0.0, step]))
    spacing = float(abs(one - zero))
    fine = noise * spacing / step
    other = _spaced(values, fine, spacing)
    if other is None:
        return found
    width, phase = other
    residual = np.abs((values - phase) / width - np.round((values - phase) / width))
    back = residual <= fine / width + FITTED
    if 1 - back.mean() > stragglers + 0.02 or _finer(spacing / width, phase, zero, width):
        return found
    shift = (phase - zero) / width
    return Grid(found.usable, found.off, width / spacing, float(shift - np.round(shift)))


def astray(found: Grid, stragglers: float) -> bool:
    """Tell more values off the grid than its own stragglers would leave there, but by CHANCE."""
    off, on = found.off, found.usable - found.off
    return off > 0 and bool(betainc(off, on + 1, min(stragglers, 1.0)) <= CHANCE)


def _finer(ratio: float, phase: float, zero: float, width: float) -> bool:
    """Tell a finer grid of raw values (the world's) from other parameters (the server's)."""
    whole = round(ratio) >= 2 and abs(ratio - round(ratio)) < 1e-6
    shift = (phase - zero) / width
    return whole and abs(shift - round(shift)) < 0.01


def _spaced(values: FloatArray, noise: FloatArray, near: float) -> tuple[float, float] | None:
    """Return the widest spacing within REACH of `near` on which values lie, and their phase.

    The gaps of sorted values are whole multiples of it: the mean of cos(2 pi gap / spacing) is 1
    there and small elsewhere. None where no spacing stands out.
    """
    ordered = np.sort(values)
    gaps = np.diff(ordered)
    gaps = np.sort(gaps[gaps > 4 * float(np.median(noise))])
    if len(gaps) < 3:
        return None
    # The short gaps find the spacing with few frequencies, the long ones then sharpen it.
    short = gaps[: max(int((gaps < 50 * near).sum()), min(len(gaps), 30))][:150]
    if short[-1] > 2000 * near:
        return None
    frequencies = np.arange(1 / (REACH * near), REACH / near, 0.05 / short[-1])
    # Some of the gaps rule out nearly all frequencies.
    scores = _scores(frequencies, short[:: max(len(short) // 40, 1)])
    likely = scores > 0.75
    scores[likely] = _scores(frequencies[likely], short)
    if scores.max() < 0.9:
        return None
    first = int(np.argmax(scores > 0.9 * scores.max()))
    last = first + int(np.argmin(np.append(scores[first:] > 0.9 * scores.max(), False)))
    frequency = float(frequencies[first + int(np.argmax(scores[first:last]))])
    return _sharpened(ordered, gaps, 1 / frequency)


def _scores(frequencies: FloatArray, gaps: FloatArray) -> FloatArray:
    parts = np.array_split(frequencies, len(frequencies) // 4096 + 1)
    return np.concatenate([np.cos(2 * np.pi * np.outer(f, gaps)).mean(1) for f in parts])


def _sharpened(ordered: FloatArray, gaps: FloatArray, width: float) -> tuple[float, float]:
    """Sharpen a spacing: count ever longer distances in it, and fit the last by least squares."""
    for part in (len(gaps) // 4, len(gaps) // 2, len(gaps)):
        some = gaps[: max(part, 5)]
        counts = np.round(some / width)
        width = float((some @ counts) / (counts @ counts)) if counts.any() else width
    middle = ordered[len(ordered) // 2]
    distances = np.sort(np.abs(ordered - middle))
    for part in (16, 8, 4, 2, 1):
        some = distances[: max(len(distances) // part, 5)]
        counts = np.round(some / width)
        width = float((some @ counts) / (counts @ counts)) if counts.any() else width
    turns = (ordered - middle) / width
    turn = np.exp(2j * np.pi * turns).mean()
    return width, float(middle + np.angle(turn) / (2 * np.pi) * width)


def eight_bits(served: FloatArray, tolerance: FloatArray | float = 0.0) -> float | None:
    """Return the number of which all finite values are whole multiples, -128 to 127, if any."""
    values, first = np.unique(served[np.isfinite(served)], return_index=True)
    if not NARROW <= len(values) <= LEVELS:
        return None
    lost = tolerance[np.isfinite(served)][first] if isinstance(tolerance, np.ndarray) else tolerance
    fine = 4 * UNIT * np.abs(values) + lost
    gap = float(np.diff(values).min())
    for parts in (1, 2, 3):
        level = np.round(values * parts / gap)
        if not level.any() or level.min() < -LEVELS // 2 or level.max() >= LEVELS // 2:
            continue
        scale = float(values @ level) / float(level @ level)
        if (np.abs(values - level * scale) <= fine).all() and (fine < 0.02 * scale).all():
            # Twelve digits are more than the values tell, and show a scale as it was typed.
            return float(f"{scale:.12g}")
    return None


def decimal(scale: float) -> bool:
    """Tell a power of ten: values on such a grid have few decimals."""
    return bool(abs(np.log10(scale) - np.round(np.log10(scale))) < 1e-6)


def _quantized(
    served: FloatArray, steps: Sequence[Step], reference: NumericReference,
    tolerance: FloatArray | float,
) -> str | None:  # fmt: skip
    """Return int8 where so few bits hold all served values, and are coarser than the raw grid."""
    scale = eight_bits(served, tolerance)
    if scale is None or decimal(scale):
        return None
    if reference.step is not None:
        zero, one = forward(steps, np.array([0.0, reference.step]))
        if not 2 * abs(one - zero) < scale:
            return None
    own = len(np.unique(forward(steps, reference.histogram.edges)))
    return "int8" if own > 2 * len(np.unique(served)) else None


def narrow(
    served: FloatArray, expected: FloatArray, tolerance: FloatArray | float = 0.0
) -> str | None:
    """Return the narrowest of few decimals, bfloat16 and float16 that holds all served values.

    `expected` are values that a right server serves; a type that holds a tenth of those, or
    fewer than `NARROW` distinct values that are none of those, tells nothing. None also where
    no type holds all.
    `tolerance` is what the digits of a text log and the arithmetic lose: half of the values at
    least must be known far finer than the type, and those are looked at.
    """
    known = np.isfinite(served)
    served = served[known]
    lost = tolerance[known] if isinstance(tolerance, np.ndarray) else tolerance
    if len(served) < NARROW:
        return None
    for told in ("0", "1", "2", "3", "bfloat16", "float16"):
        places = int(told) if told.isdigit() else None
        step = Round(places) if places is not None else Cast(told)
        width = 10.0**-places if places is not None else 2.0**-11 * np.abs(served) + 6e-8
        fine = 4 * UNIT * np.abs(served) + lost
        telling = fine <= 0.05 * width
        if telling.mean() < 0.5 or len(distinct := np.unique(served[telling])) < NARROW:
            continue
        if (np.abs(step.forward(served) - served) > fine)[telling].any():
            continue
        kept = np.abs(step.forward(expected) - expected) <= 4 * UNIT * np.abs(expected)
        # What a right server would serve all the same proves nothing.
        near = np.abs(distinct[:, None] - expected[None, :]).min(1)
        moved = int((near > 1e-6 * (1 + np.abs(distinct))).sum())
        return told if kept.mean() < 0.1 and moved >= NARROW else None
    return None
