"""Casts to narrower types, as arithmetic that is exact in float64."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skewcheck.features.steps import Cast
from skewcheck.repair.export.builder import Builder
from skewcheck.repair.export.program import Operand


@dataclass(frozen=True, slots=True)
class FloatType:
    """A binary floating-point type."""

    digits: int
    """Bits of the significand, with the hidden one."""
    lowest: int
    """Exponent of the least normal number."""
    highest: int
    """Exponent of the greatest numbers."""


_NARROW = {"float16": FloatType(11, -14, 15), "bfloat16": FloatType(8, -126, 127)}
_DIGITS = 53
"""Bits of the significand of float64."""


def cast(build: Builder, step: Cast, x: Operand) -> Operand:
    """Return a cast value."""
    if step.dtype == "float64":
        return x
    if "int" in step.dtype:
        info = np.iinfo(step.dtype)
        return build.clipped(build.call("trunc", x), float(info.min), float(info.max))
    if step.dtype == "float16":
        return _rounded(build, x, _NARROW["float16"])
    single = build.call("float32", x)
    return single if step.dtype == "float32" else _rounded(build, single, _NARROW["bfloat16"])


def _rounded(build: Builder, x: Operand, kind: FloatType) -> Operand:
    """Return the nearest number of a type, of two the even one; infinite beyond its greatest.

    With y = x * 2**(53 - digits) the spacing of float64 at y - x is that of the type at x, and y is
    a multiple of it, so that y - (y - x) is x rounded. Numbers below the least normal one have a
    spacing of their own.
    """
    y = build.arithmetic(x, "*", 2.0 ** (_DIGITS - kind.digits))
    normal = build.arithmetic(y, "-", build.arithmetic(y, "-", x))
    units = 2.0 ** (kind.digits - 1 - kind.lowest)
    small = build.arithmetic(build.call("rint", build.arithmetic(x, "*", units)), "/", units)
    size = build.call("abs", x)
    result = build.if_compared(size, "<", 2.0**kind.lowest, small, normal)
    beyond = 2.0 ** (kind.highest + 1) - 2.0 ** (kind.highest - kind.digits)
    infinite = build.if_compared(x, "<", 0.0, -math.inf, math.inf)
    return build.if_compared(size, ">=", beyond, infinite, result)
