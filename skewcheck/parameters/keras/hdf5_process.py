"""Write the arrays and texts of an HDF5 file as JSON: a script that hdf5_arrays.py runs.

libhdf5 crashes on some damaged files; a crash of this process is reported as a damaged file. The
script imports nothing of skewcheck, so that it runs wherever h5py is installed. It reads the file
from standard input and opens nothing else.
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

MAX_ARRAY_SIZE = 100_000
"""Numbers of an array: larger ones are weights of a predictor."""
MAX_TOTAL_SIZE = 2_000_000
"""Numbers of all arrays together."""
MAX_CHUNK_BYTES = 2**24
"""Decompressed bytes of one chunk."""
MAX_MEMORY_BYTES = 2**30
"""Memory limit of the process, on systems that support it."""
MAX_CPU_SECONDS = 3
"""CPU time limit of the process: on some damaged files the library never ends."""
_MAX_GROUPS, _MAX_DEPTH = 20_000, 12
"""Groups of a file, and levels of groups within groups."""
_HDF5_ERRORS = (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError, MemoryError)


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


class _FileWalk:
    """Collects the groups of a file that contain arrays."""

    def __init__(self) -> None:
        self.arrays: dict[str, dict[str, object]] = {}
        """Arrays as nested lists by name, by the path of their group."""
        self.paths: dict[str, str] = {}
        """Path of the group of each layer that names itself, by layer name."""
        self._groups, self._numbers = _MAX_GROUPS, MAX_TOTAL_SIZE

    def visit(self, group: _Group, path: str = "", depth: int = 0) -> None:
        """Visit a group and all groups inside it."""
        if depth > _MAX_DEPTH:
            return
        for name in group:
            self._groups -= 1
            if self._groups < 0:
                raise ValueError("more groups than a model has")
            # Soft links and links to other files are not followed.
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                continue
            item = group.get(name)
            if isinstance(item, h5py.Group):
                inner_group: _Group = item
                inner_path = f"{path}/{name}"
                if name == "vars" and (layer_name := text_attribute(inner_group, "name")):
                    self.paths[layer_name] = inner_path
                    self.arrays.setdefault(inner_path, {})
                self.visit(inner_group, inner_path, depth + 1)
            elif isinstance(item, h5py.Dataset):
                dataset: _Dataset = item
                if (array := self._array(dataset)) is not None:
                    self.arrays.setdefault(path, {})[name.partition(":")[0]] = array.tolist()

    def _array(self, item: _Dataset) -> NDArray[np.float64] | None:
        """Return a small dataset stored in the file itself; None for any other."""
        if (
            item.shape is None
            or math.prod(item.shape) > MAX_ARRAY_SIZE
            or item.dtype.kind not in "fiu"
        ):
            return None
        if item.external or item.is_virtual:
            return None
        if item.chunks and math.prod(item.chunks) * item.dtype.itemsize > MAX_CHUNK_BYTES:
            return None
        self._numbers -= math.prod(item.shape)
        if self._numbers < 0:
            raise ValueError("more numbers than the layers of a model learn")
        return np.asarray(item[()]).astype(np.float64)


def text_attribute(group: _Group, name: str) -> str:
    """Return a string attribute; empty if there is none."""
    if name not in group.attrs or group.attrs.get_id(name).shape != ():
        return ""
    value = group.attrs[name]
    if isinstance(value, bytes):
        return value.decode()
    return value if isinstance(value, str) else ""


def main() -> None:
    """Read standard input and write its content, or what is wrong with it."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    walk = _FileWalk()
    config = damaged = ""
    try:
        with h5py.File(io.BytesIO(sys.stdin.buffer.read()), "r") as file:
            config = text_attribute(file, "model_config")
            walk.visit(file)
    except _HDF5_ERRORS as error:
        damaged = " ".join(str(error).split())[:120] or type(error).__name__
    output = {"damaged": damaged, "config": config, "paths": walk.paths, "arrays": walk.arrays}
    sys.stdout.write(json.dumps(output))


if __name__ == "__main__":
    main()
