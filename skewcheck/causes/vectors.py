"""Causes of levels that are served as several numbers: which columns have others, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import ENCODING_CHANGED, STALE_PARAMETERS, WRONG_PARAMETERS
from skewcheck.causes.categories import (
    MIN_SHARE_FOR_PLACE,
    evenly_failing,
    most_frequent,
    of_other_rows,
    place_of,
    served_rightly,
)
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.outputs import line_of
from skewcheck.causes.swaps import other_rows
from skewcheck.features.steps import Map, name_of
from skewcheck.features.transform import filled, map_to_several
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, OPEN, SURE, Cause

MIN_SHARE_OF_ONE = 0.8
"""Share of the failing rows with the most frequent numbers of their level: what is served is a
function of the level from there on, the rest are other faults."""
MIN_RATE = 0.9
"""Share of the rows of failing levels that fail from which on a level has other numbers. Below, as
many may be noise: what is not one of two numbers is the other."""
MAX_STD_OF_INDICATOR = 0.501
"""Standard deviation of zeros and ones, at most: 1/2, or of few rows with ddof 1 a little more."""
MAX_VARIANCE_ERROR = 0.01
"""Relative difference of a variance from mean (1 - mean): of 100 rows ddof 1 makes as much."""


@dataclass(frozen=True, slots=True)
class _Served:
    """The numbers of some levels, shape (levels, columns): as training has them, and as served."""

    step: Map
    levels: tuple[str | None, ...]
    """After those that are filled in for nulls."""
    right: FloatArray
    served: FloatArray

    def differing(self) -> list[int]:
        """Return the columns with other numbers; where all are near, those not the same."""
        clearly = np.flatnonzero(~_equal(self.right, self.served).all(0))
        same = (self.right == self.served) | (np.isnan(self.right) & np.isnan(self.served))
        return (clearly if len(clearly) else np.flatnonzero(~same.all(0))).tolist()

    def names(self, columns: Sequence[int]) -> tuple[str, ...]:
        """Return what columns are called behind the feature's name."""
        return tuple(self.step.names[column] for column in columns)


def recoded(
    evidence: Evidence, pairs: Mapping[tuple[str | None, float | str], int],
    logged: Mapping[str, int], rows: int,
) -> Iterator[Cause]:  # fmt: skip
    """Yield the cause of failing rows, given how often each level was served as which numbers.

    `pairs` counts (raw level, name of numbers) of rows that fail parity, `logged` the rows of each
    raw level, `rows` all rows. None where numbers are no function of the level.
    """
    steps = evidence.context.feature.steps
    step = map_to_several(steps)
    names_of = {(level, x): n for (level, x), n in pairs.items() if isinstance(x, str)}
    frequent = most_frequent(names_of)
    explained, total = sum(count for count, _ in frequent.values()), sum(pairs.values())
    if step is None or not explained:
        return
    one_each = explained >= MIN_SHARE_OF_ONE * total
    exchanged = of_other_rows(steps, pairs, logged)
    # How many rows are null is not known: `logged` is of levels.
    failing = {level: n for level, (n, _) in frequent.items() if level is not None}
    if exchanged and not (one_each and evenly_failing(failing, logged)):
        yield other_rows(total / rows, LIKELY, place_of(evidence))
        return
    if not one_each:
        return
    rate = explained / max(sum(logged.get(str(level), 0) for level in frequent), explained)
    levels = (*frequent, *served_rightly(pairs, logged, frequent, rate))
    known = filled(steps, levels)
    expected = step.vectors(known)
    names = [frequent[x][1] if x in frequent else name_of(e) for x, e in zip(
        levels, expected.tolist(), strict=True)]  # fmt: skip
    served = np.array([[float(part) for part in str(name).split(" ")] for name in names])
    numbers = _Served(step, tuple(known), expected, served)
    cause = _of_older_file(evidence, numbers) or _scaled(numbers) or _named(numbers)
    place = place_of(evidence) if explained >= MIN_SHARE_FOR_PLACE * total else None
    apart = rate >= MIN_RATE or (place is not None and place.of_rows)
    # Two levels of equal frequency exchange their numbers in values of other rows, too.
    ambiguous = exchanged and len(frequent) == 2
    doubtful = ambiguous or (cause.variant == "columns_other" and not apart)
    cause = replace(cause, share=explained / rows, place=place)
    yield replace(cause, confidence=OPEN) if doubtful else cause
    if ambiguous:
        yield other_rows(explained / rows, OPEN, place)


