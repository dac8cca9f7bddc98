"""Warnings about implausible numbers in handwritten files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from skewcheck.features.types import ParameterWarning
from skewcheck.parameters.handwritten.derived_numbers import with_derived_numbers
from skewcheck.parameters.handwritten.layouts import FeatureNumbers
from skewcheck.text.numbers import shortened

_TOLERANCE = 1e-6
"""Relative to the deviation: float32 numbers may disagree by that much."""


def number_warnings(rows: Sequence[FeatureNumbers]) -> Iterator[ParameterWarning]:
    """Yield a warning for each kind of problem, with the features that have it."""
    rows = [row for row in rows if not row.masked]
    derived = [with_derived_numbers(row) for row in rows]
    for code, message, check in (
        ("constant", "training had a single value: nothing to divide by", _is_constant),
        (
            "quantiles",
            "quantiles that cannot be of this mean, deviation and range",
            _has_impossible_quantiles,
        ),
    ):
        names = tuple(
            row.feature for row, numbers in zip(rows, derived, strict=True) if check(numbers)
        )
        if names:
            yield ParameterWarning(code, {"text": f"{shortened(names)}: {message}"}, names)


def _is_constant(numbers: dict[str, float]) -> bool:
    return numbers.get("var", numbers.get("std")) == 0 or (
        "min" in numbers and "max" in numbers and numbers["min"] == numbers["max"])  # fmt: skip


def _has_impossible_quantiles(numbers: dict[str, float]) -> bool:
    """Return whether quantiles decrease, leave the range, or violate |mean - median| <= std.

    That bound: Hotelling and Solomons, The limits of a measure of skewness, 1932.
    """
    tolerance = _TOLERANCE * max(
        numbers.get("std", 0.0),
        abs(numbers.get("max", 0.0)),
        abs(numbers.get("min", 0.0)),
        _TOLERANCE,
    )
    quantiles = sorted(
        (key, value) for key, value in numbers.items() if key[0] == "q" and key[1:].isdigit()
    )
    if not quantiles:
        return False
    keys = ["min", *(key for key, _ in quantiles), "max"]
    ordered = [numbers[key] for key in keys if key in numbers]
    is_descending = any(b < a - tolerance for a, b in pairwise(ordered))
    has_moments = {"mean", "std", "q50"} <= set(numbers)
    return is_descending or (
        has_moments and abs(numbers["mean"] - numbers["q50"]) > numbers["std"] + tolerance
    )
