"""Power and quantile transforms as straight-line code."""

from __future__ import annotations

import math

import numpy as np

from skewcheck.features.steps import FloatArray, Piecewise, PowerTransform, Quantile
from skewcheck.repair.export.builder import Builder
from skewcheck.repair.export.normal import normal_quantile
from skewcheck.repair.export.program import Compare, IsNull, Operand

_LOGARITHM = 1e-12
"""Exponents of less than this are a logarithm, as in the step itself."""


def power(build: Builder, step: PowerTransform, x: Operand) -> Operand:
    """Return the power transform of x, standardized."""
    if step.method == "box-cox":
        y = _power_of(build, build.call("log", x), step.lambda_)
    else:
        base = build.arithmetic(1.0, "+", build.call("abs", x))
        logs = build.call("log", base)
        negative = build.arithmetic(-1.0, "*", _power_of(build, logs, 2 - step.lambda_))
        y = build.if_compared(x, "<", 0.0, negative, _power_of(build, logs, step.lambda_))
    return build.arithmetic(build.arithmetic(y, "-", step.mean), "/", step.std)


def _power_of(build: Builder, logs: Operand, exponent: float) -> Operand:
    if abs(exponent) < _LOGARITHM:
        return logs
    scaled = build.arithmetic(exponent, "*", logs)
    return build.arithmetic(build.call("expm1", scaled), "/", exponent)


def piecewise(build: Builder, step: Piecewise, x: Operand) -> Operand:
    """Return the polynomial of the interval that x is in."""
    knots = step.knots
    interval: Operand = build.rank(knots, x) if knots else 0.0
    starts = (*knots[:1], *knots) if knots else (0.0,)
    t = build.arithmetic(x, "-", build.item(tuple(map(float, starts)), interval))
    powers = [tuple(map(float, numbers)) for numbers in zip(*step.coefficients, strict=True)]
    falling = [build.item(numbers, interval) for numbers in reversed(powers)]
    return build.unless_null(x, build.horner(falling, t, 0.0))


def quantile(build: Builder, step: Quantile, x: Operand) -> Operand:
    """Return the rank of x among the quantiles, or its normal score."""
    values = np.asarray(step.values, np.float64)
    grid = np.linspace(0, 1, len(values))
    below = _interpolated(build, x, values, grid)
    opposite = build.arithmetic(-1.0, "*", x)
    above = _interpolated(build, opposite, -values[::-1], -grid[::-1])
    ranks: Operand = build.arithmetic(build.arithmetic(below, "-", above), "/", 2.0)
    ranks = build.if_compared(float(values[-1]), "<=", x, 1.0, ranks)
    ranks = build.if_compared(x, "<=", float(values[0]), 0.0, ranks)
    ranks = build.unless_null(x, ranks)
    return ranks if step.output == "uniform" else _scores(build, ranks)


def _scores(build: Builder, ranks: Operand) -> Operand:
    from scipy.special import ndtri

    bound = -float(ndtri(1e-7 - np.spacing(1)))
    scores = build.clipped(normal_quantile(build, ranks), -bound, bound)
    scores = build.if_compared(1.0, "<=", ranks, bound, scores)
    return build.if_compared(ranks, "<=", 0.0, -bound, scores)


def _interpolated(build: Builder, x: Operand, at: FloatArray, values: FloatArray) -> Operand:
    """Return what `numpy.interp` does: NaN of infinite differences is computed from the right."""
    with np.errstate(all="ignore"):
        slopes = np.append(np.diff(values) / np.diff(at), np.nan)
    last = len(at) - 1
    place = build.arithmetic(build.rank(at.tolist(), x), "-", 1.0)
    place = build.if_compared(place, "<", 0.0, 0.0, place)
    left, low = build.item(tuple(at.tolist()), place), build.item(tuple(values.tolist()), place)
    slope = build.item(tuple(slopes.tolist()), place)
    y: Operand = build.arithmetic(
        build.arithmetic(slope, "*", build.arithmetic(x, "-", left)), "+", low
    )
    if not np.isfinite(np.diff(at)).all():
        right = build.item((*at[1:].tolist(), math.nan), place)
        high = build.item((*values[1:].tolist(), math.nan), place)
        other = build.arithmetic(
            build.arithmetic(slope, "*", build.arithmetic(x, "-", right)), "+", high
        )
        y = build.select(IsNull(y), other, y)
    y = build.select(Compare("==", x, left), low, y)
    y = build.if_compared(float(at[-1]), "<=", x, float(values[last]), y)
    return build.if_compared(x, "<", float(at[0]), float(values[0]), y)
