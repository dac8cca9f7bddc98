"""Text as TOML has it: strings that are read back as they were, comments of one line."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def quoted(text: str) -> str:
    """Return text as a basic string of TOML, in one line and of printable characters.

    ValueError for half a surrogate pair, which no TOML can hold.
    """
    return f'"{"".join(map(_escaped, text))}"'


def listed(texts: Iterable[str]) -> str:
    """Return texts as an array of TOML."""
    return f"[{', '.join(map(quoted, texts))}]"


def can_hold(text: str) -> bool:
    """Return whether TOML can hold a text."""
    return not any(unicodedata.category(character) == "Cs" for character in text)


def _escaped(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if character.isprintable():
        return character
    if not can_hold(character):
        raise ValueError
    code = ord(character)
    return f"\\u{code:04X}" if code < 1 << 16 else f"\\U{code:08X}"
