"""Numbers as programs write them: `1.5f`, `1_000.0`, `0x1.8p3`, `2.5e-3_f64`."""

from __future__ import annotations

import re

_WHOLE_SUFFIX = re.compile(r"_?[iu](?:8|16|32|64|128|size)$|(?:[uU]?[lL]{1,2}|[lL]{0,2}[uU]|n)$")
_SUFFIX = re.compile(rf"_?f(?:32|64)$|{_WHOLE_SUFFIX.pattern}")
_FLOAT_SUFFIX = re.compile(r"[fFdDlL]$")
_DECIMAL = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
MAX_LENGTH = 400
"""Characters of a number: the largest one has 309 digits."""
_FRACTION = re.compile(r"\d+\.\d*(?:[eE][+-]?\d+)?")
"""As most are written: tried first, since tables hold thousands."""
_LEADING_ZERO_IS_OCTAL = frozenset(("c", "java", "js", "go"))


def number(text: str, dialect: str) -> float | int | None:
    """Return the value of a number; None if it is none that a language has."""
    if len(text) > MAX_LENGTH:
        return None
    if _FRACTION.fullmatch(text):
        return float(text)
    plain = text.replace("'", "")
    low = plain.lower()
    if low.startswith("0x"):
        return _hexadecimal(plain)
    for prefix, base in (("0b", 2), ("0o", 8)):
        if low.startswith(prefix):
            return _whole(_WHOLE_SUFFIX.sub("", plain)[2:].replace("_", ""), base)
    plain = _SUFFIX.sub("", plain).replace("_", "")
    plain = plain if _DECIMAL.fullmatch(plain) else _FLOAT_SUFFIX.sub("", plain)
    if plain.isdecimal():
        octal = len(plain) > 1 and plain[0] == "0" and dialect in _LEADING_ZERO_IS_OCTAL
        return _whole(plain, 8 if octal else 10)
    return float(plain) if _DECIMAL.fullmatch(plain) else None


def _hexadecimal(text: str) -> float | int | None:
    if "p" not in text.lower():
        return _whole(_WHOLE_SUFFIX.sub("", text)[2:].replace("_", ""), 16)
    try:
        return float.fromhex(_FLOAT_SUFFIX.sub("", text.replace("_", "")))
    except (ValueError, OverflowError):
        return None


def _whole(digits: str, base: int) -> int | None:
    try:
        return int(digits, base)
    except ValueError:  # a digit that the base does not have, or more than 4,300 of them
        return None
