"""Convert the numbers of a feature to steps, if only one method fits them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from skewcheck.features.steps import (
    Affine,
    Clip,
    Impute,
    MaxAbs,
    MinMax,
    Robust,
    Step,
    ZScore,
)
from skewcheck.parameters.handwritten.derived_numbers import (
    MAX_RANGE_ERROR,
    check_consistency,
    is_close,
    rounded_if_whole,
    scaled_end,
)
from skewcheck.parameters.handwritten.layouts import FeatureNumbers
from skewcheck.parameters.precision import written_error
from skewcheck.parameters.source import ParameterSource

_REQUIRED_KINDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "zscore": (("mean", "std"),),
    "offset": (("offset", "scale"),),
    "minmax": (("min", "max"),),
    "robust": (("center", "scale"), ("q50", "scale"), ("center", "iqr"), ("q50", "iqr")),
    "maxabs": (("maxabs",),),
}
"""Kinds that each method needs, alternatives in order of preference; methods in order of
preference."""
_FORMULAS = {
    "zscore": "(x - mean) / std", "minmax": "(x - min) / (max - min)",
    "robust": "(x - median) / iqr", "maxabs": "x / maxabs", "offset": "x * scale_ + min_",
    "quantiles": "(x - q01) / (q99 - q01)", "meanrange": "(x - mean) / (max - min)",
}  # fmt: skip
"""Formula of each method, for messages."""
OFFSET_WARNING = "holds scikit-learn's min_, an offset, under the name of a minimum"
_METHOD_HINT = '"scaler_type": "standard" (or minmax, robust, quantiles)'


@dataclass(frozen=True, slots=True)
class Interpretation:
    """How a feature's numbers are applied: method, kinds used, steps, and what was assumed."""

    method: str
    used: tuple[str, ...]
    steps: tuple[Step, ...]
    note: str = ""
    """An assumption, as a note; empty without one."""
    warning: str = ""
    """A mistake in the file, as a warning; empty without one."""
    untested: str = ""
    """Why the numbers cannot be applied after all; empty if they can."""


def interpret(
    source: ParameterSource, row: FeatureNumbers, derived: Mapping[str, float]
) -> Interpretation | None:
    """Return how the numbers are applied; None if they only describe the feature.

    `derived` are the row's `with_derived_numbers`. Raises ParameterError if two methods fit.
    """
    numbers = dict(derived)
    check_consistency(source, row, numbers)
    if row.method:
        return _declared_method(source, row, numbers)
    if "offset" in numbers and "scale" not in numbers and "max" in numbers and "min" not in numbers:
        numbers["min"] = numbers["offset"]
    if (
        "scale" in numbers
        and "min" in numbers
        and "offset" not in numbers
        and "mean" not in numbers
    ):
        return _min_or_offset(source, row, numbers)
    methods = [method for method in _REQUIRED_KINDS if _kinds_used(method, numbers)]
    other_methods = methods[1:] + ["quantiles"] * ({"q01", "q99"} <= set(numbers))
    if "zscore" in methods and other_methods and "offset" not in methods:
        formulas = " and ".join(_FORMULAS[method] for method in other_methods)
        note = (
            f"read as (x - mean) / std, not {formulas}: the file does not say; {_METHOD_HINT} would"
        )
        return _interpretation("zscore", row, numbers, note)
    if "offset" in methods:
        return _interpretation("offset", row, numbers)
    if len(methods) > 1 or (methods == ["minmax"] and "mean" in numbers):
        alternative = methods[1] if len(methods) > 1 else "meanrange"
        raise source.error(
            f"{row.feature}: could be {_FORMULAS[methods[0]]} or {_FORMULAS[alternative]};"
            f' say which: "scaler_type": "{methods[0]}" or "{alternative}"'
        )
    return (
        _interpretation(methods[0], row, numbers)
        if methods
        else _single_number(source, row, numbers)
    )


def _kinds_used(method: str, numbers: Mapping[str, float]) -> tuple[str, ...] | None:
    """Return the first complete alternative of a method's kinds; None if no alternative is."""
    if method == "robust" and "mean" in numbers and not {"iqr", "center"} & set(numbers):
        return None
    for kinds in _REQUIRED_KINDS[method]:
        if numbers.keys() >= {*kinds}:
            return kinds
    return None


def _interpretation(
    method: str,
    row: FeatureNumbers,
    numbers: Mapping[str, float],
    note: str = "",
    warning: str = "",
) -> Interpretation:
    used = _kinds_used(method, numbers) or ()
    step: Step
    if method == "zscore":
        step = _with_flags(row, numbers)
    elif method == "minmax":
        step = MinMax(numbers["min"], numbers["max"], row.range or (0.0, 1.0))
    elif method == "robust":
        step = Robust(numbers[used[0]], numbers[used[1]])
    elif method == "maxabs":
        step = MaxAbs(numbers["maxabs"])
    else:
        step = _offset(row, numbers)
    fill = (Impute(numbers["fill"]),) if "fill" in numbers else ()
    used = (*used, *(["fill"] if fill else []))
    steps = (*fill, step)
    if not row.flags.get("clip") or method not in ("minmax", "offset"):
        return Interpretation(method, used, steps, note, warning)
    output_range = step.range if isinstance(step, MinMax) else row.range
    if output_range is None:
        return Interpretation(
            method, used, (), note, warning, "clips to a range that is not in the file"
        )
    return Interpretation(method, used, (*steps, Clip(*output_range)), note, warning)


