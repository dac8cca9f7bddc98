"""Derive numbers of a feature from others, check their consistency, and build its reference."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from skewcheck.features.types import NumericReference
from skewcheck.parameters.handwritten.layouts import FeatureNumbers
from skewcheck.parameters.precision import MIN_WRITTEN, written_error
from skewcheck.parameters.source import ParameterSource

MAX_RANGE_ERROR = 0.05
"""Error of the end of a range, as a share of the range, beyond which it compares nothing; of a
deviation beside a variance, as a share of it: divisors of n and n - 1 differ by less."""


def with_derived_numbers(row: FeatureNumbers) -> dict[str, float]:
    """Return the numbers with derived ones: mean and var from sums, std from var or scale.

    var is E[x²] - E[x]² of `sum / count` and `squares / count`, at least 0.
    """
    numbers = {kind: x for kind, x in row.numbers.items() if kind not in ("epsilon", "bound")}
    count = numbers.get("count", 0)
    if {"sum", "squares"} <= set(numbers) and count > 0:
        numbers["mean"] = numbers["sum"] / count
        numbers["var"] = max(numbers["squares"] / count - numbers["mean"] ** 2, 0.0)
    if "scale" in numbers and "mean" in numbers and not {"offset", "center"} & set(numbers):
        numbers.setdefault("std", numbers["scale"])
    if "var" in numbers and numbers["var"] >= 0:
        numbers.setdefault("std", math.sqrt(numbers["var"]))
    return numbers


def rounded_if_whole(x: float, error: float) -> float:
    """Return the nearest integer if x is within an error of it, else x."""
    return round(x) if math.isfinite(x) and abs(x - round(x)) <= max(error, MIN_WRITTEN) else x


def scaled_end(
    numbers: Mapping[str, float], end: str, offset: str = "offset"
) -> tuple[float, float]:
    """Return an end of the data times the scale plus the offset, and by how much it may be off."""
    x, scale, shift = numbers[end], numbers["scale"], numbers[offset]
    error = abs(scale) * written_error(x) + abs(x) * written_error(scale) + written_error(shift)
    return x * scale + shift, min(error, MAX_RANGE_ERROR)


def check_consistency(
    source: ParameterSource, row: FeatureNumbers, numbers: Mapping[str, float]
) -> None:
    """Raise ParameterError for contradictory numbers, such as a scale that is not sqrt(var)."""
    var, scale = row.numbers.get("var"), row.numbers.get("scale")
    if var is not None and not var >= 0:
        raise source.error(f"{row.places['var']}: a variance must be >= 0, got {var:g}")
    root, std = math.sqrt(var) if var else 0.0, row.numbers.get("std")
    if std is not None and var is not None and abs(std - root) > MAX_RANGE_ERROR * max(std, root):
        raise source.error(
            f"{row.places['std']}: {std:g} is not the root of the variance {var:g}; keep the one"
            " that serving divides by"
        )
    if var and scale is not None and "mean" in numbers and not _is_root(scale, root, var):
        explanation = " but 1 / that: it multiplies" if _is_root(scale, 1 / root, var) else ""
        raise source.error(
            f"{row.places['scale']}: {scale:g} is not the root of the variance"
            f" {var:g}{explanation}; give std instead of scale"
        )
    has_scaled_max = {"offset", "scale", "max"} <= set(numbers)
    if has_scaled_max and numbers.get("min", -math.inf) < numbers["max"]:
        scaled_max, error = scaled_end(numbers, "max")
        expected = (row.range or (0.0, rounded_if_whole(scaled_max, error)))[1]
        if not is_close(scaled_max, expected, error):
            raise source.error(
                f"{row.feature}: data_max_ * scale_ + min_ is {scaled_max:g}, not {expected:g}:"
                " these numbers are not of one scaler"
            )


def _is_root(scale: float, root: float, var: float) -> bool:
    """Return whether a scale is a root, or 1 / it, of a variance as it is written."""
    return is_close(scale, root, written_error(scale) + root * written_error(var) / (2 * var))


def is_close(first: float, second: float, error: float) -> bool:
    """Return whether two numbers are equal to an error, or to that of all written numbers."""
    return math.isclose(first, second, rel_tol=MIN_WRITTEN, abs_tol=max(error, 1e-12))


def reference_of_numbers(
    row: FeatureNumbers, numbers: Mapping[str, float], used: Sequence[str]
) -> NumericReference | None:
    """Return what the file says of the distribution, beyond the numbers of its method.

    `rows` is 0: no such file says how many nulls training had. None if there is nothing beyond.
    """
    low, high = numbers.get("min"), numbers.get("max")
    if low is None or high is None or not low <= high:
        low = high = None
    std = numbers.get("std")
    has_moments = "mean" in numbers and std is not None and std > 0
    settings = {"count", "var", "scale", "sum", "squares", "epsilon", "bound"}
    if set(row.numbers) <= {*used, *settings} or not (has_moments or low is not None):
        return None
    return NumericReference(
        0,
        mean=numbers["mean"] if has_moments else None,
        std=std if has_moments else None,
        min=low,
        max=high,
        quantiles={
            int(key[1:]) / 10 ** len(key[1:]): value
            for key, value in numbers.items()
            if key[0] == "q" and key[1:].isdigit() and math.isfinite(value)
        },
    )
