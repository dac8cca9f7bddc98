"""Names and values as terminal-safe text: control characters escaped, long text cut."""

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
    """Layout of a report for terminals; formats for machines ignore it."""

    width: int = 80
    """Columns of the terminal."""
    color: bool = False
    height: int | None = None
    """Lines of the terminal, which a report keeps to; None where nobody scrolls: all is shown."""
    verbose: bool = False
    """Show every finding in full, whatever the height."""
    every_test: bool = False
    """List every test of every feature as well."""
    quiet: bool = False
    """Print one line only."""


PLAIN = Options()


def printable(text: str, width: int = 60) -> str:
    """Return `text` safe for a terminal, at most `width` columns wide.

    Control characters, line ends, bidi overrides and lone surrogates become visible escapes (`\\n`,
    `\\x1b`, `\\u202e`). So do combining marks if a single character would do, so that names that
    look alike can be told apart. Text that is too wide is cut and ends in an ellipsis. Empty text
    becomes `''`.
    """
    if not text:
        return "''"
    # Every character may be of width 0 (combining marks), so their number is bounded as well.
    bounded = text[: 4 * width]
    safe = visible(bounded)
    if cell_len(safe) <= width and len(safe) <= 4 * width and bounded == text:
        return safe
    cut = safe
    while cell_len(cut) > width - 1:
        cut = cut[: len(cut) - max(1, (cell_len(cut) - width) // 2)]
    return cut + "…"


def unique(text: str, width: int = 60) -> str:
    """Return `printable` text that stays unique: changed text ends in `~` and a hash.

    For keys: of a time series, of a test case.
    """
    shown = printable(text, width)
    # Readers of XML may drop spaces at the ends.
    if shown == text == text.strip():
        return shown
    return f"{shown}~{sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()[:8]}"


def visible(text: str) -> str:
    """Return `text` in full, with what a terminal would interpret as escapes."""
    marks = not unicodedata.is_normalized("NFC", text)
    return "".join(_visible(character, marks=marks) for character in text)


def _visible(character: str, *, marks: bool) -> str:
    seen = not (marks and unicodedata.combining(character))
    if seen and unicodedata.category(character) not in _UNSAFE:
        return character
    return character.encode("unicode_escape").decode("ascii")


def count(number: int, noun: str = "", plural: str = "") -> str:
    """Return a count with its noun: `1 row`, `200,000 rows`; the number alone without a noun."""
    if not noun:
        return f"{number:,}"
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def value_text(value: object, width: int = 24) -> str:
    """Return a value of the data as text: floats in ten digits, strings quoted and cut."""
    if value is None:
        return "null"
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.10g}"
    return repr_text(str(value), width)


def repr_text(text: str, width: int = 24) -> str:
    """Return text in quotes, terminal-safe and at most `width` columns wide."""
    return f"'{printable(text, width)}'" if text else "''"
