"""Two parameter files to compare: by name, or by position where one does not name its values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from skewcheck.config.loading import of_group
from skewcheck.features.transform import column_names, vocabulary
from skewcheck.features.types import Parameters
from skewcheck.parameters import Place, UnnamedError, load

File = Place | Parameters


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files whose features have the same names where they are the same."""

    old: Parameters
    new: Parameters
    by_position: bool = False
    """One of them, or neither, names its values: they were paired in their order."""


def load_pair(
    old: File, new: File, names: Sequence[str] = (), group: str | None = None
) -> Pair:  # fmt: skip
    """Read two parameter files; ParameterError where one cannot be read.

    `group` is a key, whose parameters are compared where a file has them by keys.

    A file without names has those given, or else those of the other file, if it has as many
    values. UnnamedError if it has another number of them.
    """
    files = [_loaded(file) for file in (old, new)]
    known = next((_names(file) for file in files if _is_named(file)), ())
    counts = {file.count if isinstance(file, UnnamedError) else len(file.features)
              for file in files}  # fmt: skip
    if not names and not known and len(counts) == 1:
        known = tuple(f"x[{i}]" for i in range(counts.pop()))
    known = tuple(names) or known
    before, after = _named(files[0], old, known), _named(files[1], new, known)
    by_position = not names and (before is not files[0] or after is not files[1])
    if group is not None:
        before, after = _of_key(before, group), _of_key(after, group)
    return Pair(_grouped(before, after), _grouped(after, before), by_position)


def _grouped(file: Parameters, other: Parameters) -> Parameters:
    """Return a file with columns of get_dummies as one feature, where the other has it so."""
    levels = {f.name: vocabulary(f.steps) for f in other.features if column_names(f.steps)}
    if not levels or all(f.name in levels for f in file.features):
        return file
    from skewcheck.features.dummies import with_dummies  # most files have no such columns

    names = {f.name for f in other.features}
    features = with_dummies(
        file.features, names.__contains__, lambda name: _levels(levels.get(name))
    )
    return replace(file, features=features)


def _levels(values: Sequence[str] | None) -> pa.Array | None:
    return None if values is None else pa.array(values, pa.string())


def _of_key(parameters: Parameters, group: str) -> Parameters:
    """Return the parameters of a key; those of a file that has none by keys as they are."""
    by_key = any(f.groups or "." in f.name for f in parameters.features)
    return of_group(parameters, group) if by_key else parameters


def _loaded(file: File) -> Parameters | UnnamedError:
    if isinstance(file, Parameters):
        return file
    try:
        return load(file)
    except UnnamedError as error:
        return error


def _is_named(file: Parameters | UnnamedError) -> bool:
    """Return whether its features have names, and not only a place in an input: `X[0]`, `X[1]`."""
    if isinstance(file, UnnamedError):
        return False
    places = [re.fullmatch(r"(.*)\[(\d+)\]", name) for name in _names(file)]
    in_order = [match and (match[1], int(match[2])) for match in places]
    first = places[0][1] if places and places[0] else ""
    return in_order != [(first, i) for i in range(len(places))]


def _names(file: Parameters | UnnamedError) -> tuple[str, ...]:
    return () if isinstance(file, UnnamedError) else tuple(f.name for f in file.features)


def _named(
    file: Parameters | UnnamedError, path: File, names: tuple[str, ...]
) -> Parameters:  # fmt: skip
    """Return a file with these names for its values, if it has none and as many."""
    if isinstance(file, Parameters):
        if _is_named(file) or len(names) != len(file.features) or names == _names(file):
            return file
        renamed = zip(file.features, names, strict=True)
        return replace(file, features=tuple(replace(f, name=name) for f, name in renamed))
    if isinstance(path, Parameters) or len(names) != file.count:
        raise file
    return load(path, names)
