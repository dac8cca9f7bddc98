"""What is counted of a categorical column: the file's own levels, and how many are strangers."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.windows import text_tolerance
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.logs.arrays import Digits

WHOLE = 1e-6
"""Distance from a whole number up to which a code is that number: float32 holds it exactly."""
MOST_CODE = 65_535
"""Codes of levels are small whole numbers: these are counted at once, and then looked up."""
NAMES_KEPT = 64
"""How many names of unseen levels are kept: the least by hash, so that they can be merged."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels that are counted; `codes` tells which served numbers stand for them."""

    names: tuple[str, ...]
    low: FloatArray | None = None
    """Least served number of each level; ascending. None where levels are served as text."""
    high: FloatArray | None = None
    index: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def text(cls, names: Sequence[str]) -> Levels:
        """Return levels that are logged as text (or as numbers that are names)."""
        return cls(tuple(names), index={name: i for i, name in enumerate(names)})

    @classmethod
    def numbers(cls, names: Sequence[str], low: FloatArray, high: FloatArray) -> Levels:
        """Return levels that are served as numbers in [low, high], in any order."""
        order = np.argsort(low, kind="stable")
        ordered = tuple(names[int(i)] for i in order)
        index = {name: i for i, name in enumerate(ordered)}
        return cls(ordered, low[order], high[order], index)

    def before_printing(self, values: FloatArray, digits: Digits) -> FloatArray:
        """Return numbers, those that printing may have made of a level's as the level's.

        NaN stays NaN, and what is near no level stays as it is.
        """
        if self.low is None or self.high is None or not len(self.low):
            return values
        codes = (self.low + self.high) / 2
        nearest = np.searchsorted((codes[1:] + codes[:-1]) / 2, values)
        step = 1.0 if np.allclose(codes, np.rint(codes), 0, WHOLE) else 0.0
        lost = text_tolerance(codes, digits.significant, digits.decimals, step)
        reach = (self.high - self.low + lost)[nearest]
        with np.errstate(invalid="ignore"):
            same = np.abs(values - codes[nearest]) <= reach
        return np.where(same, codes[nearest], values)

    def of_numbers(self, values: FloatArray) -> IntArray:
        """Return the position of each number's level, -1 for strangers and NaN."""
        if self.low is None or self.high is None or not len(self.low):
            return np.full(len(values), -1, np.int64)
        place = np.searchsorted(self.low, values, "right") - 1
        with np.errstate(invalid="ignore"):
            listed = (place >= 0) & (values <= self.high[place])
        return np.where(listed, place, -1)

    def of_names(self, names: Sequence[str]) -> IntArray:
        """Return the position of each name, -1 for strangers."""
        places = map(self.index.get, names, repeat(-1))
        return np.fromiter(places, np.int64, len(names))


@dataclass(frozen=True, slots=True)
class CategoricalCounts:
    """A categorical column, counted; `+` gives the counts of both."""

    rows: int
    nulls: int
    mistyped: int
    counts: IntArray
    """Rows of each level, in the order of `Levels.names`."""
    unseen: int
    """Rows of levels that are not among them."""
    names: Mapping[str, int]
    """Some of those levels with their rows: exact while there are at most 64 of them."""

    @classmethod
    def zero(cls, levels: int) -> CategoricalCounts:
        """Return the counts of no rows of so many levels."""
        return cls(0, 0, 0, np.zeros(levels, np.int64), 0, {})

    @classmethod
    def of_text(
        cls, codes: NDArray[np.int32], names: Sequence[str], levels: Levels, *, mistyped: int = 0
    ) -> CategoricalCounts:
        """Count codes into names; -1 is a null, `mistyped` of which were values of no text."""
        per_name = np.bincount(codes + 1, minlength=len(names) + 1)
        nulls, per_name = int(per_name[0]) - mistyped, per_name[1:]
        places = levels.of_names(names)
        listed = places >= 0
        weights = per_name[listed]
        counts = np.bincount(places[listed], weights, len(levels.names)).astype(np.int64)
        strangers = np.flatnonzero(~listed & (per_name > 0)).tolist()
        unseen = int(per_name.sum() - counts.sum())
        kept = {names[i]: int(per_name[i]) for i in _least(strangers, names)}
        return cls(len(codes), nulls, mistyped, counts, unseen, _kept(kept))

    @classmethod
    def of_numbers(
        cls, values: FloatArray, levels: Levels, *, mistyped: int = 0
    ) -> CategoricalCounts:
        """Count served numbers; NaN stands for a null or mistyped one."""
        codes, rows, others = _codes_and_others(values)
        numbers = others[~np.isnan(others)]
        nulls = len(others) - len(numbers) - mistyped
        places = levels.of_numbers(numbers)
        unlisted, times = np.unique(numbers[places < 0], return_counts=True)
        counts = np.bincount(places + 1, minlength=len(levels.names) + 1)[1:].astype(np.int64)
        of_codes = levels.of_numbers(codes)
        listed = of_codes >= 0
        of_levels = np.bincount(of_codes[listed], rows[listed], len(levels.names))
        counts += of_levels.astype(np.int64)
        unlisted, times = np.append(unlisted, codes[~listed]), np.append(times, rows[~listed])
        names = [f"{v:.17g}" for v in unlisted.tolist()]
        kept = {names[i]: int(times[i]) for i in _least([*range(len(names))], names)}
        return cls(len(values), nulls, mistyped, counts, int(times.sum()), _kept(kept))

    def __add__(self, other: CategoricalCounts) -> CategoricalCounts:
        """Add counts of the same levels."""
        names = dict(self.names)
        for name, rows in other.names.items():
            names[name] = names.get(name, 0) + rows
        return CategoricalCounts(
            self.rows + other.rows,
            self.nulls + other.nulls,
            self.mistyped + other.mistyped,
            self.counts + other.counts,
            self.unseen + other.unseen,
            _kept(names),
        )

    @property
    def present(self) -> int:
        """Rows with a level, known or not."""
        return self.rows - self.nulls - self.mistyped


def _codes_and_others(values: FloatArray) -> tuple[FloatArray, IntArray, FloatArray]:
    """Return whole numbers from 0 to MOST_CODE, with the rows of each, and all other values."""
    with np.errstate(invalid="ignore"):
        whole = values.astype(np.int32)
    are_codes = whole == values
    are_codes &= whole.view(np.uint32) <= MOST_CODE
    others = values[:0]
    if not are_codes.all():
        whole, others = whole[are_codes], values[~are_codes]
    rows = np.bincount(whole)
    codes = np.flatnonzero(rows)
    return codes.astype(np.float64), rows[codes], others


def _least(places: list[int], names: Sequence[str]) -> list[int]:
    """Return the places of the names among which those are that are kept: few of many."""
    if len(places) <= NAMES_KEPT:
        return places
    hashes = np.fromiter((_hash(names[i])[0] for i in places), np.uint32, len(places))
    bound = np.partition(hashes, NAMES_KEPT - 1)[NAMES_KEPT - 1]
    return [places[i] for i in np.flatnonzero(hashes <= bound).tolist()]


def _kept(names: Mapping[str, int]) -> Mapping[str, int]:
    """Keep the names of least hash, in that order: which those are depends on no order of rows.

    A name that is kept at the end was kept wherever it stood, so its count is exact.
    """
    order = sorted(names, key=_hash)
    return {name: names[name] for name in order[:NAMES_KEPT]}


def _hash(name: str) -> tuple[int, str]:
    return zlib.crc32(name.encode("utf-8", "surrogatepass")), name
