"""Training's method with other parameters: those of an older file, or the other ddof."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from skewcheck.catalogue.causes import STALE_PARAMETERS, WRONG_DDOF
from skewcheck.causes.mechanism import FeatureContext, Mechanism, final_linear, with_step
from skewcheck.features.steps import ZScore, is_affine


def candidates(context: FeatureContext) -> Iterator[Mechanism]:
    """Yield the steps of older files, and the standard deviation with the other ddof."""
    for file, older in context.history:
        if older.steps and older.steps != context.feature.steps:
            yield Mechanism(STALE_PARAMETERS, older.steps, {"file": file})
    yield from _other_ddof(context)


def _other_ddof(context: FeatureContext) -> Iterator[Mechanism]:
    """Yield std sqrt(n/(n-1)), or its inverse where the file's own std has ddof 1."""
    last, reference = final_linear(context.feature.steps), context.reference
    if last is None or reference is None or reference.finite < 2:
        return
    i, step = last
    if not isinstance(step, ZScore):
        return
    n = reference.finite
    factor = math.sqrt(n / (n - 1))
    training_ddof = 0
    before = context.feature.steps[:i]
    if reference.std and is_affine(before) and not before:
        # The standard deviation of the reference has ddof 0.
        training_ddof = int(
            abs(step.std / reference.std - factor) < abs(step.std / reference.std - 1)
        )
    std = step.std * factor if training_ddof == 0 else step.std / factor
    other = with_step(context.feature.steps, i, replace(step, std=std))
    yield Mechanism(
        WRONG_DDOF, other, {"ddof": 1 - training_ddof}, details={"training": training_ddof}
    )
