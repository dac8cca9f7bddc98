"""What training knew, from whatever file it was written to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from skewcheck.errors import ParameterError
from skewcheck.features import Parameters
from skewcheck.parameters import native
from skewcheck.parameters.tree import parsed
from skewcheck.parameters.writing import dumps

LIMIT = 256 * 2**20
"""Bytes: a larger file is no parameter file."""


def load(path: str | Path, names: Sequence[str] = ()) -> Parameters:
    """Read a parameter file; ParameterError names file, key and rule.

    `names` name the values of foreign files that do not name them themselves.
    """
    place = Path(path)
    try:
        if place.is_dir():
            raise ParameterError(f"{path}: is a folder, no parameter file")
        with place.open("rb") as file:
            content = file.read(LIMIT + 1)
    except OSError as error:
        why = error.strerror or str(error)
        raise ParameterError(f"{path}: cannot read it ({why})") from error
    if len(content) > LIMIT:
        raise ParameterError(f"{path}: larger than 256 MiB, no parameter file")
    if not content.strip():
        raise ParameterError(f"{path}: is empty; skewcheck fit writes a parameter file")
    root = parsed(place, content)
    if not native.recognised(root):
        raise ParameterError(
            f"{path}: no skewcheck parameter file: it has no features with steps;"
            " skewcheck fit writes one"
        )
    if names:
        raise ParameterError(f"{path}: names its features itself; leave --names out")
    return native.parameters(root)


__all__ = ["dumps", "load"]
