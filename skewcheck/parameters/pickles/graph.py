"""Whether whoever walks what a file holds comes to an end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from skewcheck.parameters.pickles.inert import Inert
from skewcheck.text.errors import ParameterError

DEPTH = 100
SIZE = 5_000_000


def bounded(root: object) -> object:
    """Return `root`; ParameterError if it holds itself, is too deep, or too large as a tree.

    What two places share is one object here but twice as much for who walks it: thirty lists, each
    twice in the next, are 2**30 leaves. So sizes are of the tree, counted once for each object.
    """
    done: dict[int, tuple[int, int]] = {}
    path: set[int] = set()
    todo = [root]
    while todo:
        value = todo[-1]
        if id(value) in done:
            todo.pop()
            continue
        below = [child for child in parts(value) if not _leaf(child)]
        if id(value) in path:  # all below it are done
            path.remove(id(value))
            done[id(value)] = _measured(value, [done[id(child)] for child in below])
        else:
            path.add(id(value))
            if len(path) > DEPTH:
                raise _too_much(f"{DEPTH} levels")
            if any(id(child) in path for child in below):
                raise ParameterError("refused: an object in it holds itself; nothing was executed")
            todo.extend(child for child in below if id(child) not in done)
    return root


def parts(value: object) -> Iterable[object]:
    """Return what a value holds directly, the keys of a dict too; nothing for a leaf."""
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if isinstance(value, dict):
        return _items(value)
    if isinstance(value, Inert):
        return (*value.args, *value.state.values())
    if isinstance(value, slice):
        return (value.start, value.stop, value.step)
    if isinstance(value, np.ndarray) and value.dtype.hasobject:
        return list(value.flat)
    return ()


def _items(value: dict[object, object]) -> Iterator[object]:
    yield from value
    yield from value.values()


def _leaf(value: object) -> bool:
    return not isinstance(value, list | tuple | dict | set | frozenset | Inert | slice | np.ndarray)


def _measured(value: object, below: list[tuple[int, int]]) -> tuple[int, int]:
    size = 1 + sum(1 for _ in parts(value)) + sum(size for size, _ in below)
    depth = 1 + max((depth for _, depth in below), default=0)
    if depth > DEPTH:  # by way of what was measured on another path
        raise _too_much(f"{DEPTH} levels")
    if size > SIZE:
        raise _too_much(f"{SIZE:,} values, what is shared counted again")
    return size, depth


def _too_much(what: str) -> ParameterError:
    return ParameterError(f"refused: it has more than {what}; nothing was executed")
