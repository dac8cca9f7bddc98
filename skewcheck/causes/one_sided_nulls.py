"""Nulls of a log with one side: imputation left out."""

from __future__ import annotations

import numpy as np

from skewcheck.catalogue.causes import STEP_MISSING
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.features.steps import Impute, Step
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, Cause


def cause_of_nulls(
    context: FeatureContext, values: FloatArray, steps: tuple[Step, ...]
) -> list[Cause] | None:
    """Return the cause of a difference in nulls alone: imputation left out.

    That is where nulls are about as many as the raw ones of training. Empty where they are more
    frequent for another reason; None where they are not. `steps` lead from the reference to the
    column.
    """
    reference, share = context.reference, float(np.isnan(values).mean())
    if reference is None or share * len(values) < 5:
        return None
    expected = reference.nulls / max(reference.rows, 1)
    if expected and share >= 0.5 * expected and any(isinstance(step, Impute) for step in steps):
        return [Cause(STEP_MISSING.code, share, LIKELY, {"op": "impute"}, variant="nulls")]
    return [] if share > expected + 0.01 else None
