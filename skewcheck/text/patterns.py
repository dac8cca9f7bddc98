"""Names of features as users write them."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Return whether a name is one of the patterns or matches one: `fare*`, but also `f[3]`."""
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)
