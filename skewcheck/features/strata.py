"""Distributions of training by part of the week: of features whose distribution has a rhythm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from skewcheck.logs.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Parts:
    """Into which parts of the week rows are put: by weekday, by block of hours, or both."""

    column: str
    """Of times."""
    zone: str = "UTC"
    weekdays: int = 7
    """7, or 1 where all days are one."""
    blocks: int = 8
    """Equal parts of a day."""

    @property
    def count(self) -> int:
        """The number of strata."""
        return self.weekdays * self.blocks


@dataclass(frozen=True, slots=True, eq=False)
class ByStratum:
    """Training rows of a feature in each of s strata, in c cells."""

    cuts: IntArray
    """Of a number, the places of the reference's cells (an interval, an edge, ... an interval) at
    which a cell of these begins, behind the first; of levels they are the places of levels."""
    counts: IntArray
    """Rows, s x c."""
    nulls: IntArray
    """Rows without a value, s of them."""
    means: FloatArray = field(default_factory=lambda: np.empty(0))
    """Of a number, in each stratum; 0 without rows."""
    stds: FloatArray = field(default_factory=lambda: np.empty(0))

    def __eq__(self, other: object) -> bool:
        """Return whether all numbers are the same."""
        if not isinstance(other, ByStratum):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in self.__slots__
        )


@dataclass(frozen=True, slots=True)
class Strata:
    """The strata of training, and the features whose distribution depends on them."""

    parts: Parts
    features: Mapping[str, ByStratum]
