"""The effect of each fault on one feature: predictions of the causes with chosen settings."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from skewcheck.catalogue.cause_spec import CauseSpec
from skewcheck.catalogue.causes import (
    CATEGORY_RENAMED,
    DRIFT,
    ENCODING_CHANGED,
    EPSILON_CHANGED,
    GLOBAL_PARAMETERS,
    NORMALIZED_TWICE,
    NOT_NORMALIZED,
    PRECISION_LOSS,
    RECOMPUTED_PARAMETERS,
    SCOPE_CHANGED,
    STALE_PARAMETERS,
    STEP_CHANGED,
    STEP_MISSING,
    STUCK_VALUE,
    SWAPPED_FEATURES,
    TIME_SHIFT,
    UNIT_CHANGE,
    VALUE_MAPPED,
    WRONG_DDOF,
    WRONG_GROUP,
    WRONG_METHOD,
    WRONG_PARAMETERS,
)
from skewcheck.causes import units
from skewcheck.causes.families import candidates
from skewcheck.causes.mechanism import (
    FeatureContext,
    Mechanism,
    figures,
    final_linear,
    like,
    line,
    summary,
    with_step,
)
from skewcheck.counts.moments import Moments
from skewcheck.features.steps import (
    Affine,
    Clip,
    Impute,
    Linear,
    Map,
    MaxAbs,
    MinMax,
    Round,
    Step,
    Vocabulary,
    ZScore,
)
from skewcheck.features.types import NumericReference
from skewcheck.simulate.inject import mapped
from skewcheck.simulate.inject.categorical_faults import Renamed, encoding_changed, renamed
from skewcheck.simulate.inject.changed_steps import rank, step_changed
from skewcheck.simulate.inject.fault_settings import (
    FaultSettings,
    check_keys,
    checked_step,
    fault_error,
    number,
    setting_error,
    step_with_settings,
)
from skewcheck.text.errors import OptionName


@dataclass(frozen=True, slots=True)
class ChangedRawValues:
    """Drift: raw values go through these steps before the server's."""

    steps: tuple[Step, ...]


Fault = Mechanism | ChangedRawValues | Renamed

_REQUIREMENTS: Mapping[str, tuple[str | OptionName, ...]] = {
    spec.code: needs
    for spec, needs in (
        (NOT_NORMALIZED, ("a number that is normalized",)),
        (NORMALIZED_TWICE, ("a number that is normalized",)),
        (STALE_PARAMETERS, (OptionName("history"), " with a file that normalizes it otherwise")),
        (WRONG_DDOF, ("a z-score and a reference",)),
        (EPSILON_CHANGED, ("a step that divides, by so little that an epsilon matters",)),
        (WRONG_METHOD, ("a step that shifts and scales, and a reference",)),
        (STEP_MISSING, ("a number with at least two steps",)),
        (PRECISION_LOSS, ("a number that no step rounds or casts",)),
        (SWAPPED_FEATURES, ("two numbers, and for their parameters two different scalings",)),
        (UNIT_CHANGE, ("a number",)),
        (WRONG_GROUP, ("parameters by a key",)),
        (GLOBAL_PARAMETERS, ("parameters by a key, or of a scope of rows",)),
        (SCOPE_CHANGED, ("a standardize step",)),
    )
}
_OFFSET_STDS, _SCALE_FACTOR, _DRIFT_STDS = 0.3, 1.25, 0.5
"""Offset in standard deviations, factor of the scale, and drift in standard deviations: detectable
in some hundred rows, but not absurd."""


