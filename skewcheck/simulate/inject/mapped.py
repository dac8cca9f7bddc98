"""Faults that take a function of the raw value: shifted periods, powers, multiples."""

from __future__ import annotations

from skewcheck.catalogue.causes import PRECISION_LOSS, TIME_SHIFT, VALUE_MAPPED
from skewcheck.causes.functions import FUNCTIONS, around, counted_period, to_multiple
from skewcheck.causes.mechanism import FeatureContext, Mechanism
from skewcheck.features.steps import Affine
from skewcheck.simulate.inject.fault_settings import (
    FaultSettings,
    check_keys,
    fault_error,
    number,
    setting_error,
)


def time_shift(context: FeatureContext, settings: FaultSettings) -> Mechanism:
    """Return a number that counts a period shifted around it, by one if nothing else is set."""
    check_keys(context, settings, ["offset", "first"])
    period = counted_period(context)
    if period is None:
        raise fault_error(
            context,
            f"{TIME_SHIFT.code} needs whole numbers that count 7, 12, 24 or 60 from 0 or 1",
        )
    begin, length = period
    offset, first = (
        number(context, settings, "offset", 1),
        number(context, settings, "first", begin),
    )
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
        raise setting_error(context, f" function: must be one of {', '.join(FUNCTIONS)}")
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
