"""What a server with a fault makes of one feature: the causes' predictions, with numbers chosen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from skewcheck import causes
from skewcheck.catalogue.cause_spec import CauseSpec
from skewcheck.catalogue.causes import (
    CATEGORY_RENAMED,
    DRIFT,
    ENCODING_CHANGED,
    NORMALIZED_TWICE,
    NOT_NORMALIZED,
    PRECISION_LOSS,
    RECOMPUTED_PARAMETERS,
    STALE_PARAMETERS,
    STEP_CHANGED,
    STEP_MISSING,
    STUCK_VALUE,
    SWAPPED_FEATURES,
    UNIT_CHANGE,
    WRONG_DDOF,
    WRONG_METHOD,
    WRONG_PARAMETERS,
)
from skewcheck.causes import units
from skewcheck.causes.mechanism import (
    Known,
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
    MaxAbs,
    MinMax,
    Round,
    Step,
    Vocabulary,
    ZScore,
)
from skewcheck.features.types import NumericReference
from skewcheck.simulate.inject.asked import Numbers, checked, number, refused, replaced, sound
from skewcheck.simulate.inject.categories import Renamed, encoding_changed, renamed
from skewcheck.simulate.inject.settings import rank, step_changed


@dataclass(frozen=True, slots=True)
class Moved:
    """Not the server but the world: raw values go through these steps first."""

    steps: tuple[Step, ...]


Fault = Mechanism | Moved | Renamed

_NEEDS: Mapping[str, str] = {
    spec.code: needs
    for spec, needs in (
        (NOT_NORMALIZED, "a number that is normalized"),
        (NORMALIZED_TWICE, "a number that is normalized"),
        (STALE_PARAMETERS, "--history with a file that normalizes it otherwise"),
        (WRONG_DDOF, "a z-score and a reference"),
        (WRONG_METHOD, "a step that shifts and scales, and a reference"),
        (STEP_MISSING, "a number with at least two steps"),
        (PRECISION_LOSS, "a number that no step rounds or casts"),
        (SWAPPED_FEATURES, "two numbers, and for their parameters two different scalings"),
        (UNIT_CHANGE, "a number"),
    )
}
_OFF, _WIDER, _AWAY = 0.3, 1.25, 0.5
"""Of a standard deviation, times, and of a standard deviation again: plainly wrong, not absurd."""


def fault(code: str, known: Known, numbers: Numbers) -> Fault:
    """Return what a server with that fault does to the feature.

    `numbers` choose among the variants of a fault, or its free numbers. Raises UsageError, with
    the feature's name in front, where the feature cannot have the fault.
    """
    if code == UNIT_CHANGE.code and "function" in numbers:
        return _candidate(code, known, numbers)
    if code in _MAKERS:
        return _MAKERS[code](known, numbers)
    if code == PRECISION_LOSS.code and not numbers.keys() & {"decimals", "dtype"}:
        numbers = {"decimals": 2, **numbers}
    return _candidate(code, known, numbers)


def _candidate(code: str, known: Known, numbers: Numbers) -> Mechanism:
    """Return the first of the causes' own predictions that has these numbers."""
    every = [m for m in causes.candidates(known) if m.cause.code == code]
    if not every:
        raise refused(known, f"{code} needs {_NEEDS[code]}")
    found = [m for m in every if numbers.items() <= dict(m.parameters).items()]
    if not found:
        asked = ", ".join(f"{key}={value}" for key, value in numbers.items())
        variants = {", ".join(f"{k}={v}" for k, v in m.parameters.items()): None for m in every}
        told = "; ".join(list(filter(None, variants))[:8]) or "none"
        raise refused(known, f"--set: {code} has no variant with {asked}; there are: {told}")
    return min(found, key=lambda m: rank(m.parameters.get("op")))


def _scaling(known: Known, cause: CauseSpec) -> tuple[int, Linear]:
    last = final_linear(known.feature.steps)
    if last is None:
        raise refused(known, f"{cause.code} needs a step that shifts and scales")
    return last


def _wrong_parameters(known: Known, numbers: Numbers) -> Mechanism:
    i, own = _scaling(known, WRONG_PARAMETERS)
    if numbers:
        checked(known, numbers, list(figures(own)))
        step: Step = sound(known, replaced(known, own, numbers))
    else:
        offset, scale = line(own)
        seen = None if isinstance(own, ZScore) else summary(known, known.feature.steps[:i])
        off = _OFF * (seen.std if seen is not None else abs(scale))
        step = like(own, offset if isinstance(own, MaxAbs) else offset + off, scale * _WIDER)
    return _with(known, i, step, WRONG_PARAMETERS)


