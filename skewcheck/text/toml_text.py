"""Text as TOML has it: strings that are read back as they were, comments of one line."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_ESCAPED = frozenset({"Cc", "Cf", "Zl", "Zp", "Cn", "Co"})
"""Categories of characters that are written as escapes: control characters, what changes the
direction of text or ends a line, and what has no glyph."""
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def quoted(text: str) -> str:
    """Return text as a basic string of TOML, in one line and without control characters.

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
    category = unicodedata.category(character)
    if category == "Cs":
        raise ValueError
    if category not in _ESCAPED:
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 1 << 16 else f"\\U{code:08X}"
