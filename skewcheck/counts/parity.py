"""Parity: served values compared with the training normalization of the raw ones, row by row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.rows import Table
from skewcheck.counts.sample import KeyArray, Sample
from skewcheck.counts.screen import not_surely_right
from skewcheck.counts.tried import Tried
from skewcheck.features.steps import Step, bounds, encode, forward
from skewcheck.features.transform import map_to_several, unsaid, vocabulary
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.logs.arrays import spelled
from skewcheck.logs.batch import RowOrigin

Value = float | str | None
SAMPLED_FAILURES = 1_000
"""Whole rows that are kept of those that fail: a line is fitted to them, a share known to 3 %."""
RESOLUTION = 0.01
"""Of a standard deviation: a model may notice larger differences."""
SPREAD_ROWS = 1_000
"""Rows whose deviation is computed where training's is not known."""
COUNTED_PAIRS = 10_000
"""Pairs of a level and its wrong code that are counted: more are identifiers, and no encoding."""


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
    """Rows with a value that was logged or expected: nothing where nothing is due is no evidence.
    """
    mismatched: int = 0
    unresolved: int = 0
    """Rows that agree only as float32 rounding may move values by far more than matters."""
    max_error: float = 0.0
    """Largest distance from the expected value among rows that fail, where both are finite."""
    example: Mismatch | None = None
    offenders: Sample = field(default_factory=lambda: Sample(size=SAMPLED_FAILURES))
    """Rows that fail, of least key: for causes. Whole rows, as `rows.Table` names their columns."""
    pairs: Mapping[tuple[str | None, float | str], int] = field(default_factory=dict)
    """Categorical: rows that fail, by raw level and served number, or the name of several; at most
    10,000 pairs."""
    times: tuple[float, float] | None = None
    """Epoch seconds of the first and of the last row that fails, by time."""
    left_out: int = 0
    """Rows with a value that were not compared, as what they are normalized by is not known."""
    tried: Mapping[Tried, tuple[int, int]] = field(default_factory=dict)
    """Of the whole log: other scopes that explain failing rows, and of how many compared ones."""
    rivals: Mapping[Tried, float] = field(default_factory=dict)
    """Of the whole log: other scopes that explain what was served as well as training's, and how
    far right values may be from it, in standard deviations.
    """

    def __add__(self, other: ParityCounts) -> ParityCounts:
        """Add; the left one's rows come first."""
        return ParityCounts(
            self.rows + other.rows,
            self.mismatched + other.mismatched,
            self.unresolved + other.unresolved,
            max(self.max_error, other.max_error),
            self.example or other.example,
            self.offenders + other.offenders,
            _added(self.pairs, other.pairs),
            _spanned(self.times, other.times),
            self.left_out + other.left_out,
            self.tried or other.tried,
            self.rivals or other.rivals,
        )

    def of_rivals(self, least: float = 0.0) -> Mapping[str, object]:
        """Return the rivals of at least such harm, and the largest, for words."""
        scopes = tuple(scope for scope, harm in self.rivals.items() if harm >= least)
        return {"scopes": scopes, "limit": max(self.rivals.values(), default=0.0)}

    def of_rows(self, fails: IntArray, table: Table, batch_keys: KeyArray) -> ParityCounts:
        """Return the same counts with what causes need of the failing rows."""
        offenders = Sample.of(
            batch_keys[fails],
            {name: v.take(fails) for name, v in table.columns.items()},
            SAMPLED_FAILURES,
        )
        span = None
        if table.times is not None and np.isfinite(table.times[fails]).any():
            moments = table.times[fails]
            span = float(np.nanmin(moments)), float(np.nanmax(moments))
        return replace(self, offenders=offenders, times=span)


def _added(
    a: Mapping[tuple[str | None, float | str], int], b: Mapping[tuple[str | None, float | str], int]
) -> Mapping[tuple[str | None, float | str], int]:
    if not a or not b:
        return a or b
    merged = dict(a)
    for pair, rows in b.items():
        if pair in merged or len(merged) < COUNTED_PAIRS:
            merged[pair] = merged.get(pair, 0) + rows
    return merged


def _spanned(
    a: tuple[float, float] | None, b: tuple[float, float] | None
) -> tuple[float, float] | None:
    return (min(a[0], b[0]), max(a[1], b[1])) if a and b else a or b


