"""Notes on rows that are in no comparison: of unknown keys, unsaid levels, incomplete scopes.

And on those whose comparison tells of no scope alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from skewcheck.counts.categorical import CategoricalCounts
from skewcheck.counts.profile import Profile
from skewcheck.features.notes import Note

SHOWN_KEYS = 20
"""Unknown keys that a note has, those of most rows."""


def uncompared_notes(tests: Iterable[str], profile: Profile) -> list[Note]:
    """Return the notes; `tests` are the features' names in the profile's order."""
    names = list(tests)
    return [*_unknown_keys(names, profile), *_left_out(names, profile)]


def _unknown_keys(tests: Iterable[str], profile: Profile) -> list[Note]:
    """Return a note per set of keys that training has no parameters for, and their rows."""
    features: dict[tuple[int, int, tuple[tuple[str, int], ...]], list[str]] = {}
    for name, counts in zip(tests, profile.features, strict=True):
        keys = counts.keys
        if keys is not None and keys.rows > keys.known:
            ordered = sorted(keys.names.items(), key=lambda pair: -pair[1])
            features.setdefault((keys.unknown, keys.nulls, tuple(ordered)), []).append(name)
    return [
        Note("unknown_keys", {
            "rows": unknown, "nulls": nulls, "keys": keys[:SHOWN_KEYS], "names": len(keys),
            "features": tuple(names),
        })
        for (unknown, nulls, keys), names in features.items()
    ]  # fmt: skip


def _left_out(tests: Iterable[str], profile: Profile) -> list[Note]:
    """Return a note per number of rows that were not compared.

    Their scope is not complete, or the file does not say what their level is served as.
    """
    features: dict[tuple[str, int], list[str]] = {}
    for name, counts in zip(tests, profile.features, strict=True):
        if counts.parity is not None and counts.parity.left_out:
            levels = isinstance(counts.raw, CategoricalCounts)
            code = "unsaid_levels" if levels else "incomplete_scopes"
            features.setdefault((code, counts.parity.left_out), []).append(name)
    return [
        Note(code, {"rows": rows, "features": tuple(names)})
        for (code, rows), names in features.items()
    ]


def rival_notes(tests: Iterable[str], profile: Profile) -> list[Note]:
    """Return a note per feature whose compared rows other scopes explain as well."""
    return [
        Note("rival_scopes", {"features": (name,), **counts.parity.of_rivals()})
        for name, counts in zip(tests, profile.features, strict=True)
        if counts.parity is not None and counts.parity.rivals and counts.parity.rows
    ]
