"""The same value over and over, seen in one side alone: one heavy value, the rest as training's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skewcheck.catalogue.causes import STUCK_VALUE
from skewcheck.causes.diagnosis import drift, of_all_rows
from skewcheck.causes.distributions import critical, distance
from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.locating import located, of_mask
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.causes.precision import bare_eight_bits, partly_rounded
from skewcheck.features.propagate import propagate
from skewcheck.features.steps import Clip, Step, forward
from skewcheck.features.types import FloatArray, NumericReference
from skewcheck.results.causes import LIKELY, OPEN, SURE, Cause

FREQUENT = 0.2
"""So much more than training lets expect is news even of a value that training has often."""
NEW = 0.03
"""A share at which a value that training hardly has stands out."""
HARDLY = 0.01
USUAL = 0.25
"""A share in training from which a world that grew quiet may do the same."""
HALF = 0.5
ALIKE = 0.3
ALL = 0.999
ALONE = 0.2
"""Of the heaviest value: where another new one is as heavy, values were rounded, not stuck."""


def stuck(
    reference: NumericReference, steps: tuple[Step, ...], values: FloatArray, rows: SampledRows
) -> list[Cause]:
    """Return a value that stands far more often than in training, if the rest is as it was.

    `steps` lead from the reference to the values, which are finite; `rows` are theirs.
    """
    distinct, counts = np.unique(values, return_counts=True)
    i = int(np.argmax(counts))
    share, value = float(counts[i] / len(values)), float(distinct[i])
    expected = float(_shares_of(reference, steps, distinct[i : i + 1])[0])
    # A value that is frequent in training stands out only far above that: counts move about.
    if share < min(3 * expected + FREQUENT, 0.9):
        return []
    usual = expected > USUAL
    if usual and 1 - share > (1 - expected) / 3:
        return []  # other values are hardly rarer than they were
    bound = expected > 0 and value in (distinct[0], distinct[-1])
    if bound and share < 0.99 and any(isinstance(s, Clip) for s in steps):
        return []  # values beyond a clip bound pile up there, whatever they are
    rest = values[values != value]
    noise = critical(reference, max(len(rest), 1))
    apart = distance(reference, steps, rest) if len(rest) >= 20 else 0.0
    if apart > max(noise, min(3 * noise, ALIKE)):
        return []
    sure = OPEN if usual else _surely(value, steps, rows.served_tolerance)
    if share > ALL or (share > 0.9 and sure > OPEN):
        return [_cause(share, SURE, value, values, rows)]
    beside = [drift(round(1 - sure, 2))] if sure < LIKELY else []
    return [_cause(share, sure, value, values, rows), *beside]


def newly_frequent(
    reference: NumericReference, steps: tuple[Step, ...], values: FloatArray, rows: SampledRows
) -> list[Cause]:
    """Return a value that some rows have and training hardly had, if the rest is training's."""
    distinct, counts = np.unique(values, return_counts=True)
    usual = _shares_of(reference, steps, distinct)
    i = int(np.argmax(np.where(usual <= HARDLY, counts, 0)))
    share, value, expected = float(counts[i] / len(values)), float(distinct[i]), float(usual[i])
    if expected > HARDLY or share < max(NEW, 10 * expected, 10 / len(values)):
        return []
    # Other values that are new and heavy, too, were rounded, not stuck.
    heavy = (counts > max(ALONE * counts[i], 5)) & (usual < 0.2 * counts / counts.sum())
    if heavy[np.arange(len(counts)) != i].any():
        return []
    rest = values[values != value]
    if len(rest) < 20 or distance(reference, steps, rest) > critical(reference, len(rest)):
        return []
    # Where one value is most of training, a part of the world that moved brings one new value.
    moved = usual.max(initial=0.0) > HALF
    sure = OPEN if moved else _surely(value, steps, rows.served_tolerance)
    return [_cause(share, sure, value, values, rows), drift(round(1 - sure, 2))]


def rounded(context: FeatureContext, rows: SampledRows) -> list[Cause]:
    """Tell rows of which many more are round than training's, where the others are training's."""
    found = partly_rounded(context, rows.served, rows.served_tolerance)
    if found is None:
        return []
    mechanism, mask = found
    others = rows.only(~mask)
    reference, left = context.reference, others.served
    if reference is None or len(left) < 20:
        return []
    apart = distance(reference, context.feature.steps, left, others.served_tolerance)
    if apart > critical(reference, len(left)):
        return []
    place, some, sure = located(of_mask(rows, mask)), rows.served[mask], LIKELY
    if distance(reference, mechanism.steps, some) > critical(reference, len(some)):
        other = bare_eight_bits(context, some)
        fits = other is not None and (
            distance(reference, other.steps, some) <= critical(reference, len(some))
        )
        mechanism, sure = (other, LIKELY) if other is not None and fits else (mechanism, OPEN)
    cause = of_all_rows(mechanism, sure, context)
    return [replace(cause, share=float(mask.mean()), place=place), drift(round(1 - sure, 2))]


def _surely(value: float, steps: tuple[Step, ...], lost: FloatArray | float) -> float:
    """Return how sure a stuck value is: a zero is also how a world says that there was nothing."""
    zero = float(forward(steps, np.zeros(1))[0])
    near = 1e-6 * (1 + abs(zero)) + float(np.max(lost, initial=0.0))
    return OPEN if abs(value - zero) <= near else LIKELY


def _cause(share: float, sure: float, value: float, values: FloatArray, rows: SampledRows) -> Cause:
    place = located(of_mask(rows, values == value))
    return Cause(STUCK_VALUE.code, share, sure, {"value": value}, place)


def _shares_of(
    reference: NumericReference, steps: tuple[Step, ...], values: FloatArray
) -> FloatArray:
    """Return the shares of training rows that a right server serves as each value."""
    pushed = propagate(reference, steps)
    if pushed is None or not (total := pushed.reference.histogram.total):
        return np.zeros(len(values))
    i = np.minimum(np.searchsorted(pushed.high, values), len(pushed.low) - 1)
    on = (pushed.low[i] <= values) & (values <= pushed.high[i])
    found: FloatArray = np.where(on, pushed.reference.histogram.at[i] / total, 0.0)
    return found
