"""Read a folder of .npy files that together are one set of statistics: mean.npy and std.npy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from skewcheck.features.notes import free_notes
from skewcheck.features.types import Parameters
from skewcheck.parameters.handwritten import key_names, npy_names
from skewcheck.parameters.source import FormatReader, ParameterSource
from skewcheck.text.errors import ParameterError
from skewcheck.text.numbers import shortened

MAX_BYTES = 64 * 2**20
"""Bytes of a file: parameters of 10,000 features take less than 1 MB."""


def recognised(source: ParameterSource) -> bool:
    """Return whether a folder holds .npy files whose names make a normalization together."""
    return source.folder and bool(npy_names.statistics(source.path))


def read(source: ParameterSource) -> Parameters:
    """Return the parameters of the arrays, by the names of their files; else ParameterError."""
    from skewcheck.parameters import handwritten

    beside = npy_names.arrays_of(source.path)
    paths = npy_names.statistics(source.path)
    paths += [path for path in beside if path not in paths and _is_list(path)]
    left = [path.name for path in beside if path not in paths]
    parameters = handwritten.read_tree(source, {p.stem: _array(source, p) for p in paths})
    notes = free_notes([f"not read: {shortened(left)}"] if left else [])
    return replace(parameters, notes=(*parameters.notes, *notes))


def _is_list(path: Path) -> bool:
    """Return whether a file's name says that it lists the features: feature_names.npy."""
    return key_names.name_list_side(path.stem) is not None


def _array(source: ParameterSource, path: Path) -> object:
    from skewcheck.parameters.handwritten.numpy_files import read_member

    try:
        if not path.is_file():
            raise source.error(f"{path.name}: is no file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ParameterError("larger than 64 MiB, no parameter file")
        array = read_member("", content)
        # As an array: of a list of two, nothing says whether it is a pair of mean and deviation.
        return array if array.dtype.kind in "iuf" else array.tolist()
    except OSError as error:
        reason = error.strerror or str(error)
        raise source.error(f"{path.name}: cannot read it ({reason})") from error
    except ParameterError as error:
        raise source.error(f"{path.name}: {error}") from error


READER = FormatReader(recognised, read)
