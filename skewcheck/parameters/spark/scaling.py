"""Spark's scalers of vectors, a dimension each; formulas from the Spark ML guide, "Features"."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from skewcheck.features.steps import Affine, Clip, MaxAbs, MinMax, Robust, Step, ZScore
from skewcheck.features.types import NumericReference
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.spark.flow import Flow
from skewcheck.parameters.spark.stage import Stage

Made = tuple[tuple[Step, ...], bool]
"""A dimension's steps, and whether it was constant in training."""


def standard(stage: Stage, flow: Flow) -> None:
    """(x - mean) / std with ddof 1; without `withMean`, the default, x / std.

    A std of 0 makes everything 0. The mean that is not subtracted is still what training saw.
    """
    centred, scaled = stage.flag("withMean", usual=False), stage.flag("withStd", usual=True)
    std = stage.vector("std") if scaled else ()
    mean = stage.vector("mean") if centred or "mean" in stage.data else (0.0,) * len(std)
    std = std or (1.0,) * len(mean)
    columns = flow.dimensions(stage, len(std))
    _same(stage, "mean", mean, std)
    if not centred and "mean" in stage.data:
        columns = [
            column if column.steps or not (math.isfinite(m) and 0 < s < math.inf)
            else replace(column, reference=NumericReference(0, mean=m, std=s))
            for column, m, s in zip(columns, mean, std, strict=False)
        ]  # fmt: skip

    def made(i: int) -> Made:
        if not std[i]:
            return (Clip(0.0, 0.0),), True
        if centred:
            return ((ZScore(mean[i], std[i]) if scaled else Affine(mean[i], 1.0)),), False
        return ((MaxAbs(std[i]),) if scaled else ()), False

    keys = [key for key, used in (("mean", centred), ("std", scaled)) if used]
    _put(stage, flow, columns, made, keys)


def min_max(stage: Stage, flow: Flow) -> None:
    """(x - min) / (max - min), stretched to [min, max]; a constant becomes their middle."""
    low, high = stage.vector("originalMin"), stage.vector("originalMax")
    _same(stage, "originalMax", high, low)
    ends = stage.number("min", 0.0), stage.number("max", 1.0)
    columns = flow.dimensions(stage, len(low))

    def made(i: int) -> Made:
        if low[i] == high[i]:
            return (Clip(sum(ends) / 2, sum(ends) / 2),), True
        return (MinMax(low[i], high[i], ends),), False

    _put(stage, flow, columns, made, ["originalMin", "originalMax"])


def max_abs(stage: Stage, flow: Flow) -> None:
    """x / max|x|; 0 stays as it is."""
    most = stage.vector("maxAbs")
    columns = flow.dimensions(stage, len(most))
    _put(stage, flow, columns, lambda i: ((MaxAbs(most[i] or 1.0),), not most[i]), ["maxAbs"])


def robust(stage: Stage, flow: Flow) -> None:
    """(x - median) / range of quantiles; without `withCentering`, the default, x / range."""
    centred = stage.flag("withCentering", usual=False)
    scaled = stage.flag("withScaling", usual=True)
    width, median = stage.vector("range"), stage.vector("median")
    _same(stage, "median", median, width)
    columns = flow.dimensions(stage, len(width))

    def made(i: int) -> Made:
        if scaled and not width[i]:
            return (Clip(0.0, 0.0),), True
        centre = median[i] if centred else 0.0
        if not scaled:
            return ((Affine(centre, 1.0),) if centred else ()), False
        return (Robust(centre, width[i]),), False

    keys = [key for key, used in (("median", centred), ("range", scaled)) if used]
    _put(stage, flow, columns, made, keys)


def product(stage: Stage, flow: Flow) -> None:
    """x times a weight for each dimension."""
    weights = stage.vector("scalingVec")
    columns = flow.dimensions(stage, len(weights))

    def made(i: int) -> Made:
        return ((Affine(0.0, weights[i]) if weights[i] else Clip(0.0, 0.0)),), False

    _put(stage, flow, columns, made, ["scalingVec"])


def _same(stage: Stage, key: str, one: Sequence[float], other: Sequence[float]) -> None:
    if len(one) != len(other):
        raise stage.found(key).error(f"has {len(one):,} values where {len(other):,} are due")


def _put(
    stage: Stage, flow: Flow, columns: Sequence[PipelineColumn], made: Callable[[int], Made],
    keys: Sequence[str],
) -> None:  # fmt: skip
    after = []
    for i, column in enumerate(columns):
        if column.untested is None:
            steps, constant = made(i)
            place = f"{stage.place}.{'/'.join(keys)}[{i}]" if keys else ""
            column = column.then(*steps, source=place)
            if constant:
                flow.constant(column)
        after.append(column)
    flow.put(stage.output, after, vector=True)
