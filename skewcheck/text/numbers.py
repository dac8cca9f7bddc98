"""Numbers formatted as text, rounded so that they stay on their side of a threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence

_SMALLEST_P = 1e-300
"""Smaller p-values are printed as a bound: they are near the smallest float64 of 2.2e-308."""


def figure(value: float, *limits: float | None) -> str:
    """Return a number in three significant digits, or more to stay on its side of each limit.

    0.09996 with the limit 0.1 stays 0.09996. Infinity and NaN become `inf`, `-inf` and `nan`.
    """
    text = _rounded(value, 3)
    for digits in range(4, 18):
        shown = float(text.replace(",", ""))
        if all(_same_side(value, shown, limit) for limit in limits if limit is not None):
            break
        text = _rounded(value, digits)
    return text


def shortened(names: Sequence[str], max_names: int = 3) -> str:
    """Return at most `max_names` names joined by commas, and how many more there are."""
    more = f" and {len(names) - max_names:,} more" if len(names) > max_names else ""
    return ", ".join(names[:max_names]) + more


def _same_side(value: float, shown: float, limit: float) -> bool:
    return (value > limit) == (shown > limit) and (value < limit) == (shown < limit)


def _rounded(value: float, digits: int) -> str:
    text = f"{value:.{digits}g}"
    return f"{value:,.0f}" if "e+" in text and abs(value) < 1e15 else text


def p_value(p: float, alpha: float | None = None) -> str:
    """Return a p-value as text: `p = 0.012`.

    A p-value below 1e-300 becomes `p < 1e-300`, one that would round to 1 `p > 0.99`. Rounding
    never moves it to the other side of `alpha`.
    """
    if p < _SMALLEST_P:
        return "p < 1e-300"
    text = f"{p:.2g}"
    if text == "1" and p < 1:
        return "p > 0.99"
    if alpha is not None and not _same_side(p, float(text), alpha):
        text = figure(p, alpha)
    return f"p = {text}"


def percent(share: float, threshold: float | None = None) -> str:
    """Return a share (0 to 1) as text: `6.94 %`, on its side of 0, 1 and `threshold`."""
    return f"{figure(100 * share, 0, 100, None if threshold is None else 100 * threshold)} %"


def shortest_within(low: float, high: float) -> float:
    """Return the number with the fewest decimals from low to high; high where none of 15 does."""
    for places in range(-6, 16):
        rounded = round(math.floor(high * 10.0**places + 1e-9) / 10.0**places, max(places, 0))
        if low <= rounded <= high:
            return rounded
    return high
