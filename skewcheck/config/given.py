"""Options as a user gave them, and how errors name them: as flags, keys of a file or keywords."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from skewcheck.text.errors import UsageError


def nearest(word: str, candidates: Sequence[str]) -> str:
    """Return ` (did you mean ...?)` with the most similar candidate, or nothing if none is.

    Similarity is the ratio of `difflib`, at least 0.5: short codes differ fast.
    """
    close = get_close_matches(word, candidates, n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where options were written, so that errors spell them as the user did."""

    kind: Literal["flags", "file", "function"] = "flags"
    name: str = ""
    """The file's path, or the Python function's name; empty for flags."""

    def prefix(self, key: str, flag: str | None = None) -> str:
        """Return what an error starts with: `--alpha`, `a.toml: alpha` or `audit(alpha=...)`."""
        if self.kind == "function":
            return f"{self.name}({key}=...)"
        if self.kind == "file":
            return f"{self.name}: {key}"
        return flag or flag_of(key)

    def mention(self, flag: str, key: str, value: str = "") -> str:
        """Return how a sentence mentions an option with a value: `--by COLUMNS`, `by=COLUMNS`."""
        if self.kind == "function":
            return f"{key}={value}"
        return f"{flag} {value}".rstrip()


@dataclass(frozen=True, slots=True)
class Given:
    """Options by key, with values as they were given, and where they were written."""

    values: Mapping[str, object]
    origin: Origin = Origin()

    def error(self, key: str, problem: str) -> UsageError:
        """Return an error about a key that is of no option."""
        return UsageError(f"{self.origin.prefix(key)}: {problem}")

    def unknown(self, key: str, keys: Sequence[str]) -> UsageError:
        """Return the error about a key that is none of `keys`, with the nearest of them."""
        hint = nearest(key, keys)
        if self.origin.kind == "function":
            return UsageError(f"{self.origin.name}(): no option {key!r}{hint}")
        return self.error(key, f"no such option{hint}")


def flag_of(key: str) -> str:
    """Return the flag that a key has by default: `--min-rows` for `min_rows`."""
    return f"--{key.replace('_', '-')}"
