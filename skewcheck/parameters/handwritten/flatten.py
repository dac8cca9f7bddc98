"""Flatten a plain tree to its leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.logs.arrays import label
from skewcheck.parameters.handwritten import key_names
from skewcheck.text.errors import ParameterError

FloatArray = NDArray[np.float64]
Value = float | str | bool | FloatArray | tuple[str, ...]

MAX_DEPTH = 30
"""Levels of a tree; handwritten files have three or four."""
MAX_VALUES = 250_000
"""Values of a tree: 10,000 features with twenty numbers each fit."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A number, string, flag, array of numbers or list of strings, and the keys that lead to it."""

    path: tuple[str, ...]
    value: Value
    shares: tuple[float, ...] = ()
    """For each key, the share of kinds of numbers among the keys of its object that have
    numbers."""
    has_split_keys: bool = False
    """Whether all keys beside it with numbers are a kind of number, or a kind and a name."""

    @property
    def place(self) -> str:
        """The path as text."""
        return ".".join(self.path)

    @property
    def numeric(self) -> bool:
        """Whether it is a number or an array of numbers."""
        return isinstance(self.value, np.ndarray | float)


def flatten(value: object) -> Iterator[Leaf]:
    """Yield the leaves of a tree in order; ParameterError if it is too deep, large or ragged."""
    return _walk(value, (), (), [MAX_VALUES])


def _walk(
    value: object, path: tuple[str, ...], shares: tuple[float, ...], remaining: list[int],
    has_split_keys: bool = False,
) -> Iterator[Leaf]:  # fmt: skip
    remaining[0] -= 1
    if len(path) > MAX_DEPTH or remaining[0] < 0:
        problem = (
            "nested too deep" if remaining[0] >= 0 else "more values than a parameter file has"
        )
        raise ParameterError(f"{'.'.join(path[:3])}: {problem}")
    if isinstance(value, list | tuple) and (records := _records(value)) is not None:
        value = records
    if isinstance(value, Mapping):
        number_keys = [str(key) for key, member in value.items() if _has_numbers(member)]
        share = sum(key_names.number_kind(key) is not None for key in number_keys) / max(
            len(number_keys), 1
        )
        has_split_keys = all(
            key_names.number_kind(key) or key_names.split_key(key) for key in number_keys
        )
        for key, member in value.items():
            name = label(key) or "null"
            yield from _walk(member, (*path, name), (*shares, share), remaining, has_split_keys)
        return
    leaf_value = _leaf_value(value, path)
    if leaf_value is not None:
        yield Leaf(path, leaf_value, shares, has_split_keys)


def _has_numbers(value: object) -> bool:
    if isinstance(value, list | tuple):
        return not value or not isinstance(value[0], str)
    return not isinstance(value, str | bool) and value is not None


def _records(values: list[object] | tuple[object, ...]) -> dict[object, object] | None:
    """Return a list of records as an object by their names; None if it is no such list."""
    if not values or not all(isinstance(item, Mapping) for item in values):
        return None
    rows = [item for item in values if isinstance(item, Mapping)]
    for key in key_names.RECORD_NAME_KEYS:
        names = [row.get(key) for row in rows]
        if all(isinstance(name, str) for name in names):
            if len(set(names)) < len(names):
                duplicate = next(name for name in names if names.count(name) > 1)
                raise ParameterError(f"{duplicate}: stands twice among the records")
            return {
                name: {k: v for k, v in row.items() if k != key}
                for name, row in zip(names, rows, strict=True)
            }
    return dict(enumerate(rows))


def _leaf_value(value: object, path: tuple[str, ...]) -> Value | None:
    """Return the value as a leaf holds it; None for null, an empty list or mixed lists."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return _float(value, path)
    if isinstance(value, np.ndarray):
        numbers = value.dtype.kind in "iuf" and value.size > 0
        return _array(value) if numbers else _leaf_value(value.tolist(), path)
    if isinstance(value, list | tuple) and value:
        if all(isinstance(item, str) for item in value):
            return tuple(str(item) for item in value)
        return _numbers(value, path)
    return None


def _float(value: float, path: tuple[str, ...]) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise ParameterError(f"{'.'.join(path)}: beyond the range of numbers") from error


def _numbers(values: list[object] | tuple[object, ...], path: tuple[str, ...]) -> FloatArray | None:
    """Return nested lists as an array without axes of length 1; None unless all are numbers."""
    kinds, items = set[type](), list(values)
    for _ in range(8):
        kinds = set(map(type, items))
        if not kinds <= {list, tuple} or not items:
            break
        items = [item for inner in items if isinstance(inner, list | tuple) for item in inner]
        if len(items) > MAX_VALUES:
            raise ParameterError(f"{'.'.join(path)}: more values than a parameter file has")
    if not kinds or not all(
        issubclass(k, int | float | np.number) and k is not bool for k in kinds
    ):
        return None
    try:
        return _array(np.array(values, np.float64))
    except (ValueError, OverflowError) as error:
        raise ParameterError(f"{'.'.join(path)}: its lists have no common shape") from error


def _array(values: NDArray[np.generic]) -> FloatArray:
    """Return a float64 array with axes of length 1 removed, but at least one dimension."""
    array = values.astype(np.float64).squeeze()
    return array.reshape(1) if array.ndim == 0 else array
