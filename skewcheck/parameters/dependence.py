"""Read the associations of features in a parameter file and check every rule of the format."""

from __future__ import annotations

from skewcheck.features.dependence import Dependence, Pair
from skewcheck.parameters.tree import Node, known_members


def dependence(node: Node, features: frozenset[str]) -> Dependence | None:
    """Return the associations at a node; ParameterError names key and rule.

    Those of features that the file has no more are left out; None where none is left.
    """
    members = known_members(node, ("rows", "spreads", "orders", "pairs"))
    for key in ("rows", "pairs"):
        if key not in members:
            raise node.at(key).error("is missing")
    rows = members["rows"].count()
    pairs = [
        _pair(first, second, figures, rows)
        for first, others in members["pairs"].members().items()
        for second, figures in others.members().items()
    ]
    spreads, orders = (
        members[key].members() if key in members else {} for key in ("spreads", "orders")
    )
    whole = Dependence(
        tuple(pairs),
        {name: _spread(spread) for name, spread in spreads.items()},
        {name: tuple(level.text() for level in order.items()) for name, order in orders.items()},
    )
    return whole.of(features)


def _pair(first: str, second: str, node: Node, most: int) -> Pair:
    figures = [item.number() for item in node.items()]
    if len(figures) not in (2, 3) or first == second:
        raise node.error("must be [correlation, variance] or [correlation, variance, rows]")
    correlation, variance, rows = (*figures, float(most))[:3]
    if not -1 <= correlation <= 1 or variance <= 0 or rows < 1:
        raise node.error("must be a correlation in [-1, 1], a variance above 0, and rows")
    return Pair(first, second, correlation, variance, int(rows))


def _spread(node: Node) -> float:
    spread = node.number()
    if not 0 < spread <= 1:
        raise node.must("above 0, at most 1")
    return spread
