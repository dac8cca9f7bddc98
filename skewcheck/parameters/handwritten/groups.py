"""Group the leaves of a tree by the keys that name their features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from skewcheck.parameters.handwritten import key_names
from skewcheck.parameters.handwritten.flatten import FloatArray, Leaf, Value
from skewcheck.parameters.precision import written_error
from skewcheck.parameters.source import ParameterSource


@dataclass(slots=True)
class NumberGroup:
    """Numbers with the same path except for the kind: of one feature, or lists for several."""

    numbers: dict[str, FloatArray | float] = field(default_factory=dict)
    """By kind of number."""
    places: dict[str, str] = field(default_factory=dict)
    """Where in the file each number is, by kind."""
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Lists of feature names, by key."""
    texts: dict[str, str] = field(default_factory=dict)
    """Names of methods, by key."""
    flags: dict[str, bool] = field(default_factory=dict)
    """Settings that are true or false, by key."""


@dataclass(frozen=True, slots=True)
class GroupedLeaves:
    """The groups of a tree, by the keys that name their features."""

    groups: Mapping[tuple[str, ...], NumberGroup]
    unread: tuple[str, ...]
    """Places of the leaves that were not understood."""
    mixed: tuple[str, str] | None = None
    """Two keys of one path that may both be the kind of number; None if there are none."""


def group_leaves(source: ParameterSource, leaves: Iterable[Leaf]) -> GroupedLeaves:
    """Group the leaves of a tree by the keys that name their features."""
    groups: dict[tuple[str, ...], NumberGroup] = {}
    unread: list[str] = []
    mixed = None
    for leaf in leaves:
        indices = _kind_indices(leaf)
        if len(indices) > 1 and mixed is None:
            mixed = leaf.path[indices[0]], leaf.path[indices[1]]
        if not indices and not (leaf.path and _add_context(groups, leaf)):
            unread.append(leaf.place)
        if indices:
            number_kind, name_keys = _kind_and_name(leaf, indices[0])
            group = groups.setdefault(name_keys, NumberGroup())
            if number_kind in group.numbers and not np.array_equal(
                group.numbers[number_kind], leaf.value
            ):
                if number_kind == "count":
                    continue
                if not _are_alike(group.numbers[number_kind], leaf.value):
                    raise source.error(
                        f"{group.places[number_kind]} and {leaf.place} are both {number_kind},"
                        " and differ"
                    )
                continue
            group.numbers[number_kind] = _numeric_value(leaf.value)
            group.places.setdefault(number_kind, leaf.place)
    return GroupedLeaves(groups, tuple(unread), mixed)


def _numeric_value(value: Value) -> FloatArray | float:
    return value if isinstance(value, np.ndarray) else float(value) if not isinstance(
        value, str | tuple) else 0.0  # fmt: skip


def _are_alike(first: FloatArray | float, second: Value) -> bool:
    """Return whether two spellings of the same numbers are equal as exactly as they are written."""
    if isinstance(second, str | tuple) or np.shape(first) != np.shape(second):
        return False
    pairs = zip(np.ravel(first).tolist(), np.ravel(second).tolist(), strict=True)
    return all(abs(a - b) <= written_error(a) + written_error(b) for a, b in pairs)


def leaf_kind(leaf: Leaf) -> str | None:
    """Return the kind of a leaf's number; None if no key of its path names one."""
    indices = _kind_indices(leaf)
    return _kind_and_name(leaf, indices[0])[0] if indices else None


def _kind_indices(leaf: Leaf) -> list[int]:
    """Return the indices in the path of the keys that may name the kind of number."""
    if leaf.flags:
        return [i for i, key in enumerate(leaf.path) if key_names.mask_name(key) is not None][-1:]
    if not leaf.numeric:
        return []
    indices = [i for i, key in enumerate(leaf.path) if key_names.number_kind(key)]
    max_share = max((leaf.shares[i] for i in indices), default=0.0)
    indices = [i for i in indices if leaf.shares[i] == max_share]
    indices = indices or [i for i, sided in enumerate(leaf.sided) if sided][:1]
    if not indices and leaf.has_split_keys and key_names.split_key(leaf.path[-1]):
        return [len(leaf.path) - 1]
    return indices


def _kind_and_name(leaf: Leaf, index: int) -> tuple[str, tuple[str, ...]]:
    """Return the kind of number, and the keys that name its feature."""
    key, name_keys = leaf.path[index], (*leaf.path[:index], *leaf.path[index + 1 :])
    if leaf.flags:
        name = key_names.mask_name(key)
        return "mask", _inserted(leaf.path, index, name) if name else name_keys
    if number_kind := key_names.number_kind(key):
        return number_kind, name_keys
    if leaf.sided[index] and (split := key_names.side_key(key)):
        return split[0], _inserted(leaf.path, index, split[1])
    number_kind, name = key_names.split_key(key) or ("", "")
    return number_kind, (*name_keys, name)


def _inserted(path: tuple[str, ...], index: int, name: str) -> tuple[str, ...]:
    return (*path[:index], name, *path[index + 1 :])


def _add_context(groups: dict[tuple[str, ...], NumberGroup], leaf: Leaf) -> bool:
    """Store a list of names, a method or a flag in its group; False for anything else."""
    group = groups.setdefault(leaf.path[:-1], NumberGroup())
    key, value = key_names.normalized_key(leaf.path[-1]), leaf.value
    if isinstance(value, str) and key in key_names.METHOD_KEYS and key_names.method_name(value):
        group.texts[key] = value
    elif isinstance(value, tuple) and value and key_names.name_list_side(leaf.path[-1]):
        group.names[key] = value
    elif isinstance(value, bool) and key in key_names.FLAG_KEYS:
        group.flags[key] = value
    else:
        return False
    return True
