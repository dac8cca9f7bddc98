"""What is known of the rows that fail parity and that no cause explains."""

from __future__ import annotations

from enum import StrEnum


class Remainder(StrEnum):
    """Which rows no cause explains, and whether their served values follow the raw ones."""

    ALL = "all"
    """No cause explains any of the rows that fail."""
    ALL_ASTRAY = "all_astray"
    """Likewise, and served values do not follow the raw ones of their row."""
    OTHERS = "others"
    """Causes explain other rows."""
    OTHERS_ASTRAY = "others_astray"
    """Likewise, and served values do not follow the raw ones of their row."""
    MANY = "many"
    """As many causes as are looked for explain other rows."""
