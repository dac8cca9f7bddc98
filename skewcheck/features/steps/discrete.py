"""Steps that lose information: imputation, clipping, buckets, casts, rounding, quantization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skewcheck.features.steps.rounding import ROUNDING, FloatArray, Interval, magnitude, widened

CASTS = (
    "float64", "float32", "float16", "bfloat16",
    "int64", "int32", "int16", "int8", "uint32", "uint16", "uint8",
)  # fmt: skip
"""Names of the types that a `cast` step takes."""
QUANTIZED = ("int8", "uint8", "int16", "uint16", "int32")
"""Names of the integer types that a `quantize` step takes."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Values below `min` become `min`, values above `max` become `max`; one bound may be absent."""

    min: float | None = None
    max: float | None = None
    op: ClassVar[str] = "clip"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        if self.min is None and self.max is None:
            return "min", "is missing, and so is max"
        if self.min is not None and self.max is not None and self.max < self.min:
            return "max", "must be >= min"
        return None

    def forward(self, x: FloatArray) -> FloatArray:
        """Clip; NaN stays NaN, infinities become the bounds."""
        y: FloatArray = np.clip(x, self.min, self.max)
        return y

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a float32 server may compute from [low, high]."""
        return self.forward(low), self.forward(high)

    def inverse(self, y: FloatArray) -> FloatArray:
        """Return values strictly inside the bounds; NaN at the bounds: the raw value is lost."""
        is_inside = np.ones(y.shape, bool)
        for bound, side in ((self.min, 1.0), (self.max, -1.0)):
            if bound is not None:
                is_inside &= side * (y - bound) > 2 * ROUNDING * (np.abs(y) + abs(bound))
        return np.where(is_inside, y, np.nan)


@dataclass(frozen=True, slots=True)
class Impute:
    """Imputation: nulls become `value`, a number or a level of a categorical feature."""

    value: float | str
    op: ClassVar[str] = "impute"

    def check(self) -> tuple[str, str] | None:
        """Return None: every value is valid."""
        return None

    def forward(self, x: FloatArray) -> FloatArray:
        """Replace NaN; numbers are unchanged if the fill value is a level."""
        if isinstance(self.value, str):
            return x
        return np.where(np.isnan(x), self.value, x)

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a float32 server may compute from [low, high]."""
        return self.forward(low), self.forward(high)

    def inverse(self, y: FloatArray) -> FloatArray:
        """Return all values but the fill value, which may stand for a null and becomes NaN."""
        if isinstance(self.value, str):
            return y
        is_fill = np.abs(y - self.value) <= 2 * ROUNDING * (np.abs(y) + abs(self.value))
        return np.where(is_fill, np.nan, y)


@dataclass(frozen=True, slots=True)
class Buckets:
    """Bucketing: the number of `edges` that are less than or equal to x."""

    edges: tuple[float, ...]
    op: ClassVar[str] = "buckets"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        is_ascending = all(b > a for a, b in zip(self.edges, self.edges[1:], strict=False))
        return None if self.edges and is_ascending else ("edges", "must be numbers that ascend")

    def forward(self, x: FloatArray) -> FloatArray:
        """Return the bucket's index as float64; NaN stays NaN."""
        index = np.searchsorted(np.asarray(self.edges), x, "right").astype(np.float64)
        return np.where(np.isnan(x), np.nan, index)

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of buckets that a float32 server may compute: at an edge, both."""
        low, high = widened(low, high, ROUNDING * magnitude(low, high))
        # A value that is an edge must also reach the bucket below it, 0 included.
        return self.forward(np.nextafter(low, -np.inf)), self.forward(high)

    def inverse(self, y: FloatArray) -> FloatArray:
        """Return NaN: a bucket does not determine the raw value."""
        return np.full_like(y, np.nan)


def _bfloat16(x: FloatArray) -> FloatArray:
    """Round to bfloat16 (nearest, ties to even), returned as float64; NaN and infinities stay."""
    bits = x.astype(np.float32).view(np.uint32).astype(np.uint64)
    rounded = (bits + 0x7FFF + ((bits >> np.uint64(16)) & np.uint64(1))) & np.uint64(0xFFFF0000)
    y: FloatArray = rounded.astype(np.uint32).view(np.float32).astype(np.float64)
    return np.where(np.isfinite(x), y, x)


def _integer(x: FloatArray, dtype: str) -> FloatArray:
    """Truncate towards 0, as C does, and saturate at the type's range."""
    info = np.iinfo(dtype)
    y: FloatArray = np.clip(np.trunc(x), float(info.min), float(info.max))
    return y


