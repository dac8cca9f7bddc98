"""The fault step_changed: a step with another base, exponent, bound, fill value or the like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from skewcheck.catalogue.causes import STEP_CHANGED
from skewcheck.causes.families import candidates
from skewcheck.causes.mechanism import FeatureContext, Mechanism, summary, with_step
from skewcheck.features.steps import Clip, Impute, Linear, OneHot, Step, Vocabulary
from skewcheck.simulate.inject.fault_settings import (
    FaultSettings,
    checked_step,
    fault_error,
    number,
    setting_error,
    step_with_settings,
)


def step_changed(context: FeatureContext, settings: FaultSettings) -> Mechanism:
    """Return the pipeline with another step: variants of the causes first, then any setting.

    By default the step that affects most rows: a logarithm before a bound before a fill value.
    """
    mechanisms = [
        mechanism
        for mechanism in candidates(context)
        if mechanism.cause is STEP_CHANGED
        and settings.items() <= dict(mechanism.parameters).items()
    ]
    mechanisms += _mechanisms(context, settings)
    if not mechanisms:
        mechanisms += _saturated(context, settings)
    if not mechanisms:
        keys = dict.fromkeys(
            name for step in _nonlinear_steps(context) for name in _scalar_settings(step)
        )
        if not settings:
            raise fault_error(
                context, f"{STEP_CHANGED.code} needs a logarithm, a bound, or the like"
            )
        asked_and_available = f"{', '.join(settings)}; there are {', '.join(['op', *keys])}"
        raise setting_error(context, f": no step has other settings of {asked_and_available}")
    return min(mechanisms, key=lambda mechanism: rank(mechanism.parameters.get("op")))


def _saturated(context: FeatureContext, settings: FaultSettings) -> Iterator[Mechanism]:
    """Yield the steps after a bound that training does not have, as a type that saturates has."""
    bounds = {key: number(context, settings, key, 0.0) for key in ("min", "max") if key in settings}
    others = settings.keys() - {"op", *bounds}
    if not bounds or others or settings.get("op", Clip.op) != Clip.op:
        return
    if context.feature.type == "numeric":
        clip = checked_step(context, Clip(bounds.get("min"), bounds.get("max")))
        yield Mechanism(STEP_CHANGED, (clip, *context.feature.steps), {"op": clip.op})


def rank(op: object) -> int:
    """Return the order in which steps are changed by default: those that affect most rows first."""
    order = ("power", "quantile", "log", "log1p", "buckets", "clip", "impute")
    return order.index(op) if isinstance(op, str) and op in order else len(order)


def _nonlinear_steps(context: FeatureContext) -> Iterator[Step]:
    """Yield the steps of a numeric feature that are neither linear nor encoders."""
    if context.feature.type == "numeric":
        for step in context.feature.steps:
            if not isinstance(step, Linear | Vocabulary | OneHot):
                yield step


def _scalar_settings(step: Step) -> list[str]:
    """Return the names of a step's settings that are a number or a string."""
    names = [field.name for field in fields(step)]
    scalars = [
        setting for setting in names if isinstance(getattr(step, setting), float | int | str | None)
    ]
    return ["lambda" if name == "lambda_" else name for name in scalars]


def _mechanisms(context: FeatureContext, settings: FaultSettings) -> Iterator[Mechanism]:
    """Yield each step with the given settings; without any, closer bounds and other fill values."""
    new_settings = {key: value for key, value in settings.items() if key != "op"}
    for step in _nonlinear_steps(context):
        i = context.feature.steps.index(step)
        changed: Step | None = None
        if settings.get("op", step.op) != step.op:
            continue
        if new_settings and new_settings.keys() <= set(_scalar_settings(step)):
            changed = checked_step(context, step_with_settings(context, step, new_settings))
        elif not new_settings and isinstance(step, Clip):
            changed = _closer_bounds(context, i, step)
        elif not new_settings and isinstance(step, Impute) and not isinstance(step.value, str):
            changed = Impute(0.0 if step.value else -1.0)
        if changed is not None and changed != step:
            steps = with_step(context.feature.steps, i, changed)
            yield Mechanism(STEP_CHANGED, steps, {"op": step.op})


def _closer_bounds(context: FeatureContext, i: int, step: Clip) -> Clip | None:
    """Return bounds half-way to the training mean; None if that is unknown."""
    training = summary(context, context.feature.steps[:i])
    if training is None:
        return None
    low = None if step.min is None else (step.min + training.mean) / 2
    high = None if step.max is None else (step.max + training.mean) / 2
    changed = Clip(low, high)
    return changed if changed.check() is None else None
