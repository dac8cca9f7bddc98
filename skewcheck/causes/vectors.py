"""Causes of levels that are served as several numbers: which columns have others, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import ENCODING_CHANGED
from skewcheck.features.steps import Map, Step, name_of
from skewcheck.features.transform import filled, map_to_several
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import SURE, Cause

MIN_SHARE_OF_ONE = 0.8
"""Share of the failing rows with the most frequent numbers of their level: what is served is a
function of the level from there on, the rest are other faults."""
MIN_EXPECTED_FAILURES = 5
"""Expected failures of a level from which no failure means right numbers: exp(-5) is 1 in 150."""


@dataclass(frozen=True, slots=True)
class _Served:
    """The numbers of some levels, shape (levels, columns): as training has them, and as served."""

    step: Map
    levels: tuple[str | None, ...]
    """After those that are filled in for nulls."""
    right: FloatArray
    served: FloatArray

    def differing(self) -> list[int]:
        """Return the columns with other numbers."""
        return np.flatnonzero(~_equal(self.right, self.served).all(0)).tolist()

    def names(self, columns: Sequence[int]) -> tuple[str, ...]:
        """Return what columns are called behind the feature's name."""
        return tuple(self.step.names[column] for column in columns)


def recoded(
    steps: Sequence[Step], pairs: Mapping[tuple[str | None, float | str], int],
    logged: Mapping[str, int], rows: int,
) -> Iterator[Cause]:  # fmt: skip
    """Yield the cause of failing rows, given how often each level was served as which numbers.

    `pairs` counts (raw level, name of numbers) of rows that fail parity, `logged` the rows of each
    raw level, `rows` all rows. None where numbers are no function of the level.
    """
    step = map_to_several(steps)
    frequent: dict[str | None, tuple[int, str]] = {}
    for (level, name), count in pairs.items():
        if isinstance(name, str):
            frequent[level] = max(frequent.get(level, (0, "")), (count, name))
    explained, total = sum(count for count, _ in frequent.values()), sum(pairs.values())
    if step is None or not explained or explained < MIN_SHARE_OF_ONE * total:
        return
    rate = explained / max(sum(logged.get(str(level), 0) for level in frequent), explained)
    others = {x: n for x, n in logged.items() if x not in frequent}
    right = [x for x, n in others.items() if n * rate >= MIN_EXPECTED_FAILURES]
    levels = (*frequent, *right)
    known = filled(steps, levels)
    expected = step.vectors(known)
    names = [frequent[x][1] if x in frequent else name_of(e) for x, e in zip(
        levels, expected.tolist(), strict=True)]  # fmt: skip
    served = np.array([[float(part) for part in str(name).split(" ")] for name in names])
    variant, columns = _named(_Served(step, tuple(known), expected, served))
    yield Cause(
        ENCODING_CHANGED.code, explained / rows, SURE, {"columns": columns}, variant=variant
    )


def _named(found: _Served) -> tuple[str, tuple[str, ...]]:
    """Return the variant of the cause, and the columns that it is of."""
    differing = found.differing()
    unknown = found.step.vectors(["\x00"])
    if len(found.served) > 1 and unknown.any() and _equal(found.served, unknown).all():
        # As of a scaler before the encoder, which then knows no value.
        return "columns_unknown", found.names(differing)
    zero = [column for column in differing if not found.served[:, column].any()]
    if zero == differing:
        return "columns_zero", found.names(differing)
    indicators = np.array([[name == level for name in found.step.names] for level in found.levels])
    if _equal(found.served, indicators.astype(float))[:, differing].all():
        return "columns_unscaled", found.names(differing)
    if _is_permuted(found.right[:, differing], found.served[:, differing]):
        return "columns_permuted", found.names(differing)
    return "columns_other", found.names(differing)


def _is_permuted(right: FloatArray, served: FloatArray) -> bool:
    """Return whether each served column is another of training's, one for one."""
    left = [*right.T]
    for column in served.T:
        place = next((i for i, of in enumerate(left) if _equal(of, column).all()), None)
        if place is None:
            return False
        left.pop(place)
    return True


def _equal(one: FloatArray, other: FloatArray) -> NDArray[np.bool_]:
    return np.asarray(np.isclose(one, other, rtol=1e-5, atol=1e-5, equal_nan=True))
