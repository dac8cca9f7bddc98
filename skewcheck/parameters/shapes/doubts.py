"""What real files of numbers get wrong, as far as the numbers alone show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from skewcheck.features.types import ParameterWarning
from skewcheck.parameters.shapes.layouts import Row
from skewcheck.parameters.shapes.methods import completed
from skewcheck.text.numbers import shortened

_SLACK = 1e-6
"""Of the deviation: float32 numbers may disagree by that."""


def doubts(rows: Sequence[Row]) -> Iterator[ParameterWarning]:
    """Yield a warning for each kind of trouble, with the features that have it."""
    for code, message, found in (
        ("constant", "training had a single value: nothing to divide by", _constant),
        ("quantiles", "quantiles that cannot be of this mean, deviation and range", _impossible),
    ):
        names = tuple(row.feature for row in rows if found(completed(row)))
        if names:
            yield ParameterWarning(code, {"text": f"{shortened(names)}: {message}"}, names)


def _constant(n: dict[str, float]) -> bool:
    return n.get("var", n.get("std")) == 0 or (
        "min" in n and "max" in n and n["min"] == n["max"])  # fmt: skip


def _impossible(n: dict[str, float]) -> bool:
    """Whether quantiles descend, leave the range, or deny |mean - median| <= std.

    That bound: Hotelling and Solomons, The limits of a measure of skewness, 1932.
    """
    slack = _SLACK * max(n.get("std", 0.0), abs(n.get("max", 0.0)), abs(n.get("min", 0.0)), _SLACK)
    marks = sorted((key, value) for key, value in n.items() if key[0] == "q" and key[1:].isdigit())
    if not marks:
        return False
    ends = [n[key] for key in ("min",) if key in n], [n[key] for key in ("max",) if key in n]
    line = [*ends[0], *(value for _, value in marks), *ends[1]]
    descends = any(b < a - slack for a, b in pairwise(line))
    known = {"mean", "std", "q50"} <= set(n)
    return descends or (known and abs(n["mean"] - n["q50"]) > n["std"] + slack)