def fault(code: str, context: FeatureContext, settings: FaultSettings) -> Fault:
    """Return the effect of a fault on a feature.

    `settings` select a variant of the fault, or set its free numbers. Raises UsageError, with the
    feature's name first, if the feature cannot have the fault.
    """
    if code == EPSILON_CHANGED.code and "epsilon" in settings:
        return mapped.epsilon_changed(context, settings)
    if code == UNIT_CHANGE.code and "function" in settings:
        return _predicted_mechanism(code, context, settings)
    if code in _FAULT_FUNCTIONS:
        return _FAULT_FUNCTIONS[code](context, settings)
    if code == PRECISION_LOSS.code and "multiple" in settings:
        return mapped.multiples(context, settings)
    if code == PRECISION_LOSS.code and not settings.keys() & {"decimals", "dtype"}:
        settings = {"decimals": 2, **settings}
    return _predicted_mechanism(code, context, settings)


def _predicted_mechanism(code: str, context: FeatureContext, settings: FaultSettings) -> Mechanism:
    """Return the first of the causes' predictions that has these settings."""
    predictions = [
        prediction for prediction in candidates(context) if prediction.cause.code == code
    ]
    if not predictions:
        raise fault_error(context, f"{code} needs ", *_REQUIREMENTS[code])
    matching = [
        prediction
        for prediction in predictions
        if settings.items() <= dict(prediction.parameters).items()
    ]
    if not matching:
        asked_settings = ", ".join(f"{key}={value}" for key, value in settings.items())
        variants = {
            ", ".join(f"{k}={v}" for k, v in prediction.parameters.items()): None
            for prediction in predictions
        }
        available = "; ".join(list(filter(None, variants))[:8]) or "none"
        raise setting_error(
            context, f": {code} has no variant with {asked_settings}; there are: {available}"
        )
    return min(matching, key=lambda prediction: rank(prediction.parameters.get("op")))


def _final_linear_step(context: FeatureContext, cause: CauseSpec) -> tuple[int, Linear]:
    final_step = final_linear(context.feature.steps)
    if final_step is None:
        raise fault_error(context, f"{cause.code} needs a step that shifts and scales")
    return final_step


def _wrong_parameters(context: FeatureContext, settings: FaultSettings) -> Mechanism:
    i, training_step = _final_linear_step(context, WRONG_PARAMETERS)
    if settings:
        check_keys(context, settings, list(figures(training_step)))
        step: Step = checked_step(context, step_with_settings(context, training_step, settings))
    else:
        offset, scale = line(training_step)
        training = (
            None
            if isinstance(training_step, ZScore)
            else summary(context, context.feature.steps[:i])
        )
        offset_change = _OFFSET_STDS * (training.std if training is not None else abs(scale))
        step = like(
            training_step,
            offset if isinstance(training_step, MaxAbs) else offset + offset_change,
            scale * _SCALE_FACTOR,
        )
    return _with_step(context, i, step, WRONG_PARAMETERS)


def _with_step(context: FeatureContext, i: int, step: Step, cause: CauseSpec) -> Mechanism:
    steps = with_step(context.feature.steps, i, step)
    if steps == context.feature.steps:
        raise setting_error(context, ": these are training's own numbers")
    return Mechanism(cause, steps)


def _unit_change(context: FeatureContext, settings: FaultSettings) -> Mechanism:
    check_keys(context, settings, ["factor", "offset", "function"])
    if context.feature.type != "numeric":
        raise fault_error(context, f"{UNIT_CHANGE.code} needs ", *_REQUIREMENTS[UNIT_CHANGE.code])
    factor = number(context, settings, "factor", 100.0 if "offset" not in settings else 1.0)
    offset = number(context, settings, "offset", 0.0)
    if factor == 0 or (factor, offset) == (1, 0):
        raise setting_error(context, " factor: must not be 0, nor 1 without an offset")
    step = units.converted(units.UnitConversion(factor, offset))
    return Mechanism(UNIT_CHANGE, (step, *context.feature.steps))


