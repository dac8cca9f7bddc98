"""Names of .npy files that hold the halves of one normalization: mean.npy beside std.npy."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from skewcheck.parameters.handwritten import key_names

SUFFIX = ".npy"
MAX_FILES = 10_000
"""Files of a folder that are looked at: one of data may hold millions."""
_PAIRS = (
    {"mean", "std"}, {"mean", "var"}, {"mean", "scale"}, {"min", "max"}, {"center", "scale"},
    {"q50", "iqr"}, {"offset", "scale"},
)  # fmt: skip
"""Kinds of numbers that make a normalization."""


def arrays_of(folder: Path) -> list[Path]:
    """Return the .npy files of a folder by name; none of one that cannot be read."""
    try:
        files = [p for p in islice(folder.iterdir(), MAX_FILES) if p.suffix == SUFFIX]
        return sorted(path for path in files if path.is_file())  # a pipe would wait for ever
    except OSError:
        return []


def statistics(folder: Path) -> list[Path]:
    """Return the .npy files whose names make a normalization together, by name; none if none do.

    Raises nothing.
    """
    of_group: dict[str, dict[str, Path]] = {}
    for path in arrays_of(folder):
        kind, group = _kind_and_group(path.stem)
        if kind is not None:
            of_group.setdefault(group, {}).setdefault(kind, path)
    whole = [kinds for kinds in of_group.values() if _is_whole(kinds)]
    return sorted(path for kinds in whole for path in kinds.values())


def partners(path: Path) -> list[str]:
    """Return the names of the files beside one which make a normalization with it."""
    known = statistics(path.parent) if path.suffix == SUFFIX else []
    group = _kind_and_group(path.stem)[1]
    names = [p.name for p in known if _kind_and_group(p.stem)[1] == group and p.name != path.name]
    return names if path.name in [p.name for p in known] else []


def _is_whole(kinds: Iterable[str]) -> bool:
    return any(pair <= set(kinds) for pair in _PAIRS)


def _kind_and_group(stem: str) -> tuple[str | None, str]:
    """Return the kind of number that a file's name says, and of what; None if it says none."""
    if kind := key_names.number_kind(stem):
        return kind, ""
    split = key_names.side_key(stem) or key_names.split_key(stem)
    return (None, "") if split is None else split
