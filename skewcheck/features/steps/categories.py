"""Steps that encode levels as numbers; they work on distinct levels, not on rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skewcheck.features.steps.rounding import FloatArray


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Ordinal encoding: the index of the level in `values`, else `unknown` (None: no value).

    `unsaid`: it is not known what nulls and other levels are served as, whose rows are not
    compared; `unknown` is then null.
    """

    values: tuple[str, ...]
    unknown: float | None = -1.0
    unsaid: bool = False
    op: ClassVar[str] = "vocabulary"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        is_distinct = len(set(self.values)) == len(self.values)
        if not is_distinct:
            return "values", "must be distinct"
        said = self.unsaid and self.unknown is not None
        return ("unknown", "must be null where `unsaid` is true") if said else None

    def codes(self, levels: list[str | None]) -> FloatArray:
        """Return the code of each level, shape (levels,); null is treated as unknown."""
        index = {value: float(i) for i, value in enumerate(self.values)}
        unknown_code = np.nan if self.unknown is None else float(self.unknown)
        return np.array([index.get(level, unknown_code) if level is not None else unknown_code
                         for level in levels], np.float64)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OneHot:
    """One-hot encoding: a served column `{feature}_{value}` per level, 1 for that level, else 0.

    `unknown` names the level whose column unseen levels and nulls share; without it all their
    columns are 0. A log may have another usual spelling of a value in the column's name (`c_1.0`,
    `c_True`, a date with its time), and headers of text files lack the blanks around it: the
    column's own name comes first, and two that fit are an error.
    """

    values: tuple[str, ...]
    unknown: str | None = None
    op: ClassVar[str] = "onehot"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        if not self.values or len(set(self.values)) != len(self.values):
            return "values", "must be distinct, and at least one"
        is_valid = self.unknown is None or self.unknown in self.values
        return None if is_valid else ("unknown", "must be one of values")

    def codes(self, levels: list[str | None]) -> FloatArray:
        """Return the index of the column that is 1 for each level, or -1 for none."""
        index = {value: float(i) for i, value in enumerate(self.values)}
        unknown_code = -1.0 if self.unknown is None else index[self.unknown]
        return np.array([index.get(level, unknown_code) if level is not None else unknown_code
                         for level in levels], np.float64)  # fmt: skip


Encoder = Vocabulary | OneHot
