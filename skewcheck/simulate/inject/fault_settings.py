"""Settings of a fault (the option `numbers`), checked against the keys that the fault has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

from skewcheck.causes.mechanism import FeatureContext
from skewcheck.features.steps import Step
from skewcheck.text.errors import OptionName, UsageError
from skewcheck.text.similar import nearest

FaultSettings = Mapping[str, float | str | bool]
"""By key; a value that is no number and neither true nor false is text."""
_INTEGER_SETTINGS = ("decimals", "zero_point")
"""Settings of steps that must be integers."""


def fault_error(context: FeatureContext, *reason: str | OptionName) -> UsageError:
    """Return the error that a feature cannot have the fault."""
    return UsageError(f"{context.feature.name}: ", *reason)


def setting_error(context: FeatureContext, problem: str) -> UsageError:
    """Return the error that the settings asked for are invalid."""
    return fault_error(context, OptionName("numbers"), problem)


def check_keys(
    context: FeatureContext, settings: FaultSettings, allowed_keys: Sequence[str]
) -> None:
    """Raise UsageError for a key that the fault does not have."""
    for key in settings:
        if key not in allowed_keys:
            listed = f"; there are {', '.join(allowed_keys)}" if allowed_keys else "; it has none"
            hint = nearest(key, allowed_keys) or listed
            raise setting_error(context, f": no key {key!r} for this fault{hint}")


def number(context: FeatureContext, settings: FaultSettings, key: str, default: float) -> float:
    """Return the number of a key, else the default; UsageError for text or a boolean."""
    value = settings.get(key, default)
    if isinstance(value, bool | str):
        raise setting_error(context, f" {key}: must be a number, got {value!r}")
    return float(value)


def whole(context: FeatureContext, settings: FaultSettings, key: str, default: int) -> int:
    """Return the whole number of a key, else the default.

    UsageError for other numbers, and below 1, or below 0 where that is the default.
    """
    value = number(context, settings, key, default)
    smallest = min(default, 1)
    if not value.is_integer() or value < smallest:
        raise setting_error(context, f" {key}: must be a whole number, and {smallest} or more")
    return int(value)


def checked_step(context: FeatureContext, step: Step) -> Step:
    """Return the step; UsageError if its settings are invalid."""
    problem = step.check()
    if problem is not None:
        raise setting_error(context, f" {problem[0]}: {problem[1]}")
    return step


def step_with_settings(context: FeatureContext, step: Step, settings: FaultSettings) -> Step:
    """Return the step with other settings; UsageError if one has another type than before."""
    values: dict[str, object] = {field.name: getattr(step, field.name) for field in fields(step)}
    for key, value in settings.items():
        name = "lambda_" if key == "lambda" else key
        old_value = values[name]
        if isinstance(old_value, str) != isinstance(value, str) or isinstance(value, bool):
            expected_type = "text" if isinstance(old_value, str) else "a number"
            raise setting_error(context, f" {key}: must be {expected_type}, got {value!r}")
        if name in _INTEGER_SETTINGS and value != int(value):
            raise setting_error(context, f" {key}: must be a whole number, got {value!r}")
        values[name] = int(value) if name in _INTEGER_SETTINGS else value
    step_class: Callable[..., Step] = type(step)
    return step_class(**values)
