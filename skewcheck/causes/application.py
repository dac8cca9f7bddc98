"""Normalization left out, or done twice."""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.catalogue.causes import NORMALIZED_TWICE, NOT_NORMALIZED
from skewcheck.causes.mechanism import FeatureContext, Mechanism, final_linear
from skewcheck.features.steps import Impute


def candidates(context: FeatureContext) -> Iterator[Mechanism]:
    """Yield what a server serves that normalizes not at all, or again what is normalized.

    Fill values may be put in all the same: imputing is often another piece of code.
    """
    steps = context.feature.steps
    if not steps or context.feature.type != "numeric":
        return
    yield Mechanism(NOT_NORMALIZED, ())
    filled = tuple(step for step in steps if isinstance(step, Impute))
    if filled and filled != steps:
        yield Mechanism(NOT_NORMALIZED, filled)
    yield Mechanism(NORMALIZED_TWICE, (*steps, *steps))
    last = final_linear(steps)
    if last is not None and len(steps) > 1:
        yield Mechanism(NORMALIZED_TWICE, (*steps, last[1]), variant="scaling")