def _with_flags(row: FeatureNumbers, numbers: Mapping[str, float]) -> Step:
    """Return a z-score, or without centring or scaling as scikit-learn's settings say.

    A mean of 0 and a std of 1 are no measurements, as which a z-score would pass them off.
    """
    if row.flags.get("with_mean") is False:
        return MaxAbs(numbers["std"])
    if row.flags.get("with_std") is False:
        return Affine(numbers["mean"], 1.0)
    return ZScore(numbers["mean"], numbers["std"])


def _offset(row: FeatureNumbers, numbers: Mapping[str, float]) -> Step:
    """Return scikit-learn's x * scale_ + min_, as min-max scaling if the training range agrees."""
    scale, offset = numbers["scale"], numbers["offset"]
    if {"min", "max"} <= set(numbers) and numbers["max"] > numbers["min"]:
        output_range = row.range or (
            rounded_if_whole(*scaled_end(numbers, "min")),
            rounded_if_whole(*scaled_end(numbers, "max")),
        )
        return MinMax(numbers["min"], numbers["max"], output_range)
    return Affine(-offset / scale if scale else 0.0, scale)


def _declared_method(
    source: ParameterSource, row: FeatureNumbers, numbers: dict[str, float]
) -> Interpretation | None:
    """Return the interpretation by the method that the file names."""
    method = str(row.method)
    if method == "minmax" and {"offset", "scale"} <= set(numbers):
        return _interpretation("offset", row, numbers)
    if method == "minmax" and "scale" in numbers and "min" in numbers and "mean" not in numbers:
        return _min_or_offset(source, row, numbers)
    if method == "maxabs" and "scale" in numbers:
        numbers["maxabs"] = numbers["scale"]
    if method in _REQUIRED_KINDS and _kinds_used(method, numbers):
        return _interpretation(method, row, numbers)
    if method == "quantiles" and {"q01", "q99"} <= set(numbers):
        step = MinMax(numbers["q01"], numbers["q99"], row.range or (-1.0, 1.0))
        return Interpretation(method, ("q01", "q99"), (step,))
    if (
        method == "meanrange"
        and {"mean", "min", "max"} <= set(numbers)
        and numbers["max"] > numbers["min"]
    ):
        affine = Affine(numbers["mean"], 1 / (numbers["max"] - numbers["min"]))
        return Interpretation(method, ("mean", "min", "max"), (affine,))
    if method == "fill":
        return _single_number(source, row, numbers)
    kinds = ", ".join(row.numbers)
    raise source.error(f"{row.feature}: the file names {method}, which {kinds} do not make")


def _min_or_offset(
    source: ParameterSource, row: FeatureNumbers, numbers: dict[str, float]
) -> Interpretation:
    """Distinguish a minimum from scikit-learn's offset (x * scale_ + min_) by the maximum."""
    low, high, scale = numbers["min"], numbers.get("max"), numbers["scale"]
    output_range = row.range or (0.0, 1.0)
    of_ends = 0.0 if high is None else written_error(low) + written_error(high)
    if high is not None and high > low:
        error = abs(scale) * of_ends + (high - low) * written_error(scale)
        width = output_range[1] - output_range[0]
        if is_close(scale * (high - low), width, min(error, MAX_RANGE_ERROR)):
            return _interpretation("minmax", row, numbers)
    scaled_max, error = (0.0, 0.0) if high is None else scaled_end(numbers, "max", "min")
    if high is not None and is_close(scaled_max, output_range[1], error):
        corrected = {
            **numbers,
            "offset": low,
            "min": high - (output_range[1] - output_range[0]) / scale,
        }
        ranged = replace(row, range=output_range)
        return _interpretation("offset", ranged, corrected, warning=OFFSET_WARNING)
    if high is not None and is_close(scale, high - low, of_ends + written_error(scale)):
        return _interpretation("minmax", row, numbers)
    key = row.places.get("min", "min")
    raise source.error(
        f"{key} beside scale could be scikit-learn's min_ (x * scale + min) or a minimum"
        " ((x - min) * scale, or / scale); call it min_ or data_min, and give data_max"
    )


def _single_number(
    source: ParameterSource, row: FeatureNumbers, numbers: Mapping[str, float]
) -> Interpretation | None:
    """Interpret a fill value, a lone mean or a lone divisor; None for a mere description."""
    for kind in ("fill", "mean", "q50"):
        is_only = set(numbers) - {"count"} == {kind} or (row.method == "fill" and kind in numbers)
        if kind == "fill" in numbers or is_only:
            note = "" if kind == "fill" else f"a {kind} alone is read as what fills nulls"
            return Interpretation(
                "fill", (kind,), (Impute(numbers[kind]),), note.replace("q50", "median")
            )
    if "shift" in numbers and "scale" in numbers:
        raise source.error(
            f"{row.feature}: offset beside scale could be (x - offset) * scale, as in ONNX, or"
            " (x - offset) / scale; call them mean and std if it divides"
        )
    divisor = "std" if "std" in numbers else "scale"
    has_divisor_only = divisor in numbers
    is_scikit_learn = has_divisor_only and row.places.get("scale", "").partition("[")[0].endswith(
        "scale_"
    )
    if is_scikit_learn or ("std" in numbers and row.flags.get("with_mean") is False):
        return Interpretation("maxabs", (divisor,), (MaxAbs(numbers[divisor]),))
    if has_divisor_only and not {"min", "max"} <= set(numbers):
        raise source.error(
            f"{row.feature}: {divisor} alone could divide or multiply, and nothing says what is"
            " subtracted; give mean and std (mean 0 if nothing is)"
        )
    return None
