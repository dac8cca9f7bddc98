"""The shape of two distributions: shares in bins of equal width, from distribution functions."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from skewcheck.results.audit import Curves

TAIL_SHARE = 0.02
"""Share of the values on either end that may lie beyond a drawing."""
_LOG_RANGE = 1000.0
"""A range of positive numbers this much wider than its start is drawn in logarithms."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Shares of both sides in bins of one width, of what is drawn."""

    start: float
    stop: float
    logarithmic: bool
    """Bins are of equal width in the logarithm."""
    reference: tuple[float, ...]
    serving: tuple[float, ...]


def shape(curves: Curves, bins: int) -> Shape:
    """Return the shares of so many bins; between points of a function values are spread evenly."""
    start, stop = shown_range(curves)
    logarithmic = is_wide(start, stop)
    ends = [between(start, stop, i / bins, logarithmic=logarithmic) for i in range(1, bins)]
    reference, serving = (
        _shares(curves.at, function, start, [*ends, stop])
        for function in (curves.reference, curves.serving)
    )
    return Shape(start, stop, logarithmic, reference, serving)


def is_wide(start: float, stop: float) -> bool:
    """Return whether a range is drawn in logarithms."""
    return start > 0 and stop / start > _LOG_RANGE


def between(start: float, stop: float, part: float, *, logarithmic: bool) -> float:
    """Return the number that is so far (0 to 1) from one to the other."""
    if logarithmic:
        return math.exp(math.log(start) * (1 - part) + math.log(stop) * part)
    return start * (1 - part) + stop * part


def _shares(
    at: Sequence[float], function: Sequence[float], start: float, ends: Sequence[float]
) -> tuple[float, ...]:
    """Return the shares from `start`, which is in the first, to each of the ends."""
    first = bisect_left(at, start)
    # The first of several points at a value is just below it.
    low = function[first] if first < len(at) and at[first] == start else _up_to(at, function, start)
    totals = [low, *(_up_to(at, function, end) for end in ends)]
    return tuple(max(b - a, 0.0) for a, b in pairwise(totals))


def _up_to(at: Sequence[float], function: Sequence[float], value: float) -> float:
    """Return the share up to a value, on the line between two points of the function."""
    after = bisect_right(at, value)
    if after == 0:
        return 0.0
    if after == len(at):
        return function[-1]
    # Halved, as the distance of the two largest numbers is infinite.
    low, high = at[after - 1] / 2, at[after] / 2
    part = (value / 2 - low) / (high - low)
    return function[after - 1] * (1 - part) + function[after] * part


def shown_range(curves: Curves) -> tuple[float, float]:
    """Return where most of the values of both lie, the few on either end left out."""
    both = [(p + q) / 2 for p, q in zip(curves.reference, curves.serving, strict=True)]
    first = next(i for i, share in enumerate(both) if share > TAIL_SHARE)
    last = next(i for i, share in enumerate(both) if share >= 1 - TAIL_SHARE)
    start, stop = curves.at[first], curves.at[last]
    if start < stop:
        return start, stop
    start, stop = curves.at[max(first - 1, 0)], curves.at[min(last + 1, len(both) - 1)]
    return (start, stop) if start < stop else (start - 0.5, stop + 0.5)
