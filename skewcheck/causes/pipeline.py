"""A step left out, or one with other settings.

step_missing: production left a step out
    Detected: the training steps without one of them predict what was served.
    What to do: add the step that the report names.

step_changed: a step with other settings
    Detected: the training steps with another base, exponent, fill value or clip bound predict
    what was served; fill values and bounds are read off the rows.
    What to do: take the settings from the parameter file instead of from the code.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

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
            did = f"without the {step.op} step"
            yield Mechanism("step_missing", with_step(steps, i), did, {"op": step.op})
        for other, told in _variants(step):
            did = f"with {told} in place of {_named(step)}"
            yield Mechanism("step_changed", with_step(steps, i, other), did, _settings(other))
        if isinstance(step, Logarithm | Log1p):
            for base in (2.0, 10.0):
                did = f"with log{base:g}(1 + x) in place of {_named(step)}"
                narrower = (Log1p(), Affine(0.0, 1 / math.log(base)))
                told_of: dict[str, object] = {"op": "log1p", "base": base}
                yield Mechanism("step_changed", with_step(steps, i, *narrower), did, told_of)


def _variants(step: Step) -> Iterator[tuple[Step, str]]:
    if isinstance(step, Logarithm | Log1p):
        for other in (Logarithm(), Log1p(), Logarithm(2.0), Logarithm(10.0)):
            if other != step:
                yield other, _named(other)
    if isinstance(step, PowerTransform):
        methods = {"yeo-johnson": "box-cox", "box-cox": "yeo-johnson"}
        yield (
            PowerTransform(methods[step.method], step.lambda_, step.mean, step.std),
            methods[step.method],
        )
        for exponent in (0.0, 0.5, 1.0):
            if exponent != step.lambda_:
                yield (
                    PowerTransform(step.method, exponent, step.mean, step.std),
                    f"lambda {exponent:g}",
                )
        if (step.mean, step.std) != (0.0, 1.0):
            yield PowerTransform(step.method, step.lambda_), "no standardization"
    if isinstance(step, MinMax):
        for low, high in RANGES:
            if (low, high) != step.range:
                yield MinMax(step.min, step.max, (low, high)), f"a range of {low:g} to {high:g}"
    if isinstance(step, Impute) and not isinstance(step.value, str) and step.value != 0:
        yield Impute(0.0), "0 as fill value"


def _named(step: Step) -> str:
    if isinstance(step, MinMax):
        return f"{step.range[0]:g} to {step.range[1]:g}"
    if isinstance(step, Logarithm):
        return "ln" if step.base == math.e else f"log{step.base:g}"
    return step.op


def _settings(step: Step) -> dict[str, object]:
    found: dict[str, object] = {"op": step.op}
    if isinstance(step, Logarithm):
        found["base"] = step.base
    elif isinstance(step, PowerTransform):
        found |= {"method": step.method, "lambda": step.lambda_}
    elif isinstance(step, Impute):
        found["value"] = step.value
    elif isinstance(step, MinMax):
        found["range"] = list(step.range)
    return found
