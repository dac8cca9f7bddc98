"""Convert PMML's functions and tables to steps, or state why no step is equivalent.

Semantics: Data Mining Group, PMML 4.4.1, "Transformations" and "Built-in functions".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from skewcheck.features.steps import (
    Affine,
    Buckets,
    Clip,
    Impute,
    Log1p,
    Logarithm,
    MinMax,
    Quantile,
    Step,
    ZScore,
)
from skewcheck.parameters.arithmetic import Steps, arithmetic_steps, code_steps, spacing_steps
from skewcheck.parameters.precision import stored_error


def builtin_steps(function: str, arguments: Sequence[float | None]) -> Steps | None:
    """Return the steps of a built-in function of one column (None) and constants; else None."""
    match function, list(arguments):
        case "min", [None, float(c)] | [float(c), None]:
            return Clip(max=c), Impute(c)  # missing values are ignored, so the constant is left
        case "max", [None, float(c)] | [float(c), None]:
            return Clip(min=c), Impute(c)
        case "threshold", [None, float(c)]:
            return (Buckets((float(np.nextafter(c, math.inf)),)),)
        case "ln", [None]:
            return (Logarithm(),)
        case "log10", [None]:
            return (Logarithm(10.0),)
        case "ln1p", [None]:
            return (Log1p(),)
    return arithmetic_steps(function, arguments)


def norm_continuous_steps(points: Sequence[tuple[float, float]], outliers: str) -> Steps | str:
    """Return the steps of a NormContinuous through (orig, norm) points; else a reason.

    A single slope is an affine step, clipped or not; equally spaced norms from 0 to 1 with clipping
    are quantiles.
    """
    if len(points) < 2 or any(b[0] <= a[0] for a, b in pairwise(points)):
        return "NormContinuous: its LinearNorm must be at least two, with orig ascending"
    if outliers == "asMissingValues":
        return "NormContinuous makes outliers missing: no step does"
    (x0, y0), (x1, y1) = points[0], points[-1]
    slope = (y1 - y0) / (x1 - x0)
    clipping: Steps = (Clip(x0, x1),) if outliers == "asExtremeValues" else ()
    norms = [y for _, y in points]
    # A rounded orig moves the line by its slope.
    error = stored_error([*norms, *(x for x, _ in points)]) * (
        max(map(abs, norms)) + max(abs(x0), abs(x1)) * abs(slope)
    )
    if all(abs(y0 + (x - x0) * slope - y) <= error for x, y in points):
        return *clipping, _line(x0, y0, x1, y1)
    ranks = np.linspace(0, 1, len(points))
    error = stored_error(norms)
    if clipping and all(abs(y - r) <= error for y, r in zip(norms, ranks, strict=True)):
        return (Quantile(tuple(x for x, _ in points)),)
    return f"NormContinuous has {len(points) - 1} slopes: no step bends so"


def _line(x0: float, y0: float, x1: float, y1: float) -> Step:
    slope = (y1 - y0) / (x1 - x0)
    if not slope:
        return Clip(y0, y0)
    if slope > 0 and ((x0 == 0 and y1 == 0) or (x1 == 0 and y0 == 0)):
        # How the specification writes a z-score: (0, -m/s) and (m, 0).
        return ZScore(x1 or x0, 1 / slope)
    return MinMax(x0, x1, (y0, y1)) if slope > 0 else Affine(x0 - y0 / slope, slope)


@dataclass(frozen=True, slots=True)
class Bin:
    """An interval of a Discretize, and its value."""

    low: float
    high: float
    closed_low: bool
    closed_high: bool
    value: float


def discretize_steps(bins: Sequence[Bin], default: float | None) -> Steps | str:
    """Return the steps of a Discretize; else a reason.

    The bins must be adjacent without gaps and cover all numbers, and their values must be equally
    spaced.
    """
    bins = sorted(bins, key=lambda b: b.low)
    bins = _with_default_bins(bins, default)
    if not bins or bins[0].low != -math.inf or bins[-1].high != math.inf:
        return "Discretize leaves values without a bin: no step does"
    edges = []
    for a, b in pairwise(bins):
        if a.high != b.low or a.closed_high == b.closed_low:
            return "Discretize has bins that overlap or leave gaps: no step does"
        edges.append(b.low if b.closed_low else float(np.nextafter(b.low, math.inf)))
    spacing = spacing_steps([b.value for b in bins])
    if not edges or spacing is None:
        return "Discretize has values that are not equally spaced: no step gives them"
    return Buckets(tuple(edges)), *spacing


def _with_default_bins(bins: Sequence[Bin], default: float | None) -> list[Bin]:
    """Return the bins with bins of `defaultValue` below and above them."""
    result = list(bins)
    if default is not None and result:
        first, last = result[0], result[-1]
        if first.low > -math.inf:
            result.insert(0, Bin(-math.inf, first.low, False, not first.closed_low, default))
        if last.high < math.inf:
            result.append(Bin(last.high, math.inf, not last.closed_high, False, default))
    return result


def map_values_steps(
    codes: Sequence[tuple[str, float]],
    default: float | None,
    missing: float | None,
    has_no_null: bool,
) -> Steps | str:
    """Return the steps of a MapValues from levels to numbers; else a reason.

    `default` is the code of levels that are not in the table, `missing` that of nulls;
    `has_no_null` says that an earlier step fills nulls.
    """
    steps = code_steps(codes, default)
    if steps is None:
        return "MapValues has codes that are not distinct and equally spaced: no step gives them"
    if has_no_null or missing == default:
        return steps
    level = next((level for level, code in codes if code == missing), None)
    if level is not None:
        return Impute(level), *steps
    if default is None and missing is not None and len(steps) == 1:
        return "MapValues gives nulls a code of their own: no step does"
    return "MapValues treats nulls and unknown levels differently: no step does"
