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
    names, features = [c.name for c in columns], [c.feature for c in columns]
    levels = [bool(c.column) for c in columns]
    # Columns of levels in the order of their names, as pandas.get_dummies puts them last.
    first = {feature: i for i, feature in reversed([*enumerate(features)])}
    dummies = [
        (level, first[feature] if level else i, name)
        for i, (level, feature, name) in enumerate(zip(levels, features, names, strict=True))
    ]
    orders: list[tuple[str, Order]] = [
        ("alphabetical", _sorted(names)),
        ("alphabetical", _sorted([name.casefold() for name in names])),
        ("alphabetical", _sorted(features)),
        ("reversed", tuple(reversed(range(n)))),
        ("numbers_first", _sorted(levels)),
        ("numbers_first", _sorted(dummies)),
        ("levels_first", _sorted([not level for level in levels])),
        ("shifted", (None, *range(n - 1))),
        ("shifted", (*range(1, n), None)),
        *(("blocks", (*range(k, n), *range(k))) for k in range(1, n)),
    ]
    yield from ((rule, order) for rule, order in orders if len(moved(order)) >= MIN_MOVED)


def _sorted(keys: Sequence[str] | Sequence[bool] | Sequence[tuple[bool, int, str]]) -> Order:
    """Return the columns in the order of their keys; equal ones stay in theirs."""
    return tuple(i for _, i in sorted(zip(keys, range(len(keys)), strict=True)))


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