def _of_older_file(evidence: Evidence, numbers: _Served) -> Cause | None:
    """Return the cause that an older file gives these numbers; None without one."""
    for file, older in evidence.context.history:
        step = map_to_several(older.steps)
        if step is None or step.names != numbers.step.names:
            continue
        if _equal(step.vectors(filled(older.steps, numbers.levels)), numbers.served).all():
            return Cause(STALE_PARAMETERS.code, 1.0, SURE, {"file": file})
    return None


def _scaled(numbers: _Served) -> Cause | None:
    """Return that one-hot columns were scaled by other parameters; None where they were not.

    The two numbers of a column, of 0 and of 1, tell both. A standard deviation is that of 0 and 1
    of which a share, the mean, is 1: at most 1/2, and sqrt(mean (1 - mean)) unless the mean was not
    taken off. Any two numbers lie on a line: a column that does not fit has others.
    """
    used: dict[str, dict[str, float]] = {}
    training: dict[str, dict[str, float]] = {}
    fits = True
    for column in numbers.differing():
        line, name = line_of(numbers.step, column), numbers.step.names[column]
        own = np.array([level == name for level in numbers.levels])
        zeros, ones = (
            np.unique(numbers.served[~own, column]),
            np.unique(numbers.served[own, column]),
        )
        if line is None or line[1] <= 1 or len(zeros) > 1 or len(ones) > 1:
            return None
        if not len(zeros) or not len(ones):
            continue  # one number alone does not tell both
        if zeros >= ones:
            return None
        mean, std = parameters_of(float(zeros[0]), float(ones[0] - zeros[0]))
        if not (0 <= mean < 1 and std <= MAX_STD_OF_INDICATOR):
            return None
        fits &= mean == 0 or abs(std**2 / (mean * (1 - mean)) - 1) < MAX_VARIANCE_ERROR
        used[name] = {"mean": mean, "std": std}
        training[name] = dict(zip(("mean", "std"), parameters_of(*line), strict=True))
    if not used or not fits:
        return None
    surely = len(used) > 1 or all(scale["mean"] > 0 for scale in used.values())
    details = {"scales": tuple((name, used[name], training[name]) for name in used)}
    return Cause(
        WRONG_PARAMETERS.code, 1.0, SURE if surely else LIKELY, {"columns": used},
        variant="columns", details=details,
    )  # fmt: skip


def parameters_of(zero: float, more: float) -> tuple[float, float]:
    """Return mean and standard deviation by which 0 becomes `zero`, and 1 so much more."""
    return -zero / more + 0.0, 1 / more


def _named(numbers: _Served) -> Cause:
    """Return which columns have other numbers, and what these are."""
    differing = numbers.differing()
    served = numbers.served[:, differing]
    unknown = numbers.step.vectors(["\x00"])
    if _equal(numbers.right, numbers.served).all():
        return _cause("columns_other", numbers)  # they differ by little
    if len(served) > 1 and unknown.any() and _equal(numbers.served, unknown).all():
        # As of a scaler before the encoder, which then knows no value.
        return _cause("columns_unknown", numbers)
    if not served.any():
        return _cause("columns_zero", numbers)
    if len(served) > 1 and _equal(served, served[:1]).all():
        # Each with a number of its own, whatever the level is.
        constants = tuple(served[0].tolist())
        alike = len({*constants}) == 1
        value = {"value": constants[0]} if alike else {"values": constants}
        cause, details = _cause("columns_constant", numbers), {"constants": constants}
        return replace(cause, parameters={**cause.parameters, **value}, details=details)
    indicators = np.array(
        [[name == level for name in numbers.step.names] for level in numbers.levels]
    )
    if _equal(numbers.served, indicators.astype(float))[:, differing].all():
        return _cause("columns_unscaled", numbers)
    if _is_permuted(numbers.right[:, differing], served):
        return _cause("columns_permuted", numbers)
    return _cause("columns_other", numbers)


def _cause(variant: str, numbers: _Served) -> Cause:
    columns = numbers.names(numbers.differing())
    return Cause(ENCODING_CHANGED.code, 1.0, SURE, {"columns": columns}, variant=variant)


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
