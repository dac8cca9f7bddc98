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

from skewcheck.causes.grid_scales import leave_out_places, other_scales
from skewcheck.causes.grid_spacing import MAX_NOISE_PARTS
from skewcheck.causes.narrow_types import narrow, quantized
from skewcheck.causes.undoing import off_grid, undone
from skewcheck.features.steps import (
    Buckets,
    Cast,
    Quantize,
    Round,
    Step,
    bounds,
    forward,
    is_affine,
)
from skewcheck.features.types import FloatArray, NumericReference

MIN_USABLE_VALUES = 20
"""Values that can be undone precisely enough, without which the grid is not tested."""
MAX_P_OF_STRAGGLERS = 1e-6
"""p-value of the values off the grid, given training's share of them, up to which they count."""


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
    exact: bool = False
    """No other scale puts as many values back, takes the places that training takes and brings
    them as near to its distribution."""
    scale_error: float = 0.0
    """Standard error of the scale, over the scale."""
    rivals: tuple[tuple[float, float], ...] = ()
    """Scales and offsets that explain the values as well, the likeliest first."""
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
    grid = find_grid(
        served, steps, reference.step, usual_off_share(reference), tolerance, reference
    )
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
    tolerance: FloatArray | float = 0.0, reference: NumericReference | None = None,
) -> Grid:  # fmt: skip
    """Return how served values (1-D; NaN is a null) lie on the raw grid of width `step`.

    `usual_share` is the share of training values off the grid. Other parameters are searched only
    through steps that shift and scale, and only where significantly more are off, or where values
    leave out places of the grid that training's take. Without a reference the widest spacing is
    returned, which may be that of several steps.
    """
    raw, noise = undone(served, steps, tolerance)
    usable = noise <= step / MAX_NOISE_PARTS
    off = off_grid(raw[usable], noise[usable], step) > 1e-9
    grid = Grid(int(usable.sum()), int(off.sum()))
    if grid.usable < MIN_USABLE_VALUES or not is_affine(steps):
        return grid
    known = np.isfinite(noise)
    in_steps, blur = raw[known] / step, noise[known] / step
    if not significantly_off(grid, usual_share) and (
        reference is None or not leave_out_places(in_steps, reference, step)
    ):
        return grid
    candidates = list(other_scales(in_steps, blur, usual_share, step, reference))
    if not candidates:
        return grid
    best, *rivals = candidates
    return Grid(
        grid.usable, grid.off, best.spacing.width, best.spacing.offset, exact=best.exact,
        scale_error=best.spacing.width_error,
        rivals=tuple((rival.spacing.width, rival.spacing.offset) for rival in rivals),
    )  # fmt: skip


def significantly_off(grid: Grid, usual_share: float) -> bool:
    """Return whether more values are off the grid than `usual_share` lets expect.

    By the binomial tail, as the regularized incomplete beta function, at MAX_P_OF_STRAGGLERS.
    """
    off, on = grid.off, grid.usable - grid.off
    return off > 0 and bool(betainc(off, on + 1, min(usual_share, 1.0)) <= MAX_P_OF_STRAGGLERS)
