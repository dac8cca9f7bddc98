"""A plain tree as the list of what stands at its ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.logs.arrays import label
from skewcheck.parameters.shapes import fields
from skewcheck.text.errors import ParameterError

FloatArray = NDArray[np.float64]
Value = float | str | bool | FloatArray | tuple[str, ...]

DEEPEST = 30
MOST = 250_000
"""Values: no parameter file has more."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A number, text, flag, array of numbers or list of texts, and the keys that lead to it."""

    path: tuple[str, ...]
    value: Value
    shares: tuple[float, ...] = ()
    """For each key: the share of its object's number-bearing keys that are kinds of numbers."""
    divided: bool = False
    """Whether all number-bearing keys beside it are kinds of numbers, or made of kind and name."""

    @property
    def place(self) -> str:
        """Where it stands."""
        return ".".join(self.path)

    @property
    def numeric(self) -> bool:
        """Whether it is a number, or an array of numbers."""
        return isinstance(self.value, np.ndarray | float)


def leaves(value: object) -> Iterator[Leaf]:
    """Yield the ends of a tree in its order; ParameterError where it is too deep or ragged."""
    return _walked(value, (), (), [MOST])


def _walked(
    value: object, path: tuple[str, ...], shares: tuple[float, ...], left: list[int],
    divided: bool = False,
) -> Iterator[Leaf]:  # fmt: skip
    left[0] -= 1
    if len(path) > DEEPEST or left[0] < 0:
        what = "nested too deep" if left[0] >= 0 else "more values than a parameter file has"
        raise ParameterError(f"{'.'.join(path[:3])}: {what}")
    if isinstance(value, list | tuple) and (records := _records(value)) is not None:
        value = records
    if isinstance(value, Mapping):
        bearing = [str(key) for key, member in value.items() if _bears(member)]
        share = sum(fields.number(key) is not None for key in bearing) / max(len(bearing), 1)
        divided = all(fields.number(key) or fields.divided(key) for key in bearing)
        for key, member in value.items():
            name = label(key) or "null"
            yield from _walked(member, (*path, name), (*shares, share), left, divided)
        return
    end = _end(value, path)
    if end is not None:
        yield Leaf(path, end, shares, divided)


def _bears(value: object) -> bool:
    if isinstance(value, list | tuple):
        return not value or not isinstance(value[0], str)
    return not isinstance(value, str | bool) and value is not None


def _records(values: list[object] | tuple[object, ...]) -> dict[object, object] | None:
    """Return a list of records as an object by their names; None where it is none."""
    if not values or not all(isinstance(item, Mapping) for item in values):
        return None
    rows = [item for item in values if isinstance(item, Mapping)]
    for key in fields.CALLED:
        names = [row.get(key) for row in rows]
        if all(isinstance(name, str) for name in names):
            if len(set(names)) < len(names):
                doubled = next(name for name in names if names.count(name) > 1)
                raise ParameterError(f"{doubled}: stands twice among the records")
            return {
                name: {k: v for k, v in row.items() if k != key}
                for name, row in zip(names, rows, strict=True)
            }
    return dict(enumerate(rows))


def _end(value: object, path: tuple[str, ...]) -> Value | None:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return _float(value, path)
    if isinstance(value, np.ndarray):
        numbers = value.dtype.kind in "iuf" and value.size > 0
        return _array(value) if numbers else _end(value.tolist(), path)
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
    """Return nested lists as an array without axes of one member; None if not all are numbers."""
    kinds, below = set[type](), list(values)
    for _ in range(8):
        kinds = set(map(type, below))
        if not kinds <= {list, tuple} or not below:
            break
        below = [item for inner in below if isinstance(inner, list | tuple) for item in inner]
        if len(below) > MOST:
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
    array = values.astype(np.float64).squeeze()
    return array.reshape(1) if array.ndim == 0 else array
