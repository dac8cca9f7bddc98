"""Affine steps: y = (x - offset) * slope, with standardization and min-max scaling among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skewcheck.features.steps.rounding import ROUNDING, FloatArray, Interval, magnitude, widened


def _affine_bounds(low: FloatArray, high: FloatArray, offset: float, slope: float) -> Interval:
    """Return the bounds of (x - offset) * slope, with the rounding of both operands."""
    error = ROUNDING * (magnitude(low, high) + abs(offset))
    low, high = widened(low, high, error)
    ends = (low - offset) * slope, (high - offset) * slope
    return ends if slope > 0 else ends[::-1]


@dataclass(frozen=True, slots=True)
class ZScore:
    """Standardization: (x - mean) / std."""

    mean: float
    std: float
    op: ClassVar[str] = "zscore"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        return None if self.std > 0 else ("std", "must be > 0")

    def forward(self, x: FloatArray) -> FloatArray:
        """Normalize; NaN stays NaN."""
        return (x - self.mean) / self.std

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a float32 server may compute from [low, high]."""
        return _affine_bounds(low, high, self.mean, 1 / self.std)

    def inverse(self, y: FloatArray) -> FloatArray:
        """Undo `forward`."""
        return y * self.std + self.mean


@dataclass(frozen=True, slots=True)
class MinMax:
    """Min-max scaling: (x - min) / (max - min), stretched to `range`."""

    min: float
    max: float
    range: tuple[float, float] = (0.0, 1.0)
    op: ClassVar[str] = "minmax"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        if not self.max > self.min:
            return "max", "must be > min"
        return None if self.range[1] > self.range[0] else ("range", "must ascend")

    def forward(self, x: FloatArray) -> FloatArray:
        """Normalize; NaN stays NaN, values outside the training range leave `range`."""
        low, high = self.range
        return (x - self.min) / (self.max - self.min) * (high - low) + low

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a float32 server may compute from [low, high]."""
        width, (a, b) = self.max - self.min, self.range
        low, high = _affine_bounds(low, high, self.min, (b - a) / width)
        # max - min is an addition too, and so is + a.
        relative = (abs(self.max) + abs(self.min)) / width + 1
        error = ROUNDING * (magnitude(low, high) * relative + abs(a))
        return widened(low + a, high + a, error)

    def inverse(self, y: FloatArray) -> FloatArray:
        """Undo `forward`."""
        low, high = self.range
        return (y - low) / (high - low) * (self.max - self.min) + self.min


@dataclass(frozen=True, slots=True)
class Robust:
    """Robust scaling: (x - center) / scale, for example median and interquartile range."""

    center: float
    scale: float
    op: ClassVar[str] = "robust"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        return None if self.scale > 0 else ("scale", "must be > 0")

    def forward(self, x: FloatArray) -> FloatArray:
        """Normalize; NaN stays NaN."""
        return (x - self.center) / self.scale

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a float32 server may compute from [low, high]."""
        return _affine_bounds(low, high, self.center, 1 / self.scale)

    def inverse(self, y: FloatArray) -> FloatArray:
        """Undo `forward`."""
        return y * self.scale + self.center


@dataclass(frozen=True, slots=True)
class MaxAbs:
    """Scaling by a divisor: x / scale."""

    scale: float
    op: ClassVar[str] = "maxabs"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        return None if self.scale > 0 else ("scale", "must be > 0")

    def forward(self, x: FloatArray) -> FloatArray:
        """Normalize; NaN stays NaN."""
        return x / self.scale

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a float32 server may compute from [low, high]."""
        return _affine_bounds(low, high, 0.0, 1 / self.scale)

    def inverse(self, y: FloatArray) -> FloatArray:
        """Undo `forward`."""
        return y * self.scale


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
        return _affine_bounds(low, high, self.offset, self.scale)

    def inverse(self, y: FloatArray) -> FloatArray:
        """Undo `forward`."""
        return y / self.scale + self.offset


Linear = ZScore | MinMax | Robust | MaxAbs | Affine
