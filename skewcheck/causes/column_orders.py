"""Orders in which a server may pass the columns of a matrix, beside that of training.

An order is a tuple with one element for each column, in training's order: the index of the column
whose values it has, or None for a column that none of the others explains.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from skewcheck.features.transform import key_of

Order = tuple[int | None, ...]
MIN_MOVED = 3
"""Columns in another place from which it is an order of columns: two are a pair."""
MIN_UNNAMED = 4
"""Columns in another place of an order that no rule gives: three are a cycle."""


@dataclass(frozen=True, slots=True)
class MatrixColumn:
    """A column of the matrix: a number, or one of several columns of a feature's levels."""

    feature: str
    column: str = ""
    """What stands behind the feature's name in that of the column; empty for its only one."""

    @property
    def name(self) -> str:
        """What the column is called where nothing is put around it."""
        return key_of(self.feature, self.column)


def moved(order: Order) -> list[int]:
    """Return the columns that have the values of another one."""
    return [i for i, source in enumerate(order) if source is not None and source != i]


def usual_orders(columns: Sequence[MatrixColumn]) -> Iterator[tuple[str, Order]]:
    """Yield the orders that a rule gives, with its name; those that change nothing left out."""
    n = len(columns)
    indices = range(n)
    names, features = [c.name for c in columns], [c.feature for c in columns]
    levels = [bool(c.column) for c in columns]
    # Columns of levels in the order of their names, as pandas.get_dummies puts them last.
    first = {feature: i for i, feature in reversed([*enumerate(features)])}
    dummies = [(levels[i], first[features[i]] if levels[i] else i, names[i]) for i in indices]
    orders: list[tuple[str, Order]] = [
        ("alphabetical", tuple(sorted(indices, key=lambda i: names[i]))),
        ("alphabetical", tuple(sorted(indices, key=lambda i: names[i].casefold()))),
        ("alphabetical", tuple(sorted(indices, key=lambda i: features[i]))),
        ("reversed", tuple(reversed(indices))),
        ("numbers_first", tuple(sorted(indices, key=lambda i: levels[i]))),
        ("numbers_first", tuple(sorted(indices, key=lambda i: dummies[i]))),
        ("levels_first", tuple(sorted(indices, key=lambda i: not levels[i]))),
        ("shifted", (None, *range(n - 1))),
        ("shifted", (*range(1, n), None)),
        *(("blocks", (*range(k, n), *range(k))) for k in range(1, n)),
    ]
    yield from ((rule, order) for rule, order in orders if len(moved(order)) >= MIN_MOVED)


def rule_of(columns: Sequence[MatrixColumn], order: Order) -> str:
    """Return the rule that gives an order; `permuted` for none, empty for too few columns."""
    places = moved(order)
    if len(places) < MIN_MOVED or len({columns[i].feature for i in places}) < 2:
        return ""
    for rule, usual in usual_orders(columns):
        if all(s is None or s == u for s, u in zip(order, usual, strict=True)):
            return rule
    if shift_of(order) is not None:
        return "shifted"
    if len(places) < MIN_UNNAMED:
        return ""
    return "blocks" if _exchanges_blocks(order) else "permuted"


def shift_of(order: Order) -> int | None:
    """Return by how many places all moved columns are further on; None where they differ."""
    shifts = {i - source for i in moved(order) if (source := order[i]) is not None}
    return shifts.pop() if len(shifts) == 1 else None


def _exchanges_blocks(order: Order) -> bool:
    """Return whether two blocks of columns changed places, whatever stands between them."""
    places = moved(order)
    low, high = places[0], places[-1] + 1
    part = [None if s is None else s - low for s in order[low:high]]
    first, last = part[0], part[-1]
    if first is None or last is None:
        return False
    return part == [*range(first, high - low), *range(last + 1, first), *range(last + 1)]
