"""Spark's scalers of vectors; formulas from the Spark ML guide, "Features"."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from skewcheck.features.steps import Affine, Clip, MaxAbs, MinMax, Robust, Step, ZScore
from skewcheck.features.types import NumericReference
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.spark.stage import Stage
from skewcheck.parameters.spark.table import SparkTable

DimensionSteps = tuple[tuple[Step, ...], bool]
"""The steps of one dimension, and whether it was constant in training."""


def standard(stage: Stage, table: SparkTable) -> None:
    """(x - mean) / std with ddof 1; without `withMean`, the default, x / std.

    A std of 0 makes everything 0. A mean that is not subtracted still describes training, and
    becomes the reference.
    """
    centred, scaled = stage.flag("withMean", default=False), stage.flag("withStd", default=True)
    std = stage.vector("std") if scaled else ()
    mean = stage.vector("mean") if centred or "mean" in stage.data else (0.0,) * len(std)
    std = std or (1.0,) * len(mean)
    columns = table.dimensions(stage, len(std))
    _check_same_length(stage, "mean", mean, std)
    if not centred and "mean" in stage.data:
        columns = [
            column if column.steps or not (math.isfinite(m) and 0 < s < math.inf)
            else replace(column, reference=NumericReference(0, mean=m, std=s))
            for column, m, s in zip(columns, mean, std, strict=False)
        ]  # fmt: skip

    def steps_of(i: int) -> DimensionSteps:
        if not std[i]:
            return (Clip(0.0, 0.0),), True
        if centred:
            return ((ZScore(mean[i], std[i]) if scaled else Affine(mean[i], 1.0)),), False
        return ((MaxAbs(std[i]),) if scaled else ()), False

    keys = [key for key, used in (("mean", centred), ("std", scaled)) if used]
    _apply(stage, table, columns, steps_of, keys)


def min_max(stage: Stage, table: SparkTable) -> None:
    """(x - min) / (max - min), stretched to [min, max]; a constant becomes the midpoint."""
    low, high = stage.vector("originalMin"), stage.vector("originalMax")
    _check_same_length(stage, "originalMax", high, low)
    output_range = stage.number("min", 0.0), stage.number("max", 1.0)
    columns = table.dimensions(stage, len(low))

    def steps_of(i: int) -> DimensionSteps:
        if low[i] == high[i]:
            return (Clip(sum(output_range) / 2, sum(output_range) / 2),), True
        return (MinMax(low[i], high[i], output_range),), False

    _apply(stage, table, columns, steps_of, ["originalMin", "originalMax"])


def max_abs(stage: Stage, table: SparkTable) -> None:
    """x / max(abs(x)); a dimension of zeros is unchanged."""
    max_abs_values = stage.vector("maxAbs")
    columns = table.dimensions(stage, len(max_abs_values))
    _apply(
        stage,
        table,
        columns,
        lambda i: ((MaxAbs(max_abs_values[i] or 1.0),), not max_abs_values[i]),
        ["maxAbs"],
    )


def robust(stage: Stage, table: SparkTable) -> None:
    """(x - median) / quantile range; without `withCentering`, the default, x / range."""
    centred = stage.flag("withCentering", default=False)
    scaled = stage.flag("withScaling", default=True)
    quantile_range, median = stage.vector("range"), stage.vector("median")
    _check_same_length(stage, "median", median, quantile_range)
    columns = table.dimensions(stage, len(quantile_range))

    def steps_of(i: int) -> DimensionSteps:
        if scaled and not quantile_range[i]:
            return (Clip(0.0, 0.0),), True
        centre = median[i] if centred else 0.0
        if not scaled:
            return ((Affine(centre, 1.0),) if centred else ()), False
        return (Robust(centre, quantile_range[i]),), False

    keys = [key for key, used in (("median", centred), ("range", scaled)) if used]
    _apply(stage, table, columns, steps_of, keys)


def product(stage: Stage, table: SparkTable) -> None:
    """x times a weight per dimension."""
    weights = stage.vector("scalingVec")
    columns = table.dimensions(stage, len(weights))

    def steps_of(i: int) -> DimensionSteps:
        return ((Affine(0.0, weights[i]) if weights[i] else Clip(0.0, 0.0)),), False

    _apply(stage, table, columns, steps_of, ["scalingVec"])


def _check_same_length(
    stage: Stage, key: str, values: Sequence[float], expected: Sequence[float]
) -> None:
    if len(values) != len(expected):
        raise stage.required(key).error(
            f"has {len(values):,} values where {len(expected):,} are due"
        )


def _apply(
    stage: Stage,
    table: SparkTable,
    columns: Sequence[PipelineColumn],
    steps_of: Callable[[int], DimensionSteps],
    keys: Sequence[str],
) -> None:
    """Apply `steps_of(i)` to each dimension i and set the stage's output."""
    outputs = []
    for i, column in enumerate(columns):
        if column.untested is None:
            steps, constant = steps_of(i)
            place = f"{stage.place}.{'/'.join(keys)}[{i}]" if keys else ""
            column = column.then(*steps, source=place)
            if constant:
                table.add_constant(column)
        outputs.append(column)
    table.set_column(stage.output, outputs, vector=True)
