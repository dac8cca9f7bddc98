"""Cut or refuse cycles of a pickle's object graph, and limit its depth and its size as a tree."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from skewcheck.parameters.pickles.allowed_names import is_own
from skewcheck.parameters.pickles.pickled_object import PickledObject
from skewcheck.text.errors import ParameterError

MAX_DEPTH = 100
"""Levels: pipelines have some twenty, and Python's recursion limit is 1,000."""
MAX_NODES = 5_000_000
"""Nodes of the tree, shared parts counted each time: a traversal takes seconds."""


def check_limits(root: object) -> object:
    """Return `root` without cycles; ParameterError for too many levels or nodes as a tree.

    Of a cycle through an object of the user's own class the last reference is cut: an opaque object
    takes its place. Any other cycle is an error.

    A shared object is stored once but traversed each time: thirty lists, each twice in the next,
    have 2**30 leaves. Sizes are those of the tree, computed once per object.
    """
    sizes: dict[int, tuple[int, int]] = {}
    open_ids: set[int] = set()
    stack = [root]
    while stack:
        value = stack[-1]
        key = id(value)
        if key in sizes:
            stack.pop()
            continue
        members, inner = _parts(value)
        if key in open_ids:  # all its children are done
            open_ids.remove(key)
        elif inner:
            open_ids.add(key)
            if len(open_ids) > MAX_DEPTH:
                raise _too_much(f"{MAX_DEPTH} levels")
            if not open_ids.isdisjoint(map(id, inner)):
                _cut(value, open_ids)
                members, inner = _parts(value)
            if not open_ids.isdisjoint(map(id, inner)):
                raise ParameterError("refused: an object in it holds itself; nothing was executed")
            stack += [child for child in inner if id(child) not in sizes]
            continue
        sizes[key] = _size_and_depth(len(members), [sizes[id(child)] for child in inner])
    return root


def _parts(value: object) -> tuple[Collection[object], list[object]]:
    """Return all values directly inside a value, and those of them that are no leaves."""
    members = children(value)
    inner: list[object] = [
        child for child in members
        if type(child) not in _LEAVES and isinstance(child, _CONTAINERS)
    ]  # fmt: skip
    return members, inner


def _cut(value: object, open_ids: set[int]) -> None:
    """Replace references to objects that hold `value` by opaque objects of the same name.

    Only where the object that refers, or the one referred to, is of the user's own class.
    """

    def without_cycle(child: object) -> object:
        cyclic = isinstance(child, PickledObject) and (child is value or id(child) in open_ids)
        if not cyclic or not isinstance(child, PickledObject):
            return child
        is_cut = is_own(child.module) or (isinstance(value, PickledObject) and is_own(value.module))
        return PickledObject(child.module, child.name, opaque=True) if is_cut else child

    if isinstance(value, PickledObject):
        value.args = tuple(map(without_cycle, value.args))
        value.state.update({key: without_cycle(child) for key, child in value.state.items()})
    elif isinstance(value, dict):
        value.update({key: without_cycle(child) for key, child in value.items()})
    elif isinstance(value, list):
        value[:] = map(without_cycle, value)


def children(value: object) -> Collection[object]:
    """Return the values directly inside a value, including the keys of a dict; empty for a leaf."""
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if isinstance(value, dict):
        return (*value, *value.values())
    if isinstance(value, PickledObject):
        return (*value.args, *value.state.values())
    if isinstance(value, slice):
        return (value.start, value.stop, value.step)
    if isinstance(value, np.ndarray) and value.dtype.hasobject:
        return list(value.flat)
    return ()


_LEAVES = frozenset({int, float, str, bytes, bool, type(None)})
"""Types of most values: asked first, which halves the time."""
_CONTAINERS = (list, tuple, dict, set, frozenset, PickledObject, slice, np.ndarray)


def _size_and_depth(count: int, inner: list[tuple[int, int]]) -> tuple[int, int]:
    if not inner:
        return 1 + count, 1
    size = 1 + count + sum([size for size, _ in inner])
    depth = 1 + max([depth for _, depth in inner])
    if depth > MAX_DEPTH:  # through an object measured on another path
        raise _too_much(f"{MAX_DEPTH} levels")
    if size > MAX_NODES:
        raise _too_much(f"{MAX_NODES:,} values, what is shared counted again")
    return size, depth


def _too_much(limit: str) -> ParameterError:
    return ParameterError(f"refused: it has more than {limit}; nothing was executed")
