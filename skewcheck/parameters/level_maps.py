"""Maps of levels as foreign encoders have them, in the simplest step that says the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from skewcheck.features.steps import FloatArray, Map, NumericStep, OneHot, Vocabulary, forward

Vector = tuple[float, ...]
MAX_NUMBERS = 10_000_000
"""Numbers of a map, levels times columns: a onehot's grow with the square of its levels."""


@dataclass(frozen=True, slots=True)
class LevelMap:
    """The numbers that an encoder makes of each level, of nulls and of other levels.

    All have as many numbers; NaN where none is served.
    """

    levels: Mapping[str, Vector]
    null: Vector
    unknown: Vector
    columns: tuple[str, ...] = ()
    """What stands behind the feature's name in that of each column; empty for one number."""

    def step(self) -> Vocabulary | OneHot | Map | str:
        """Return the simplest step that says the same, or why none does."""
        others = [_served(vector) for vector in (self.null, self.unknown)]
        served = {level: _served(vector) for level, vector in self.levels.items()}
        vectors = {level: vector for level, vector in served.items() if isinstance(vector, tuple)}
        null, unknown = (None if vector is None else vector for vector in others)
        if isinstance(null, str) or isinstance(unknown, str) or len(vectors) < len(served):
            return (
                "a level that is served as no number in some columns, or as no number where other"
                " levels are, which no step says"
            )
        if null == unknown and (simple := self._simple(vectors, null)) is not None:
            return simple
        return Map(vectors, null, unknown, self.columns)

    def _simple(
        self, vectors: Mapping[str, Vector], other: Vector | None
    ) -> Vocabulary | OneHot | None:
        """Return the vocabulary or onehot that does the same; None if neither does.

        `other` is what nulls and other levels are served as.
        """
        places = {vector: level for level, vector in vectors.items()}
        size, width = len(vectors), len(self.columns)
        if not size or len(places) < size:
            return None
        if not width and all((float(i),) in places for i in range(size)):
            code = None if other is None else other[0]
            return Vocabulary(tuple(places[float(i),] for i in range(size)), code)
        if width == size and other == (0.0,) * width and width * size <= MAX_NUMBERS:
            ordered = [places.get(tuple(row)) for row in np.eye(width).tolist()]
            names = tuple(level for level in ordered if level is not None)
            return OneHot(names) if names == self.columns else None
        return None

    def relabelled(self, labels: Relabelling) -> LevelMap:
        """Return the map of levels before they are relabelled."""
        names = [*labels.levels, *(self.levels if labels.keeps_others else ())]
        other = math.nan if labels.keeps_others else self.of(labels.others)[0]
        if labels.others is not None and not math.isnan(other):
            names.append(labels.others)  # written so, it is one of the others too
        levels = {name: self.of(labels.of(name)) for name in dict.fromkeys(names)}
        unknown = self.unknown if labels.keeps_others else self.of(labels.others)
        return replace(self, levels=levels, null=self.of(labels.null), unknown=unknown)

    def of(self, level: str | None) -> Vector:
        """Return the numbers of a level; None is a null."""
        return self.null if level is None else self.levels.get(level, self.unknown)


def _served(vector: Vector) -> Vector | str | None:
    """Return what a map has for a vector: None if nothing is served, text if a part of it is."""
    is_nothing = [math.isnan(number) for number in vector]
    if not any(is_nothing):
        return tuple(number + 0.0 for number in vector)
    return None if all(is_nothing) else "in part"


def level_map(step: Vocabulary | OneHot | Map, levels: Sequence[str] = ()) -> LevelMap:
    """Return what a step makes of its levels, and of the other `levels`."""
    if isinstance(step, OneHot):
        step = Map.of_onehot(step, levels)
    names = [*step.values]
    if isinstance(step, Vocabulary):
        rows = step.codes([*names, None, None]).reshape(-1, 1)
        columns: tuple[str, ...] = ()
    else:
        rows, columns = step.vectors([*names, None, None]), step.names
        unknown = step.unknown or (math.nan,) * step.width
        rows[-1] = unknown
    *known, null, other = map(tuple, rows.tolist())
    return LevelMap(dict(zip(names, known, strict=True)), null, other, columns)


def then_steps(
    step: OneHot | Map, levels: Sequence[str], later: Mapping[str, Sequence[NumericStep]]
) -> Vocabulary | OneHot | Map | str:
    """Return the map that a step to several columns is with steps behind each column.

    `later` has those of each column that remains, by its name, in order; `levels`, others than the
    step's that training had. Text says why no step does so.
    """
    width = len(step.values) if isinstance(step, OneHot) else step.width
    if (len(step.values) + len(levels)) * width > MAX_NUMBERS:
        return f"a map with more than {MAX_NUMBERS:,} numbers"
    first = level_map(step, levels)
    rows = np.array([*first.levels.values(), first.null, first.unknown], np.float64)
    places = {name: i for i, name in enumerate(first.columns)}
    made: FloatArray = np.column_stack([
        forward(steps, rows[:, places[name]]) for name, steps in later.items()
    ])  # fmt: skip
    *known, null, other = map(tuple, made.tolist())
    levels_made = dict(zip(first.levels, known, strict=True))
    return LevelMap(levels_made, null, other, tuple(later)).step()


@dataclass(frozen=True, slots=True)
class Relabelling:
    """Levels that become other levels before any step encodes them; None is a null."""

    levels: Mapping[str, str | None]
    null: str | None = None
    others: str | None = None
    """What levels become that are not listed, unless they stay as they are."""
    keeps_others: bool = True
    is_partial: bool = False
    """Whether training had levels that are not listed."""

    def of(self, level: str | None) -> str | None:
        """Return what a level becomes."""
        if level is None:
            return self.null
        return self.levels.get(level, level if self.keeps_others else self.others)

    def then(self, later: Relabelling) -> Relabelling:
        """Return this relabelling with another behind it."""
        names = dict.fromkeys((*self.levels, *(later.levels if self.keeps_others else ())))
        return Relabelling(
            {name: later.of(self.of(name)) for name in names}, later.of(self.null),
            later.others if self.keeps_others else later.of(self.others),
            self.keeps_others and later.keeps_others, self.is_partial or later.is_partial,
        )  # fmt: skip
