"""Rows of a feature by what training has for their key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NAMED_KEYS = 1_000
"""Unknown keys that are counted by name: more are no keys, but identifiers."""


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """Rows of a feature by what training has for their key; `+` adds."""

    known: int = 0
    """Rows whose key has parameters: those that are compared."""
    unknown: int = 0
    nulls: int = 0
    """Rows without a key, those of files without the column among them."""
    names: Mapping[str, int] = field(default_factory=dict)
    """Unknown keys by name with their rows, the first `NAMED_KEYS` in the log's order."""

    @property
    def rows(self) -> int:
        """All rows."""
        return self.known + self.unknown + self.nulls

    def __add__(self, other: KeyCounts) -> KeyCounts:
        """Add the rows of both; those of `self` come first."""
        names = dict(self.names)
        for key, rows in other.names.items():
            if key in names or len(names) < NAMED_KEYS:
                names[key] = names.get(key, 0) + rows
        return KeyCounts(
            self.known + other.known, self.unknown + other.unknown, self.nulls + other.nulls, names
        )
