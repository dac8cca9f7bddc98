"""Whether figures of rows give their values away, as nearly all rows have the same one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.categorical import CategoricalCounts
from skewcheck.counts.numeric import NumericCounts
from skewcheck.features.types import CategoricalReference, IntArray, NumericReference

MOST = 0.9
"""Share of the rows in one cell from which figures are those of that cell."""
FREQUENT = 0.5
"""Share in training from which that cell is no news: of a flag that is mostly 0."""


def alike(cells: IntArray, reference: IntArray | None, *, ordered: bool) -> NDArray[np.bool_]:
    """Return for each part whether its rows are alike, and unlike training's; p of them.

    `cells` are the rows of p parts by cell, p x c, without nulls; `reference` those of training, c
    of them. A single cell tells nothing; neither do parts without rows, nor the cells of any value:
    the last of levels, which is of unseen ones, and of numbers (`ordered`) the first and the last,
    beyond training's range.
    """
    totals = cells.sum(1)
    if cells.shape[1] < 2:
        return np.zeros(len(cells), np.bool_)
    top = cells.argmax(1)
    share = cells.max(1) / np.maximum(totals, 1)
    known = np.zeros(cells.shape[1])
    if reference is not None and reference.sum():
        known = reference / reference.sum()
    any_value = (top == cells.shape[1] - 1) | (ordered & (top == 0))
    same: NDArray[np.bool_] = ~any_value & (share >= MOST) & (known[top] < FREQUENT)
    return same


def are_alike(
    counts: NumericCounts | CategoricalCounts | None,
    reference: NumericReference | CategoricalReference | None,
    names: tuple[str, ...],
) -> bool:
    """Return whether nearly all rows of a feature have one value, which training's had not.

    `names` are those of the levels that are counted. False where nothing is counted.
    """
    if isinstance(counts, NumericCounts):
        if counts.finite and counts.moments.min == counts.moments.max:
            return not (isinstance(reference, NumericReference) and reference.min == reference.max)
        known = reference.histogram if isinstance(reference, NumericReference) else None
        cells = counts.histogram.interleaved[None, :]
        return bool(alike(cells, known.interleaved if known else None, ordered=True)[0])
    if isinstance(counts, CategoricalCounts):
        levels = np.append(counts.counts, counts.unseen)[None, :]
        training = None
        if isinstance(reference, CategoricalReference):
            rows = [reference.counts.get(name, 0) for name in names]
            training = np.array([*rows, reference.other], np.int64)
        return bool(counts.present) and bool(alike(levels, training, ordered=False)[0])
    return False
