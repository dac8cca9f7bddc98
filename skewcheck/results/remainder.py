"""Rows that fail parity and that no cause explains: what is known of them."""

from __future__ import annotations

from enum import StrEnum


class Remainder(StrEnum):
    """What is known of rows that no cause explains."""

    ALL = "all"
    """No cause explains any of the rows that fail."""
    ALL_ASTRAY = "all_astray"
    """Likewise, and served values do not follow the raw ones of their row."""
    OTHERS = "others"
    """Causes explain other rows."""
    OTHERS_ASTRAY = "others_astray"
    MANY = "many"
    """Causes explain other rows, as many of them as are looked for."""
