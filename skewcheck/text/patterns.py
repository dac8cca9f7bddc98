"""Matching feature names against patterns with wildcards."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Return whether `name` equals one of the patterns or matches it as a shell wildcard.

    Equality counts first, so that a name with brackets (`f[3]`) matches itself. No pattern matches
    nothing.
    """
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)
