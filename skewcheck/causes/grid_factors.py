"""Factors between the grid of served values and training's, that are tried."""

from __future__ import annotations

FACTORS = tuple(
    sorted(
        {*range(1, 121), 365, 730}
        | {
            2**a * 3**b * 5**c * 7**d
            for a in range(11) for b in range(7) for c in range(5) for d in range(4)
            if 2**a * 3**b * 5**c * 7**d <= 3600
        }
    )
)  # fmt: skip
"""Steps in a spacing that are tried: whole factors, and those of hours, days, weeks, months and
years."""
MULTIPLES = (2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 20.0, 25.0, 50.0, 100.0)
"""Spacings in a step that are tried: the few values off training's grid may take finer places."""
MAX_MULTIPLE = 10
"""Whole number up to which a spacing is a multiple of another."""
TOLERANCE = 1e-6
"""Error of a ratio of spacings."""


def may_be_rounded(width: float, other: float, base: float) -> bool:
    """Return whether a world that became coarser may have made one scale look like another.

    That is where one of the two widths is a small whole number of the other, or where values that
    lie on `base` were rounded to decimals on the grid of the other.
    """
    ratio, factor = max(width, other) / min(width, other), base / other
    is_multiple = ratio < MAX_MULTIPLE + 0.5 and abs(ratio - round(ratio)) < TOLERANCE
    whole = round(factor)
    is_decimal = whole > 1 and abs(factor - whole) < TOLERANCE and 10**6 % whole == 0
    return is_multiple or is_decimal
