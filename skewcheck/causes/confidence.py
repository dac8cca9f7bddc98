"""Confidence in a mechanism that brings two distributions together."""

from __future__ import annotations

import numpy as np

from skewcheck.causes import units
from skewcheck.causes.distributions import KS_CRITICAL_01_PERCENT, critical, distance, far
from skewcheck.causes.mechanism import FeatureContext, Mechanism
from skewcheck.features.steps import Step, inverse
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, OPEN

MIN_DISTANCE = 0.2
"""KS D that a mechanism must explain: smaller drifts are met by one of many mechanisms."""
MAX_DISTANCE_LEFT = 0.1
"""Of the distance to be explained: how much of it a mechanism may leave."""
KS_CRITICAL_5_PERCENT = 1.36
"""Critical value of sqrt(n m / (n + m)) D at the 5 % level (Smirnov 1948, table)."""


def confidence_of(
    remaining: float, steps: tuple[Step, ...], context: FeatureContext, values: FloatArray
) -> float:
    """Return the confidence in a match without free parameters: LIKELY, or OPEN.

    `remaining` is its KS D. Many mechanisms are tried, and one of them may match a small drift by
    chance. LIKELY is only what explains a large difference (MIN_DISTANCE) down to the noise of
    most clean logs, and one so large that drift is rarely the reason (`far`).
    """
    reference = context.reference
    if reference is None:
        return OPEN
    limit = critical(reference, len(values))
    unexplained = distance(reference, steps, values)
    usual_noise = limit * KS_CRITICAL_5_PERCENT / KS_CRITICAL_01_PERCENT
    fits = remaining <= min(usual_noise, MAX_DISTANCE_LEFT * unexplained) or (
        unexplained > 0.9 and remaining <= limit
    )
    return (
        LIKELY if unexplained >= MIN_DISTANCE and fits and far(reference, steps, values) else OPEN
    )


def as_unit(mechanism: Mechanism, context: FeatureContext, served: FloatArray) -> bool:
    """Return whether served values have the factor of the unit; True of other mechanisms."""
    converts = mechanism.cause.converts and mechanism.steps[1:] == context.feature.steps
    if not converts or context.reference is None:
        return True
    raw = inverse(mechanism.steps[1:], served)
    return units.agrees(mechanism, context.reference, raw[np.isfinite(raw)])
