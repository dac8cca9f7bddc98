"""Flatten a plain tree to its leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
MIN_SPLIT_SHARE = 0.75
"""Share of keys such as `age_mean` from which on the other numbers beside them are settings."""
MAX_AXES = 8
"""Lists inside of lists."""
MAX_LOOKED_AT = 1_000
"""Members of a list that are looked at, where it is no list of numbers: as many as a vector has."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A number, string, flag, array of numbers or list of strings, and the keys that lead to it."""

    path: tuple[str, ...]
    value: Value
    shares: tuple[float, ...] = ()
    """For each key, the share of kinds of numbers among the keys of its object that have
    numbers."""
    has_split_keys: bool = False
    """Whether its key is a kind of number or a kind and a name, and so are those beside it."""
    sided: tuple[bool, ...] = ()
    """For each key, whether it is a kind and a side (`mean_X`), and another kind of that side
    stands beside it."""
    flags: bool = False
    """Whether it is true or false, or an array of those as 1 and 0."""

    @property
    def place(self) -> str:
        """The path as text."""
        return ".".join(self.path)

    @property
    def numeric(self) -> bool:
        """Whether it is a number or an array of numbers."""
        return isinstance(self.value, np.ndarray | float) and not self.flags


def flatten(value: object) -> Iterator[Leaf]:
    """Yield the leaves of a tree in order; ParameterError if it is too deep, large or ragged."""
    return _walk(value, Leaf((), ""), [MAX_VALUES])


def _walk(value: object, at: Leaf, remaining: list[int]) -> Iterator[Leaf]:
    """Yield the leaves of a value at the place of `at`, whose own value is not looked at."""
    remaining[0] -= 1
    if len(at.path) > MAX_DEPTH or remaining[0] < 0:
        problem = (
            "nested too deep" if remaining[0] >= 0 else "more values than a parameter file has"
        )
        raise ParameterError(f"{'.'.join(at.path[:3])}: {problem}")
    if isinstance(value, list | tuple) and (records := _records(value)) is not None:
        value = records
    if isinstance(value, Mapping):
        number_keys = [str(key) for key, member in value.items() if _has_numbers(member)]
        share = sum(key_names.number_kind(key) is not None for key in number_keys) / max(
            len(number_keys), 1
        )
        split_keys = _split_keys(value, number_keys)
        paired = _paired_sides(number_keys)
        for key, member in value.items():
            name = label(key) or "null"
            split = key_names.side_key(name)
            below = Leaf(
                (*at.path, name), "", (*at.shares, share), str(key) in split_keys,
                (*at.sided, split is not None and split[1] in paired),
            )  # fmt: skip
            yield from _walk(member, below, remaining)
        return
    leaf_value, scalars = _leaf_value(value, at.path), _scalars(value)
    flags = bool(scalars) and all(isinstance(item, bool | np.bool_) for item in scalars)
    if at.path and key_names.mask_name(at.path[-1]) is not None:
        flags = flags or (bool(scalars) and all(item in (0, 1) for item in scalars))
    if flags and leaf_value is None:
        leaf_value = _shaped(value, at.path)
    if leaf_value is None and any(isinstance(item, int | float | np.number) for item in scalars):
        leaf_value = ()  # numbers beside nulls or texts: nothing that can be read, but to be told
    if leaf_value is not None:
        yield Leaf(at.path, leaf_value, at.shares, at.has_split_keys, at.sided, flags)


def _split_keys(value: Mapping[object, object], keys: Sequence[str]) -> set[str]:
    """Return the keys of an object that are a kind of number and a name, as those beside them are.

    Where most are, and a name has a mean and a deviation, others beside them are settings:
    `phase_period`. Beside lists or objects of means, `min_target` is a setting itself.
    """
    whole = {k for k in keys if key_names.number_kind(k)}
    if len(whole) == len(keys):  # of thousands of objects
        return whole
    plural = (list, tuple, dict, np.ndarray)
    if any(isinstance(v, plural) for k, v in value.items() if str(k) in whole):
        return set()
    pairs = {key: split for key in keys if (split := key_names.split_key(key))}
    if len(pairs.keys() | whole) == len(keys):
        return set(keys)
    kinds: dict[str, set[str]] = {}
    pairs = {k: split for k, split in pairs.items() if split[0] not in key_names.COMMON_KINDS}
    for kind, name in pairs.values():
        kinds.setdefault(name, set()).add(kind)
    paired = {key for key, (_, name) in pairs.items() if len(kinds[name]) > 1}
    standardized = [of for of in kinds.values() if "mean" in of and of & {"std", "var", "scale"}]
    # A report on a model has cv_score_mean, cv_score_std and many other numbers.
    enough = len(standardized) > 1 and len(paired) >= MIN_SPLIT_SHARE * len(keys)
    return paired if enough else set()


def _paired_sides(keys: Sequence[str]) -> set[str]:
    """Return the sides of which the keys name two kinds of numbers."""
    kinds: dict[str, set[str]] = {}
    for key in keys:
        if split := key_names.side_key(key):
            kinds.setdefault(split[1], set()).add(split[0])
    return {name for name, of_side in kinds.items() if len(of_side) > 1}


def _scalars(value: object) -> list[object]:
    """Return what lists inside of lists hold, at most `MAX_LOOKED_AT`; a value itself otherwise."""
    items = [value]
    for _ in range(MAX_AXES if isinstance(value, list | tuple | np.ndarray) else 0):
        inside: list[object] = []
        for item in items[:MAX_LOOKED_AT]:
            nested = item.tolist() if isinstance(item, np.ndarray) else item
            inside += nested[:MAX_LOOKED_AT] if isinstance(nested, list | tuple) else [nested]
        items = inside
    return [item for item in items[:MAX_LOOKED_AT] if not isinstance(item, list | tuple)]


def _has_numbers(value: object) -> bool:
    if isinstance(value, list | tuple):
        return not value or not isinstance(value[0], str | bool)
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
    for _ in range(MAX_AXES):
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
    return _shaped(values, path)


def _shaped(values: object, path: tuple[str, ...]) -> FloatArray:
    """Return nested lists of numbers or flags as an array; ParameterError if they are ragged."""
    try:
        return _array(np.array(values, np.float64))
    except (TypeError, ValueError, OverflowError) as error:
        raise ParameterError(f"{'.'.join(path)}: its lists have no common shape") from error


def _array(values: NDArray[np.generic]) -> FloatArray:
    """Return a float64 array with axes of length 1 removed, but at least one dimension."""
    array = values.astype(np.float64).squeeze()
    return array.reshape(1) if array.ndim == 0 else array
