"""Matching feature names against patterns with wildcards."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

_WILD = re.compile(r"[*?\[]")


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Return whether `name` equals one of the patterns or matches it as a shell wildcard.

    Equality counts first, so that a name with brackets (`f[3]`) matches itself. No pattern matches
    nothing.
    """
    return any(
        name == pattern or (is_wild(pattern) and fnmatchcase(name, pattern)) for pattern in patterns
    )


class Matcher:
    """Patterns in order, for many names: those without wildcards are looked up."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns = tuple(dict.fromkeys(patterns))
        self.places = {pattern: i for i, pattern in enumerate(self.patterns)}
        self.wild = [(i, p) for i, p in enumerate(self.patterns) if is_wild(p)]

    def matching(self, name: str) -> list[str]:
        """Return the patterns that match a name, as `matches` does, in their order."""
        places = [i for i, p in self.wild if name != p and fnmatchcase(name, p)]
        if name in self.places:
            places.append(self.places[name])
        return [self.patterns[i] for i in sorted(places)]


def is_wild(pattern: str) -> bool:
    """Return whether a pattern may match another name than itself."""
    return "*" in pattern or "?" in pattern or "[" in pattern


def may_overlap(first: str, second: str) -> bool:
    """Return whether two patterns may match the same name; True where that is not known."""
    if first == second:
        return True
    if not is_wild(first) or not is_wild(second):
        return matches(first, (second,)) or matches(second, (first,))
    heads = [_WILD.split(pattern, maxsplit=1)[0] for pattern in (first, second)]
    return heads[0].startswith(heads[1]) or heads[1].startswith(heads[0])
