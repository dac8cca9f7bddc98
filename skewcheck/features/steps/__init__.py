"""Preprocessing steps: each has forward and inverse maps, rounding bounds and a JSON form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType

import numpy as np

from skewcheck.features.steps.categories import Encoder, OneHot, Vocabulary
from skewcheck.features.steps.curves import Curve, Log1p, Logarithm, PowerTransform, Quantile
from skewcheck.features.steps.discrete import Buckets, Cast, Clip, Discrete, Impute, Quantize, Round
from skewcheck.features.steps.expand import Expand, Piecewise
from skewcheck.features.steps.linear import (
    EPSILON_IN,
    Affine,
    Divided,
    EpsilonIn,
    Linear,
    MaxAbs,
    MinMax,
    Robust,
    ZScore,
    line_of,
    spread_of,
)
from skewcheck.features.steps.maps import Map, name_of
from skewcheck.features.steps.rounding import (
    UNDERFLOW,
    UNIT,
    FloatArray,
    Interval,
    magnitude,
    widened,
)
from skewcheck.features.steps.scopes import Standardize

NumericStep = Linear | Curve | Discrete | Piecewise
Step = NumericStep | Encoder | Map | Expand | Standardize

OPS: Mapping[str, type[Step]] = MappingProxyType(
    {
        step.op: step
        for step in (
            ZScore,
            MinMax,
            Robust,
            MaxAbs,
            Affine,
            Clip,
            Impute,
            Logarithm,
            Log1p,
            PowerTransform,
            Quantile,
            Buckets,
            Vocabulary,
            OneHot,
            Map,
            Cast,
            Round,
            Quantize,
            Piecewise,
            Expand,
            Standardize,
        )
    }
)

__all__ = [
    "EPSILON_IN",
    "OPS",
    "Affine",
    "Buckets",
    "Cast",
    "Clip",
    "Divided",
    "Encoded",
    "EpsilonIn",
    "Expand",
    "FloatArray",
    "Impute",
    "Interval",
    "Linear",
    "Log1p",
    "Logarithm",
    "Map",
    "MaxAbs",
    "MinMax",
    "NumericStep",
    "OneHot",
    "Piecewise",
    "PowerTransform",
    "Quantile",
    "Quantize",
    "Robust",
    "Round",
    "Standardize",
    "Step",
    "Vocabulary",
    "ZScore",
    "attributes",
    "bounds",
    "encode",
    "forward",
    "has_encoder",
    "inverse",
    "is_affine",
    "is_encoder",
    "line_of",
    "name_of",
    "numeric_steps",
    "scope_of",
    "settings",
    "spread_of",
]  # fmt: skip


def numeric_steps(steps: Sequence[Step]) -> tuple[NumericStep, ...]:
    """Return the steps that map a number to one: all but those of levels, of scopes, to several."""
    others = Vocabulary | OneHot | Map | Expand | Standardize
    return tuple(step for step in steps if not isinstance(step, others))


def scope_of(steps: Sequence[Step]) -> tuple[int, Standardize] | None:
    """Return the step that normalizes over a scope of the data, and its index; None without."""
    return next(((i, s) for i, s in enumerate(steps) if isinstance(s, Standardize)), None)


_ATTRIBUTES: dict[type[Step], Mapping[str, str]] = {
    kind: {f.name.rstrip("_"): f.name for f in fields(kind)} for kind in OPS.values()
}


def attributes(step: Step) -> Mapping[str, str]:
    """Return the attributes of a step by their keys in a parameter file."""
    return _ATTRIBUTES[type(step)]


def settings(step: Step) -> dict[str, object]:
    """Return a step's settings by their keys in a parameter file; no epsilon of 0, nor `unsaid`
    where it is false."""
    members = {key: getattr(step, name) for key, name in attributes(step).items()}
    if not members.get("epsilon"):
        members.pop("epsilon", None)
        members.pop("epsilon_in", None)
    if not members.get("unsaid"):
        members.pop("unsaid", None)
    if isinstance(step, Expand):
        return {"columns": {
            name: [{"op": s.op, **settings(s)} for s in steps]
            for name, steps in step.columns.items()
        }}  # fmt: skip
    if isinstance(step, Map):
        members = {key: _written(value) for key, value in members.items() if value}
    return members


def _written(value: object) -> object:
    """Return what a map has for a level as files have it: a number, or a list of several."""
    if isinstance(value, Mapping):
        return {level: _written(vector) for level, vector in value.items()}
    if isinstance(value, tuple) and len(value) == 1 and not isinstance(value[0], str):
        return value[0]
    return list(value) if isinstance(value, tuple) else value


def forward(steps: Sequence[Step], x: FloatArray) -> FloatArray:
    """Apply the numeric steps in order; float64 in and out, of the same shape.

    NaN stays NaN unless a step fills it.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for step in numeric_steps(steps):
            x = step.forward(x)
    return x


