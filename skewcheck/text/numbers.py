"""Numbers as text that never rounds into a lie: no `p = 0`, no `100 %` that is 99.98."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_SMALLEST_P = 1e-300


def figure(value: float, *limits: float | None) -> str:
    """Return a number in three significant digits, or as many as tell it from each of the limits.

    0.09996 against a limit of 0.1 stays 0.09996: rounding never carries it over. Infinite values
    and NaN are told as `inf`, `-inf` and `nan`.
    """
    text = _rounded(value, 3)
    for digits in range(4, 18):
        shown = float(text.replace(",", ""))
        if all(_same_side(value, shown, limit) for limit in limits if limit is not None):
            break
        text = _rounded(value, digits)
    return text


def shortened(names: Sequence[str], most: int = 3) -> str:
    """Return the first few names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def apart(one: Mapping[str, float], other: Mapping[str, float]) -> tuple[str, str]:
    """Return two sets of named numbers told together: `mean 1.2, std 3`, six digits each.

    If that made them look the same, they get as many digits as it takes to see a difference.
    """
    for digits in range(6, 18):
        texts = tuple(
            ", ".join(f"{key} {value:.{digits}g}" for key, value in some.items())
            for some in (one, other)
        )
        if texts[0] != texts[1]:
            break
    return texts[0], texts[1]


def _same_side(value: float, shown: float, limit: float) -> bool:
    return (value > limit) == (shown > limit) and (value < limit) == (shown < limit)


def _rounded(value: float, digits: int) -> str:
    text = f"{value:.{digits}g}"
    return f"{value:,.0f}" if "e+" in text and abs(value) < 1e15 else text


def p_value(p: float, alpha: float | None = None) -> str:
    """Return `p = 0.012`: never `p = 0`, no `p = 1` that is less, and on its side of `alpha`."""
    if p < _SMALLEST_P:
        return "p < 1e-300"
    text = f"{p:.2g}"
    if text == "1" and p < 1:
        return "p > 0.99"
    if alpha is not None and not _same_side(p, float(text), alpha):
        text = figure(p, alpha)
    return f"p = {text}"


def percent(share: float, threshold: float | None = None) -> str:
    """Return a share as `6.94 %`: never `0 %` or `100 %` unless it is, on its side of the limit."""
    return f"{figure(100 * share, 0, 100, None if threshold is None else 100 * threshold)} %"
