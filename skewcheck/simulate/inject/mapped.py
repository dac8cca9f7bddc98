"""Faults that take a function of the raw value: shifted periods, powers, multiples; epsilons."""

from __future__ import annotations

from skewcheck.catalogue.causes import EPSILON_CHANGED, PRECISION_LOSS, TIME_SHIFT, VALUE_MAPPED
from skewcheck.causes.functions import (
    CLOCK,
    DAY,
    FUNCTIONS,
    around,
    counted_period,
    to_multiple,
)
from skewcheck.causes.mechanism import FeatureContext, Mechanism, final_linear, with_step
from skewcheck.features.steps import EPSILON_IN, Affine, Divided
from skewcheck.simulate.inject.fault_settings import (
    FaultSettings,
    check_keys,
    checked_step,
    fault_error,
    number,
    setting_error,
    step_with_settings,
    whole,
)
from skewcheck.simulate.inject.read_values import READERS


def time_shift(context: FeatureContext, settings: FaultSettings) -> Mechanism:
    """Return a number that counts a period shifted around it, by one if nothing else is set.

    With modulo=12 the hours of the day become those of a 12-hour clock.
    """
    check_keys(context, settings, ["offset", "first", "modulo"])
    period = counted_period(context)
    if period is None:
        raise fault_error(
            context,
            f"{TIME_SHIFT.code} needs whole numbers that count 7, 12, 24 or 60 from 0 or 1",
        )
    begin, length = period
    modulo = number(context, settings, "modulo", float(length))
    if (begin, length, modulo) == (0, DAY, CLOCK):
        start = whole(context, settings, "first", 1)
        clock = around(begin, (CLOCK - 1) * start, CLOCK, start, turns=2)
        if start != 1 or "offset" in settings:
            raise setting_error(context, ": a 12-hour clock has no offset, and its first hour is 1")
        return Mechanism(TIME_SHIFT, (clock, *context.feature.steps))
    if modulo != length:
        raise setting_error(context, f" modulo: must be {length}, or 12 of hours from 0 to 23")
    offset = number(context, settings, "offset", 1)
    first = number(context, settings, "first", begin)
    if offset % 1 or not offset % length or first not in (0, 1):
        raise setting_error(
            context, f": offset must be whole and no multiple of {length}, first must be 0 or 1"
        )
    step = around(begin, int(offset % length), length, int(first))
    return Mechanism(TIME_SHIFT, (step, *context.feature.steps))


def value_mapped(context: FeatureContext, settings: FaultSettings) -> Mechanism:
    """Return a function of the raw value, its root if nothing else is set, or an offset."""
    check_keys(context, settings, ["function", "offset"])
    if context.feature.type != "numeric":
        raise fault_error(context, f"{VALUE_MAPPED.code} needs a number")
    if "offset" in settings:
        plus = Affine(-number(context, settings, "offset", 1), 1.0)
        return Mechanism(VALUE_MAPPED, (plus, *context.feature.steps))
    function = FUNCTIONS.get(str(settings.get("function", "sqrt")))
    if function is None:
        raise setting_error(
            context, f" function: must be one of {', '.join((*FUNCTIONS, *READERS))}"
        )
    return Mechanism(VALUE_MAPPED, (*function, *context.feature.steps))


def multiples(context: FeatureContext, settings: FaultSettings) -> Mechanism:
    """Return raw values that are cut, or rounded, to multiples of a number."""
    check_keys(context, settings, ["multiple", "method"])
    if context.feature.type != "numeric":
        raise fault_error(context, f"{PRECISION_LOSS.code} needs a number")
    multiple, method = number(context, settings, "multiple", 1), settings.get("method", "cut")
    if not multiple > 0 or method not in ("cut", "rounded"):
        raise setting_error(context, ": multiple must be above 0, method cut or rounded")
    return Mechanism(PRECISION_LOSS, (*to_multiple(multiple, str(method)), *context.feature.steps))


def epsilon_changed(context: FeatureContext, settings: FaultSettings) -> Mechanism:
    """Return the last scaling with another epsilon beside its divisor, or under the root."""
    check_keys(context, settings, ["epsilon", "epsilon_in"])
    place, step = final_linear(context.feature.steps) or (0, None)
    if not isinstance(step, Divided):
        raise fault_error(context, f"{EPSILON_CHANGED.code} needs a step that divides by a spread")
    if settings.get("epsilon_in", step.epsilon_in) not in EPSILON_IN:
        raise setting_error(context, f" epsilon_in: must be one of {', '.join(EPSILON_IN)}")
    changed = checked_step(context, step_with_settings(context, step, settings))
    if changed == step:
        raise setting_error(context, " epsilon: this is training's own")
    return Mechanism(EPSILON_CHANGED, with_step(context.feature.steps, place, changed))
