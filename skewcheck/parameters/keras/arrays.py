"""Arrays in HDF5, taken from memory: nothing outside the file is ever opened."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from skewcheck.parameters.source import Source

SIGNATURE = b"\x89HDF\r\n\x1a\n"
LARGEST = 100_000
"""Numbers of an array: larger ones are weights of a model."""
CHUNK = 2**24
"""Bytes that one compressed piece may become."""
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


class Arrays:
    """The groups of an HDF5 file that hold arrays, by path."""

    def __init__(self, source: Source, content: bytes) -> None:
        """Open a file's bytes; ParameterError where they are damaged or h5py is absent."""
        self._source = source
        self._h5py = _library(source)
        self._left = _MOST
        self.config = ""
        """The model as JSON; empty where the file holds weights alone."""
        self._found: dict[str, dict[str, NDArray[np.float64]]] = {}
        self._called: dict[str, str] = {}
        try:
            with self._h5py.File(io.BytesIO(content), "r") as file:
                self.config = self._text(file, "model_config")
                self._walk(file, "", 0)
        except _DAMAGED as error:
            why = " ".join(str(error).split())[:120]
            raise source.error(f"damaged HDF5 ({why}): save the model again") from error

    def of(self, layer: str, usual: str) -> Mapping[str, NDArray[np.float64]]:
        """Return a layer's arrays by their names, none where there are none.

        A layer is known by its own name, or in older files by its class and place, `usual`.
        """
        if layer in self._called:
            return self._found[self._called[layer]]
        for path, arrays in self._found.items():
            parts = path.split("/")
            if layer in parts and "vars" not in parts:
                return arrays
            if not self._called and parts[-2:] == [usual, "vars"]:
                return arrays
        return {}

    def _walk(self, group: _Group, path: str, depth: int) -> None:
        if depth > _DEEPEST:
            return
        for name in group:
            self._left -= 1
            if self._left < 0:
                raise ValueError("more groups than a model has")
            # Links to other files, and by name, are not followed.
            if not isinstance(group.get(name, getlink=True), self._h5py.HardLink):
                continue
            item = group.get(name)
            if isinstance(item, self._h5py.Group):
                inside: _Group = item
                own = f"{path}/{name}"
                if name == "vars" and (called := self._text(inside, "name")):
                    self._called[called] = own
                    self._found.setdefault(own, {})
                self._walk(inside, own, depth + 1)
            elif isinstance(item, self._h5py.Dataset):
                held: _Dataset = item
                if (array := _array(held)) is not None:
                    self._found.setdefault(path, {})[name.partition(":")[0]] = array

    def _text(self, group: _Group, name: str) -> str:
        if name not in group.attrs or group.attrs.get_id(name).shape != ():
            return ""
        value = group.attrs[name]
        if isinstance(value, bytes):
            return value.decode()
        return value if isinstance(value, str) else ""


def _array(item: _Dataset) -> NDArray[np.float64] | None:
    """Return a dataset of few numbers that stand in the file itself; None for any other."""
    if item.shape is None or math.prod(item.shape) > LARGEST or item.dtype.kind not in "fiu":
        return None
    if item.external or item.is_virtual:
        return None
    if item.chunks and math.prod(item.chunks) * item.dtype.itemsize > CHUNK:
        return None
    return np.asarray(item[()]).astype(np.float64)


def _library(source: Source) -> ModuleType:
    try:
        return import_module("h5py")
    except ModuleNotFoundError as error:
        raise source.error(
            "holds HDF5, which needs h5py; pip install 'skewcheck[keras]'"
        ) from error
