"""Other parameters of some rows, from the served values off the raw grid alone.

Values that the training parameters put on the grid are no evidence for those that they do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.grids import (
    MAX_P_OF_STRAGGLERS,
    MIN_USABLE_VALUES,
    Grid,
    find_grid,
    off_rows,
    usual_off_share,
)
from skewcheck.causes.undoing import undone
from skewcheck.features.steps import Step, is_affine
from skewcheck.features.types import FloatArray, NumericReference

FRACTIONS_OF_STEP = (8, 12, 100)
"""Denominators that cover halves, thirds, quarters, sixths, eighths, twelfths, hundredths."""
MAX_SPACINGS = 1e5
"""Spacings that the search tries, at most: the number of hypotheses of `_by_chance`."""
MIN_BLUR = 1e-4
"""Noise of a value that is assumed at least, in steps."""


def find_partial_grid(
    grid: Grid, served: FloatArray, steps: Sequence[Step], reference: NumericReference,
    parts: Iterable[NDArray[np.bool_]], tolerance: FloatArray | float = 0.0,
) -> Grid:  # fmt: skip
    """Return the grid with other parameters of some rows, if `grid` has none of all rows.

    The values off the grid are searched together, then those of each of `parts` (a host, a file),
    as each may have parameters of its own. Without a result, `grid` is returned as it is.
    """
    if reference.step is None or grid.scale is not None or not is_affine(steps):
        return grid
    off, _ = off_rows(served, steps, reference.step, tolerance)
    for part in (np.ones(len(served), np.bool_), *parts):
        off_in_part = off & part
        if off_in_part.sum() < MIN_USABLE_VALUES:
            continue
        values, lost_digits = (
            served[off_in_part],
            np.broadcast_to(tolerance, served.shape)[off_in_part],
        )
        part_grid = find_grid(
            values, steps, reference.step, usual_off_share(reference), lost_digits
        )
        if part_grid.scale is None or part_grid.offset is None:
            continue
        _, noise = undone(values, steps, lost_digits)
        blur = float(np.nanmedian(noise)) / reference.step
        if _by_chance(values, blur):
            continue
        if abs(part_grid.scale - 1) < 1e-5 and _is_simple_fraction(
            part_grid.offset, blur / np.sqrt(len(values))
        ):
            return replace(grid, world=True)
        return replace(grid, scale=part_grid.scale, offset=part_grid.offset, partly=True)
    return grid


def _by_chance(values: FloatArray, blur: float) -> bool:
    """Return whether so few distinct values lie on some spacing by chance, as a bound or a fill do.

    Two of them determine spacing and phase; each other one is within its noise of the grid with
    probability 2 blur.
    """
    others = len(np.unique(values)) - 2
    return MAX_SPACINGS * (2 * max(blur, MIN_BLUR)) ** others > MAX_P_OF_STRAGGLERS


def _is_simple_fraction(offset: float, error: float) -> bool:
    """Return whether an offset is a simple fraction of a step, within three errors.

    Then some raw values are finer than in training, as prices that end in .99.
    """
    multiples = offset * np.array(FRACTIONS_OF_STEP)
    tolerances = 3 * (error + 1e-5) * np.array(FRACTIONS_OF_STEP)
    return bool((np.abs(multiples - np.round(multiples)) <= tolerances).any())
