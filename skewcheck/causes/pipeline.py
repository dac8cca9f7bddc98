"""A step left out, or one with other settings."""

from __future__ import annotations

import math
from collections.abc import Iterator

from skewcheck.catalogue.causes import STEP_CHANGED, STEP_MISSING
from skewcheck.causes.mechanism import Known, Mechanism, with_step
from skewcheck.features.steps import Affine, Impute, Log1p, Logarithm, MinMax, PowerTransform, Step

RANGES = ((0.0, 1.0), (-1.0, 1.0))
"""To which min-max scaling is usually stretched."""


def candidates(known: Known) -> Iterator[Mechanism]:
    """Yield the pipeline without each of its steps, and with other logarithms and exponents."""
    steps = known.feature.steps
    if known.feature.type != "numeric":
        return
    for i, step in enumerate(steps):
        if len(steps) > 1:
            yield Mechanism(STEP_MISSING, with_step(steps, i), {"op": step.op})
        details = {"training": _settings(step)}
        for other, variant in _variants(step):
            changed = with_step(steps, i, other)
            yield Mechanism(
                STEP_CHANGED, changed, _settings(other), variant=variant, details=details
            )
        if isinstance(step, Logarithm | Log1p):
            for base in (2.0, 10.0):
                narrower = (Log1p(), Affine(0.0, 1 / math.log(base)))
                settings: dict[str, object] = {"op": "log1p", "base": base}
                changed = with_step(steps, i, *narrower)
                yield Mechanism(STEP_CHANGED, changed, settings, details=details)


def _variants(step: Step) -> Iterator[tuple[Step, str]]:
    """Yield the step with other settings, and the phrase that says which."""
    if isinstance(step, Logarithm | Log1p):
        yield from (
            (o, "") for o in (Logarithm(), Log1p(), Logarithm(2.0), Logarithm(10.0)) if o != step
        )
    if isinstance(step, PowerTransform):
        methods = {"yeo-johnson": "box-cox", "box-cox": "yeo-johnson"}
        yield PowerTransform(methods[step.method], step.lambda_, step.mean, step.std), "method"
        for exponent in (0.0, 0.5, 1.0):
            if exponent != step.lambda_:
                yield PowerTransform(step.method, exponent, step.mean, step.std), "lambda"
        if (step.mean, step.std) != (0.0, 1.0):
            yield PowerTransform(step.method, step.lambda_), "bare"
    if isinstance(step, MinMax):
        for low, high in RANGES:
            if (low, high) != step.range:
                yield MinMax(step.min, step.max, (low, high)), "range"
    if isinstance(step, Impute) and not isinstance(step.value, str) and step.value != 0:
        yield Impute(0.0), "fill"


def _settings(step: Step) -> dict[str, object]:
    found: dict[str, object] = {"op": step.op}
    if isinstance(step, Logarithm):
        found["base"] = step.base
    elif isinstance(step, PowerTransform):
        found |= {"method": step.method, "lambda": step.lambda_}
    elif isinstance(step, Impute):
        found["value"] = step.value
    elif isinstance(step, MinMax):
        found["range"] = step.range
    return found
