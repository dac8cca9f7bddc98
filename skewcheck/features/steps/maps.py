"""Any chain from a level to numbers: a finite map from levels to one number, or to several."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skewcheck.features.steps.categories import OneHot
from skewcheck.features.steps.rounding import FloatArray

Vector = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Map:
    """A level is served as the numbers that `values` has for it.

    `null` and `unknown` are those of nulls and of other levels; None serves no value. All have as
    many numbers: one is served as `{feature}`, several as `{feature}_{column}` each, where
    `columns` are the levels, or numbers from 0, unless they are given.
    """

    values: Mapping[str, Vector]
    null: Vector | None = None
    unknown: Vector | None = None
    columns: tuple[str, ...] = ()
    op: ClassVar[str] = "map"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        if not self.values:
            return "values", "must have a level at least"
        width = self.width
        if not width or any(len(vector) != width for vector in self.values.values()):
            return "values", "must have as many numbers for each level, and one at least"
        for key, vector in (("null", self.null), ("unknown", self.unknown)):
            if vector is not None and len(vector) != width:
                return key, "must have as many numbers as a level"
        vectors = [*self.values.values(), self.null or (), self.unknown or ()]
        if not all(math.isfinite(number) for vector in vectors for number in vector):
            return "values", "must be finite numbers"
        names = self.names
        if len(names) != (width if width > 1 or self.columns else 0) or len({*names}) < len(names):
            return "columns", "must be distinct names, one for each number"
        return None

    @property
    def width(self) -> int:
        """Return how many numbers a level is served as."""
        return len(next(iter(self.values.values()), ()))

    @property
    def names(self) -> tuple[str, ...]:
        """Return what stands behind the feature's name in that of each column; empty for one."""
        if self.columns or self.width == 1:
            return self.columns
        if len(self.values) == self.width:
            return tuple(self.values)
        return tuple(map(str, range(self.width)))

    @classmethod
    def of_onehot(cls, step: OneHot, levels: Iterable[str]) -> Map:
        """Return a onehot step as a map of its own levels and of others: its columns' 0 and 1."""
        names = [*dict.fromkeys((*step.values, *levels))]
        null, unknown, *known = (
            tuple(float(i == code) for i in range(len(step.values)))
            for code in step.codes([None, "\x00", *names]).tolist()
        )
        return cls(dict(zip(names, known, strict=True)), null, unknown, step.values)

    def only(self, columns: Collection[str]) -> Map:
        """Return the map to some of its columns, of which it must have one at least."""
        kept = [i for i, name in enumerate(self.names) if name in columns]

        def part(vector: Vector | None) -> Vector | None:
            return None if vector is None else tuple(vector[i] for i in kept)

        values = {level: part(vector) or () for level, vector in self.values.items()}
        names = tuple(self.names[i] for i in kept)
        return Map(values, part(self.null), part(self.unknown), names)

    def vectors(self, levels: Sequence[str | None]) -> FloatArray:
        """Return the numbers of each level, shape (levels, width); NaN where no value is served."""
        nothing = (math.nan,) * self.width
        null, unknown = self.null or nothing, self.unknown or nothing
        found = [null if v is None else self.values.get(v, unknown) for v in levels]
        # 0.0 and -0.0 are one number, and would be two levels.
        return np.array(found, np.float64).reshape(len(levels), self.width) + 0.0

    def codes(self, levels: list[str | None]) -> FloatArray:
        """Return the number of each level, shape (levels,), of a map to one; NaN for no value."""
        return self.vectors(levels)[:, 0]


def name_of(vector: Sequence[float]) -> str | None:
    """Return a vector as the name of a level, with nine digits; None where nothing is served."""
    if all(math.isnan(number) for number in vector):
        return None
    return " ".join(f"{number + 0.0:.9g}" for number in vector)
