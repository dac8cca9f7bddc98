"""Read transformers of numbers that map each column to one column."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from skewcheck.features.steps import (
    Affine,
    Buckets,
    Clip,
    Impute,
    Log1p,
    Logarithm,
    MaxAbs,
    MinMax,
    PowerTransform,
    Quantile,
    Robust,
    Step,
    ZScore,
    has_encoder,
    inverse,
)
from skewcheck.features.types import NumericReference
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.precision import FLOAT32
from skewcheck.parameters.sklearn.expanding import bin_columns
from skewcheck.parameters.sklearn.fitted_object import FittedObject, number_array
from skewcheck.parameters.sklearn.pandas_objects import as_list

TOLERANCE = 1e-9
"""Relative tolerance of two stored numbers that differ at most by the rounding of one of them."""
MAX_ERROR = 1e-3
"""Largest relative error up to which numbers are compared: beyond it they would prove nothing."""


def standard_scaler(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """StandardScaler: (x - mean_) / scale_.

    A z-score says that both were measured: a mean that is not subtracted, a spread that is not
    divided by, and the scale of 1 of a constant column give other steps. What was measured beside
    them becomes the reference.
    """
    centred, scaled = fitted.flag("with_mean", True), fitted.flag("with_std", True)
    if not centred and not scaled:
        return columns
    count = len(columns)
    unknown = [math.nan] * count
    means = fitted.numbers("mean_", count) if centred or fitted.has("mean_") else unknown
    stds = fitted.numbers("scale_", count) if scaled else unknown
    is_constant = _constant_scales(fitted, stds)
    warn_of_constant(fitted, columns, is_constant)
    key = "mean_" if centred else "scale_"
    outputs = []
    for i, (column, mean, std) in enumerate(zip(columns, means, stds, strict=True)):
        if is_constant[i]:
            known = _with_single_value(column, mean)
            step: Step = Affine(mean, 1.0) if centred else MaxAbs(std)
        elif centred:
            known, step = column, ZScore(mean, std) if scaled else Affine(mean, 1.0)
        else:
            known = _with_moments(column, mean, std)
            step = MaxAbs(std)
        outputs.append(known.then(step, source=fitted.at(f"{key}[{i}]")))
    return outputs


def _constant_scales(fitted: FittedObject, stds: list[float]) -> list[bool]:
    """Return of which columns the scale is that of a constant.

    It is 1, whatever the variance was rounded to.
    """
    variances = fitted.numbers("var_", len(stds)) if fitted.has("var_") else [s * s for s in stds]
    return [
        std == 1.0 and not math.isclose(var, 1.0, rel_tol=1e-6)
        for std, var in zip(stds, variances, strict=True)
    ]


def _with_moments(column: PipelineColumn, mean: float, std: float) -> PipelineColumn:
    """Return a column with measured moments as its reference, where they are of raw values."""
    measured = column.untested is None and not column.steps and math.isfinite(mean + std)
    if not measured or column.reference is not None:
        return column
    return replace(column, reference=NumericReference(0, mean=mean, std=std))


def _with_single_value(column: PipelineColumn, value: float) -> PipelineColumn:
    """Return a column with the reference of one value, which its steps give.

    Fills change nothing: of the values there was one. Stored means are rounded, and the value
    itself may have been float32 in training or be so in a log.
    """
    other = column.untested is not None or column.level is not None
    if other or column.reference is not None or has_encoder(column.steps):
        return column
    bare = [step for step in column.steps if not isinstance(step, Impute)]
    raw = float(inverse(bare, np.array([value]))[0])
    if not math.isfinite(raw):
        return column
    error = FLOAT32 * abs(raw)
    known = NumericReference(0, mean=raw, std=0.0, min=raw - error, max=raw + error)
    return replace(column, reference=known)


def warn_of_constant(
    fitted: FittedObject, columns: list[PipelineColumn], is_constant: list[bool]
) -> None:
    """Warn of columns that had a single value when the transformer was fitted."""
    constant_columns = [
        column for column, constant in zip(columns, is_constant, strict=True) if constant
    ]
    place = fitted.place or fitted.name
    fitted.context.warn(
        "constant", f"{place}: fitted on a column of one value only", constant_columns
    )


def min_max_scaler(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """MinMaxScaler: x * scale_ + min_, where `min_` is an offset and not the minimum."""
    count = len(columns)
    range_ends = as_list(fitted.get("feature_range")) or [0, 1]
    if len(range_ends) != 2:
        raise fitted.error("must be two numbers", "feature_range")
    low, high = number_array(fitted, range_ends, "feature_range").tolist()
    minima, maxima = fitted.numbers("data_min_", count), fitted.numbers("data_max_", count)
    scales, offsets = fitted.numbers("scale_", count), fitted.numbers("min_", count)
    warn_of_constant(fitted, columns, [a == b for a, b in zip(minima, maxima, strict=True)])
    rounding = fitted.rounding("data_min_", "data_max_", "scale_")
    outputs = []
    for i, column in enumerate(columns):
        step: Step = MinMax(minima[i], maxima[i], (low, high))
        width = maxima[i] - minima[i]
        if width == 0:
            column = _with_single_value(column, minima[i])
        # The range was taken of the ends before these were rounded, or was rounded itself.
        error = rounding * (2 + (abs(minima[i]) + abs(maxima[i])) / width) if width > 0 else 0.0
        tolerance = max(TOLERANCE, min(error, MAX_ERROR))
        if not width > 0 or not math.isclose((high - low) / width, scales[i], rel_tol=tolerance):
            # A constant column is only shifted, as if its range were 1.
            step = Affine(-offsets[i] / scales[i] if scales[i] else math.nan, scales[i])
        clip = [Clip(low, high)] if fitted.flag("clip", False) else []
        outputs.append(column.then(step, *clip, source=fitted.at(f"data_min_[{i}]")))
    return outputs


def robust_scaler(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """RobustScaler: (x - center_) / scale_, for any quantiles and with unit variance."""
    centred, scaled = fitted.flag("with_centering", True), fitted.flag("with_scaling", True)
    if not centred and not scaled:
        return columns
    count = len(columns)
    centers = fitted.numbers("center_", count) if centred else [0.0] * count
    scales = fitted.numbers("scale_", count) if scaled else [1.0] * count
    key = "center_" if centred else "scale_"
    return [
        column.then(Robust(center, scale), source=fitted.at(f"{key}[{i}]"))
        for i, (column, center, scale) in enumerate(zip(columns, centers, scales, strict=True))
    ]


def max_abs_scaler(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """MaxAbsScaler: x / scale_."""
    scales = fitted.numbers("scale_", len(columns))
    if fitted.has("max_abs_"):
        is_zero = [x == 0 for x in fitted.numbers("max_abs_", len(columns))]
        warn_of_constant(fitted, columns, is_zero)
        columns = [
            _with_single_value(column, 0.0) if zero else column
            for column, zero in zip(columns, is_zero, strict=True)
        ]
    clip = [Clip(-1.0, 1.0)] if fitted.flag("clip", False) else []
    return [
        column.then(MaxAbs(scale), *clip, source=fitted.at(f"scale_[{i}]"))
        for i, (column, scale) in enumerate(zip(columns, scales, strict=True))
    ]


def power_transformer(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """PowerTransformer: Yeo-Johnson or Box-Cox, standardized by default."""
    count = len(columns)
    exponents = fitted.numbers("lambdas_", count)
    means, stds = [0.0] * count, [1.0] * count
    if fitted.flag("standardize", True):
        scaler = fitted.inner(fitted.get("_scaler"), "_scaler")
        means, stds = scaler.numbers("mean_", count), scaler.numbers("scale_", count)
    method = fitted.text("method", "yeo-johnson")
    return [
        column.then(PowerTransform(method, *numbers), source=fitted.at(f"lambdas_[{i}]"))
        for i, (column, *numbers) in enumerate(zip(columns, exponents, means, stds, strict=True))
    ]


def quantile_transformer(
    fitted: FittedObject, columns: list[PipelineColumn]
) -> list[PipelineColumn]:
    """QuantileTransformer: the rank in quantiles_, of shape (quantiles, columns)."""
    quantiles = fitted.get("quantiles_")
    shape = quantiles.shape if isinstance(quantiles, np.ndarray) else ()
    if (
        not isinstance(quantiles, np.ndarray)
        or shape[1:] != (len(columns),)
        or quantiles.dtype.kind != "f"
    ):
        fitted.items("quantiles_")
        raise fitted.error(
            f"must be an array of numbers with {len(columns):,} columns", "quantiles_"
        )
    fitted.context.spend(quantiles.size)
    output = fitted.text("output_distribution", "uniform")
    values = quantiles.astype(np.float64).T.tolist()
    return [
        column.then(
            Quantile(tuple(column_quantiles), output), source=fitted.at(f"quantiles_[:, {i}]")
        )
        for i, (column, column_quantiles) in enumerate(zip(columns, values, strict=True))
    ]


def k_bins_discretizer(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """KBinsDiscretizer: the number of inner edges less than or equal to x."""
    outputs = []
    for i, (column, edges) in enumerate(
        zip(columns, fitted.one_each("bin_edges_", len(columns)), strict=True)
    ):
        members = as_list(edges) or []
        fitted.context.spend(len(members))
        inner_edges = tuple(number_array(fitted, members, f"bin_edges_[{i}]").tolist()[1:-1])
        if fitted.text("encode", "onehot") != "ordinal":
            outputs += bin_columns(fitted, column, inner_edges, f"bin_edges_[{i}]")
        elif not inner_edges:
            outputs.append(
                column.untestable("KBinsDiscretizer has one bin only: all values become 0")
            )
        else:
            outputs.append(column.then(Buckets(inner_edges), source=fitted.at(f"bin_edges_[{i}]")))
    return outputs


def binarizer(fitted: FittedObject, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """Binarizer: 1 above the threshold, 0 at it and below."""
    threshold_edge = float(np.nextafter(fitted.number("threshold", 0.0), np.inf))
    return [
        column.then(Buckets((threshold_edge,)), source=fitted.at("threshold")) for column in columns
    ]


NUMPY_FUNCTIONS: dict[str, tuple[Step, ...]] = {
    "log": (Logarithm(),),
    "log2": (Logarithm(2.0),),
    "log10": (Logarithm(10.0),),
    "log1p": (Log1p(),),
    # Box-Cox with 1/2 is 2 sqrt(x) - 2.
    "sqrt": (PowerTransform("box-cox", 0.5, -2.0, 2.0),),
    "negative": (Affine(0.0, -1.0),),
}
"""Steps of NumPy functions, by name."""


def function_transformer(
    fitted: FittedObject, columns: list[PipelineColumn]
) -> list[PipelineColumn]:
    """FunctionTransformer: a NumPy function by name; the identity without a function."""
    func = fitted.get("func")
    if func is None:
        return columns
    module, name = (
        ("", "a function") if not isinstance(func, PickledObject) else (func.module, func.name)
    )
    if name == "_ufunc_reconstruct" and isinstance(func, PickledObject) and len(func.args) == 2:
        module, name = (str(item)[:100] for item in func.args)
    steps = NUMPY_FUNCTIONS.get(name) if module.split(".")[0] == "numpy" else None
    if steps is None or fitted.get("kw_args"):
        full = f"{module}.{name}" if module else name
        return [
            column.untestable(f"FunctionTransformer of {full}, which no step says")
            for column in columns
        ]
    return [column.then(*steps, source=fitted.at("func")) for column in columns]
