"""What the codes of several features show, whoever gave them."""

from __future__ import annotations

from collections.abc import Iterable

from skewcheck.features import ParameterWarning
from skewcheck.parameters.columns import Column
from skewcheck.steps import Vocabulary


def opposite(columns: Iterable[Column]) -> list[ParameterWarning]:
    """Return a warning for features that give the same levels codes in different orders."""
    orders: dict[frozenset[str], dict[tuple[str, ...], list[str]]] = {}
    for column in columns:
        for step in column.steps:
            if isinstance(step, Vocabulary):
                known = orders.setdefault(frozenset(step.values), {})
                known.setdefault(step.values, []).append(column.feature)
    return [
        ParameterWarning(
            "opposite_codes",
            f"{' and '.join(names[0] for names in some.values())}: the same levels, other codes",
            tuple(dict.fromkeys(name for names in some.values() for name in names)),
        )
        for some in orders.values()
        if len(some) > 1
    ]