def stuck(context: FeatureContext, value: float | str | None, settings: FaultSettings) -> Mechanism:
    """Return one constant served value (or code) for all rows."""
    check_keys(context, settings, ["value"])
    steps = context.feature.steps
    maps = [(i, step) for i, step in enumerate(steps) if isinstance(step, Map)]
    if maps and maps[0][1].names:
        from skewcheck.simulate.inject.several_columns import stuck_map  # few maps are to several

        return stuck_map(context, *maps[0], settings)
    codes = [i for i, step in enumerate(steps) if isinstance(step, Vocabulary | Map)]
    if context.feature.type != "numeric" and not codes:
        raise fault_error(context, f"{STUCK_VALUE.code} needs a number, a vocabulary or a map")
    if value is None:
        raise fault_error(context, "has no value that could be stuck")
    served = number(context, {"value": value}, "value", 0.0)
    constant: tuple[Step, ...] = (Clip(served, served), Impute(served))
    return Mechanism(STUCK_VALUE, (*steps[: codes[0] + 1], *constant) if codes else constant)


def recomputable_step(context: FeatureContext) -> tuple[int, Linear]:
    """Return the index of the step whose parameters are recomputed, and the step.

    UsageError if there is none: medians and quartiles need all values at once.
    """
    if context.feature.type == "numeric":
        i, step = _final_linear_step(context, RECOMPUTED_PARAMETERS)
        if isinstance(step, ZScore | MinMax | MaxAbs | Affine):
            return i, step
    needs = "a z-score, min-max, max-abs or affine step"
    raise fault_error(context, f"{RECOMPUTED_PARAMETERS.code} needs {needs}")


def recomputed(context: FeatureContext, moments: Moments) -> Mechanism:
    """Return the training method with parameters from moments of the values before that step."""
    i, training_step = recomputable_step(context)
    step: Step | None = None
    if not moments.std > 0:
        needs = "affected rows of different values"
        raise fault_error(context, f"{RECOMPUTED_PARAMETERS.code} needs {needs}")
    if isinstance(training_step, ZScore):
        step = replace(training_step, mean=moments.mean, std=moments.std)
    elif isinstance(training_step, MinMax):
        step = replace(training_step, min=moments.min, max=moments.max)
    elif isinstance(training_step, MaxAbs):
        step = replace(training_step, scale=max(-moments.min, moments.max))
    else:
        step = Affine(moments.mean, 1 / moments.std)
    return Mechanism(RECOMPUTED_PARAMETERS, with_step(context.feature.steps, i, step))


def _drift(context: FeatureContext, settings: FaultSettings) -> ChangedRawValues:
    """Shift raw values by half a standard deviation, in multiples of their grid spacing."""
    check_keys(context, settings, ["shift"])
    reference = context.feature.reference
    if not (isinstance(reference, NumericReference) and reference.std):
        raise fault_error(context, f"{DRIFT.code} needs a number with a reference")
    shift = number(context, settings, "shift", _DRIFT_STDS) * reference.std
    if not shift:
        raise setting_error(context, " shift: must not be 0")
    if not reference.step:
        return ChangedRawValues((Affine(-shift, 1.0),))
    shift = (round(shift / reference.step) or math.copysign(1, shift)) * reference.step
    # A sum of two floats may miss the grid: 0.1 + 0.2.
    decimals = min(15, max(0, math.ceil(-math.log10(reference.step)) + 2))
    return ChangedRawValues((Affine(-shift, 1.0), Round(decimals)))


_FAULT_FUNCTIONS: Mapping[str, Callable[[FeatureContext, FaultSettings], Fault]] = {
    WRONG_PARAMETERS.code: _wrong_parameters,
    STEP_CHANGED.code: step_changed,
    UNIT_CHANGE.code: _unit_change,
    STUCK_VALUE.code: lambda context, settings: stuck(context, settings.get("value"), settings),
    ENCODING_CHANGED.code: encoding_changed,
    CATEGORY_RENAMED.code: renamed,
    TIME_SHIFT.code: mapped.time_shift,
    VALUE_MAPPED.code: mapped.value_mapped,
    DRIFT.code: _drift,
}
"""Faults with free settings, by code; all others are predictions of the causes."""