def numeric_parity(
    raw: FloatArray, served: FloatArray, steps: Sequence[Step], origin: RowOrigin, *,
    raw_tolerance: FloatArray | float = 0.0, served_tolerance: FloatArray | float = 0.0,
    resolution: float | None = np.inf,
) -> tuple[ParityCounts, IntArray]:  # fmt: skip
    """Compare rows, and return which fail. A raw value that training maps to NaN is served as none.

    The tolerances are what the digits of a text log lose, per row. An infinite value may be
    served as none, but not with the other sign. Rows that agree, but are further than `resolution`
    (in served units; None for one of RESOLUTION of the rows' own deviation) from the exact result,
    are counted as unresolved.
    """
    if resolution is None:
        resolution = _of_spread(steps, raw[:SPREAD_ROWS], raw_tolerance, served_tolerance)
    rest = not_surely_right(steps, raw, served, resolution)
    x, y = raw[rest], served[rest]
    x_error, y_error = _of(raw_tolerance, rest), _of(served_tolerance, rest)
    agrees, unresolved = _compared(steps, x, y, x_error, y_error, resolution)
    rows = _with_value(len(raw), agrees, np.isnan(x), np.isnan(y))
    fails = rest[~agrees]
    expected = forward(steps, raw[fails])
    counts = _counted(rows, fails, raw[fails], served[fails], expected, origin)
    return replace(counts, unresolved=unresolved), fails


def _of(tolerance: FloatArray | float, rows: IntArray) -> FloatArray | float:
    """Return the tolerance of these rows, where each has one."""
    return tolerance[rows] if isinstance(tolerance, np.ndarray) and tolerance.ndim else tolerance


def _of_spread(
    steps: Sequence[Step], raw: FloatArray, raw_tolerance: FloatArray | float,
    served_tolerance: FloatArray | float,
) -> float:  # fmt: skip
    """Return RESOLUTION of the deviation of the least right values of some rows; or infinity."""
    first = np.arange(len(raw))
    raw_error, served_error = _of(raw_tolerance, first), _of(served_tolerance, first)
    low = bounds(steps, raw - raw_error, raw + raw_error)[0] - served_error
    low = low[np.isfinite(low)]
    spread = float(low.std()) if len(low) else 0.0
    return RESOLUTION * spread if spread > 0 else np.inf


def _compared(
    steps: Sequence[Step], raw: FloatArray, served: FloatArray, raw_tolerance: FloatArray | float,
    served_tolerance: FloatArray | float, resolution: float,
) -> tuple[NDArray[np.bool_], int]:  # fmt: skip
    """Return which rows agree, and how many of them only as rounding may reach so far."""
    low, high = bounds(steps, raw - raw_tolerance, raw + raw_tolerance)
    low, high = low - served_tolerance, high + served_tolerance
    agrees = (served >= low) & (served <= high)
    odd = ~(np.isfinite(low) & np.isfinite(high))
    if odd.any():
        # An end is NaN beyond the domain of a step; what lies inside it has no bound there.
        agrees[odd] |= np.isnan(served[odd]) | (served[odd] == forward(steps, raw[odd]))
        agrees[odd] |= np.isnan(low[odd]) & (served[odd] <= high[odd])
    with np.errstate(invalid="ignore"):
        # Rounding that reaches so far is rare: most features have values near 0.
        wide = high - low > 2 * resolution
        if not wide.any():
            return agrees, 0
        first, last = (forward(steps, raw + by) for by in (-raw_tolerance, raw_tolerance))
        off = np.maximum(np.minimum(first, last) - served, served - np.maximum(first, last))
        return agrees, int((agrees & wide & (off - served_tolerance > resolution)).sum())


def _with_value(
    rows: int, agrees: NDArray[np.bool_], raw_nulls: NDArray[np.bool_],
    served_nulls: NDArray[np.bool_],
) -> int:  # fmt: skip
    """Return the number of rows with a value on either side, or where one was expected.

    The masks are of all rows, or of some among which are all without a value on both sides.
    """
    return rows - int(np.count_nonzero(agrees & raw_nulls & served_nulls))


def _counted(
    rows: int, fails: IntArray, raw: FloatArray, served: FloatArray, expected: FloatArray,
    origin: RowOrigin,
) -> ParityCounts:  # fmt: skip
    """Count rows that fail, of which the raw, the served and the expected values are given."""
    if not len(fails):
        return ParityCounts(rows)
    with np.errstate(invalid="ignore"):
        errors = np.abs(served - expected)
    errors = errors[np.isfinite(errors)]
    example = Mismatch(
        origin.file, origin.row(int(fails[0])), _told(raw[0]), _told(expected[0]), _told(served[0])
    )
    return ParityCounts(rows, len(fails), 0, float(errors.max(initial=0.0)), example)


