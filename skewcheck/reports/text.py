"""Names and numbers for people: no control character passes, no rounding lies."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from rich.cells import cell_len

# Cc and Cf are what a terminal obeys (escape sequences, line ends, bidi overrides); Cs cannot be
# encoded; Zl and Zp end a line.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SMALLEST_P = 1e-300


@dataclass(frozen=True, slots=True)
class Options:
    """How a report is laid out; formats that are not for the eye ignore it."""

    width: int = 80
    """Columns of the screen."""
    color: bool = False
    verbose: bool = False
    """Every test of every feature, however long it gets."""
    quiet: bool = False
    """One line."""


PLAIN = Options()


def printable(text: str, most: int = 60) -> str:
    """Return `text` safe for a terminal, at most `most` columns wide.

    Control characters, line ends, bidi overrides and lone surrogates become visible escapes
    (`\\n`, `\\x1b`, `\\u202e`); what is too wide is cut and ends in an ellipsis. Empty text becomes
    `''`, so that a name is always seen.
    """
    if not text:
        return "''"
    # Every character may be of width 0 (combining marks), so their number is bounded as well.
    bounded = text[: 4 * most]
    safe = "".join(_visible(character) for character in bounded)
    if cell_len(safe) <= most and len(safe) <= 4 * most and bounded == text:
        return safe
    kept = safe
    while cell_len(kept) > most - 1:
        kept = kept[: len(kept) - max(1, (cell_len(kept) - most) // 2)]
    return kept + "…"


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE:
        return character
    return character.encode("unicode_escape").decode("ascii")


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


def count(number: int, noun: str = "", plural: str = "") -> str:
    """Return `1 row`, `200,000 rows`; without a noun the number alone."""
    if not noun:
        return f"{number:,}"
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def value_text(value: object, most: int = 24) -> str:
    """Return a value of the data: numbers in full (up to ten digits), text quoted and cut."""
    if value is None:
        return "null"
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.10g}"
    return repr_text(str(value), most)


def repr_text(text: str, most: int = 24) -> str:
    """Return text in quotes, safe and cut."""
    return f"'{printable(text, most)}'" if text else "''"
