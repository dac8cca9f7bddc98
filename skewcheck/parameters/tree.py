"""Parsed JSON or TOML that names the place of whatever is wrong in it."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from skewcheck.features.types import FloatArray, IntArray
from skewcheck.text.errors import ParameterError

MOST = 10**15
"""Rows: more than anybody has, and a thousand such counts still add up exactly."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands; each method returns it as a type or raises ParameterError."""

    value: object
    file: str
    place: str = ""

    def at(self, key: str) -> Node:
        """Return the place of a member, for an error about one that is missing."""
        return Node(None, self.file, f"{self.place}.{key}" if self.place else key)

    def error(self, problem: str) -> ParameterError:
        """Return the error that says what is wrong here."""
        return ParameterError(": ".join(part for part in (self.file, self.place, problem) if part))

    def must(self, what: str) -> ParameterError:
        """Return the error that this must be something else."""
        return self.error(f"must be {what}, got {_shown(self.value)}")

    def table(self) -> dict[str, Node]:
        """Return the members of an object, keys that begin with `x-` left out."""
        return {k: v for k, v in self.members().items() if not k.startswith("x-")}

    def extra(self) -> dict[str, object]:
        """Return the members that begin with `x-`, as they are."""
        return {k: v.free() for k, v in self.members().items() if k.startswith("x-")}

    def members(self) -> dict[str, Node]:
        """Return the members of an object whose keys are names."""
        if not isinstance(self.value, dict):
            raise self.must("an object")
        if isinstance(self.value, _Doubled):
            raise self.error(f"key {_shown(self.value.key)} stands twice in one object")
        dot = "." if self.place else ""
        return {k: Node(v, self.file, f"{self.place}{dot}{k}") for k, v in self.value.items()}

    def free(self, deepest: int = 50) -> object:
        """Return a value of any shape as JSON can hold it; dates of TOML become text."""
        if not deepest:
            raise self.error("nested too deep")
        if isinstance(self.value, dict):
            return {key: member.free(deepest - 1) for key, member in self.members().items()}
        if isinstance(self.value, list):
            return [item.free(deepest - 1) for item in self.items()]
        if isinstance(self.value, float):
            return self.number()
        if self.value is None or isinstance(self.value, str | int):
            return self.value
        return str(self.value)

    def items(self) -> Iterator[Node]:
        """Yield the members of an array."""
        for i, value in enumerate(self._array()):
            yield Node(value, self.file, f"{self.place}[{i}]")

    def text(self) -> str:
        """Return a string."""
        if not isinstance(self.value, str):
            raise self.must("a string")
        return self.value

    def number(self) -> float:
        """Return a finite number."""
        number = _finite(self.value)
        if number is None:
            raise self.must("a finite number")
        return number

    def count(self) -> int:
        """Return a whole number that is not negative."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            raise self.must("a whole number of at least 0")
        if self.value > MOST:
            raise self.must(f"at most {MOST:,}")
        return self.value

    def counts(self) -> IntArray:
        """Return an array of whole numbers that are not negative."""
        values = self._array()
        # A thousand numbers a feature: looked at one by one only where something is wrong.
        if set(map(type, values)) <= {int}:
            with suppress(OverflowError):
                array = np.array(values, np.int64)
                if ((array >= 0) & (array <= MOST)).all():
                    return array
        return np.array([item.count() for item in self.items()], np.int64)

    def numbers(self) -> FloatArray:
        """Return an array of finite numbers."""
        values = self._array()
        if set(map(type, values)) <= {int, float}:
            with suppress(OverflowError):
                array = np.array(values, np.float64)
                if np.isfinite(array).all():
                    return array
        return np.array([item.number() for item in self.items()], np.float64)

    def _array(self) -> list[object]:
        if not isinstance(self.value, list):
            raise self.must("an array")
        return self.value


def checked(node: Node, known: tuple[str, ...]) -> dict[str, Node]:
    """Return the members of an object whose keys are all known; ParameterError else."""
    members = node.table()
    for key, member in members.items():
        if key not in known:
            close = get_close_matches(key, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
            raise member.error(f"no such key; {hint}")
    return members


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _shown(value: object) -> str:
    text = json.dumps(value, default=str) if not isinstance(value, dict | list) else (
        "an object" if isinstance(value, dict) else "an array")  # fmt: skip
    return text if len(text) <= 60 else f"{text[:59]}…"


class _Doubled(dict[str, object]):
    """An object in which a key stands twice: an error as soon as somebody reads it."""

    key: str


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    doubled = _Doubled(members)
    doubled.key = Counter(key for key, _ in pairs).most_common(1)[0][0]
    return doubled


def parsed(path: Path, content: bytes) -> Node:
    """Parse JSON, or TOML where the name ends in .toml; ParameterError names line or key."""
    file = str(path)
    kind = "TOML" if path.suffix == ".toml" else "JSON"
    try:
        text = content.decode("utf-8-sig")
        if kind == "TOML":
            import tomllib  # most files are JSON

            return Node(tomllib.loads(text), file)
        return Node(json.loads(text, object_pairs_hook=_distinct), file)
    except UnicodeDecodeError as error:
        raise ParameterError(f"{file}: no UTF-8 text, so no {kind} parameter file") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ParameterError(f"{file}: no valid JSON: {error.msg} ({where})") from error
    except RecursionError as error:
        raise ParameterError(f"{file}: nested too deep to be a parameter file") from error
    except ValueError as error:  # TOML's error, or an integer of more than 4,300 digits
        raise ParameterError(f"{file}: no valid {kind}: {error}") from error
