"""Affine steps: y = (x - offset) * slope, with standardization and min-max scaling among them.

A step that divides by a spread s (a standard deviation, a range) may have an `epsilon`, which keeps
the divisor from 0. `epsilon_in` says where: `scale` divides by s + epsilon, `variance` by
sqrt(s^2 + epsilon), `floor` by max(s, epsilon). With an epsilon above 0, s may be 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np

from skewcheck.features.steps.rounding import ROUNDING, FloatArray, Interval, magnitude, widened


def _affine_bounds(
    low: FloatArray, high: FloatArray, offset: float, *, factor: float = 1.0, divisor: float = 1.0
) -> Interval:
    """Return the bounds of (x - offset) / divisor * factor, with the rounding of both operands.

    `divisor` is at least 0. The inverse of a tiny one would be infinite, and that of 0 an error.
    """
    error = ROUNDING * (magnitude(low, high) + abs(offset))
    low, high = widened(low, high, error)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ends = tuple(np.divide(end - offset, divisor) * factor for end in (low, high))
    return (ends[0], ends[1]) if factor > 0 else (ends[1], ends[0])


EpsilonIn = Literal["scale", "variance", "floor"]
EPSILON_IN: tuple[EpsilonIn, ...] = get_args(EpsilonIn)


class _Scaling:
    """What the steps that divide have in common: y = (x - offset) / divisor.

    They have `epsilon` and `epsilon_in` as fields, and say what they subtract and divide by.
    """

    __slots__ = ()
    epsilon: float
    epsilon_in: EpsilonIn
    spread_key: ClassVar[str]
    """The key of the number that makes the spread too small."""
    spread_rule: ClassVar[str] = "must be > 0"

    @property
    def spread(self) -> float:
        """What would be divided by without an epsilon."""
        raise NotImplementedError

    @property
    def offset(self) -> float:
        """What is subtracted."""
        raise NotImplementedError

    @property
    def divisor(self) -> float:
        """What is divided by: the spread and `epsilon`."""
        if self.epsilon_in == "floor":
            return max(self.spread, self.epsilon)
        if self.epsilon_in == "variance":
            return math.hypot(self.spread, math.sqrt(self.epsilon))
        return self.spread + self.epsilon

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        if self.epsilon_in not in EPSILON_IN:
            return "epsilon_in", f"must be {', '.join(EPSILON_IN[:-1])} or {EPSILON_IN[-1]}"
        if not 0 <= self.epsilon < math.inf:
            return "epsilon", "must be a finite number >= 0"
        if self.spread > 0 or (self.epsilon and self.spread == 0):
            return None
        return self.spread_key, self.spread_rule

    def forward(self, x: FloatArray) -> FloatArray:
        """Normalize; NaN stays NaN."""
        return np.divide(x - self.offset, self.divisor)

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a float32 server may compute from [low, high]."""
        return _affine_bounds(low, high, self.offset, divisor=self.divisor)

    def inverse(self, y: FloatArray) -> FloatArray:
        """Undo `forward`."""
        return y * self.divisor + self.offset


@dataclass(frozen=True, slots=True)
class ZScore(_Scaling):
    """Standardization: (x - mean) / std, with `epsilon` in the divisor."""

    mean: float
    std: float
    epsilon: float = 0.0
    epsilon_in: EpsilonIn = "scale"
    op: ClassVar[str] = "zscore"
    spread_key: ClassVar[str] = "std"

    @property
    def spread(self) -> float:
        """The standard deviation."""
        return self.std

    @property
    def offset(self) -> float:
        """The mean."""
        return self.mean


@dataclass(frozen=True, slots=True)
class Robust(_Scaling):
    """Robust scaling: (x - center) / scale, for example median and interquartile range."""

    center: float
    scale: float
    epsilon: float = 0.0
    epsilon_in: EpsilonIn = "scale"
    op: ClassVar[str] = "robust"
    spread_key: ClassVar[str] = "scale"

    @property
    def spread(self) -> float:
        """The scale."""
        return self.scale

    @property
    def offset(self) -> float:
        """The center."""
        return self.center


