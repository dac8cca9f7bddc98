"""Expected against served values of rows that break parity, with the range that is drawn."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from skewcheck.results.pairs import Pairs

_REACH = 2.0
"""Values further from the middle 90 % than twice its width would leave the others in one place."""

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scatter:
    """Points of a drawing and the ranges of its axes; the vertical one holds the line y = x."""

    points: tuple[tuple[float, float], ...]
    across: Range
    up: Range
    beyond: int
    """Points that lie outside."""


def scatter(pairs: Pairs, most: int | None = None) -> Scatter:
    """Return up to `most` of the pairs as points."""
    expected, served = pairs.expected[:most], pairs.served[:most]
    across, other = _range(expected), _range(served)
    up = min(across[0], other[0]), max(across[1], other[1])
    points = tuple(
        (x, y)
        for x, y in zip(expected, served, strict=True)
        if across[0] <= x <= across[1] and up[0] <= y <= up[1]
    )
    return Scatter(points, across, up, len(expected) - len(points))


def place(value: float, within: Range) -> float:
    """Return how far (0 to 1) a value is from the start of a range."""
    # Halved, as the distance of the two largest numbers is infinite.
    low, high = within[0] / 2, within[1] / 2
    return (value / 2 - low) / (high - low)


def _range(values: Sequence[float]) -> Range:
    """Return the range of the values but for those that lie far from the others."""
    ordered = sorted(values)
    low, high = ordered[len(ordered) // 20], ordered[-1 - len(ordered) // 20]
    reach = _REACH * (high / 2 - low / 2) * 2
    near = [value for value in ordered if low - reach <= value <= high + reach]
    low, high = near[0], near[-1]
    if low < high:
        return low, high
    most = sys.float_info.max
    return max(low - (abs(low) / 10 or 0.5), -most), min(high + (abs(high) / 10 or 0.5), most)
