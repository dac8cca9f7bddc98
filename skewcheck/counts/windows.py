"""Where a value counts as one of training's: on an edge, and what lies within the arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.gaps import Gaps
from skewcheck.features.types import FloatArray
from skewcheck.logs.arrays import Digits

COUNTED_DIGITS = 3
"""Numbers that all show fewer significant digits are counts and round amounts, in full."""
FLOAT32_ULPS = 4.0
"""Units in the last place of float32 that a value may be off: a cast, and an operation or two."""
FLOAT64_ERROR = 2.0**-44
"""Of the values' scale, that a value may be off after a few operations in float64: 256 roundings,
as adding an offset and taking it off again loses those of the offset."""

_FLOAT64_BITS, _LAST_FLOAT32_BITS = np.uint64(2**29 - 1), np.uint64(15 << 29)
"""The bits of a float64 number that float32 has not, and the last four that it has."""
EXACT_IN_FLOAT32 = 2**24
"""Up to it float32 holds every whole number."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Windows:
    """Where a value counts as on an edge: `low <= value <= high`.

    k windows; those that overlap are cut in the middle between their edges when rows are counted.
    """

    edges: FloatArray
    low: FloatArray
    high: FloatArray
    narrow: bool = False
    """Training saw float32 values: compare in float32, or 0.1 would not be 0.1."""
    gaps: Gaps = field(default_factory=Gaps)
    """Where training has gaps between edges, without rows."""
    step: float | None = None
    """The grid that the values are printed from, as `text_tolerance` takes it."""

    @classmethod
    def exact(cls, edges: FloatArray) -> Windows:
        """Return windows in which only the edge itself lies."""
        single = float32(edges)
        # Quarters and integers are the same in both types, and end in zero bits; edges that all
        # fit into float32 and use its last four bits can only be float32 values.
        full = np.mod(single / (16 * np.spacing(np.abs(single))), 1) != 0
        narrow = bool((single == edges).all() and full.any())
        return cls(edges, edges, edges, narrow)

    def widened(self, tolerance: FloatArray) -> Windows:
        """Return windows wider by `tolerance` (k numbers) on both sides."""
        return replace(self, low=self.low - tolerance, high=self.high + tolerance)

    def rounded(self, dtype: np.dtype[np.generic]) -> Windows:
        """Return windows that admit what arithmetic may have made of the edges' values.

        `dtype` is that of the values, of which the arithmetic was: in float32 a few units
        in the last place, in float64 its error after a few operations. Whole numbers are exact.
        Windows that are wider already, of served values, stay as they are.
        """
        if self.low is not self.edges or not len(self.edges) or dtype.kind != "f":
            return self
        single = dtype == np.float32
        return self.widened((_float32_error if single else _float64_error)(self.edges))

    def by_width(self, values: NDArray[np.generic], digits: Digits | None = None) -> list[Group]:
        """Return groups of the values, each with the windows in which it is to be counted.

        One group of all values in most columns. In a float64 column, the values that a float32
        holds, or wrote as text of these digits, are counted as float32 numbers: they lost digits
        before they were widened. So are all, if training saw float32 values. Each value is judged
        by itself, so that counts of parts add up to those of the whole.
        """
        exact = Group(None, self.printed(values.dtype, digits))
        if not self.may_be_widened(values.dtype):
            return [exact]
        single = self.printed(np.dtype(np.float32), digits)
        if self._fractions_of_float32():
            return [Group(None, single)]
        held = _held_in_float32(values.astype(np.float64, copy=False), digits)
        if not held.any():
            return [exact]
        cast = self._remembered("cast", self._cast)
        whole = held & (np.rint(values) == values)
        groups = (
            Group(held & ~whole, single, widened=digits is None),
            Group(whole, cast, single, widened=digits is None),
            Group(~held, exact.windows),
        )
        return [group for group in groups if group.rows is not None and group.rows.any()]

    def _fractions_of_float32(self) -> bool:
        """Return whether training saw float32 values that are not whole."""
        return self.narrow and bool((np.rint(self.edges) != self.edges).any())

    def may_be_widened(self, dtype: np.dtype[np.generic]) -> bool:
        """Return whether values that a float32 holds are counted in windows of their own."""
        return self.low is self.edges and dtype == np.float64 and bool(len(self.edges))

    def printed(self, dtype: np.dtype[np.generic], digits: Digits | None) -> Windows:
        """Return windows that admit what arithmetic and printing made of the edges' values."""
        return self._remembered((dtype, digits), lambda: self._printed(dtype, digits))

    def _remembered(self, key: object, make: Callable[[], Windows]) -> Windows:
        """Return windows made of these, once for all batches of a log."""
        known = _MADE.setdefault(self, {})
        if key not in known:
            if len(known) >= REMEMBERED:
                known.clear()
            made = make()
            known[key] = None if made is self else made
        return known[key] or self

    def _cast(self) -> Windows:
        """Return windows at each edge's own float32: a cast moves a whole number, no arithmetic."""
        at_single = float32(self.edges).astype(np.float64)
        return replace(self, low=at_single, high=at_single)

    def _printed(self, dtype: np.dtype[np.generic], digits: Digits | None) -> Windows:
        windows = self.rounded(dtype)
        if digits is None or not len(self.edges):
            return windows
        # Raw values that are all round are those of training, which are round as well.
        if self.low is self.edges and digits.significant < COUNTED_DIGITS:
            return windows
        lost = text_tolerance(self.edges, digits.significant, digits.decimals, self.step)
        return windows.widened(lost)

    def disjoint(self) -> Windows:
        """Return windows of which those that meet are cut in the middle between their edges."""
        if self.low is self.high:
            return self  # edges are distinct
        low = np.minimum.accumulate(self.low[::-1])[::-1]
        high = np.maximum.accumulate(self.high)
        middle = self.edges[:-1] + np.diff(self.edges) / 2
        meets = high[:-1] >= low[1:]
        low, high = low.copy(), high.copy()
        low[1:][meets] = np.nextafter(middle, np.inf)[meets]
        high[:-1][meets] = middle[meets]
        # Between neighbours in float64, the middle is one of them.
        low, high = np.minimum(low, self.edges), np.maximum(high, self.edges)
        return replace(self, low=low, high=high)