@dataclass(frozen=True, slots=True)
class Cast:
    """Cast to a narrower type: floats are rounded, integers truncated and saturated."""

    dtype: str
    op: ClassVar[str] = "cast"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        is_valid = self.dtype in CASTS
        return None if is_valid else ("dtype", f"must be one of {', '.join(CASTS)}")

    def forward(self, x: FloatArray) -> FloatArray:
        """Cast and return as float64; NaN stays NaN, float overflow becomes infinite."""
        if self.dtype == "bfloat16":
            return _bfloat16(x)
        if "int" in self.dtype:
            return _integer(x, self.dtype)
        with np.errstate(over="ignore"):
            y: FloatArray = x.astype(self.dtype).astype(np.float64)
        return y

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a server may compute, which holds float32 or wider.

        A cast does no arithmetic, so an integer that no earlier step rounded stays exactly that
        integer.
        """
        with np.errstate(over="ignore"):
            as_float32 = low.astype(np.float32), high.astype(np.float32)
        return self.forward(np.minimum(low, as_float32[0])), self.forward(
            np.maximum(high, as_float32[1])
        )

    def resolution(self, y: FloatArray) -> FloatArray:
        """Return how far the input may lie from a result y: half of the type's spacing there.

        0 for float64 and for integers, whose inputs `inverse` does not determine.
        """
        if self.dtype == "bfloat16":
            # The 16 trailing bits of a float32 are cut off.
            return np.abs(np.spacing(y.astype(np.float32)).astype(np.float64)) * 2.0**15
        if "int" in self.dtype or self.dtype == "float64":
            return np.zeros_like(y)
        with np.errstate(over="ignore", invalid="ignore"):
            spacing: FloatArray = np.spacing(y.astype(self.dtype)).astype(np.float64)
        return np.abs(spacing) / 2

    def inverse(self, y: FloatArray) -> FloatArray:
        """Return y for floats, NaN for integers: the fraction is lost."""
        return np.full_like(y, np.nan) if "int" in self.dtype else y


@dataclass(frozen=True, slots=True)
class Round:
    """Rounding to a number of decimals, half to even."""

    decimals: int
    op: ClassVar[str] = "round"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        return None if -15 <= self.decimals <= 15 else ("decimals", "must be from -15 to 15")

    def forward(self, x: FloatArray) -> FloatArray:
        """Round; NaN stays NaN."""
        y: FloatArray = np.round(x, self.decimals)
        return y

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a float32 server may compute: halves go either way."""
        low, high = widened(low, high, ROUNDING * magnitude(low, high))
        low, high = self.forward(low), self.forward(high)
        return widened(low, high, ROUNDING * magnitude(low, high))

    def inverse(self, y: FloatArray) -> FloatArray:
        """Return NaN: the digits are lost."""
        return np.full_like(y, np.nan)


@dataclass(frozen=True, slots=True)
class Quantize:
    """Quantization: round(x / scale) + zero_point, saturated at the range of `dtype`."""

    scale: float
    zero_point: int = 0
    dtype: str = "int8"
    op: ClassVar[str] = "quantize"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        if not self.scale > 0:
            return "scale", "must be > 0"
        is_valid = self.dtype in QUANTIZED
        return None if is_valid else ("dtype", f"must be one of {', '.join(QUANTIZED)}")

    def forward(self, x: FloatArray) -> FloatArray:
        """Quantize to integers, returned as float64; NaN stays NaN."""
        info = np.iinfo(self.dtype)
        codes = np.round(x / self.scale) + self.zero_point
        y: FloatArray = np.clip(codes, float(info.min), float(info.max))
        return y

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of codes that a float32 server may compute: halves go either way."""
        low, high = widened(low, high, ROUNDING * magnitude(low, high))
        return self.forward(low), self.forward(high)

    def inverse(self, y: FloatArray) -> FloatArray:
        """Return NaN: the digits are lost."""
        return np.full_like(y, np.nan)


Discrete = Clip | Impute | Buckets | Cast | Round | Quantize
