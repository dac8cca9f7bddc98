"""Matching feature names against patterns with wildcards."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from itertools import takewhile

_WILD = frozenset("*?[")
"""What makes a pattern of a name."""


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Return whether `name` equals one of the patterns or matches it as a shell wildcard.

    Equality counts first, so that a name with brackets (`f[3]`) matches itself. No pattern matches
    nothing.
    """
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)


def may_overlap(first: str, second: str) -> bool:
    """Return whether two patterns may match the same name; True where that is not known."""
    if first == second:
        return True
    plain = [not _WILD & {*pattern} for pattern in (first, second)]
    if all(plain):
        return False
    if any(plain):
        name, pattern = (first, second) if plain[0] else (second, first)
        return matches(name, (pattern,))
    heads = ["".join(takewhile(lambda c: c not in _WILD, p)) for p in (first, second)]
    return heads[0].startswith(heads[1]) or heads[1].startswith(heads[0])
