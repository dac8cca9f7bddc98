"""Read bytes of a profile that somebody else may have made up: nothing in them is taken as given.

As `codec.from_bytes`, with every number in bounds and each field of its type.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from skewcheck.counts.codec import KINDS, DamagedError, OtherVersionError
from skewcheck.counts.typed import conform

DTYPES = frozenset(
    ["|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"]
)
"""The types of numbers in arrays."""
MAX_DIMENSIONS = 4
MAX_DEPTH = 60
"""Lists inside of lists: a profile's are a dozen deep."""
MAX_REPEATED = 1 << 30
"""Bytes that arrays may take beyond those of the file: equal ones are written once, and added up
they are as many as they say."""


def read(data: bytes, skeleton: int, start: int, layout: int) -> object:
    """Return the value whose skeleton and whose arrays begin at these places.

    DamagedError for anything that `codec.to_bytes` does not write.
    """
    try:
        written = json.loads(data[skeleton:start])
    except (ValueError, RecursionError):
        _refuse("no skeleton")
    if not isinstance(written, list) or len(written) != 2:
        _refuse("no skeleton")
    if written[0] != layout:
        raise OtherVersionError("written by another version")
    reader = _Reader(memoryview(data)[start:])
    try:
        return reader.value(written[1], 0)
    except (ValueError, TypeError, OverflowError):  # keys that are none, no such member of an enum
        _refuse("other values than a profile's")


class _Reader:
    """The arrays of a value, and how many bytes of them were asked for."""

    def __init__(self, arrays: memoryview) -> None:
        self.arrays = arrays
        self.left = len(arrays) + MAX_REPEATED

    def value(self, value: object, depth: int) -> object:
        """Return a value of the skeleton."""
        if isinstance(value, int) and abs(value) >= 2**64:
            _refuse("a number beyond 64 bits")
        if isinstance(value, str | int | float) or value is None:
            return value
        if not isinstance(value, list) or not value or not isinstance(value[0], str):
            _refuse("other values than a profile's")
        if depth > MAX_DEPTH:
            _refuse("values too deep inside of others")
        kind, *items = value
        if kind == "array":
            return self.array(items)
        items = [self.value(item, depth + 1) for item in items]
        match kind:
            case "tuple":
                return tuple(items)
            case "set":
                return frozenset(items)
            case "dict" if len(items) % 2 == 0:
                return dict(zip(items[::2], items[1::2], strict=True))
            case _:
                return _made(kind, items)

    def array(self, items: Sequence[object]) -> object:
        """Return an array of a type, a place and a shape."""
        if len(items) < 3 or len(items) > 2 + MAX_DIMENSIONS or items[0] not in DTYPES:
            _refuse("an array of another type")
        dtype = np.dtype(str(items[0]))
        numbers = [n for n in items[1:] if isinstance(n, int) and not isinstance(n, bool)]
        if len(numbers) < len(items) - 1 or min(numbers) < 0:
            _refuse("an array of another shape")
        place, *shape = numbers
        size = math.prod(shape) * dtype.itemsize
        self.left -= size
        if place + size > len(self.arrays) or self.left < 0 or max(shape) > 2**40:
            _refuse("an array beyond its bytes")
        return np.frombuffer(self.arrays[place : place + size], dtype).reshape(shape)


def _made(kind: str, items: list[object]) -> object:
    """Return a value of one of the closed list of types; DamagedError for fields of others."""
    if kind not in KINDS:
        _refuse("other values than a profile's")
    make = KINDS[kind]
    if isinstance(make, type) and hasattr(make, "__dataclass_fields__"):
        if not conform(make, items):
            _refuse(f"fields that are none of {kind}")
    elif len(items) != 1:
        _refuse(f"no {kind}")
    return make(*items)


def _refuse(problem: str) -> NoReturn:
    raise DamagedError(problem)
