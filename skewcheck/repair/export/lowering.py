"""A feature's steps as straight-line code."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skewcheck.features.steps import (
    Buckets,
    Cast,
    Clip,
    Expand,
    Impute,
    Linear,
    Log1p,
    Logarithm,
    Map,
    OneHot,
    Piecewise,
    PowerTransform,
    Quantile,
    Quantize,
    Round,
    Standardize,
    Step,
    Vocabulary,
    line_of,
    scope_of,
)
from skewcheck.features.transform import expansion, key_of
from skewcheck.features.types import Feature
from skewcheck.repair.export import casts, curves, levels
from skewcheck.repair.export.builder import Builder
from skewcheck.repair.export.program import (
    Code,
    FeatureCode,
    IsNull,
    Local,
    Operand,
    ReadNumber,
    Select,
    Served,
    ServedLevel,
)
from skewcheck.text.errors import ParameterError


def lowered(feature: Feature, *, single: bool) -> FeatureCode:
    """Return a feature's code; `single`: what is served is rounded to float32.

    Raises ParameterError, which names feature and step, where other rows have a part in what is
    served, or an unknown column says the key.
    """
    scope = scope_of(feature.steps)
    if scope is not None:
        raise ParameterError(
            f"{feature.name!r}: step {scope[0]}: {scope[1].op} over {scope[1].over} needs other"
            " values than the feature's own, which exported code does not have: exclude it"
        )
    build = Builder()
    if feature.groups:
        from skewcheck.repair.export.groups import by_key  # few features have keys

        served: list[Served | ServedLevel] = [*by_key(build, feature)]
    elif feature.type == "numeric":
        served = [*_numeric(build, feature)]
    else:
        served = [*_categorical(build, feature)]
    if single:
        served = [_single(build, column) for column in served]
    return FeatureCode(feature.name, tuple(build.instructions), tuple(served))


def _single(build: Builder, column: Served | ServedLevel) -> Served | ServedLevel:
    if isinstance(column, ServedLevel) or _is_single(build, column.value):
        return column
    value = casts.cast(build, Cast("float32"), column.value)
    return replace(column, value=value)


def _is_single(build: Builder, value: Operand) -> bool:
    """Return whether all that a value may be are float32 numbers: codes, and zeros and ones."""
    if not isinstance(value, Local):
        with np.errstate(over="ignore"):
            return math.isnan(value) or float(np.float32(value)) == value
    match build.instructions[value.index]:
        case Code(_, codes, null, unknown):
            return all(_is_single(build, number) for number in (*codes.values(), null, unknown))
        case Select(_, yes, no):
            return _is_single(build, yes) and _is_single(build, no)
    return False


def _numeric(build: Builder, feature: Feature) -> list[Served]:
    x = applied(build, feature.steps, build.add(ReadNumber(feature.name)))
    several = expansion(feature.steps)
    if several is None:
        return [Served(feature.name, x)]
    return [
        Served(key_of(feature.name, column), applied(build, steps, x))
        for column, steps in several.columns.items()
    ]


def _categorical(build: Builder, feature: Feature) -> list[Served] | list[ServedLevel]:
    read = levels.levels_of(feature)
    if read is None:
        return [ServedLevel(feature.name, feature.name, levels.fill_of(feature.steps))]
    if isinstance(read.step, Map) and read.step.names:
        code = build.add(levels.code_of(feature.name, read.known))
        columns = zip(read.step.names, zip(*read.vectors, strict=True), strict=True)
        return [
            Served(f"{feature.name}_{column}", build.item(table, code)) for column, table in columns
        ]
    later = feature.steps[read.index + 1 :]
    numbers = [vector[0] for vector in read.vectors]
    codes = build.add(levels.code_of(feature.name, read.known, numbers))
    x = applied(build, later, codes)
    onehot = next((step for step in feature.steps if isinstance(step, OneHot)), None)
    if onehot is None:
        return [Served(feature.name, x)]
    return [
        Served(f"{feature.name}_{value}", build.if_compared(x, "==", float(i), 1.0, 0.0))
        for i, value in enumerate(onehot.values)
    ]


def applied(build: Builder, steps: Sequence[Step], x: Operand) -> Operand:
    """Return x after the steps that map a number to one; the others are passed over."""
    for step in steps:
        x = _step(build, step, x)
    return x


def _step(build: Builder, step: Step, x: Operand) -> Operand:
    match step:
        case Clip(low, high):
            return build.clipped(x, low, high)
        case Impute(value):
            fill = math.nan if isinstance(value, str) else float(value)
            return x if isinstance(value, str) else build.select(IsNull(x), fill, x)
        case Buckets(edges):
            return build.unless_null(x, build.rank(edges, x))
        case Cast():
            return casts.cast(build, step, x)
        case Round(decimals):
            return _round(build, x, decimals)
        case Quantize():
            return _quantize(build, step, x)
        case Piecewise():
            return curves.piecewise(build, step, x)
        case Logarithm(base):
            y = build.call("log", x)
            return y if base == math.e else build.arithmetic(y, "/", math.log(base))
        case Log1p():
            return build.call("log1p", x)
        case PowerTransform():
            return curves.power(build, step, x)
        case Quantile():
            return curves.quantile(build, step, x)
        case Vocabulary() | OneHot() | Map() | Expand() | Standardize():
            return x
    return _line(build, step, x)


def _line(build: Builder, step: Linear, x: Operand) -> Operand:
    """Return (x - offset) / divisor * factor + addend without what changes nothing."""
    offset, divisor, factor, addend = line_of(step)
    if offset:
        x = build.arithmetic(x, "-", float(offset))
    if divisor != 1:
        x = build.arithmetic(x, "/", float(divisor))
    if factor != 1:
        x = build.arithmetic(x, "*", float(factor))
    return build.arithmetic(x, "+", float(addend)) if addend else x


def _round(build: Builder, x: Operand, decimals: int) -> Operand:
    """Return what `numpy.round` does: it multiplies, rounds half to even and divides."""
    factor = 10.0 ** abs(decimals)
    if not decimals:
        return build.call("rint", x)
    scaled = build.arithmetic(x, "*" if decimals > 0 else "/", factor)
    return build.arithmetic(build.call("rint", scaled), "/" if decimals > 0 else "*", factor)


def _quantize(build: Builder, step: Quantize, x: Operand) -> Operand:
    info = np.iinfo(step.dtype)
    codes: Operand = build.call("rint", build.arithmetic(x, "/", step.scale))
    codes = build.arithmetic(codes, "+", float(step.zero_point))
    return build.clipped(codes, float(info.min), float(info.max))
