"""Faults of features that are served in several columns: numbers that are expanded, maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from skewcheck.catalogue.causes import ENCODING_CHANGED, STALE_PARAMETERS, STEP_MISSING, STUCK_VALUE
from skewcheck.causes.mechanism import FeatureContext, Mechanism, with_step
from skewcheck.features.steps import Map, Step
from skewcheck.features.transform import column_names, expansion
from skewcheck.simulate.inject.fault_settings import (
    FaultSettings,
    fault_error,
    number,
    setting_error,
)
from skewcheck.simulate.inject.faults import Fault

_OF_ALL_STEPS = (STALE_PARAMETERS.code, STEP_MISSING.code)
"""Faults that are predicted from the expansion as well."""


def shared_steps(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps before an expansion, which all of its columns share; all without one."""
    return tuple(step for step in steps if step is not expansion(steps))


def before_expansion(
    code: str, context: FeatureContext, make: Callable[[FeatureContext], Fault]
) -> Fault:
    """Return a fault of the steps before an expansion, which the server then does right.

    That is any fault of a feature without one. UsageError where it would make other columns.
    """
    feature = context.feature
    expand = expansion(feature.steps)
    if expand is None or code in _OF_ALL_STEPS:
        made = make(context)
    else:
        shared = replace(feature, steps=shared_steps(feature.steps))
        made = make(replace(context, feature=shared))
        if isinstance(made, Mechanism):
            made = replace(made, steps=(*made.steps, expand))
    columns = column_names(feature.steps)
    if isinstance(made, Mechanism) and len(column_names(made.steps)) != len(columns):
        raise fault_error(context, f"{code} would serve other columns than training's")
    return made


def recoded_map(
    context: FeatureContext, i: int, step: Map, settings: FaultSettings
) -> Mechanism:  # fmt: skip
    """Return the numbers of levels, of step i, as those of other levels: moved on by `shift`."""
    if "order" in settings:
        raise setting_error(context, ": order is of codes, and a map has numbers: shift=1")
    shift = number(context, settings, "shift", 1.0)
    if not shift.is_integer():
        raise setting_error(context, ": must be shift=1 (a whole number)")
    vectors = [*step.values.values()]
    cut = -int(shift) % len(vectors)
    values = dict(zip(step.values, vectors[cut:] + vectors[:cut], strict=True))
    if values == dict(step.values):
        raise fault_error(context, f"{ENCODING_CHANGED.code} needs levels with other numbers")
    changed = with_step(context.feature.steps, i, replace(step, values=values))
    return Mechanism(ENCODING_CHANGED, changed)


def stuck_map(context: FeatureContext, i: int, step: Map, settings: FaultSettings) -> Mechanism:
    """Return the numbers of the first level for all, of a map to several; or one for all."""
    vector = next(iter(step.values.values()))
    if "value" in settings:
        vector = (number(context, settings, "value", 0.0),) * step.width
    constant = Map(dict.fromkeys(step.values, vector), vector, vector, step.names)
    return Mechanism(STUCK_VALUE, with_step(context.feature.steps, i, constant))
