"""Nulls and infinities of a log with one side, whose other values are as in training.

Also nulls in place of one value that training had, as zeros that a source began to leave out.
"""

from __future__ import annotations

import math

import numpy as np

from skewcheck.catalogue.causes import STEP_MISSING, VALUE_MAPPED
from skewcheck.causes.contest.fit import fitted, predicted
from skewcheck.causes.contest.values import Logged, Training
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.causes.mechanism_causes import drift
from skewcheck.features.steps import Impute, Step
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, Cause

MIN_GONE = 0.02
"""Share of the rows by which nulls grew and a value shrank: less shows in few logs."""
ERRORS = 2.5
"""Standard errors by which both may differ."""
ERRORS_APART = 6.0
"""Standard errors by which a value is rarer than if nulls were those of rows of any value."""
MAX_GONE = 4
"""Values of training, the most frequent, of which one may have become null."""
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


def causes_of_gone_value(
    context: FeatureContext, values: FloatArray, steps: tuple[Step, ...],
    tolerance: FloatArray | float,
) -> list[Cause]:  # fmt: skip
    """Return that one of training's frequent values became null; empty where none did.

    Nulls are more by as much as the value is rarer, and the others are distributed as training's.
    `values` are those of the log, finite or not.
    """
    reference = context.reference
    training = None if reference is None else Training.of(reference)
    finite = np.isfinite(values)
    if training is None or reference is None or not finite.any():
        return []
    rows, known = len(values), reference.finite / max(reference.rows, 1)
    new = float(np.isnan(values).mean()) - reference.nulls / max(reference.rows, 1)
    lost = np.broadcast_to(np.asarray(tolerance, np.float64), (int(finite.sum()),))
    logged = Logged.of(values[finite], steps, lost) if new >= MIN_GONE else None
    if logged is None:
        return []
    for i in np.argsort(-training.weights)[:MAX_GONE]:
        value = float(training.values[i])
        rest = training.values != value
        usual = float(training.weights[~rest].sum()) * known
        at = np.abs(logged.values - value) <= 2 * logged.noise + 1e-9
        gone = usual - float(at.sum()) / rows
        error = math.sqrt(usual * (1 - usual) * (1 / rows + 1 / training.rows))
        prediction = predicted(training.values[rest], training.weights[rest], logged)
        # Nulls of rows of any value leave it as frequent among the others.
        apart = new * (1 - usual) > ERRORS_APART * error
        if (
            abs(gone - new) > ERRORS * error
            or not apart
            or prediction is None
            or (~at).sum() < MIN_ABSENT
        ):
            continue
        if fitted(prediction, logged.only(~at), training).within_noise:
            return [
                Cause(VALUE_MAPPED.code, new, LIKELY, {"value": value}, variant="became_null"),
                drift(round(1 - LIKELY, 2)),
            ]
    return []
