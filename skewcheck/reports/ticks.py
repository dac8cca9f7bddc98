"""Round numbers on an axis, and their texts."""

from __future__ import annotations

import math

from skewcheck.reports.shapes import is_wide

_STEPS = (1.0, 2.0, 5.0, 10.0)
_MOST_STEPS = 1e12
"""Steps from zero: of larger numbers, multiples of the step are rounded ones."""


def ticks(start: float, stop: float, most: int = 5) -> list[tuple[float, str]]:
    """Return up to about `most` places of a range (0 to 1) with round numbers as text.

    Ranges of positive numbers that are drawn in logarithms have powers of ten. A range without a
    round number in it has none.
    """
    values = _powers(start, stop, most) if is_wide(start, stop) else _multiples(start, stop, most)
    texts = _texts(values)
    return [(_place(value, start, stop), text) for value, text in zip(values, texts, strict=True)]


def _place(value: float, start: float, stop: float) -> float:
    if is_wide(start, stop):
        return (math.log(value) - math.log(start)) / (math.log(stop) - math.log(start))
    return (value / 2 - start / 2) / (stop / 2 - start / 2)


def _powers(start: float, stop: float, most: int) -> list[float]:
    low, high = math.ceil(math.log10(start) - 1e-9), math.floor(math.log10(stop) + 1e-9)
    apart = max(1, -(-(high - low) // most))
    return [10.0**power for power in range(low, high + 1, apart)]


def _multiples(start: float, stop: float, most: int) -> list[float]:
    width = stop - start
    if not (0 < width < math.inf) or width < 1e-300:
        return []
    least = width / most
    power = 10.0 ** math.floor(math.log10(least))
    step = next(factor * power for factor in _STEPS if factor * power >= least * (1 - 1e-9))
    first, last = math.ceil(start / step - 1e-9), math.floor(stop / step + 1e-9)
    if last - first > 2 * most or not abs(last) < _MOST_STEPS:
        return []
    return [number * step for number in range(first, last + 1)]


def _texts(values: list[float]) -> list[str]:
    """Return the shortest texts that tell the numbers apart."""
    for digits in (3, 4, 6, 9, 12):
        texts = [f"{value:.{digits}g}" for value in values]
        near = all(
            abs(float(text) - value) <= 1e-9 * abs(value)
            for text, value in zip(texts, values, strict=True)
        )
        if near and len(set(texts)) == len(texts):
            return [_plain(text, value) for text, value in zip(texts, values, strict=True)]
    return [f"{value:.15g}" for value in values]


def _plain(text: str, value: float) -> str:
    """Return a number without an exponent where that is short."""
    return f"{value:,.0f}" if "e+" in text and abs(value) < 1e9 else text
