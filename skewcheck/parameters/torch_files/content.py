"""Read a PyTorch file as data: a zip of a pickle and its storages, or the format before 1.6."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from skewcheck.parameters.pickles import looks_like_pickle
from skewcheck.parameters.pickles.machine import Machine
from skewcheck.parameters.pickles.size_limits import check_limits
from skewcheck.parameters.pickles.stream import Stream, damaged
from skewcheck.parameters.tensors import CODES
from skewcheck.parameters.torch_files.operations import operations
from skewcheck.parameters.torch_files.storages import Storage
from skewcheck.parameters.zip_members import ZipMembers, first_name, is_zip, names_with
from skewcheck.text.errors import ParameterError

DATA = "data.pkl"
LEGACY = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""A pickle of PyTorch's magic number, with which files before 1.6 begin."""
NESTED = b"_load_from_bytes"
"""The function by which other pickles hold a tensor: the bytes of a file of its own."""
MAX_NESTED = 10_000
"""Files within a pickle: each holds a tensor."""
MAX_DEPTH = 5
"""Files within files: a tensor within a module within a checkpoint has three."""
_DATA = re.compile(r"(?:[^/]+/)?data\.pkl")
_LITTLE, _BIG = "<", ">"


def looks_like_torch(content: bytes) -> bool:
    """Return whether content is a file of PyTorch, or a pickle that holds tensors; raises nothing.

    Compressed pickles are not looked into.
    """
    if not is_zip(content):
        return content.startswith(LEGACY) or (NESTED in content and looks_like_pickle(content))
    if _DATA.fullmatch(first_name(content)):  # also of a file that is cut, or too large
        return True
    return DATA.encode() in content and any(map(_DATA.fullmatch, names_with(content)))


def read_content(content: bytes) -> object:
    """Return what a file holds: plain values, PickledObjects and Tensors; else ParameterError."""
    return check_limits(_Files(len(content)).read(content))


def _absent(_: str) -> bytes:
    raise damaged("a tensor in it has no storage")


def has_code(content: bytes) -> bool:
    """Return whether a file is TorchScript, which holds code beside its numbers."""
    return is_zip(content) and any("/code/" in name for name in ZipMembers(content).names())


class _Files:
    """Reads a file and those within it, within one bound."""

    __slots__ = ("depth", "nested", "remaining")

    def __init__(self, size: int) -> None:
        self.nested = self.depth = 0
        self.remaining = 4 * size + 2**20

    def read(self, content: bytes) -> object:
        self.remaining -= len(content)
        self.nested += 1
        self.depth += 1
        if self.nested > MAX_NESTED or self.remaining < 0 or self.depth > MAX_DEPTH:
            raise ParameterError("refused: it holds too many files within it; nothing was executed")
        try:
            if is_zip(content):
                return self._zip(ZipMembers(content))
            stream = Stream(content)
            return self._legacy(stream) if content.startswith(LEGACY) else self._run(stream)
        finally:
            self.depth -= 1

    def _zip(self, members: ZipMembers) -> object:
        names = [name for name in members.names() if _DATA.fullmatch(name)]
        if len(names) != 1:
            raise damaged("it has not one data.pkl")
        folder = names[0].removesuffix(DATA)
        order = _LITTLE
        if members.size(f"{folder}byteorder") > 0:
            order = _BIG if members.read(f"{folder}byteorder") == b"big" else _LITTLE
        stored: dict[str, bytes] = {}

        def read(key: str) -> bytes:
            if key not in stored:
                stored[key] = members.read(f"{folder}data/{key}")
            return stored[key]

        return self._run(Stream(members.read(names[0])), read, order)

    def _legacy(self, stream: Stream) -> object:
        """Return the object behind magic number, protocol and system, with the storages after it.

        These are a pickle of their keys, then of each its length and its numbers
        (torch.serialization._legacy_save).
        """
        self._run(stream)
        self._run(stream)
        system = self._run(stream)
        little = not isinstance(system, dict) or system.get("little_endian") is not False
        order = _LITTLE if little else _BIG
        storages: dict[str, Storage] = {}
        stored: dict[str, bytes] = {}

        def read(key: str) -> bytes:
            if key not in stored:
                raise damaged("a tensor in it has no storage")
            return stored[key]

        value = self._run(stream, read, order, storages)
        keys = self._run(stream)
        for key in keys if isinstance(keys, list) else ():
            storage = storages.get(key) if isinstance(key, str) else None
            if storage is None or key in stored:
                raise damaged("a storage in it has no name")
            count = int.from_bytes(stream.take(8), "little" if little else "big")
            width = np.dtype(CODES.get(storage.kind, "u1")).itemsize
            if storage.kind not in CODES:
                raise damaged(f"it holds numbers of the type {storage.kind[:40]!r}")
            stored[key] = stream.take(count * width)
        return value

    def _run(
        self, stream: Stream, read: Callable[[str], bytes] = _absent, order: str = _LITTLE,
        storages: dict[str, Storage] | None = None,
    ) -> object:  # fmt: skip
        seen = {} if storages is None else storages
        return Machine(stream, operations(read, order, self.read, seen)).run()
