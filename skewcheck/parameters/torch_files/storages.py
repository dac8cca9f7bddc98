"""Tensors of a PyTorch file, as views of the storages that hold their numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.pickles.stream import damaged
from skewcheck.parameters.tensors import CODES, Array, Tensor, of_bytes
from skewcheck.text.errors import ParameterError

MAX_VALUES = 10_000_000
"""Values of one tensor: a stride of 0 makes many of one."""
_MAX_DIMENSIONS = 32
"""NumPy before 2.0 allows no more."""
_UNTYPED = "untyped"


@dataclass(frozen=True, slots=True, eq=False)
class Storage:
    """A storage: numbers of one type in the file, to which tensors refer."""

    key: str
    kind: str
    """A type of `tensors.CODES`; `untyped` for bytes whose type the tensor says."""
    count: int
    read: Callable[[str], bytes]
    """Returns the bytes of a storage by its key."""
    order: str
    """`<` or `>`: the order of their bytes."""


def storage_of(identity: object, read: Callable[[str], bytes], order: str) -> Storage:
    """Return the storage of ("storage", type, key, location, count, ...); else ParameterError."""
    match identity:
        case ("storage", PickledObject(name=name), str(key), _, int(count), *rest) if (
            count >= 0 and rest in ([], [None])  # else it is a part of another storage
        ):
            kind = name.removesuffix("Storage").lower()
            return Storage(key, _UNTYPED if kind == "untyped" else kind, count, read, order)
    raise damaged("a tensor in it has no storage")


def tensor(args: tuple[object, ...], kind: str = "") -> Tensor:
    """Return the tensor of (storage, offset, shape, strides, ...); ParameterError if invalid.

    `kind` is the type of an untyped storage.
    """
    match args:
        case (Storage() as storage, int(offset), tuple(shape), tuple(strides), *_):
            pass
        case _:
            raise damaged("a tensor in it has no storage")
    lengths, steps = _whole(shape), _whole(strides)
    if len(lengths) != len(steps) or len(lengths) > _MAX_DIMENSIONS or offset < 0:
        raise damaged("a tensor in it has no shape")
    return Tensor(lengths, lambda: _values(storage, kind, (offset, lengths, steps)))


def _whole(values: tuple[object, ...]) -> tuple[int, ...]:
    numbers = tuple(x for x in values if isinstance(x, int) and 0 <= x < 2**48)
    if len(numbers) != len(values):
        raise damaged("a tensor in it has no shape")
    return numbers


def _values(
    storage: Storage, kind: str, view: tuple[int, tuple[int, ...], tuple[int, ...]]
) -> Array:
    """Return the numbers of a view; all of them must lie within the storage."""
    offset, shape, strides = view
    kind = kind or storage.kind
    if kind not in CODES:
        raise ParameterError(f"holds numbers of the type {kind[:40]!r}, which are not read")
    width = np.dtype(CODES[kind]).itemsize
    content = storage.read(storage.key)
    stated = storage.count * (1 if storage.kind == _UNTYPED else width)
    size = math.prod(shape)
    if len(content) != stated or size > MAX_VALUES or max(shape, default=0) > MAX_VALUES:
        raise damaged("a tensor in it has not the number of values that it says")
    if not size:
        return np.empty(shape)
    last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
    if (last + 1) * width > len(content):
        raise damaged("a tensor in it lies outside of its storage")
    flat = of_bytes(content[offset * width : (last + 1) * width], kind, storage.order)
    steps = [step * flat.itemsize for step in strides]
    return np.lib.stride_tricks.as_strided(flat, shape, steps).copy()
