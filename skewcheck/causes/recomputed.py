"""Parameters computed on the serving data: then the served values have the method's own moments."""

from __future__ import annotations

import math
from collections.abc import Iterator

from skewcheck.causes.evidence import Evidence, Side
from skewcheck.causes.mechanism import Known, final_linear
from skewcheck.profile.moments import Moments
from skewcheck.steps import Linear, MaxAbs, MinMax, ZScore

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
        yield None, 1.0
        return
    yield from _files(side, last[1])


def _usual(known: Known, rows: int) -> bool:
    """Return whether logs reach the ends of training's range anyway, as whole numbers do."""
    reference = known.reference
    if reference is None or not reference.finite:
        return True
    ends = (int(reference.at[0]), int(reference.at[-1]))
    return min(ends) / reference.finite * rows > 0.01


def _files(side: Side, step: Linear) -> Iterator[tuple[str | None, float]]:
    for file, moments in sorted(side.files.items()):
        if _exact(moments, step):
            yield file, moments.n / side.whole.n


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
