"""NumPy's .npz and .npy, read without running pickles or trusting the sizes they announce."""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from skewcheck.text.errors import ParameterError

_MAGIC = b"\x93NUMPY"
LIMIT = 64 * 2**20
"""Bytes of all arrays together."""
_BROKEN = (ValueError, EOFError, OSError, NotImplementedError, RuntimeError, KeyError,
           zipfile.BadZipFile, zlib.error, SyntaxError, TypeError, OverflowError,
           tokenize.TokenError)  # fmt: skip


def looks_numpy(content: bytes) -> bool:
    """Whether it begins as .npy, or is a zip whose first member's name ends so."""
    name_size = int.from_bytes(content[26:28], "little")
    zipped = content[:4] == b"PK\x03\x04" and content[30 : 30 + name_size].endswith(b".npy")
    return zipped or content.startswith(_MAGIC)


def tree(content: bytes) -> dict[str, object]:
    """Return the arrays by name; of .npy the only one without a name that says anything."""
    if content.startswith(_MAGIC):
        array = _array("", io.BytesIO(content), len(content))
        whole = array.item() if array.dtype.kind == "O" and array.shape == () else None
        if isinstance(whole, dict):  # np.save(file, {"mean": ..., "std": ...})
            return whole
        raise ParameterError(
            f"is one array of {array.size:,} numbers without a name: nothing says whether they are"
            " means or deviations; save both by name with np.savez(file, mean=..., std=...)"
        )
    found: dict[str, object] = {}
    left = LIMIT
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                name = member.filename.removesuffix(".npy")
                if member.file_size > left:
                    raise ParameterError(f"{name}: larger than 64 MiB, no parameter file")
                with archive.open(member) as file:
                    data = file.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise ParameterError(f"{name}: larger than 64 MiB, no parameter file")
                array = _array(name, io.BytesIO(data), len(data))
                found[name] = array.tolist()
    except _BROKEN as error:
        raise ParameterError("is a damaged .npz file: save it again with np.savez") from error
    return found


def _array(name: str, file: io.BytesIO, size: int) -> np.ndarray[tuple[int, ...], np.dtype]:
    """Read one array; its announced size is compared with the bytes that are there."""
    where = f"{name}: " if name else ""
    try:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except _BROKEN as error:
        raise ParameterError(f"{where}no valid NumPy array") from error
    if dtype.kind == "O":  # names of columns, as pandas holds them: a pickle, read as any other
        from skewcheck.parameters.pickles import unpickle

        held = unpickle(file.read(), Path(name or "array"))
        if isinstance(held, np.ndarray) and held.dtype.kind == "O":
            return held
        raise ParameterError(f"{where}no valid NumPy array")
    if dtype.hasobject or dtype.kind not in "biufU" or dtype.itemsize == 0:
        raise ParameterError(f"{where}holds {dtype}, no plain numbers or names")
    count = 1
    for length in shape:
        count *= int(length)
    if count < 0 or count * dtype.itemsize != size - file.tell():
        raise ParameterError(f"{where}announces {shape} values, but holds other bytes than that")
    try:
        flat = np.frombuffer(file.read(), dtype)
        return flat.reshape(shape, order="F" if fortran else "C")
    except _BROKEN as error:
        raise ParameterError(f"{where}no valid NumPy array") from error
