"""Distributions of training by part of week and year: of features that have a rhythm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from skewcheck.features.calendar import Holidays
from skewcheck.logs.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Parts:
    """Into which parts of week and year rows are put: by month, kind of day and block of hours."""

    column: str
    """Of times."""
    zone: str = "UTC"
    weekdays: int = 7
    """7, or 1 where all days are one."""
    blocks: int = 8
    """Equal parts of a day."""
    seasons: int = 1
    """12, the months of the year, or 1 where all are one."""
    months: tuple[int, ...] = ()
    """Months that training has rows of, January is 0; empty where that is not known."""
    holidays: Holidays | None = None
    """A kind of day besides the weekdays, the last; None where they are days as others."""
    trained: tuple[int, int] = (0, 0)
    """The first and last day of training, since 1970-01-01: of which holidays it has rows."""

    @property
    def days(self) -> int:
        """The number of kinds of days."""
        return self.weekdays + (self.holidays is not None)

    def holidays_of_months(self) -> IntArray:
        """Return how many holidays of training each season has."""
        if self.holidays is None:
            return np.zeros(self.seasons, np.int64)
        first, last = self.trained
        days = np.array([day for day in self.holidays.days if first <= day <= last], np.int64)
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
        return np.bincount(months if self.seasons > 1 else 0 * months, minlength=self.seasons)

    @property
    def count(self) -> int:
        """The number of strata."""
        return self.seasons * self.days * self.blocks


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
