"""Group the tensors of a model that are statistics of the same values: a mean and a deviation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from skewcheck.parameters.handwritten import key_names
from skewcheck.parameters.state_dicts.entries import MAX_VALUES, Entry, is_tensor, values_of
from skewcheck.parameters.tensors import Tensor

_RUNNING = {"running_mean": "mean", "running_var": "var"}
"""Buffers of batch normalization."""
_PAIRS = (
    {"mean", "std"}, {"mean", "var"}, {"mean", "scale"}, {"min", "max"}, {"center", "scale"},
    {"q01", "q99"},
)  # fmt: skip
"""Kinds of numbers that make a normalization."""


@dataclass(slots=True, eq=False)
class Group:
    """Statistics with the same name except for the kind."""

    path: tuple[str, ...]
    of_layer: bool
    """Whether they are `running_mean` and `running_var`, as batch normalization names them."""
    entries: dict[str, Entry] = field(default_factory=dict)
    """By kind of number."""

    @property
    def place(self) -> str:
        """The names of the two numbers that make it a normalization."""
        pair = next((pair for pair in _PAIRS if pair <= set(self.entries)), set(self.entries))
        return " and ".join(e.place for kind, e in self.entries.items() if kind in pair)

    @property
    def count(self) -> int:
        """How many values each has."""
        return max(_size(entry.value) for entry in self.entries.values())


def statistic_groups(entries: Sequence[Entry]) -> list[Group]:
    """Return the groups that make a normalization, in the order of their first entry."""
    groups: dict[tuple[tuple[str, ...], bool], Group] = {}
    for entry in entries:
        found = _kind_and_path(entry)
        if found is None or not 1 <= _size(entry.value) <= MAX_VALUES:
            continue
        kind, path, of_layer = found
        group = groups.setdefault((path, of_layer), Group(path, of_layer))
        group.entries.setdefault(kind, entry)
    return [group for group in groups.values() if _is_normalization(group)]


def _kind_and_path(entry: Entry) -> tuple[str, tuple[str, ...], bool] | None:
    """Return kind of number, name of the group, and whether it is a layer's; None if no kind."""
    if not entry.path:
        return None
    *outer, key = entry.path
    if kind := _RUNNING.get(key):
        return kind, tuple(outer), True
    key = key.strip("_")
    kind = key_names.number_kind(key)
    if kind is not None:
        return kind, tuple(outer), False
    split = key_names.side_key(key) or key_names.split_key(key)
    return None if split is None else (split[0], (*outer, split[1]), False)


def _is_normalization(group: Group) -> bool:
    pair = next((pair for pair in _PAIRS if pair <= set(group.entries)), None)
    if pair is None:
        return False
    sizes = {_size(group.entries[kind].value) for kind in pair}
    return len(sizes) == 1 and all(is_tensor(group.entries[kind].value) for kind in pair)


def _size(value: object) -> int:
    if isinstance(value, Tensor):
        return value.size
    return value.size if isinstance(value, np.ndarray) else isinstance(value, int | float)


def are_same(first: Group, second: Group) -> bool:
    """Return whether two groups have the same kinds of numbers, and the same numbers."""
    if first.entries.keys() != second.entries.keys() or first.of_layer != second.of_layer:
        return False
    return all(
        np.array_equal(np.asarray(values_of(entry)), np.asarray(values_of(second.entries[kind])))
        for kind, entry in first.entries.items()
        if kind not in key_names.COMMON_KINDS
    )