REMEMBERED = 16
"""Windows made of the same ones, of a column of text one for each precision that a batch shows."""
_MADE: WeakKeyDictionary[Windows, dict[object, Windows | None]] = WeakKeyDictionary()
"""Windows that were made of others, None where they are the same ones."""


@dataclass(frozen=True, slots=True)
class Group:
    """Values of a column that are counted in the same windows."""

    rows: NDArray[np.bool_] | None
    """The rows of the group; None for all."""
    windows: Windows
    reach: Windows | None = None
    """How far a value may have been moved, where that is more than the windows are wide."""
    widened: bool = False
    """These are float32 values in a float64 column."""

    def of(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return the group's values of a column."""
        return values if self.rows is None or self.rows.all() else values[self.rows]


def _held_in_float32(values: FloatArray, digits: Digits | None) -> NDArray[np.bool_]:
    """Return which values a float32 holds and a shorter number does not.

    Written as text, a float32 number is off by half the last digit at most. Numbers that end in
    four zero bits, as quarters do, are the same in both types, and left out; of whole numbers those
    up to 2**24.
    """
    bits = values.view(np.uint64)
    held: NDArray[np.bool_] = bits & _FLOAT64_BITS == 0
    if held.any():
        large = np.fmax.reduce(np.abs(values)) > EXACT_IN_FLOAT32
        long = bits & _LAST_FLOAT32_BITS != 0
        held &= (long | (np.abs(values) > EXACT_IN_FLOAT32)) if large else long
    if digits is not None:
        held |= _printed_as_float32(values, digits)
    if held.any():
        some = values[held]
        whole = np.rint(some) == some
        held[held] = (~whole | (np.abs(some) > EXACT_IN_FLOAT32)) & _is_normal(float32(some))
    return held


def _printed_as_float32(values: FloatArray, digits: Digits) -> NDArray[np.bool_]:
    """Return which numbers, printed with these digits, may be float32 values that are not round."""
    narrowed = float32(values)
    with np.errstate(invalid="ignore"):
        moved = np.abs(narrowed - values)
        # Above the tolerance, which takes logarithms: few values of all digits are as near.
        most = np.maximum(np.abs(values) * 10.0 ** (1 - digits.significant), 10.0**-digits.decimals)
        printed: NDArray[np.bool_] = (moved <= most) & (np.rint(values) != values)
    printed &= narrowed.astype(np.float64).view(np.uint64) & _LAST_FLOAT32_BITS != 0
    likely = np.count_nonzero(printed)
    if likely:
        # To pick out most of them takes longer than it saves.
        some = printed.copy() if 4 * likely < len(values) else slice(None)
        tolerance = text_tolerance(values[some], digits.significant, digits.decimals)
        printed[some] &= moved[some] <= tolerance
    return printed


def _float32_error(edges: FloatArray) -> FloatArray:
    """Return how far float32 arithmetic may move each edge's value.

    Whole numbers and the like, which end in zero bits, keep apart from their neighbours: beyond
    2**22 a few units in the last place are a whole number.
    """
    single = float32(edges)
    normal = _is_normal(single)
    unit = np.spacing(np.abs(np.where(normal, single, np.float32(1)))).astype(np.float64)
    short = np.mod(single / (16 * unit), 1, where=normal, out=np.zeros(len(edges))) == 0
    gaps = np.diff(edges, prepend=-np.inf, append=np.inf)
    apart = np.minimum(gaps[:-1], gaps[1:]) / 4
    error = np.where(normal, FLOAT32_ULPS * unit, 0.0)
    return np.where(short, np.minimum(error, apart), error)


def _is_normal(single: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which numbers float32 holds with full precision: neither 0, subnormal nor infinite."""
    normal: NDArray[np.bool_] = np.isfinite(single) & (np.abs(single) >= np.finfo(np.float32).tiny)
    return normal


def _float64_error(edges: FloatArray) -> FloatArray:
    """Return how far float64 arithmetic may move each edge's value: by its size, or the usual."""
    size = np.abs(edges)
    error: FloatArray = FLOAT64_ERROR * np.maximum(size, np.median(size))
    return error


def float32(values: NDArray[np.generic]) -> NDArray[np.float32]:
    """Cast to the nearest float32: the edge 0.1 must be what a float32 column has for 0.1."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def text_tolerance(
    values: FloatArray, significant: int, decimals: int, step: float | None = None
) -> FloatArray:
    """Return half the last digit of values printed with so many digits, per value.

    A log printed with `%.4f` has one last decimal, one printed with `%.6g` one last significant
    digit: the larger of the two is what a value may have lost. None is lost where all values of the
    grid `step` that they come from have such digits: quarters need two decimals, whole numbers
    none. A step of 0 is no grid; of an unknown one (None), whole numbers are in full. Nobody prints
    measurements with fewer than three significant digits: whole numbers that show no more are
    counts and round amounts, in full.
    """
    if decimals == 0 and significant < COUNTED_DIGITS:
        return np.zeros_like(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.floor(np.log10(np.abs(values)))
    exponent = np.where(np.isfinite(exponent), exponent, -decimals + significant - 1.0)
    last = np.maximum(10.0 ** (exponent - significant + 1), 10.0**-decimals)
    if step is None and decimals == 0:
        step = 1.0
    if step is not None:
        digits = step / last
        last = np.where((np.abs(digits - np.round(digits)) < 1e-9) & (digits > 0.5), 0.0, last)
    return last / 2 * (1 + 1e-6)
