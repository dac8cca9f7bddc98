"""Steps to several places of a record, joined to one shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from skewcheck.logs.shape.ops import Explode, Op


def merged(chains: Sequence[Sequence[Op]]) -> Iterator[Op]:
    """Yield the steps to several places as one shape: lists of the same depth are exploded at once.

    Chains are those of `records`: each explodes a list of the record before it.
    """
    seen: set[Op] = set()
    rest = [list(chain) for chain in chains]
    while any(rest):
        for chain in rest:
            while chain and not isinstance(chain[0], Explode):
                op = chain.pop(0)
                if op not in seen:
                    seen.add(op)
                    yield op
        popped = [chain.pop(0) for chain in rest if chain]
        lists = list(dict.fromkeys(path for op in popped for path in _paths_of(op)))
        if lists:
            yield Explode(lists[0], tuple(lists[1:]))


def _paths_of(op: Op) -> tuple[str, ...]:
    return (op.path, *op.beside) if isinstance(op, Explode) else (op.path,)
