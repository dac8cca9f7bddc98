"""Flatten nested dicts, modules and objects to entries by dotted names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skewcheck.parameters.handwritten import key_names
from skewcheck.parameters.pickles import ITEMS, PickledObject
from skewcheck.parameters.tensors import Tensor
from skewcheck.text.errors import ParameterError

MAX_ENTRIES = 200_000
"""Entries of a file: the largest models have some thousands of tensors."""
MAX_VALUES = 100_000
"""Values of a tensor of statistics: 10,000 features with ten numbers each."""
_MODULE_PARTS = ("_parameters", "_buffers", "_modules")
"""Attributes of a pickled torch.nn.Module that hold what its state dict names."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A tensor, number or list of names, and the words of its dotted name."""

    path: tuple[str, ...]
    value: object

    @property
    def place(self) -> str:
        """The dotted name."""
        return ".".join(self.path)

    @property
    def kind(self) -> str | None:
        """The kind of number that a file of numbers by name would take it for; None if none."""
        key = self.path[-1] if self.path else ""
        if key_names.number_kind(key):
            return key_names.number_kind(key)
        if any(map(key_names.number_kind, self.path)):
            return next(filter(None, map(key_names.number_kind, self.path)))
        split = key_names.side_key(key) or key_names.split_key(key)
        is_layer = key.startswith(("running_", "_"))
        return None if split is None or is_layer else split[0]

    @property
    def is_weight(self) -> bool:
        """Whether it is an array of a layer's weights: `mean.weight` of a model's head."""
        named = bool(self.path) and self.path[-1] in ("weight", "bias", "kernel")
        return named and getattr(self.value, "shape", ()) not in ((), (1,))

    @property
    def is_name_list(self) -> bool:
        """Whether it is a list of the features' names."""
        return (
            isinstance(self.value, list | tuple)
            and bool(self.value)
            and all(isinstance(x, str) for x in self.value)
            and key_names.name_list_side(self.path[-1]) == "input"
        )


def is_tensor(value: object) -> bool:
    """Return whether a value is a tensor or an array of numbers."""
    return isinstance(value, Tensor) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "iuf"
    )


def tensor_entries(tree: object) -> list[Entry]:
    """Return the entries of a tree in order; ParameterError if there are too many."""
    entries: list[Entry] = []
    for entry in _walk(tree, ()):
        entries.append(entry)
        if len(entries) > MAX_ENTRIES:
            raise ParameterError(f"refused: it has more than {MAX_ENTRIES:,} names")
    return entries


def _walk(value: object, path: tuple[str, ...]) -> Iterator[Entry]:
    members = _members(value)
    if members is None:
        yield Entry(path, value)
        return
    for key, member in members.items():
        yield from _walk(member, (*path, *str(key).split(".")))


def _members(value: object) -> Mapping[object, object] | None:
    """Return what a dict, module, object or list of such holds by name; None for a value."""
    if isinstance(value, PickledObject):
        if isinstance(value.state.get(ITEMS), dict | list):
            return _members(value.state[ITEMS])
        parts = [part for key in _MODULE_PARTS if isinstance(part := value.state.get(key), dict)]
        if parts:
            return {key: member for part in parts for key, member in part.items()}
        return dict(value.state.items()) or None
    if isinstance(value, Mapping):
        return value
    has_objects = isinstance(value, list | tuple) and any(
        isinstance(x, Mapping | PickledObject | Tensor) for x in value
    )
    return dict(enumerate(value)) if isinstance(value, list | tuple) and has_objects else None


def tree_of(entries: Sequence[Entry]) -> dict[str, object]:
    """Return nested dicts of entries by the words of their names, with tensors as arrays.

    ParameterError if a name holds another, or if a tensor is too large.
    """
    tree: dict[str, object] = {}
    for entry in entries:
        inner = tree
        for word in entry.path[:-1]:
            below = inner.setdefault(word, {})
            if not isinstance(below, dict):
                raise ParameterError(f"{_shown(entry)}: two names of which one holds the other")
            inner = below
        if not entry.path or entry.path[-1] in inner:
            raise ParameterError(f"{_shown(entry)}: a value without a name of its own")
        inner[entry.path[-1]] = values_of(entry)
    return tree


def _shown(entry: Entry) -> str:
    return entry.place[:80] if entry.place.strip(".") else "an entry whose name is empty"


def values_of(entry: Entry) -> object:
    """Return the value of an entry, of a tensor as an array; ParameterError if it is too large."""
    if isinstance(entry.value, PickledObject) and entry.kind is not None:
        raise ParameterError(f"{_shown(entry)}: holds a {entry.value.name}, which is not read")
    if not isinstance(entry.value, Tensor):
        return entry.value
    if entry.value.size > MAX_VALUES:
        raise ParameterError(f"{_shown(entry)}: more values than statistics of columns have")
    try:
        return entry.value.load()
    except ParameterError as error:
        raise ParameterError(f"{_shown(entry)}: {error}") from error
