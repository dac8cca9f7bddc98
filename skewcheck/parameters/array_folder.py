"""Read a folder of .npy files that together are one set of statistics: mean.npy and std.npy."""

from __future__ import annotations

from pathlib import Path

from skewcheck.features.types import Parameters
from skewcheck.parameters.handwritten import key_names, npy_names
from skewcheck.parameters.source import FormatReader, ParameterSource
from skewcheck.text.errors import ParameterError

MAX_BYTES = 64 * 2**20
"""Bytes of a file: parameters of 10,000 features take less than 1 MB."""


def recognised(source: ParameterSource) -> bool:
    """Return whether a folder holds .npy files whose names make a normalization together."""
    return source.folder and bool(npy_names.statistics(source.path))


def read(source: ParameterSource) -> Parameters:
    """Return the parameters of the arrays, by the names of their files; else ParameterError."""
    from skewcheck.parameters import handwritten

    paths = npy_names.statistics(source.path)
    arrays = {path.stem: _array(source, path) for path in paths}
    listed = [p for p in sorted(source.path.glob("*.npy")) if p not in paths and _is_list(p)]
    return handwritten.read_tree(source, arrays | {p.stem: _array(source, p) for p in listed})


def _is_list(path: Path) -> bool:
    """Return whether a file's name says that it lists the features: feature_names.npy."""
    return key_names.name_list_side(path.stem) is not None


def _array(source: ParameterSource, path: Path) -> object:
    from skewcheck.parameters.handwritten.numpy_files import read_member

    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ParameterError("larger than 64 MiB, no parameter file")
        return read_member("", content).tolist()
    except OSError as error:
        reason = error.strerror or str(error)
        raise source.error(f"{path.name}: cannot read it ({reason})") from error
    except ParameterError as error:
        raise source.error(f"{path.name}: {error}") from error


READER = FormatReader(recognised, read)
