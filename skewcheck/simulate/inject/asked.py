"""What `--set key=value` asks of a fault, checked against what the fault has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

from skewcheck.causes.mechanism import Known
from skewcheck.features.steps import Step
from skewcheck.text.errors import UsageError

Numbers = Mapping[str, float | str | bool]
"""By key; what is no number and neither true nor false is text."""
_WHOLE = ("decimals", "zero_point")


def refused(known: Known, why: str) -> UsageError:
    """Return the error that says why a feature cannot have a fault."""
    return UsageError(f"{known.feature.name}: {why}")


def checked(known: Known, numbers: Numbers, keys: Sequence[str]) -> None:
    """Refuse keys that the fault does not have."""
    for key in numbers:
        if key not in keys:
            told = f"there are {', '.join(keys)}" if keys else "it has none"
            raise refused(known, f"--set: no key {key!r} for this fault; {told}")


def number(known: Known, numbers: Numbers, key: str, default: float) -> float:
    """Return the number of a key; UsageError where it is text."""
    value = numbers.get(key, default)
    if isinstance(value, bool | str):
        raise refused(known, f"--set {key}: must be a number, got {value!r}")
    return float(value)


def sound(known: Known, step: Step) -> Step:
    """Refuse a step with numbers that it cannot have."""
    wrong = step.check()
    if wrong is not None:
        raise refused(known, f"--set {wrong[0]}: {wrong[1]}")
    return step


def replaced(known: Known, step: Step, numbers: Numbers) -> Step:
    """Return the step with other settings, of the types that its own have."""
    settings: dict[str, object] = {one.name: getattr(step, one.name) for one in fields(step)}
    for key, value in numbers.items():
        name = "lambda_" if key == "lambda" else key
        old = settings[name]
        if isinstance(old, str) != isinstance(value, str) or isinstance(value, bool):
            kind = "text" if isinstance(old, str) else "a number"
            raise refused(known, f"--set {key}: must be {kind}, got {value!r}")
        if name in _WHOLE and value != int(value):
            raise refused(known, f"--set {key}: must be a whole number, got {value!r}")
        settings[name] = int(value) if name in _WHOLE else value
    make: Callable[..., Step] = type(step)
    return make(**settings)
