"""Parsed JSON or TOML whose errors name the place in the file."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.types import FloatArray, IntArray
from skewcheck.text.errors import ParameterError

MAX_ROWS = 10**15
"""Rows of a count: more than any data set has, and a thousand such counts add up exactly in
int64."""
MAX_CONTAINERS = 4_000_000
"""Lists and objects of a file: 10,000 features by a hundred keys have fewer, and so many take less
than a gigabyte."""
MAX_DESCRIBED = 250_000
"""Values of a member that nothing reads: notes, or names of 10,000 columns."""
_LARGE = 1 << 20
"""Bytes of a file whose long arrays are not read by Python's parser."""
HISTOGRAM = frozenset(("edges", "at", "between", "sums"))
"""Keys of a reference whose arrays are packed as they are parsed: of 5,000 features they hold 20
million numbers, which as objects take four times the memory."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place in a file; each method converts it or raises ParameterError."""

    value: object
    file: str
    place: str = ""

    def at(self, key: str) -> Node:
        """Return a node without value at a member's place, for errors about a missing member."""
        return Node(None, self.file, f"{self.place}.{key}" if self.place else key)

    def error(self, problem: str) -> ParameterError:
        """Return the error that states a problem at this place."""
        return ParameterError(": ".join(part for part in (self.file, self.place, problem) if part))

    def must(self, requirement: str) -> ParameterError:
        """Return the error that the value must be something else."""
        return self.error(f"must be {requirement}, got {_value_text(self.value)}")

    def table(self) -> dict[str, Node]:
        """Return the members of an object, except keys that begin with `x-`."""
        return {k: v for k, v in self.members().items() if not k.startswith("x-")}

    def extra(self) -> dict[str, object]:
        """Return the members that begin with `x-`, as plain values."""
        return {k: v.described() for k, v in self.members().items() if k.startswith("x-")}

    def described(self) -> object:
        """Return `free` of what nothing here reads; ParameterError where it is very much."""
        if _is_larger(self.value, MAX_DESCRIBED):
            raise self.error(f"holds more than {MAX_DESCRIBED:,} values")
        return self.free()

    def members(self) -> dict[str, Node]:
        """Return the members of an object by key; ParameterError for a duplicate key."""
        dot = "." if self.place else ""
        return {k: Node(v, self.file, f"{self.place}{dot}{k}") for k, v in self._object().items()}

    def _object(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            raise self.must("an object")
        if isinstance(self.value, _DuplicateKeys):
            raise self.error(f"key {_value_text(self.value.key)} stands twice in one object")
        return self.value

    def free(self, max_depth: int = 50) -> object:
        """Return the value as JSON can represent it; dates of TOML become text."""
        if not max_depth:
            raise self.error("nested too deep")
        if isinstance(self.value, dict):
            dot = "." if self.place else ""
            return {
                key: member if _is_plain(member)
                else Node(member, self.file, f"{self.place}{dot}{key}").free(max_depth - 1)
                for key, member in self._object().items()
            }  # fmt: skip
        if isinstance(self.value, list | np.ndarray):
            return [item.free(max_depth - 1) for item in self.items()]
        if isinstance(self.value, float):
            return self.number()
        if self.value is None or isinstance(self.value, str | int):
            return self.value
        return str(self.value)

    def items(self) -> Iterator[Node]:
        """Yield the items of an array."""
        for i, value in enumerate(self._array()):
            yield Node(value, self.file, f"{self.place}[{i}]")

    def text(self) -> str:
        """Return a string."""
        if not isinstance(self.value, str):
            raise self.must("a string")
        return self.value

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            raise self.must("true or false")
        return self.value

    def number(self) -> float:
        """Return a finite number."""
        number = _finite(self.value)
        if number is None:
            raise self.must("a finite number")
        return number

    def count(self) -> int:
        """Return an integer from 0 to MAX_ROWS."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            raise self.must("a whole number of at least 0")
        if self.value > MAX_ROWS:
            raise self.must(f"at most {MAX_ROWS:,}")
        return self.value

    def counts(self) -> IntArray:
        """Return an array of integers from 0 to MAX_ROWS."""
        # A thousand numbers per feature: checked one by one only if one of them is invalid.
        array = _packed(self.value)
        if array is not None and array.dtype == np.int64:
            whole = array.astype(np.int64, copy=False)
            if ((whole >= 0) & (whole <= MAX_ROWS)).all():
                return whole
        return np.array([item.count() for item in self.items()], np.int64)

    def numbers(self) -> FloatArray:
        """Return an array of finite numbers."""
        array = _packed(self.value)
        if array is not None and np.isfinite(array).all():
            return array.astype(np.float64, copy=False)
        return np.array([item.number() for item in self.items()], np.float64)

    def _array(self) -> list[object]:
        if isinstance(self.value, np.ndarray):
            items: list[object] = self.value.tolist()
            return items
        if not isinstance(self.value, list):
            raise self.must("an array")
        return self.value


def known_members(node: Node, known_keys: tuple[str, ...]) -> dict[str, Node]:
    """Return the members of an object; ParameterError for a key that is not known."""
    members = node.table()
    for key, member in members.items():
        if key not in known_keys:
            close = get_close_matches(key, known_keys, 1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known_keys)}"
            raise member.error(f"no such key; {hint}")
    return members


def _is_plain(value: object) -> bool:
    """Return whether a value is a scalar that JSON can represent."""
    return value is None or isinstance(value, str | int) or (
        isinstance(value, float) and math.isfinite(value)
    )  # fmt: skip


def _is_larger(value: object, size: int) -> bool:
    """Return whether lists and objects hold more values than `size`, at all depths together."""
    count, left = 0, [value]
    while left and count <= size:
        inner = left.pop()
        if isinstance(inner, np.ndarray):
            count += inner.size
        elif isinstance(inner, dict | list):
            count += len(inner)
            members = inner.values() if isinstance(inner, dict) else inner
            left += [x for x in members if isinstance(x, dict | list | np.ndarray)]
    return count > size


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _value_text(value: object) -> str:
    text = json.dumps(value, default=str) if not isinstance(value, dict | list) else (
        "an object" if isinstance(value, dict) else "an array")  # fmt: skip
    return text if len(text) <= 60 else f"{text[:59]}…"


class _DuplicateKeys(dict[str, object]):
    """An object with a duplicate key: an error as soon as its members are read."""

    key: str


def _packed(value: object) -> NDArray[np.float64 | np.int64] | None:
    """Return a list of numbers, or what this returned, as an array; None for any other value.

    Whole numbers alone are int64: mixed ones become float64, as they would one by one.
    """
    if isinstance(value, np.ndarray):
        return value
    if not isinstance(value, list):
        return None
    types = {*map(type, value)}
    if not types <= {int, float}:
        return None
    with suppress(OverflowError):
        return np.array(value, np.int64 if types == {int} else np.float64)
    return None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    for key in HISTOGRAM if members.keys() >= HISTOGRAM else ():
        value = members[key]
        if isinstance(value, list) and len({*map(type, value)}) == 1:
            array = _packed(value)
            members[key] = value if array is None else array
    if len(members) == len(pairs):
        return members
    duplicate = _DuplicateKeys(members)
    duplicate.key = Counter(key for key, _ in pairs).most_common(1)[0][0]
    return duplicate


def _check_brackets(file: str, content: bytes) -> None:
    """Raise ParameterError for more lists and objects than a file has, with the key they are of."""
    if content.count(b"[") + content.count(b"{") <= MAX_CONTAINERS:
        return
    *_, bracket = islice(re.finditer(rb"[\[{]", content), MAX_CONTAINERS)
    keys = re.compile(rb'"([^"\\]{0,200})"\s*:').finditer(content, 0, bracket.start())
    key = deque(keys, 1)
    place = f"{key[0][1].decode('utf-8', 'backslashreplace')}: " if key else ""
    raise ParameterError(
        f"{file}: {place}more than {MAX_CONTAINERS:,} lists and objects: no parameter file"
    )


def parse(path: Path, content: bytes) -> Node:
    """Parse JSON, or TOML for a path that ends in .toml; ParameterError names line or key."""
    file = str(path)
    syntax = "TOML" if path.suffix == ".toml" else "JSON"
    try:
        if syntax == "TOML":
            from skewcheck.text import toml  # most files are JSON

            _check_brackets(file, content)
            return Node(toml.loads(content.decode("utf-8-sig")), file)
        if len(content) > _LARGE:
            from skewcheck.parameters import long_arrays  # most files are small

            large = long_arrays.parsed(content, _object, lambda rest: _check_brackets(file, rest))
            if large is not None:
                return Node(*large, file)
        _check_brackets(file, content)
        text = content.decode("utf-8-sig")
        return Node(json.loads(text, object_pairs_hook=_object), file)
    except UnicodeDecodeError as error:
        raise ParameterError(f"{file}: no UTF-8 text, so no {syntax} parameter file") from error
    except json.JSONDecodeError as error:
        position = f"line {error.lineno}, column {error.colno}"
        raise ParameterError(f"{file}: no valid JSON: {error.msg} ({position})") from error
    except RecursionError as error:
        raise ParameterError(f"{file}: nested too deep to be a parameter file") from error
    except ValueError as error:  # TOML's error, or an integer of more than 4,300 digits
        raise ParameterError(f"{file}: no valid {syntax}: {error}") from error
