"""Read NumPy's .npz and .npy files, without unpickling objects or trusting announced sizes."""

from __future__ import annotations

import io
import lzma
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from skewcheck.parameters.pickles.arrays import has_invalid_characters
from skewcheck.parameters.zip_members import check_directory, first_name, names_with
from skewcheck.text.errors import ParameterError

_MAGIC = b"\x93NUMPY"
MAX_BYTES = 64 * 2**20
"""Bytes of all arrays of a file: parameters of 10,000 features take less than 1 MB."""
MAX_LEVELS = 4
"""Levels of dicts and lists in which fitted objects are looked for."""
_OBJECT_DTYPE = b"'|O'"
_HEADER_BYTES = 256
"""Bytes that hold the dtype of an array: the header is a dict of which it is the first value."""
MAX_NUMBERS = 10_000_000
"""Numbers of arrays within one of objects."""
_NUMPY_ERRORS = (
    lzma.LZMAError,
    ValueError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    KeyError,
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,
    TypeError,
    OverflowError,
    tokenize.TokenError,
)
"""Exceptions that NumPy and zipfile raise for damaged files."""


def looks_numpy(content: bytes) -> bool:
    """Return whether content is .npy, or a zip whose first member's name ends in .npy."""
    # A skops file is a zip of arrays too.
    return content.startswith(_MAGIC) or (
        first_name(content).endswith(".npy") and not names_with(content, "schema.json")
    )


def holds_pickles(content: bytes) -> bool:
    """Return whether arrays in it hold objects of classes: np.savez(file, scaler=fitted).

    False for column names and dicts of numbers, and for a damaged file; raises nothing.
    """
    try:
        return _has_object_arrays(content) and _has_pickled(read_arrays(content), MAX_LEVELS)
    except (ParameterError, *_NUMPY_ERRORS):
        return False


def _has_object_arrays(content: bytes) -> bool:
    """Return whether the header of an array says that it holds objects."""
    if content.startswith(_MAGIC):
        return _OBJECT_DTYPE in content[:_HEADER_BYTES]
    if not looks_numpy(content):
        return False
    check_directory(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            with archive.open(member) as file:
                if _OBJECT_DTYPE in file.read(_HEADER_BYTES):
                    return True
    return False


def _has_pickled(value: object, levels: int) -> bool:
    from skewcheck.parameters.pickles import PickledObject  # most arrays are plain

    if isinstance(value, np.ndarray):
        if value.dtype.kind != "O":
            return False
        value = value.tolist()
    if isinstance(value, PickledObject):
        return True
    inside = [*value.values()] if isinstance(value, dict) else value
    return isinstance(inside, list | tuple) and any(
        levels > 0 and _has_pickled(x, levels - 1) for x in inside
    )


def _numbers_in(value: object) -> int:
    """Return how many numbers arrays hold, those that are referred to again counted again.

    `unpickle` bounds the depth and the number of all other values.
    """
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        return int(value.size)
    inside = [*value.values()] if isinstance(value, dict) else value
    if not isinstance(inside, list | tuple | np.ndarray):
        return 0
    return sum(map(_numbers_in, inside.ravel() if isinstance(inside, np.ndarray) else inside))


def read_arrays(content: bytes) -> dict[str, object]:
    """Return the arrays by name, as lists; ParameterError for a single array, which has no name.

    A .npy file may also hold a pickled dict: np.save(file, {"mean": ..., "std": ...}).
    """
    if content.startswith(_MAGIC):
        array = read_member("", content)
        object_value = array.item() if array.dtype.kind == "O" and array.shape == () else None
        if isinstance(object_value, dict):  # np.save(file, {"mean": ..., "std": ...})
            return object_value
        if array.dtype.kind == "O" and _has_pickled(array, MAX_LEVELS):
            return {"": array.tolist()}
        raise ParameterError(
            f"is one array of {array.size:,} numbers without a name: nothing says whether they are"
            " means or deviations; save both by name with np.savez(file, mean=..., std=...)"
        )
    check_directory(content)
    arrays: dict[str, object] = {}
    remaining = MAX_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                name = member.filename.removesuffix(".npy")
                if member.file_size > remaining:
                    raise ParameterError(f"{name}: larger than 64 MiB, no parameter file")
                with archive.open(member) as file:
                    data = file.read(remaining + 1)
                remaining -= len(data)
                if remaining < 0:
                    raise ParameterError(f"{name}: larger than 64 MiB, no parameter file")
                array = read_member(name, data)
                arrays[name] = array.tolist()
    except _NUMPY_ERRORS as error:
        raise ParameterError("is a damaged .npz file: save it again with np.savez") from error
    return arrays


def read_array(content: bytes) -> np.ndarray[tuple[int, ...], np.dtype]:
    """Return the array of a .npy file of numbers or texts; ParameterError for any other."""
    if _OBJECT_DTYPE in content[:_HEADER_BYTES]:
        raise ParameterError("holds objects, no plain numbers or names")
    return read_member("", content)


def read_member(name: str, content: bytes) -> np.ndarray[tuple[int, ...], np.dtype]:
    """Return the array of a .npy file, of objects too; `name` begins what errors say of it."""
    return _read_array(name, io.BytesIO(content), len(content))


def _read_array(name: str, file: io.BytesIO, size: int) -> np.ndarray[tuple[int, ...], np.dtype]:
    """Read one array; its announced size must be that of the bytes present."""
    prefix = f"{name}: " if name else ""
    try:
        version = npy.read_magic(file)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read_header(file)
    except _NUMPY_ERRORS as error:
        raise ParameterError(f"{prefix}no valid NumPy array") from error
    if dtype.kind == "O":  # column names from pandas: a pickle, which is read as data
        from skewcheck.parameters.pickles import unpickle

        unpickled = unpickle(file.read(), Path(name or "array"))
        if isinstance(unpickled, np.ndarray) and unpickled.dtype.kind == "O":
            if _numbers_in(unpickled) > MAX_NUMBERS:
                raise ParameterError(f"{prefix}holds more numbers than any file of parameters")
            return unpickled
        raise ParameterError(f"{prefix}no valid NumPy array")
    if dtype.hasobject or dtype.kind not in "biufU" or dtype.itemsize == 0:
        raise ParameterError(f"{prefix}holds {dtype}, no plain numbers or names")
    count = 1
    for length in shape:
        count *= int(length)
    if count < 0 or count * dtype.itemsize != size - file.tell():
        raise ParameterError(f"{prefix}announces {shape} values, but holds other bytes than that")
    try:
        flat = np.frombuffer(file.read(), dtype)
        if has_invalid_characters(flat):
            raise ParameterError(f"{prefix}a text in it has characters that do not exist")
        return flat.reshape(shape, order="F" if fortran else "C")
    except _NUMPY_ERRORS as error:
        raise ParameterError(f"{prefix}no valid NumPy array") from error
