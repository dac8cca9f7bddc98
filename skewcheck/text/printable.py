"""Names and numbers for people: no control character passes, no rounding lies."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from hashlib import sha256

from rich.cells import cell_len

# Cc and Cf are what a terminal obeys (escape sequences, line ends, bidi overrides); Cs cannot be
# encoded; Zl and Zp end a line.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


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
    (`\\n`, `\\x1b`, `\\u202e`), and so do combining marks where one character would do: two names
    that look alike are told apart. What is too wide is cut and ends in an ellipsis. Empty text
    becomes `''`, so that a name is always seen.
    """
    if not text:
        return "''"
    # Every character may be of width 0 (combining marks), so their number is bounded as well.
    bounded = text[: 4 * most]
    safe = visible(bounded)
    if cell_len(safe) <= most and len(safe) <= 4 * most and bounded == text:
        return safe
    kept = safe
    while cell_len(kept) > most - 1:
        kept = kept[: len(kept) - max(1, (cell_len(kept) - most) // 2)]
    return kept + "…"


def unique(text: str, most: int = 60) -> str:
    """Return `printable` text that tells names apart: one that was changed ends in `~` and a hash.

    For what serves as a key: of a time series, of a test case.
    """
    shown = printable(text, most)
    # Readers of XML may drop spaces at the ends.
    if shown == text == text.strip():
        return shown
    return f"{shown}~{sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()[:8]}"


def visible(text: str) -> str:
    """Return `text` in full, what a terminal would obey told as escapes."""
    marks = not unicodedata.is_normalized("NFC", text)
    return "".join(_visible(character, marks=marks) for character in text)


def _visible(character: str, *, marks: bool) -> str:
    seen = not (marks and unicodedata.combining(character))
    if seen and unicodedata.category(character) not in _UNSAFE:
        return character
    return character.encode("unicode_escape").decode("ascii")


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
