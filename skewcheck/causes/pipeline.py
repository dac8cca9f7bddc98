"""A step left out, and steps with other settings."""

from __future__ import annotations

import math
from collections.abc import Iterator

from skewcheck.catalogue.causes import STEP_CHANGED, STEP_MISSING
from skewcheck.causes.mechanism import FeatureContext, Mechanism, with_step
from skewcheck.features.steps import Affine, Impute, Log1p, Logarithm, MinMax, PowerTransform, Step

USUAL_RANGES = ((0.0, 1.0), (-1.0, 1.0))
"""Ranges that min-max scaling usually has."""


def candidates(context: FeatureContext) -> Iterator[Mechanism]:
    """Yield the steps without each of them, then with usual other settings of each."""
    steps = context.feature.steps
    if context.feature.type != "numeric":
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
    """Yield the step with other settings, with the variant of the cause's phrase."""
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
        for low, high in USUAL_RANGES:
            if (low, high) != step.range:
                yield MinMax(step.min, step.max, (low, high)), "range"
    if isinstance(step, Impute) and not isinstance(step.value, str) and step.value != 0:
        yield Impute(0.0), "fill"


def _settings(step: Step) -> dict[str, object]:
    """Return the settings of a step by the keys of a parameter file."""
    settings: dict[str, object] = {"op": step.op}
    if isinstance(step, Logarithm):
        settings["base"] = step.base
    elif isinstance(step, PowerTransform):
        settings |= {"method": step.method, "lambda": step.lambda_}
    elif isinstance(step, Impute):
        settings["value"] = step.value
    elif isinstance(step, MinMax):
        settings["range"] = step.range
    return settings
