"""Whether a step can follow others, and whether its settings are valid."""

from __future__ import annotations

import math
from collections.abc import Sequence

from skewcheck.features.steps import Impute, Map, OneHot, Step, Vocabulary, attributes
from skewcheck.features.types import FeatureType


def input_type(step: Step) -> FeatureType:
    """Return the type of values that a step takes."""
    text = isinstance(step, Vocabulary | OneHot | Map) or (
        isinstance(step, Impute) and isinstance(step.value, str)
    )
    return "categorical" if text else "numeric"


def type_problem(
    applied: Sequence[Step], column_type: FeatureType | None, step: Step
) -> str | None:
    """Return why a step cannot follow the applied ones, or None."""
    encoded = any(isinstance(s, Vocabulary | Map) for s in applied)
    current_type: FeatureType | None = "numeric" if encoded else column_type
    if current_type is None or current_type == input_type(step):
        return None
    return f"{step.op} does not take {'numbers' if current_type == 'numeric' else 'levels'} here"


def setting_problem(step: Step) -> str | None:
    """Return why a step's settings are invalid (not finite, or its own check), or None."""
    for key, name in attributes(step).items():
        value = getattr(step, name)
        values = value if isinstance(value, tuple) else (value,)
        if any(isinstance(x, float) and not math.isfinite(x) for x in values):
            return f"{step.op}: {key} is not a finite number"
    problem = step.check()
    return None if problem is None else f"{step.op}: {problem[0]} {problem[1]}"
