"""Normalization left out, or applied twice."""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.catalogue.causes import NORMALIZED_TWICE, NOT_NORMALIZED
from skewcheck.causes.mechanism import FeatureContext, Mechanism, final_linear
from skewcheck.features.steps import Impute


def candidates(context: FeatureContext) -> Iterator[Mechanism]:
    """Yield raw values, raw values with imputation, and values that are normalized twice.

    Imputation is often a separate piece of code. Nothing for a feature without steps.
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