def _with(known: Known, i: int, step: Step, cause: CauseSpec) -> Mechanism:
    steps = with_step(known.feature.steps, i, step)
    if steps == known.feature.steps:
        raise refused(known, "--set: these are training's own numbers")
    return Mechanism(cause, steps)


def _unit_change(known: Known, numbers: Numbers) -> Mechanism:
    checked(known, numbers, ["factor", "offset", "function"])
    if known.feature.type != "numeric":
        raise refused(known, f"{UNIT_CHANGE.code} needs {_NEEDS[UNIT_CHANGE.code]}")
    factor = number(known, numbers, "factor", 100.0 if "offset" not in numbers else 1.0)
    offset = number(known, numbers, "offset", 0.0)
    if factor == 0 or (factor, offset) == (1, 0):
        raise refused(known, "--set factor: must not be 0, nor 1 without an offset")
    step = units.converted(units.Unit(factor, offset))
    return Mechanism(UNIT_CHANGE, (step, *known.feature.steps))


def stuck(known: Known, value: float | str | None, numbers: Numbers) -> Mechanism:
    """Return one served value (or code) for all rows."""
    checked(known, numbers, ["value"])
    steps = known.feature.steps
    codes = [i for i, step in enumerate(steps) if isinstance(step, Vocabulary)]
    if known.feature.type != "numeric" and not codes:
        raise refused(known, f"{STUCK_VALUE.code} needs a number or a vocabulary")
    if value is None:
        raise refused(known, "has no value that could be stuck")
    served = number(known, {"value": value}, "value", 0.0)
    constant: tuple[Step, ...] = (Clip(served, served), Impute(served))
    return Mechanism(STUCK_VALUE, (*steps[: codes[0] + 1], *constant) if codes else constant)


def scaling(known: Known) -> tuple[int, Linear]:
    """Return the step whose parameters can be computed in one pass, and its place.

    UsageError where there is none: medians and quartiles take all values at once.
    """
    if known.feature.type == "numeric":
        i, own = _scaling(known, RECOMPUTED_PARAMETERS)
        if isinstance(own, ZScore | MinMax | MaxAbs | Affine):
            return i, own
    needs = "a z-score, min-max, max-abs or affine step"
    raise refused(known, f"{RECOMPUTED_PARAMETERS.code} needs {needs}")


def recomputed(known: Known, moments: Moments) -> Mechanism:
    """Return the training method with the parameters of these moments: of values at that step."""
    i, own = scaling(known)
    step: Step | None = None
    if not (moments.n and moments.max > moments.min):
        needs = "affected rows of different values"
        raise refused(known, f"{RECOMPUTED_PARAMETERS.code} needs {needs}")
    if isinstance(own, ZScore):
        step = ZScore(moments.mean, moments.std)
    elif isinstance(own, MinMax):
        step = MinMax(moments.min, moments.max, own.range)
    elif isinstance(own, MaxAbs):
        step = MaxAbs(max(-moments.min, moments.max))
    else:
        step = Affine(moments.mean, 1 / moments.std)
    return Mechanism(RECOMPUTED_PARAMETERS, with_step(known.feature.steps, i, step))


def _drift(known: Known, numbers: Numbers) -> Moved:
    """Shift raw values by half a standard deviation, in whole steps of their grid."""
    checked(known, numbers, ["shift"])
    reference = known.feature.reference
    if not (isinstance(reference, NumericReference) and reference.std):
        raise refused(known, f"{DRIFT.code} needs a number with a reference")
    shift = number(known, numbers, "shift", _AWAY) * reference.std
    if not shift:
        raise refused(known, "--set shift: must not be 0")
    if not reference.step:
        return Moved((Affine(-shift, 1.0),))
    shift = (round(shift / reference.step) or math.copysign(1, shift)) * reference.step
    # A sum of two floats lies beside the grid: 0.1 + 0.2.
    decimals = min(15, max(0, math.ceil(-math.log10(reference.step)) + 2))
    return Moved((Affine(-shift, 1.0), Round(decimals)))


_MAKERS: Mapping[str, Callable[[Known, Numbers], Fault]] = {
    WRONG_PARAMETERS.code: _wrong_parameters,
    STEP_CHANGED.code: step_changed,
    UNIT_CHANGE.code: _unit_change,
    STUCK_VALUE.code: lambda known, numbers: stuck(known, numbers.get("value"), numbers),
    ENCODING_CHANGED.code: encoding_changed,
    CATEGORY_RENAMED.code: renamed,
    DRIFT.code: _drift,
}
"""Faults whose numbers are chosen; all others are predictions of the causes."""
