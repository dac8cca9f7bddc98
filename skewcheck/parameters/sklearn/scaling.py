"""Transformers of numbers: each column has its own numbers, and ends in one column."""

from __future__ import annotations

import math

import numpy as np

from skewcheck.features.steps import (
    Affine,
    Buckets,
    Clip,
    Log,
    Log1p,
    MaxAbs,
    MinMax,
    Power,
    Quantile,
    Robust,
    Step,
    ZScore,
)
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.pickles import Inert
from skewcheck.parameters.sklearn.part import Part, array
from skewcheck.parameters.sklearn.tables import listed

CLOSE = 1e-9
"""Relative: two numbers of a file that are to be the same up to the rounding of one of them."""


def standard(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """StandardScaler: (x - mean_) / scale_."""
    centred, scaled = part.flag("with_mean", True), part.flag("with_std", True)
    if not centred and not scaled:
        return columns
    count = len(columns)
    means = part.numbers("mean_", count) if centred else [0.0] * count
    stds = part.numbers("scale_", count) if scaled else [1.0] * count
    if scaled:
        _doubt_spread(part, columns, stds)
    key = "mean_" if centred else "scale_"
    return [
        column.then(ZScore(mean, std), source=part.at(f"{key}[{i}]"))
        for i, (column, mean, std) in enumerate(zip(columns, means, stds, strict=True))
    ]


def _doubt_spread(part: Part, columns: list[PipelineColumn], stds: list[float]) -> None:
    spread = part.numbers("var_", len(columns)) if part.has("var_") else [s * s for s in stds]
    # The scale of a column without spread is 1, whatever its variance was rounded to.
    flat = [std == 1.0 and not math.isclose(var, 1.0, rel_tol=1e-6)
            for std, var in zip(stds, spread, strict=True)]  # fmt: skip
    constant(part, columns, flat)


def constant(part: Part, columns: list[PipelineColumn], flat: list[bool]) -> None:
    """Warn of columns that had one value only when the transformer was fitted."""
    some = [column for column, one in zip(columns, flat, strict=True) if one]
    where = part.place or part.name
    part.reading.warn("constant", f"{where}: fitted on a column of one value only", some)


def minmax(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """MinMaxScaler: x * scale_ + min_, where `min_` is an offset and not the minimum."""
    count = len(columns)
    ends = listed(part.get("feature_range")) or [0, 1]
    if len(ends) != 2:
        raise part.error("must be two numbers", "feature_range")
    low, high = array(part, ends, "feature_range").tolist()
    least, most = part.numbers("data_min_", count), part.numbers("data_max_", count)
    scales, offsets = part.numbers("scale_", count), part.numbers("min_", count)
    constant(part, columns, [a == b for a, b in zip(least, most, strict=True)])
    made = []
    for i, column in enumerate(columns):
        step: Step = MinMax(least[i], most[i], (low, high))
        width = most[i] - least[i]
        if not width > 0 or not math.isclose((high - low) / width, scales[i], rel_tol=CLOSE):
            # A column without spread is shifted only, as if its range were 1.
            step = Affine(-offsets[i] / scales[i] if scales[i] else math.nan, scales[i])
        clip = [Clip(low, high)] if part.flag("clip", False) else []
        made.append(column.then(step, *clip, source=part.at(f"data_min_[{i}]")))
    return made


def robust(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """RobustScaler: (x - center_) / scale_, whatever quantiles and unit variance made of it."""
    centred, scaled = part.flag("with_centering", True), part.flag("with_scaling", True)
    if not centred and not scaled:
        return columns
    count = len(columns)
    centers = part.numbers("center_", count) if centred else [0.0] * count
    scales = part.numbers("scale_", count) if scaled else [1.0] * count
    key = "center_" if centred else "scale_"
    return [
        column.then(Robust(center, scale), source=part.at(f"{key}[{i}]"))
        for i, (column, center, scale) in enumerate(zip(columns, centers, scales, strict=True))
    ]


def maxabs(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """MaxAbsScaler: x / scale_."""
    scales = part.numbers("scale_", len(columns))
    if part.has("max_abs_"):
        constant(part, columns, [x == 0 for x in part.numbers("max_abs_", len(columns))])
    clip = [Clip(-1.0, 1.0)] if part.flag("clip", False) else []
    return [
        column.then(MaxAbs(scale), *clip, source=part.at(f"scale_[{i}]"))
        for i, (column, scale) in enumerate(zip(columns, scales, strict=True))
    ]


def power(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """PowerTransformer: Yeo-Johnson or Box-Cox, then standardized unless told not to."""
    count = len(columns)
    exponents = part.numbers("lambdas_", count)
    means, stds = [0.0] * count, [1.0] * count
    if part.flag("standardize", True):
        scaler = part.inner(part.get("_scaler"), "_scaler")
        means, stds = scaler.numbers("mean_", count), scaler.numbers("scale_", count)
    method = part.text("method", "yeo-johnson")
    return [
        column.then(Power(method, *numbers), source=part.at(f"lambdas_[{i}]"))
        for i, (column, *numbers) in enumerate(zip(columns, exponents, means, stds, strict=True))
    ]


def quantile(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """QuantileTransformer: the rank among quantiles_, of shape (quantiles, columns)."""
    rows = part.get("quantiles_")
    shape = rows.shape if isinstance(rows, np.ndarray) else ()
    if not isinstance(rows, np.ndarray) or shape[1:] != (len(columns),) or rows.dtype.kind != "f":
        part.items("quantiles_")
        raise part.error(f"must be an array of numbers with {len(columns):,} columns", "quantiles_")
    part.reading.spend(rows.size)
    output = part.text("output_distribution", "uniform")
    values = rows.astype(np.float64).T.tolist()
    return [
        column.then(Quantile(tuple(own), output), source=part.at(f"quantiles_[:, {i}]"))
        for i, (column, own) in enumerate(zip(columns, values, strict=True))
    ]


def bins(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """KBinsDiscretizer: the number of inner edges that are not above x."""
    made = []
    for i, (column, edges) in enumerate(
        zip(columns, part.one_each("bin_edges_", len(columns)), strict=True)
    ):
        members = listed(edges) or []
        part.reading.spend(len(members))
        inner = tuple(array(part, members, f"bin_edges_[{i}]").tolist()[1:-1])
        if part.text("encode", "onehot") != "ordinal":
            reason = "KBinsDiscretizer with a column for each bin, which no step says"
            made += [column.untestable(reason)] * max(len(members) - 1, 1)
        elif not inner:
            made.append(column.untestable("KBinsDiscretizer has one bin only: all values become 0"))
        else:
            made.append(column.then(Buckets(inner), source=part.at(f"bin_edges_[{i}]")))
    return made


def binarize(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """Binarizer: 1 above the threshold, 0 at it and below."""
    edge = float(np.nextafter(part.number("threshold", 0.0), np.inf))
    return [column.then(Buckets((edge,)), source=part.at("threshold")) for column in columns]


FUNCTIONS: dict[str, tuple[Step, ...]] = {
    "log": (Log(),),
    "log2": (Log(2.0),),
    "log10": (Log(10.0),),
    "log1p": (Log1p(),),
    # Box-Cox with 1/2 is 2 sqrt(x) - 2.
    "sqrt": (Power("box-cox", 0.5, -2.0, 2.0),),
    "negative": (Affine(0.0, -1.0),),
}


def function(part: Part, columns: list[PipelineColumn]) -> list[PipelineColumn]:
    """FunctionTransformer of one of NumPy's functions, by its name; without one, the identity."""
    func = part.get("func")
    if func is None:
        return columns
    module, name = ("", "a function") if not isinstance(func, Inert) else (func.module, func.name)
    if name == "_ufunc_reconstruct" and isinstance(func, Inert) and len(func.args) == 2:
        module, name = (str(item)[:100] for item in func.args)
    steps = FUNCTIONS.get(name) if module.split(".")[0] == "numpy" else None
    if steps is None or part.get("kw_args"):
        full = f"{module}.{name}" if module else name
        return [column.untestable(f"FunctionTransformer of {full}, which no step says")
                for column in columns]  # fmt: skip
    return [column.then(*steps, source=part.at("func")) for column in columns]
