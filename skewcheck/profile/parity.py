"""Served values against the training normalization of the raw ones, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.arrays import spelled
from skewcheck.features import FloatArray
from skewcheck.profile.batch import Origin
from skewcheck.steps import Step, bounds, encode, forward
from skewcheck.transforming import vocabulary

Value = float | str | None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The first row that fails."""

    file: str
    row: int
    raw: Value
    expected: Value
    served: Value


@dataclass(frozen=True, slots=True)
class ParityCounts:
    """Rows compared and rows that fail; `+` keeps the first failing row."""

    rows: int = 0
    mismatched: int = 0
    max_error: float = 0.0
    """Largest distance from the expected value among rows that fail, where both are finite."""
    example: Mismatch | None = None

    def __add__(self, other: ParityCounts) -> ParityCounts:
        """Add; the left one's rows come first."""
        return ParityCounts(
            self.rows + other.rows,
            self.mismatched + other.mismatched,
            max(self.max_error, other.max_error),
            self.example or other.example,
        )


def numeric_parity(
    raw: FloatArray, served: FloatArray, steps: Sequence[Step], origin: Origin, *,
    raw_tolerance: FloatArray | float = 0.0, served_tolerance: FloatArray | float = 0.0,
) -> ParityCounts:  # fmt: skip
    """Compare rows: NaN is no value. A value that training maps to NaN must be served as none.

    The tolerances are what the digits of a text log lose, per row. An infinite value may be
    served as none, but not with the other sign.
    """
    low, high = bounds(steps, raw - raw_tolerance, raw + raw_tolerance)
    low, high = low - served_tolerance, high + served_tolerance
    agrees = (served >= low) & (served <= high)
    odd = ~(np.isfinite(low) & np.isfinite(high))
    if odd.any():
        # An end is NaN beyond the domain of a step; what lies inside it has no bound there.
        agrees[odd] |= np.isnan(served[odd]) | (served[odd] == forward(steps, raw[odd]))
        agrees[odd] |= np.isnan(low[odd]) & (served[odd] <= high[odd])
    return _counted(agrees, raw, served, forward(steps, raw) if not agrees.all() else raw, origin)


def _counted(
    agrees: NDArray[np.bool_], raw: FloatArray, served: FloatArray,
    expected: FloatArray, origin: Origin,
) -> ParityCounts:  # fmt: skip
    fails = np.flatnonzero(~agrees)
    if not len(fails):
        return ParityCounts(len(agrees))
    with np.errstate(invalid="ignore"):
        errors = np.abs(served[fails] - expected[fails])
    errors = errors[np.isfinite(errors)]
    i = int(fails[0])
    example = Mismatch(
        origin.file, origin.row(i), _told(raw[i]), _told(expected[i]), _told(served[i])
    )
    return ParityCounts(len(agrees), len(fails), float(errors.max(initial=0.0)), example)


def _told(value: float) -> Value:
    return float(value) if np.isfinite(value) else None if np.isnan(value) else str(value)


def categorical_parity(
    codes: NDArray[np.int32], names: Sequence[str], steps: Sequence[Step],
    served: FloatArray | tuple[NDArray[np.int32], Sequence[str]], origin: Origin,
) -> ParityCounts:  # fmt: skip
    """Compare levels (codes into names, -1 null) with served numbers, or with served levels.

    A null raw level agrees with a served null as well: whether an encoder sees a null or its
    code for strangers is the log's business.
    """
    encoded = encode(steps, [None, *spelled(names, vocabulary(steps))])
    places = codes.astype(np.int64) + 1
    if isinstance(served, tuple):
        served_codes, served_names = served
        return _level_parity(
            places, [None, *names], encoded.levels, served_codes, served_names, origin
        )
    low, high = encoded.low[places], encoded.high[places]
    nothing = np.isnan(served)
    agrees = np.where(nothing, np.isnan(low) | (places == 0), (served >= low) & (served <= high))
    if agrees.all():
        return ParityCounts(len(agrees))
    counts = _counted(agrees, places.astype(np.float64), served, encoded.values[places], origin)
    if counts.example is None:
        return counts
    i = int(np.argmin(agrees))
    raw = None if places[i] == 0 else names[places[i] - 1]
    example = Mismatch(
        origin.file, counts.example.row, raw, counts.example.expected, counts.example.served
    )
    return ParityCounts(counts.rows, counts.mismatched, counts.max_error, example)


def _level_parity(
    places: NDArray[np.int64], raw: Sequence[str | None], expected: Sequence[str | None],
    served_codes: NDArray[np.int32], served_names: Sequence[str], origin: Origin,
) -> ParityCounts:  # fmt: skip
    """Compare levels with levels: no step turns them into numbers."""
    index = {name: i for i, name in enumerate(served_names)}
    table = np.array([-1 if name is None else index.get(name, -2) for name in expected])
    agrees = table[places] == served_codes
    if agrees.all():
        return ParityCounts(len(agrees))
    i = int(np.argmin(agrees))
    served = None if served_codes[i] < 0 else served_names[served_codes[i]]
    example = Mismatch(origin.file, origin.row(i), raw[places[i]], expected[places[i]], served)
    return ParityCounts(len(agrees), int((~agrees).sum()), 0.0, example)
