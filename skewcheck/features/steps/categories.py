"""Steps from levels to numbers. They work on the few distinct levels, never on the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skewcheck.features.steps.rounding import FloatArray


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The index of the level in `values`; `unknown` for all others (null: no value)."""

    values: tuple[str, ...]
    unknown: float | None = -1.0
    op: ClassVar[str] = "vocabulary"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        distinct = len(set(self.values)) == len(self.values)
        return None if distinct else ("values", "must be distinct")

    def codes(self, levels: list[str | None]) -> FloatArray:
        """Return the code of each level; None is as unknown as any other stranger."""
        index = {value: float(i) for i, value in enumerate(self.values)}
        other = np.nan if self.unknown is None else float(self.unknown)
        return np.array([index.get(level, other) if level is not None else other
                         for level in levels], np.float64)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OneHot:
    """One served column per level, `{feature}_{value}`: 1 in the level's own, 0 elsewhere.

    `unknown` names the level whose column strangers share; without it theirs are all 0.
    """

    values: tuple[str, ...]
    unknown: str | None = None
    op: ClassVar[str] = "onehot"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        if not self.values or len(set(self.values)) != len(self.values):
            return "values", "must be distinct, and at least one"
        known = self.unknown is None or self.unknown in self.values
        return None if known else ("unknown", "must be one of values")

    def codes(self, levels: list[str | None]) -> FloatArray:
        """Return the index of the column that is 1 for each level, -1 where none is."""
        index = {value: float(i) for i, value in enumerate(self.values)}
        other = -1.0 if self.unknown is None else index[self.unknown]
        return np.array([index.get(level, other) if level is not None else other
                         for level in levels], np.float64)  # fmt: skip


Encoder = Vocabulary | OneHot
