"""Parameters computed on the serving data: then the served values have the method's own moments.

recomputed_parameters: production computed the parameters on the data it serves
    Detected: over the whole log, or over a file of at least 50 rows, the served values have the
    moments that the method gives its own training data (0 and 1 for a z-score) to within 1e-6.
    The training data itself is left out.
    What to do: load the training parameters instead of fitting again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from skewcheck.causes.evidence import Evidence
from skewcheck.causes.mechanism import Known, final_linear
from skewcheck.profile.moments import Moments
from skewcheck.steps import Linear, MaxAbs, MinMax, ZScore, forward

LEAST = 50
"""Rows below which exact moments may be a small file's chance."""
EXACT = 1e-6
"""Distance from 0 and 1 that float32 sums may have."""


def where(evidence: Evidence) -> Iterator[tuple[str | None, float]]:
    """Yield what parameters were recomputed on: None for the whole log, else a file's name.

    With each comes its share of the log's rows. Whole log first; files only where it is not.
    """
    side, last = evidence.served, final_linear(evidence.known.feature.steps)
    if side is None or last is None or not side.whole.n:
        return
    if not isinstance(last[1], ZScore) and _usual(evidence.known, side.whole.n):
        return
    if _exact(side.whole, last[1]):
        if not _training(side.whole, evidence.known):
            yield None, 1.0
        return
    for file, moments in sorted(side.files.items()):
        if _exact(moments, last[1]) and not _training(moments, evidence.known):
            yield file, moments.n / side.whole.n


def _training(served: Moments, known: Known) -> bool:
    """Return whether this is the training data itself: as many rows, between the same ends."""
    reference = known.reference
    if reference is None or served.n != reference.finite:
        return False
    if reference.min is None or reference.max is None:
        return False
    ends = forward(known.feature.steps, np.array([reference.min, reference.max]))
    return bool(np.allclose((served.min, served.max), np.sort(ends), rtol=1e-6, atol=1e-6))


def _usual(known: Known, rows: int) -> bool:
    """Return whether logs reach the ends of training's range anyway, as whole numbers do."""
    reference = known.reference
    if reference is None or not reference.finite:
        return True
    ends = (int(reference.at[0]), int(reference.at[-1]))
    return min(ends) / reference.finite * rows > 0.01


def _exact(moments: Moments, step: Linear) -> bool:
    """Return whether moments are the fixed points of a method: 0 and 1 for a z-score."""
    n = moments.n
    if n < LEAST or not moments.max > moments.min:
        return False
    if isinstance(step, ZScore):
        # pandas divides by n - 1: then the population's own deviation is a little under 1.
        ones = (1.0, math.sqrt((n - 1) / n))
        return abs(moments.mean) < EXACT and any(abs(moments.std - one) < EXACT for one in ones)
    if isinstance(step, MinMax):
        low, high = step.range
        return abs(moments.min - low) < EXACT and abs(moments.max - high) < EXACT
    if isinstance(step, MaxAbs):
        return abs(max(-moments.min, moments.max) - 1) < EXACT
    return False