def _told(value: float) -> Value:
    return float(value) if np.isfinite(value) else None if np.isnan(value) else str(value)


def categorical_parity(
    codes: NDArray[np.int32], names: Sequence[str], steps: Sequence[Step],
    served: FloatArray | tuple[NDArray[np.int32], Sequence[str]], origin: RowOrigin,
) -> tuple[ParityCounts, IntArray]:  # fmt: skip
    """Compare levels (codes into names, -1 null) with served numbers or levels; return which fail.

    A null raw level is served as training did; rows of `unsaid` levels are left out.
    """
    levels = [None, *spelled(names, vocabulary(steps))]
    encoded, places = encode(steps, levels), codes.astype(np.int64) + 1
    open_levels = unsaid(steps, levels)
    if isinstance(served, tuple):
        served_codes, served_names = served
        counts, fails = _level_parity(
            places, [None, *names], encoded.levels, served_codes, served_names, origin
        )
        if len(fails) and map_to_several(steps) is not None:
            served = served_codes.astype(np.float64)[fails]
            failing = _pairs(places[fails], [None, *names], served)
            texts = {float(code): name for code, name in enumerate(served_names)}
            counts = replace(counts, pairs={
                (level, texts[float(code)]): rows
                for (level, code), rows in failing.items() if float(code) in texts
            })  # fmt: skip
        return counts, fails
    # Most rows have the exact number: bounds, nulls and open levels are asked of the rest.
    rest = np.flatnonzero(served != encoded.values[places])
    rest_places, rest_served = places[rest], served[rest]
    null, nothing = rest_places == 0, np.isnan(rest_served)
    low, high = encoded.low[rest_places], encoded.high[rest_places]
    agrees = np.where(nothing, np.isnan(low), (rest_served >= low) & (rest_served <= high))
    left_out = 0
    if open_levels is not None:
        left = open_levels[rest_places]
        agrees |= left
        left_out = int(np.count_nonzero(left & ~(nothing & null)))
    fails = rest[~agrees]
    rows = _with_value(len(served), agrees, null, nothing) - left_out
    if not len(fails):
        return ParityCounts(rows, left_out=left_out), fails
    counts = _counted(
        rows, fails, places[fails].astype(np.float64), served[fails],
        encoded.values[places[fails]], origin,
    )  # fmt: skip
    logged: list[str | None] = [None, *names]
    pairs = _pairs(places[fails], logged, served[fails])
    if counts.example is not None:
        counts = replace(counts, example=replace(counts.example, raw=logged[places[fails[0]]]))
    return replace(counts, left_out=left_out, pairs=pairs), fails


def _pairs(
    places: IntArray, levels: Sequence[str | None], served: FloatArray
) -> Mapping[tuple[str | None, float | str], int]:
    """Count rows by raw level and served number; no number is one key, NaN."""
    numbers, codes = np.unique(served, return_inverse=True)
    distinct, rows = np.unique(places * len(numbers) + codes, return_counts=True)
    return {
        (levels[int(pair) // len(numbers)], _number(numbers[int(pair) % len(numbers)])): int(n)
        for pair, n in zip(distinct[:COUNTED_PAIRS], rows[:COUNTED_PAIRS], strict=True)
    }


def _number(value: float) -> float:
    """Return a number as a key: NaN equals NaN in a tuple where both are the same object."""
    return math.nan if math.isnan(value) else float(value)


def _level_parity(
    places: NDArray[np.int64], raw: Sequence[str | None], expected: Sequence[str | None],
    served_codes: NDArray[np.int32], served_names: Sequence[str], origin: RowOrigin,
) -> tuple[ParityCounts, IntArray]:  # fmt: skip
    """Compare levels with levels: no step turns them into numbers."""
    index = {name: i for i, name in enumerate(served_names)}
    table = np.array([-1 if name is None else index.get(name, -2) for name in expected])
    agrees = table[places] == served_codes
    fails = np.flatnonzero(~agrees)
    rows = _with_value(len(agrees), agrees, places == 0, served_codes < 0)
    if not len(fails):
        return ParityCounts(rows), fails
    i = int(fails[0])
    served = None if served_codes[i] < 0 else served_names[served_codes[i]]
    example = Mismatch(origin.file, origin.row(i), raw[places[i]], expected[places[i]], served)
    return ParityCounts(rows, len(fails), 0, 0.0, example), fails
