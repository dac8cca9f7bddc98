"""Tensors of files that hold many: their values are read only where a name says what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from skewcheck.text.errors import ParameterError

Array = NDArray[np.generic]

BFLOAT16 = "bfloat16"
CODES: Mapping[str, str] = MappingProxyType(
    {
        "float64": "f8", "double": "f8", "float32": "f4", "float": "f4", "float16": "f2",
        "half": "f2", BFLOAT16: "u2", "int64": "i8", "long": "i8", "int32": "i4", "int": "i4",
        "int16": "i2", "short": "i2", "int8": "i1", "char": "i1", "uint8": "u1", "byte": "u1",
        "uint16": "u2", "uint32": "u4", "uint64": "u8", "bool": "b1",
    }
)  # fmt: skip
"""NumPy's code of each type that is read, by the names that PyTorch has for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A tensor of a file that was not read yet."""

    shape: tuple[int, ...]
    load: Callable[[], Array]
    """Returns its values; ParameterError where the file does not hold them."""

    @property
    def size(self) -> int:
        """How many values it has."""
        size = 1
        for length in self.shape:
            size *= length
        return size


def of_bytes(content: bytes, kind: str, order: str = "<") -> Array:
    """Return the values in bytes, of a type of CODES, in native order; bfloat16 as float32.

    A bfloat16 is the upper half of a float32. Boolean bytes count as true unless they are 0.
    ParameterError for an unknown type.
    """
    code = CODES.get(kind)
    if code is None:
        raise ParameterError(f"holds numbers of the type {kind[:40]!r}, which are not read")
    if kind == "bool":
        true: Array = np.frombuffer(content, np.uint8) != 0
        return true
    flat = np.frombuffer(content, f"{order}{code}")
    native = flat.astype(flat.dtype.newbyteorder("="), copy=False)
    if kind == BFLOAT16:
        return (native.astype(np.uint32) << 16).view(np.float32)
    return native
