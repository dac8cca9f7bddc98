"""What an HDF5 file holds of numbers and texts, as JSON: a program of its own, run by arrays.py.

libhdf5 crashes on some damaged files. A crash of this process is one more way in which a file can
be damaged. It imports nothing of skewcheck, so that it starts wherever h5py is installed, and opens
nothing outside the file, which it takes from standard input.
"""

from __future__ import annotations

import io
import json
import math
import sys
from collections.abc import Iterator
from typing import Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

LARGEST = 100_000
"""Numbers of an array: larger ones are weights of a model."""
TOTAL = 2_000_000
"""Numbers of all arrays together."""
CHUNK = 2**24
"""Bytes that one compressed piece may become."""
MEMORY = 2**30
"""Bytes beyond which the process may not grow, where the system can tell."""
LONGEST = 3
"""Seconds of computing after which it ends: on some damaged files the library never does."""
_MOST, _DEEPEST = 20_000, 12
_DAMAGED = (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError, MemoryError)


class _Dataset(Protocol):
    shape: tuple[int, ...] | None
    dtype: np.dtype[np.generic]
    chunks: tuple[int, ...] | None
    external: object
    is_virtual: bool

    def __getitem__(self, key: tuple[()]) -> NDArray[np.float64]: ...


class _Attributes(Protocol):
    def __contains__(self, key: str) -> bool: ...
    def __getitem__(self, key: str) -> object: ...
    def get_id(self, key: str) -> _Dataset: ...


class _Group(Protocol):
    attrs: _Attributes

    def __iter__(self) -> Iterator[str]: ...
    def get(self, name: str, *, getlink: bool = False) -> object: ...


class _Walk:
    """The groups of a file that hold arrays."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, object]] = {}
        """Arrays as nested lists by their names, by the path of their group."""
        self.called: dict[str, str] = {}
        """The path of a group, by the name of the layer that it says it is of."""
        self._groups, self._numbers = _MOST, TOTAL

    def into(self, group: _Group, path: str = "", depth: int = 0) -> None:
        """Go through a group and those inside it."""
        if depth > _DEEPEST:
            return
        for name in group:
            self._groups -= 1
            if self._groups < 0:
                raise ValueError("more groups than a model has")
            # Links to other files, and by name, are not followed.
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                continue
            item = group.get(name)
            if isinstance(item, h5py.Group):
                inside: _Group = item
                own = f"{path}/{name}"
                if name == "vars" and (called := text(inside, "name")):
                    self.called[called] = own
                    self.found.setdefault(own, {})
                self.into(inside, own, depth + 1)
            elif isinstance(item, h5py.Dataset):
                held: _Dataset = item
                if (array := self._array(held)) is not None:
                    self.found.setdefault(path, {})[name.partition(":")[0]] = array.tolist()

    def _array(self, item: _Dataset) -> NDArray[np.float64] | None:
        """Return a dataset of few numbers that stand in the file itself; None for any other."""
        if item.shape is None or math.prod(item.shape) > LARGEST or item.dtype.kind not in "fiu":
            return None
        if item.external or item.is_virtual:
            return None
        if item.chunks and math.prod(item.chunks) * item.dtype.itemsize > CHUNK:
            return None
        self._numbers -= math.prod(item.shape)
        if self._numbers < 0:
            raise ValueError("more numbers than the layers of a model learn")
        return np.asarray(item[()]).astype(np.float64)


def text(group: _Group, name: str) -> str:
    """Return an attribute that is one text; empty where there is none."""
    if name not in group.attrs or group.attrs.get_id(name).shape != ():
        return ""
    value = group.attrs[name]
    if isinstance(value, bytes):
        return value.decode()
    return value if isinstance(value, str) else ""


def main() -> None:
    """Read standard input and write what it holds, or what is wrong with it."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    walk = _Walk()
    config = damaged = ""
    try:
        with h5py.File(io.BytesIO(sys.stdin.buffer.read()), "r") as file:
            config = text(file, "model_config")
            walk.into(file)
    except _DAMAGED as error:
        damaged = " ".join(str(error).split())[:120] or type(error).__name__
    told = {"damaged": damaged, "config": config, "called": walk.called, "found": walk.found}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
