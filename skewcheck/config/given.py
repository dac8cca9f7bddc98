"""Options as a user gave them, and how errors name them: as flags, keys of a file or keywords."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from skewcheck.text.errors import OptionName, UsageError
from skewcheck.text.similar import nearest

_OTHER_FLAGS: Mapping[str, str] = {
    "thresholds": "--threshold",  # repeated, one test each
    "numbers": "--set",
    "by_file": "--by",
}
"""Flags of options whose key would give another: the table takes them from here."""


def flag_of(key: str) -> str:
    """Return the flag of a key: `--min-rows` for `min_rows`, also for a key not in the table."""
    return _OTHER_FLAGS.get(key, f"--{key.replace('_', '-')}")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where options were written, so that errors spell them as the user did."""

    kind: Literal["flags", "file", "function"] = "flags"
    name: str = ""
    """The file's path, or the Python function's name; empty for flags."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Beside flags: the keys of options that stand in a file, and its path."""

    def prefix(self, key: str) -> str:
        """Return what an error starts with: `--alpha`, `a.toml: alpha` or `audit(alpha=...)`."""
        return self.spelled(OptionName(key), first=True)

    def mention(self, key: str, placeholder: str = "") -> str:
        """Return how a sentence asks for an option: `--by COLUMNS`, `by=COLUMNS`."""
        if self.kind == "function":
            return f"{key}={placeholder or '...'}"
        return f"{flag_of(key)} {placeholder}".rstrip()

    def spelled(self, option: OptionName, *, first: bool) -> str:
        """Return an option's name and value: `--every 1h`, `a.toml: every: 1h`, `every='1h'`.

        The first of a message says where it stands: `audit(every='1h')`.
        """
        key, value = option.key, option.value
        if self.kind == "function":
            keyword = f"{key}={'...' if value is None else repr(value)}"
            return f"{self.name}({keyword})" if first else keyword
        file = self.name if self.kind == "file" else self.files.get(key)
        text = _text(value)
        if file is None:
            return f"{flag_of(key)} {text}".rstrip()
        if first:
            return f"{file}: {key}: {text}" if text else f"{file}: {key}"
        return " ".join(word for word in (key, text, "of", file) if word)


AS_FLAGS = Origin()
"""Of options that were all given on the command line."""


@dataclass(frozen=True, slots=True)
class Given:
    """Options by key, with values as they were given, and where they were written."""

    values: Mapping[str, object]
    origin: Origin = AS_FLAGS

    def error(self, key: str, problem: str) -> UsageError:
        """Return an error about a key, which need not be an option's."""
        return UsageError(f"{self.origin.prefix(key)}: {problem}")

    def unknown(self, key: str, keys: Sequence[str]) -> UsageError:
        """Return the error about a key that is none of `keys`, with the nearest of them."""
        hint = nearest(key, keys)
        if self.origin.kind == "function":
            return UsageError(f"{self.origin.name}(): no option {key!r}{hint}")
        return self.error(key, f"no such option{hint}")


def _text(value: object) -> str:
    """Return a value as it is written beside a flag; nothing for None."""
    match value:
        case None:
            return ""
        case float():
            return f"{value:g}"
        case int():
            return f"{value:,}"
        case tuple():
            return ",".join(map(str, value))
        case Mapping():
            return ",".join(f"{key}={item}" for key, item in value.items())
        case _:
            return str(value)