@dataclass(frozen=True, slots=True)
class MaxAbs(_Scaling):
    """Scaling by a divisor: x / scale."""

    scale: float
    epsilon: float = 0.0
    epsilon_in: EpsilonIn = "scale"
    op: ClassVar[str] = "maxabs"
    spread_key: ClassVar[str] = "scale"

    @property
    def spread(self) -> float:
        """The scale."""
        return self.scale

    @property
    def offset(self) -> float:
        """Nothing is subtracted."""
        return 0.0


@dataclass(frozen=True, slots=True)
class MinMax(_Scaling):
    """Min-max scaling: (x - min) / (max - min), stretched to `range`."""

    min: float
    max: float
    range: tuple[float, float] = (0.0, 1.0)
    epsilon: float = 0.0
    epsilon_in: EpsilonIn = "scale"
    op: ClassVar[str] = "minmax"
    spread_key: ClassVar[str] = "max"
    spread_rule: ClassVar[str] = "must be > min"

    @property
    def spread(self) -> float:
        """The width of the training range."""
        return self.max - self.min

    @property
    def offset(self) -> float:
        """The minimum."""
        return self.min

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        # The zero-argument form has no class to refer to in a dataclass with slots.
        if problem := _Scaling.check(self):
            return problem
        return None if self.range[1] > self.range[0] else ("range", "must ascend")

    def forward(self, x: FloatArray) -> FloatArray:
        """Normalize; NaN stays NaN, values outside the training range leave `range`."""
        low, high = self.range
        return np.divide(x - self.min, self.divisor) * (high - low) + low

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a float32 server may compute from [low, high]."""
        width, (a, b) = self.divisor, self.range
        low, high = _affine_bounds(low, high, self.min, factor=b - a, divisor=width)
        # max - min is an addition too, and so is + a.
        relative = (abs(self.max) + abs(self.min)) / width + 1 if width else math.inf
        error = ROUNDING * (magnitude(low, high) * relative + abs(a))
        return widened(low + a, high + a, error)

    def inverse(self, y: FloatArray) -> FloatArray:
        """Undo `forward`."""
        low, high = self.range
        return (y - low) / (high - low) * self.divisor + self.min


@dataclass(frozen=True, slots=True)
class Affine:
    """(x - offset) * scale: multiplies, as ONNX's Scaler does."""

    offset: float
    scale: float
    op: ClassVar[str] = "affine"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        return None if self.scale != 0 and np.isfinite(self.scale) else ("scale", "must not be 0")

    def forward(self, x: FloatArray) -> FloatArray:
        """Normalize; NaN stays NaN. A negative scale reverses the order."""
        return (x - self.offset) * self.scale

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a float32 server may compute from [low, high]."""
        return _affine_bounds(low, high, self.offset, factor=self.scale)

    def inverse(self, y: FloatArray) -> FloatArray:
        """Undo `forward`."""
        return y / self.scale + self.offset


Divided = ZScore | MinMax | Robust | MaxAbs
"""Steps that divide, and may have an `epsilon`."""


def spread_of(step: Divided, divisor: float) -> tuple[float, float]:
    """Return the spread that gives a divisor with the step's epsilon, and that epsilon.

    Where no spread does, or several do, the divisor itself and an epsilon of 0.
    """
    floor = math.sqrt(step.epsilon) if step.epsilon_in == "variance" else step.epsilon
    if not divisor > floor:
        return divisor, 0.0
    if step.epsilon_in == "variance":
        return math.sqrt(divisor**2 - step.epsilon), step.epsilon
    return divisor - (step.epsilon if step.epsilon_in == "scale" else 0.0), step.epsilon


Linear = Divided | Affine


def line_of(step: Linear) -> tuple[float, float, float, float]:
    """Return offset, divisor, factor and addend: y = (x - offset) / divisor * factor + addend.

    In this order of operations it is `forward`, to the bit.
    """
    if isinstance(step, Affine):
        return step.offset, 1.0, step.scale, 0.0
    low, high = step.range if isinstance(step, MinMax) else (0.0, 1.0)
    return step.offset, step.divisor, high - low, low
