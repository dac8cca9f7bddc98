"""Features that are functions of a row's time: in how many rows they are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from skewcheck.counts.sides import CategoricalSide, NumericSide
from skewcheck.features.calendar import CalendarFunction
from skewcheck.logs.arrays import FloatArray, Labels, Numbers
from skewcheck.logs.batch import Batch

if TYPE_CHECKING:
    from skewcheck.counts.feature_plan import FeaturePlan


@dataclass(frozen=True, slots=True)
class CalendarPlan:
    """Which features are compared with functions of a row's time."""

    column: str
    """Of times in training."""
    functions: tuple[tuple[int, tuple[CalendarFunction, ...]], ...]
    """The places of features, and the functions that give all their values of training."""
    timed: bool = False
    """Whether the log's rows have times."""

    @property
    def places(self) -> frozenset[int]:
        """Return the places of features that are compared."""
        return frozenset(place for place, _ in self.functions) if self.timed else frozenset()


@dataclass(frozen=True, slots=True)
class CalendarCounts:
    """Rows of one feature by whether they have the value of their time; `+` adds."""

    rows: int = 0
    """Rows with a time and a value, of days that the function is known of."""
    untimed: int = 0
    """Rows with a value, without a time."""
    differ: tuple[int, ...] = ()
    """Rows with another value, by each of the functions."""
    first: float = np.inf
    """The time of the earliest row that differs by the likeliest function, epoch seconds."""
    last: float = -np.inf
    """Likewise of the latest."""
    uncovered: int = 0
    """Rows with a time and a value that are of no day whose holidays are known."""

    def __add__(self, other: CalendarCounts) -> CalendarCounts:
        """Add the counts of other rows, by the same functions."""
        both = zip(self.differ, other.differ, strict=False)  # of other files of parameters, too
        differ = tuple(a + b for a, b in both) if self.differ and other.differ else ()
        return CalendarCounts(
            self.rows + other.rows, self.untimed + other.untimed,
            differ or self.differ or other.differ,
            min(self.first, other.first), max(self.last, other.last),
            self.uncovered + other.uncovered,
        )  # fmt: skip


def calendar_counts(
    plan: CalendarPlan, features: Sequence[FeaturePlan],
    raw: Sequence[Numbers | Labels | None], batch: Batch,
) -> dict[str, CalendarCounts]:  # fmt: skip
    """Count a batch for each feature of the plan; `raw` are the columns of all features."""
    times = batch.times
    if times is None:
        return {}
    return {
        features[place].feature.name: _counts(functions, features[place], raw[place], times, batch)
        for place, functions in plan.functions
    }


def _counts(
    functions: Sequence[CalendarFunction], feature: FeaturePlan, column: Numbers | Labels | None,
    times: FloatArray, batch: Batch,
) -> CalendarCounts:  # fmt: skip
    from skewcheck.features.calendar_values import covered, differs, rounding_of  # few are such

    values, names, decimals = _values(feature, column, batch)
    if values is None:
        return CalendarCounts()
    present = np.isfinite(values)
    known = present & np.isfinite(times)
    untimed, timed = int((present & ~known).sum()), int(known.sum())
    known[known] = covered(functions[0], times[known])
    at, some, rounding = times[known], values[known], rounding_of(decimals)
    off = differs(functions[0], at, some, rounding, names)
    others = (int(differs(f, at, some, rounding, names).sum()) for f in functions[1:])
    counts = (int(off.sum()), *others)
    rows = int(known.sum())
    failing = at[off] if counts[0] else np.empty(0)
    first, last = failing.min(initial=np.inf), failing.max(initial=-np.inf)
    return CalendarCounts(rows, untimed, counts, float(first), float(last), timed - rows)


def _values(
    feature: FeaturePlan, column: Numbers | Labels | None, batch: Batch
) -> tuple[FloatArray | None, Sequence[str], int | None]:
    """Return raw values as numbers, the names of levels, and the decimals that are printed."""
    if isinstance(feature.raw, NumericSide) and isinstance(column, Numbers):
        printed = batch.digits.get(feature.raw.column)
        values = column.values.astype(np.float64, copy=False)
        return values, (), None if printed is None else printed.decimals
    if isinstance(feature.raw, CategoricalSide) and isinstance(column, Labels):
        codes = column.codes.astype(np.float64)
        codes[codes < 0] = np.nan
        return codes, column.levels, None
    return None, (), None
