"""Lists of column names in files: JSON, pickles, and text with a name a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from skewcheck.parameters.handwritten.key_names import TARGET_WORDS
from skewcheck.parameters.several.folder import words
from skewcheck.parameters.several.stages import NameList
from skewcheck.parameters.source import ParameterSource

_LEVELS = TARGET_WORDS | {"classes", "class", "levels", "categories"}
"""Words in names of files whose lists are of levels, and not of columns."""
_TEXTS = frozenset(("columns", "column", "features", "feature", "names", "cols", "inputs"))
"""Words in names of text files with a name a line."""
_MAX_DEPTH = 3
"""Objects in objects in which lists are looked for, as `model.inputs.feature_names`."""


def names_in(path: Path, members: Sequence[object]) -> tuple[str, ...]:
    """Return a list of distinct texts as names of columns; none for others, and for levels."""
    names = tuple(x for x in members if isinstance(x, str))
    if len(names) < len(members) or len({*names}) < len(names) or {*words(path)} & _LEVELS:
        return ()
    return names


def lists_in(source: ParameterSource, label: str) -> tuple[list[NameList], bool]:
    """Return the lists of names in a file, and whether it holds nothing else."""
    if source.root is None:
        names = _lines(source)
        return ([NameList(label, names)], True) if names else ([], False)
    tree = source.root.value
    if isinstance(tree, list):
        names = names_in(source.path, tree)
        return ([NameList(label, names)], True) if names else ([], False)
    lists = _within(source.path, tree, 0)
    members = [*tree.values()] if isinstance(tree, Mapping) else []
    if len(members) == 1 and len(lists) == 1 and isinstance(members[0], list):
        return [NameList(label, next(iter(lists.values())))], True
    return [NameList(f"{label}: {key}", names) for key, names in lists.items()], False


def _within(path: Path, tree: object, depth: int) -> dict[str, tuple[str, ...]]:
    """Return the lists in objects under keys that say that they name the model's inputs."""
    from skewcheck.parameters.handwritten.key_names import name_list_side

    lists: dict[str, tuple[str, ...]] = {}
    for key, value in tree.items() if isinstance(tree, Mapping) else ():
        if isinstance(value, Mapping) and depth < _MAX_DEPTH:
            inner = _within(path, value, depth + 1)
            lists |= {f"{key}.{name}": names for name, names in inner.items()}
        is_names = name_list_side(str(key)) == "input" or str(key) == "feature_order"
        names = names_in(path, value) if is_names and isinstance(value, list) else ()
        if names:
            lists[str(key)] = names
    return lists


def _lines(source: ParameterSource) -> tuple[str, ...]:
    """Return the lines of a text file that is called after names; none of another."""
    if source.path.suffix.lower() != ".txt" or not _TEXTS & {*words(source.path)}:
        return ()
    try:
        text = source.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ()
    return names_in(source.path, [line.strip() for line in text.splitlines() if line.strip()])
