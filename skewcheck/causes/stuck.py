"""The same value over and over, seen in one side alone: one heavy value, the rest as training's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skewcheck.causes.diagnosis import LIKELY, OPEN, SURE, Diagnosis, drift, told
from skewcheck.causes.distributions import critical, distance
from skewcheck.causes.evidence import Rows
from skewcheck.causes.locating import located, of_mask
from skewcheck.causes.mechanism import Known
from skewcheck.causes.precision import partly
from skewcheck.features import FloatArray, NumericReference
from skewcheck.pushing import push
from skewcheck.steps import Clip, Step, forward

FREQUENT = 0.2
"""So much more than training lets expect is news even of a value that training has often."""
NEW = 0.03
"""A share at which a value that training hardly has stands out."""
HARDLY = 0.01
ALONE = 0.2
"""Of the heaviest value: where another new one is as heavy, values were rounded, not stuck."""


def stuck(
    reference: NumericReference, steps: tuple[Step, ...], values: FloatArray, rows: Rows, did: str
) -> list[Diagnosis]:
    """Return a value that stands far more often than in training, if the rest is as it was.

    `steps` lead from the reference to the values, which are finite; `rows` are theirs.
    """
    distinct, counts = np.unique(values, return_counts=True)
    i = int(np.argmax(counts))
    share, value = float(counts[i] / len(values)), float(distinct[i])
    expected = _share_of(reference, steps, value)
    # A value that is frequent in training stands out only far above that: counts move about.
    if share < min(3 * expected + FREQUENT, 0.9):
        return []
    bound = expected > 0 and value in (distinct[0], distinct[-1])
    if bound and share < 0.99 and any(isinstance(s, Clip) for s in steps):
        return []  # values beyond a clip bound pile up there, whatever they are
    rest = values[values != value]
    if len(rest) >= 20 and distance(reference, steps, rest) > 3 * critical(reference, len(rest)):
        return []
    if share > 0.9:
        return [_told(share, SURE, value, values, rows, did)]
    sure = _surely(value, steps)
    beside = [drift(round(1 - sure, 2))] if sure < LIKELY else []
    return [_told(share, sure, value, values, rows, did), *beside]


def newly_frequent(
    reference: NumericReference, steps: tuple[Step, ...], values: FloatArray, rows: Rows, did: str
) -> list[Diagnosis]:
    """Return a value that some rows have and training hardly had, if the rest is training's."""
    distinct, counts = np.unique(values, return_counts=True)
    i = int(np.argmax(counts))
    share, value = float(counts[i] / len(values)), float(distinct[i])
    expected = _share_of(reference, steps, value)
    if expected > HARDLY or share < max(NEW, 10 * expected, 10 / len(values)):
        return []
    if _others(reference, steps, distinct, counts, i):
        return []
    rest = values[values != value]
    if len(rest) < 20 or distance(reference, steps, rest) > critical(reference, len(rest)):
        return []
    sure = _surely(value, steps)
    return [_told(share, sure, value, values, rows, did), drift(round(1 - sure, 2))]


def rounded(known: Known, rows: Rows) -> list[Diagnosis]:
    """Tell rows of which many more are round than training's, where the others are training's."""
    found = partly(known, rows.served, rows.served_tolerance)
    if found is None:
        return []
    mechanism, mask = found
    others = rows.only(~mask)
    reference, left = known.reference, others.served
    if reference is None or len(left) < 20:
        return []
    apart = distance(reference, known.feature.steps, left, others.served_tolerance)
    if apart > critical(reference, len(left)):
        return []
    place = located(of_mask(rows, mask))
    one = told(mechanism, LIKELY, known)
    return [replace(one, share=float(mask.mean()), where=place), drift(round(1 - LIKELY, 2))]


def _surely(value: float, steps: tuple[Step, ...]) -> float:
    """Return how sure a stuck value is: a zero is also how a world says that there was nothing."""
    zero = float(forward(steps, np.zeros(1))[0])
    return OPEN if abs(value - zero) <= 1e-6 * (1 + abs(zero)) else LIKELY


def _told(
    share: float, sure: float, value: float, values: FloatArray, rows: Rows, did: str
) -> Diagnosis:
    place = located(of_mask(rows, values == value))
    return Diagnosis("stuck_value", share, sure, did, {"value": value}, place)


def _others(
    reference: NumericReference, steps: tuple[Step, ...], distinct: FloatArray,
    counts: np.ndarray, first: int,
) -> bool:  # fmt: skip
    """Tell other values that are new and heavy too."""
    heavy = np.flatnonzero(counts > max(ALONE * counts[first], 5))
    return any(
        _share_of(reference, steps, float(distinct[i])) < 0.2 * counts[i] / counts.sum()
        for i in heavy[heavy != first][:20]
    )


def _share_of(reference: NumericReference, steps: tuple[Step, ...], value: float) -> float:
    """Return the share of training rows that a right server serves as this value."""
    pushed = push(reference, steps)
    if pushed is None:
        return 0.0
    i = int(np.searchsorted(pushed.high, value))
    on = i < len(pushed.low) and pushed.low[i] <= value
    total = int(pushed.reference.at.sum() + pushed.reference.between.sum())
    return float(pushed.reference.at[i] / total) if on and total else 0.0