def bounds(steps: Sequence[Step], low: FloatArray, high: FloatArray) -> Interval:
    """Return the smallest and largest value that a correct server may compute from [low, high].

    Both ends go through the steps, each widened by the rounding error of float32 arithmetic, and
    finally by the rounding of a cast to float32, which may flush a number below 2**-126 to 0. NaN
    where the exact result is NaN.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for step in numeric_steps(steps):
            low, high = step.bounds(low, high)
        return widened(low, high, UNIT * magnitude(low, high) + UNDERFLOW)


def inverse(steps: Sequence[Step], y: FloatArray) -> FloatArray:
    """Undo the numeric steps; NaN where the raw value is not determined (fills, clips, buckets)."""
    with np.errstate(invalid="ignore", over="ignore"):
        for step in reversed(numeric_steps(steps)):
            y = step.inverse(y)
    return y


def preimage(steps: Sequence[Step], low: FloatArray, high: FloatArray) -> Interval:
    """Return the interval of inputs of the numeric steps whose result lies in [low, high].

    As `inverse` of both ends, in ascending order, but a cast to a narrower type admits all inputs
    that it rounds to such a result.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        for step in reversed(numeric_steps(steps)):
            if isinstance(step, Cast):
                low, high = low - step.resolution(low), high + step.resolution(high)
            ends = step.inverse(low), step.inverse(high)
            low, high = np.minimum(*ends), np.maximum(*ends)
    return low, high


def is_affine(steps: Sequence[Step]) -> bool:
    """Return whether the steps together are affine on non-null values; true for no steps."""
    return all(isinstance(step, Linear | Impute) for step in steps)


@dataclass(frozen=True, slots=True)
class Encoded:
    """Result of a categorical feature's steps for each level; arrays of the levels' length."""

    levels: list[str | None]
    """The levels after `impute`: served as they are if no step encodes them. Those of a map to
    several numbers are the names of these (`name_of`)."""
    values: FloatArray
    """The served numbers; NaN where no number is served."""
    low: FloatArray
    high: FloatArray
    """Rounding bounds [low, high] of the served numbers."""


def has_encoder(steps: Sequence[Step]) -> bool:
    """Return whether the steps encode levels as a number each, or as one column for each."""
    return any(map(is_encoder, steps))


def is_encoder(step: Step) -> bool:
    """Return whether a step makes a number of a level: not several, which have a name."""
    return isinstance(step, Vocabulary | OneHot) or (isinstance(step, Map) and not step.names)


def encode(steps: Sequence[Step], levels: Sequence[str | None]) -> Encoded:
    """Apply a categorical feature's steps to its levels; None is null."""
    filled = list(levels)
    later_steps: Sequence[Step] = ()
    codes = np.full(len(filled), np.nan)
    for i, step in enumerate(steps):
        if isinstance(step, Impute) and isinstance(step.value, str):
            filled = [step.value if level is None else level for level in filled]
        elif isinstance(step, Map) and step.names:
            filled = [name_of(vector) for vector in step.vectors(filled).tolist()]
            break
        elif isinstance(step, Vocabulary | OneHot | Map):
            codes, later_steps = step.codes(filled), steps[i + 1 :]
            break
    low, high = bounds(later_steps, codes, codes)
    return Encoded(filled, forward(later_steps, codes), low, high)
