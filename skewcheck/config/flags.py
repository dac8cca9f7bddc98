"""The long flag of an option, from its key in the table."""

from __future__ import annotations

from collections.abc import Mapping

_OTHER_FLAGS: Mapping[str, str] = {
    "thresholds": "--threshold",  # repeated, one test each
    "numbers": "--set",
    "by_file": "--by",
}
"""Flags of options whose key would give another: the table takes them from here."""


def flag_of(key: str) -> str:
    """Return the flag of a key: `--min-rows` for `min_rows`, also for a key not in the table."""
    return _OTHER_FLAGS.get(key, f"--{key.replace('_', '-')}")
