"""Other parameters of some rows: what served values off the raw grid say by themselves.

Values that the training parameters put on the grid tell nothing of those that they do not.
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
    undone,
    usual_off_share,
)
from skewcheck.features.steps import Step, is_affine
from skewcheck.features.types import FloatArray, NumericReference

FRACTIONS = (8, 12, 100)
"""Parts of a step that raw values come in: halves, thirds, quarters ... hundredths."""
SPACINGS = 1e5
"""As many spacings are tried at most."""
FINEST = 1e-4
"""Of a step: no value is believed to be known better than this."""


def find_partial_grid(
    found: Grid, served: FloatArray, steps: Sequence[Step], reference: NumericReference,
    parts: Iterable[NDArray[np.bool_]], tolerance: FloatArray | float = 0.0,
) -> Grid:  # fmt: skip
    """Look for other parameters of some rows, where those of all rows are not found.

    The values off the grid are looked at together, then those of each of `parts` (a host, a
    file), as each may have parameters of its own.
    """
    if reference.step is None or found.scale is not None or not is_affine(steps):
        return found
    off, _ = off_rows(served, steps, reference.step, tolerance)
    for part in (np.ones(len(served), np.bool_), *parts):
        some = off & part
        if some.sum() < MIN_USABLE_VALUES:
            continue
        values, lost = served[some], np.broadcast_to(tolerance, served.shape)[some]
        one = find_grid(values, steps, reference.step, usual_off_share(reference), lost)
        if one.scale is None or one.offset is None:
            continue
        _, noise = undone(values, steps, lost)
        blur = float(np.nanmedian(noise)) / reference.step
        if _by_chance(values, blur):
            continue
        if abs(one.scale - 1) < 1e-5 and _simple(one.offset, blur / np.sqrt(len(values))):
            return replace(found, world=True)
        return replace(found, scale=one.scale, offset=one.offset, partly=True)
    return found


def _by_chance(values: FloatArray, blur: float) -> bool:
    """Tell so few different values that some spacing meets them, such as a new bound or fill.

    Two of them fix spacing and phase; each of the others lies on it by chance twice as often as
    it is blurred.
    """
    others = len(np.unique(values)) - 2
    return SPACINGS * (2 * max(blur, FINEST)) ** others > MAX_P_OF_STRAGGLERS


def _simple(offset: float, error: float) -> bool:
    """Tell values a simple fraction of a step beside the grid: some of the world's are finer.

    Other parameters of all rows are likelier; some prices among others may well end in .99.
    """
    parts = offset * np.array(FRACTIONS)
    lost = 3 * (error + 1e-5) * np.array(FRACTIONS)
    return bool((np.abs(parts - np.round(parts)) <= lost).any())
