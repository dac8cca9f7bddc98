"""Whether rows that a mechanism explains are its rows, or meet its values by chance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.evidence import SampledRows
from skewcheck.features.types import FloatArray

Mask = NDArray[np.bool_]
MIN_COVERED = 0.8
"""Of the raw values that rows on a line are expected to have: those of one host may be a few less.
"""
MAX_OTHERS = 0.02
"""Share of rows that are in the places of others, where a column parts them."""
MIN_ROWS_OF_VALUE = 5
"""Rows of a segment's value that make it a place."""
MAX_RUN_DEVIATIONS = 6.0
"""Standard deviations of the number of runs: rows of one host may have somewhat other values."""


def covers(raw: FloatArray, on_line: Mask) -> bool:
    """Return whether rows on a line have about all raw values of the rows that lie between them.

    A share s of the rows has 1 - (1 - s)^m of the values with m rows each, whichever rows they
    are. A curve through few raw values meets a line in fewer.
    """
    known = np.isfinite(raw)
    raw, on_line = raw[known], on_line[known]
    if not on_line.any():
        return True  # of what nulls are filled with
    low, high = np.quantile(raw[on_line], (0.05, 0.95))  # other lines cross it further out
    between = (raw >= low) & (raw <= high)
    if not between.any():
        return False  # two values, of which each pair has a line
    _, places, counts = np.unique(raw[between], return_inverse=True, return_counts=True)
    on_each = np.bincount(places, weights=on_line[between], minlength=len(counts))
    share = float((on_each / counts).mean())  # of the rows of a value, whichever value it is
    expected = float((1 - (1 - share) ** counts).sum())
    return int((on_each > 0).sum()) >= MIN_COVERED * expected


def interleaved(raw: FloatArray, explained: Mask) -> bool:
    """Return whether explained rows stand at random among the others in the order of raw values.

    By the number of runs (Wald and Wolfowitz, Annals of Mathematical Statistics 11 (1940), 147).
    True where all rows are explained.
    """
    n, n1 = len(raw), int(explained.sum())
    if n1 in (0, n):
        return n1 == n
    ordered = explained[np.lexsort((np.random.default_rng(0).random(n), raw))]
    runs = 1 + int((ordered[1:] != ordered[:-1]).sum())
    mean = 2 * n1 * (n - n1) / n + 1
    deviation = math.sqrt(max((mean - 1) * (mean - 2) / (n - 1), 1.0))
    return runs >= mean - MAX_RUN_DEVIATIONS * deviation


def placed(rows: SampledRows, explained: Mask) -> bool:
    """Return whether a time, or values of a segment column, part explained rows from others.

    Raw values may differ between places, and move with time.
    """
    n = len(explained)
    if rows.times is not None and np.isfinite(rows.times).all():
        ordered = explained[np.argsort(rows.times, kind="stable")]
        if (ordered[1:] != ordered[:-1]).sum() <= 2:
            return True
    for column in rows.segments.values():
        counts = np.bincount(column.codes)
        own = np.bincount(column.codes, weights=explained, minlength=len(counts))
        # A value of few rows, as an identifier is, parts any rows from others.
        others = np.where(counts < MIN_ROWS_OF_VALUE, counts, np.minimum(own, counts - own))
        if len(counts) > 1 and others.sum() <= MAX_OTHERS * n:
            return True
    return False


def within_chance(count: int, chance: int) -> bool:
    """Return whether a count is not far above the one under permutation: half, and 3 deviations."""
    return count <= 1.5 * chance + 3 * math.sqrt(chance)
