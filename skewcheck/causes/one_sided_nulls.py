"""Nulls and infinities of a log with one side, whose other values are as in training."""

from __future__ import annotations

import numpy as np

from skewcheck.catalogue.causes import STEP_MISSING
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.features.steps import Impute, Step
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, Cause

MIN_ABSENT = 5
"""Fewer nulls or infinities of a sample explain no test."""


def causes_of_absent(
    context: FeatureContext, values: FloatArray, steps: tuple[Step, ...]
) -> list[Cause] | None:
    """Return the causes of a difference in nulls or infinities alone: imputation left out.

    That is where nulls are about as many as the raw ones of training. Empty where they, or
    infinities, are more frequent for another reason; None where they are not. `steps` lead from the
    reference to the column.
    """
    reference = context.reference
    if reference is None:
        return None
    null, infinite = float(np.isnan(values).mean()), float(np.isinf(values).mean())
    rows = max(reference.rows, 1)
    expected = reference.nulls / rows
    if null * len(values) >= MIN_ABSENT:
        imputes = any(isinstance(step, Impute) for step in steps)
        if expected and null >= 0.5 * expected and imputes:
            return [Cause(STEP_MISSING.code, null, LIKELY, {"op": "impute"}, variant="nulls")]
        if null > expected + 0.01:
            return []
    more = infinite - reference.nonfinite / rows
    return [] if infinite * len(values) >= MIN_ABSENT and more > infinite / 2 else None
