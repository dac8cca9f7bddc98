"""What a whole file shows to be doubtful, though each transformer in it is sound."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.parameters.columns import Column
from skewcheck.parameters.sklearn.part import Reading
from skewcheck.steps import Vocabulary


def opposite(reading: Reading, columns: Sequence[Column]) -> None:
    """Warn of two features with the same levels whose codes run the opposite way."""
    first: dict[tuple[str, ...], Column] = {}
    for column in columns:
        for step in column.steps:
            if not isinstance(step, Vocabulary) or len(step.values) < 2:
                continue
            other = first.get(step.values[::-1])
            if other is not None and other.feature != column.feature:
                reading.warn(
                    "opposite_codes",
                    f"{other.feature} and {column.feature} have the same levels with opposite"
                    f" codes: {step.values[0]!r} is the first of one and the last of the other",
                    [other, column],
                )
            first.setdefault(step.values, column)
