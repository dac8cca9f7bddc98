"""How sure a mechanism is that brings two distributions together."""

from __future__ import annotations

import numpy as np

from skewcheck.causes import units
from skewcheck.causes.distributions import NOISE, critical, distance, far
from skewcheck.causes.mechanism import Known, Mechanism
from skewcheck.features.steps import Step, inverse
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, OPEN

FAR = 0.2
FIT = 0.1
USUAL = 1.36
"""Kolmogorov's statistic that clean logs stay under in 95 % of cases."""


def sure_of(fit: float, steps: tuple[Step, ...], known: Known, values: FloatArray) -> float:
    """Return how sure a match without free parameters is.

    Many mechanisms are tried: a small drift is met by one of them now and then. Sure is only
    what explains a large difference (D from 0.2 on) down to the noise of most clean logs, and
    one so far that the world hardly moves by itself: of the nearer ones a dozen known factors
    cover a good part, each as wide as the noise of the distributions.
    """
    reference = known.reference
    if reference is None:
        return OPEN
    limit = critical(reference, len(values))
    own = distance(reference, steps, values)
    usual = limit * USUAL / NOISE
    fits = fit <= min(usual, FIT * own) or (own > 0.9 and fit <= limit)
    return LIKELY if own >= FAR and fits and far(reference, steps, values) else OPEN


def as_unit(mechanism: Mechanism, known: Known, served: FloatArray) -> bool:
    """Tell whether served values have the unit's own factor, so far as their rows tell."""
    converts = mechanism.cause.converts and mechanism.steps[1:] == known.feature.steps
    if not converts or known.reference is None:
        return True
    raw = inverse(mechanism.steps[1:], served)
    return units.agrees(mechanism, known.reference, raw[np.isfinite(raw)])
