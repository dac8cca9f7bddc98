"""Parameters computed on the serving data, on a file of it, or on a host's rows."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from skewcheck.catalogue.causes import RECOMPUTED_PARAMETERS as RECOMPUTED
from skewcheck.catalogue.causes import WRONG_METHOD
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.mechanism import Known, Mechanism, figures, final_linear, line, with_step
from skewcheck.causes.moments_by_part import Part, raw_parts, served_parts
from skewcheck.counts.moments import Moments
from skewcheck.features.steps import Affine, Linear, MaxAbs, MinMax, Step, ZScore, forward

LEAST = 50
"""Served rows below which exact moments may be a small file's chance."""
FEWEST = 5
"""Raw rows below which a prediction may be chance."""
EXACT = 1e-6
"""Distance from 0 and 1 that float32 sums may have."""
CHANCE = 1e-3


def candidates(evidence: Evidence) -> Iterator[Mechanism]:
    """Yield the training steps with the numbers of the serving data, whole log first."""
    known = evidence.known
    last = final_linear(known.feature.steps)
    if last is None or evidence.all_rows is None:
        return
    i, own = last
    for part in raw_parts(evidence, i):
        moments = part.moments
        if moments.n < FEWEST or not moments.max > moments.min or _training(moments, known, ()):
            continue
        details = {"on": part.on}
        for step, variant in _steps(own, moments):
            steps, cause, found = with_step(known.feature.steps, i, step), RECOMPUTED, figures(step)
            if step.op != own.op:
                cause, variant, found = WRONG_METHOD, "computed", {"op": step.op, **found}
            yield Mechanism(cause, steps, found, variant=variant, details=details)


def _steps(own: Linear, of: Moments) -> Iterator[tuple[Linear, str]]:
    """Yield the steps that these moments give, the method's own first, and the phrase's variant."""
    # pandas divides by n - 1, NumPy by n.
    deviations = (of.std, of.std * math.sqrt(of.n / (of.n - 1)))
    others: list[Linear] = [ZScore(of.mean, std) for std in deviations]
    others += [MinMax(of.min, of.max, own.range if isinstance(own, MinMax) else (0.0, 1.0))]
    others += [MaxAbs(max(-of.min, of.max))]
    if isinstance(own, Affine):
        yield from ((Affine(of.mean, 1 / std), "") for std in deviations)
    yield from ((step, "") for step in sorted(others, key=lambda step: step.op != own.op))
    if isinstance(own, ZScore):
        yield ZScore(of.mean, own.std), "mean"
        yield ZScore(own.mean, of.std), "std"


def where(evidence: Evidence) -> Iterator[Part]:
    """Yield what parameters were recomputed on, by served values alone: the whole log, or parts.

    Whole log first; files and segments only where it is not.
    """
    known = evidence.known
    last = final_linear(known.feature.steps)
    if last is None or evidence.served is None or not evidence.served.whole.n:
        return
    own = last[1]
    if not isinstance(own, ZScore) and _usual(known, evidence.served.whole.n):
        return
    exact = [
        part
        for part in served_parts(evidence, LEAST)
        if _exact(part.moments, own) and not _training(part.moments, known, known.feature.steps)
    ]
    whole = [part for part in exact if part.column is None]
    # Of columns that tell the same rows one is enough; files that all have the moments give them
    # to the whole log as well.
    column = next((part.column for part in exact if part.column is not None), None)
    parts = [part for part in exact if part.column == column and column is not None]
    every = len(parts) > 1 and sum(part.share for part in parts) > 0.999
    yield from whole if whole and not every else parts


def of_alarmed(evidence: Evidence) -> Mechanism | None:
    """Return what else the served moments of a whole log tell, where its distribution is wrong.

    Another method with the log's own numbers, or its own mean with training's deviation.
    """
    known, steps = evidence.known, evidence.known.feature.steps
    last = final_linear(steps)
    if last is None or evidence.served is None or evidence.served.whole.n < LEAST:
        return None
    own, served, on = last[1], evidence.served.whole, {"on": "log"}
    if _training(served, known, steps):
        return None
    if own.op != "zscore" and _exact(served, ZScore(0.0, 1.0)):
        return Mechanism(WRONG_METHOD, steps, {"op": "zscore"}, variant="computed", details=on)
    unit = _exact(served, MinMax(0.0, 1.0)) and not _between_0_and_1(known)
    if own.op != "minmax" and unit:
        # Whole numbers reach training's ends too: then nobody knows whose they are.
        variant = "alone" if _usual(known, served.n) else "computed"
        return Mechanism(WRONG_METHOD, steps, {"op": "minmax"}, variant=variant, details=on)
    centred = served.max > served.min and abs(served.mean) < EXACT
    if centred and isinstance(own, ZScore) and _chance(own, known, served.n) < CHANCE:
        return Mechanism(RECOMPUTED, steps, variant="mean", details=on)
    return None


def _chance(own: ZScore, known: Known, n: int) -> float:
    """Return how likely a mean of n right values is 0 to within EXACT: normal, near its peak.

    Values on a grid have means on a finer grid: where that holds training's mean they meet it.
    Where training's is 0 itself, both may be by design: full circles, differences.
    """
    reference = known.reference
    if abs(own.mean) < EXACT * own.std:
        return 1.0
    width = 2 * EXACT
    if reference is not None and reference.step:
        finest = reference.step / n
        if abs(own.mean / finest - round(own.mean / finest)) * finest < EXACT * own.std:
            width = max(width, finest / own.std)
    return width * math.sqrt(n) / 2.5


def _training(values: Moments, known: Known, steps: tuple[Step, ...]) -> bool:
    """Return whether this is the training data itself: as many rows, between the same ends.

    `values` are what these steps make of raw ones.
    """
    reference = known.reference
    if reference is None or values.n != reference.finite:
        return False
    if reference.min is None or reference.max is None:
        return False
    ends = np.sort(forward(steps, np.array([reference.min, reference.max])))
    loose = 1e-6 + 1 / values.n  # the other ddof makes a difference of half that
    return bool(np.allclose((values.min, values.max), ends, rtol=loose, atol=1e-6))


def _usual(known: Known, rows: int) -> bool:
    """Return whether logs reach the ends of training's range anyway, as whole numbers do."""
    reference = known.reference
    if reference is None or not reference.finite:
        return True
    at = reference.histogram.at
    ends = (int(at[0]), int(at[-1]))
    return min(ends) / reference.finite * rows > 0.01


def _between_0_and_1(known: Known) -> bool:
    """Return whether right values, or raw ones fed as they are, lie between 0 and 1 anyway."""
    reference = known.reference
    if reference is None or reference.min is None or reference.max is None:
        return True
    raw = np.array([reference.min, reference.max])
    return any(
        ends.min() >= -EXACT and ends.max() <= 1 + EXACT
        for ends in (raw, forward(known.feature.steps, raw))
    )


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


def close(evidence: Evidence, mechanism: Mechanism, part: Moments) -> bool:
    """Return whether recovered numbers are those of a sample of rows, to its noise, and only its.

    Training's own numbers must be further away, or the likeness says nothing.
    """
    own, used = final_linear(evidence.known.feature.steps), final_linear(mechanism.steps)
    if own is None or used is None or part.n < 2 * LEAST:
        return False
    if not mechanism.cause.recovered or not isinstance(own[1], ZScore) or not part.std:
        return False

    def away(step: Linear) -> float:
        offset, scale = line(step)
        mean = abs(offset - part.mean) / part.std
        return max(mean, abs(scale / part.std - 1)) * math.sqrt(part.n)

    return away(used[1]) < 3 and away(own[1]) > 10
