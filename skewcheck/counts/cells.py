"""Cells: a feature's windows and the cuts of its gaps as thresholds that ascend.

A value lies in the cell of as many thresholds as are at most it. All that is counted of a column
is a sum over neighbouring cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.windows import Windows, float32
from skewcheck.features.types import FloatArray, IntArray

EXACT = 2.0**53
"""Up to it float64 holds every whole number."""
BUCKETS_PER_THRESHOLD = 8
"""With so many buckets few have more than two thresholds, even where these lie unevenly."""
MOST_BUCKETS = 16_384
"""Two bytes for each: more would not fit into a processor's cache beside the values."""
OUTER = 0.01
"""Share of the thresholds on either side that share the first and the last bucket: tails are long,
and buckets of one width all over would be too wide in the middle."""


@dataclass(frozen=True, eq=False)
class Cells:
    """m thresholds, of which the first `valid` can be reached by values of the type; m + 1 cells.

    For each of k windows two thresholds, where it begins and what is above it, and for each of c
    cuts of gaps one.
    """

    thresholds: NDArray[np.generic]
    """In the type of the values, float32, float64 or int64; they ascend, ties among them."""
    valid: int
    """Thresholds that a value of the type can reach; those behind are beyond int64."""
    segments: IntArray
    """Where the 2k + 1 runs of cells begin: below, at, between, ... and above the windows."""
    of_gaps: IntArray
    """The c cells that begin with a cut."""

    @classmethod
    def of(cls, windows: Windows, dtype: np.dtype[np.generic]) -> Cells:
        """Return the cells of values of a type: float32, or int64, or else float64."""
        apart, gaps = windows.disjoint(), windows.gaps
        ends, reached = _thresholds(apart.low, apart.high, dtype)
        # Edges that are one value in a narrower type: the first of them takes it.
        ends = np.maximum.accumulate(ends)
        places = np.arange(len(ends))
        segments = np.append(0, places + 1)
        if not len(gaps.cuts):
            return cls(ends, int(reached.sum()), segments, np.empty(0, np.intp))
        of_cuts = 2 * gaps.interval
        cuts, cuts_reached = (all_of[::2] for all_of in _thresholds(gaps.cuts, gaps.cuts, dtype))
        # A cut lies between the windows of its two edges, however wide these are.
        cuts = np.clip(cuts, ends[of_cuts - 1], ends[of_cuts])
        thresholds = np.insert(ends, of_cuts, cuts)
        valid = int(np.insert(reached, of_cuts, cuts_reached).sum())
        segments[1:] += np.searchsorted(of_cuts, places, "right")
        return cls(thresholds, valid, segments, of_cuts + np.arange(len(cuts)) + 1)

    @cached_property
    def exact(self) -> FloatArray | None:
        """The thresholds as float64, and infinity; None where float64 does not hold them."""
        wide = self.thresholds.astype(np.float64)
        all_exact = self.valid == len(wide) and np.abs(wide).max(initial=0.0) <= EXACT
        return np.append(wide, np.inf) if self.thresholds.dtype != np.int64 or all_exact else None

    @cached_property
    def buckets(self) -> Buckets:
        """Buckets of equal width, from which a value's cell is a step or two away."""
        return Buckets.of(self.thresholds.astype(np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """n buckets of a value by (value - low) * scale; what lies outside is in the first or last."""

    low: float
    scale: float
    first: NDArray[np.uint16]
    """The number of thresholds in buckets before each one, and of all of them; n + 1."""

    @classmethod
    def of(cls, thresholds: FloatArray) -> Buckets:
        """Return the buckets of thresholds that ascend; one of them for none."""
        m = len(thresholds)
        cut = int(OUTER * m)
        low, high = (thresholds[cut], thresholds[m - 1 - cut]) if m else (0.0, 0.0)
        count = min(BUCKETS_PER_THRESHOLD * max(m, 1), MOST_BUCKETS)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            scale = np.float64(count) / (high - low)
        if not (np.isfinite(scale) and scale > 0):
            return cls(0.0, 0.0, np.array([0, m], np.uint16))
        buckets = cls(float(low), float(scale), np.zeros(count + 1, np.uint16))
        places = buckets.places(thresholds)
        first = np.searchsorted(places, np.arange(count + 1)).astype(np.uint16)
        return cls(buckets.low, buckets.scale, first)

    def places(self, values: FloatArray) -> IntArray:
        """Return the bucket of each finite value; the same arithmetic as the kernel's, to the bit.

        Both operations keep the order of values, also where they round.
        """
        with np.errstate(over="ignore"):
            places = (values - self.low) * self.scale
        return np.clip(places, 0, len(self.first) - 2, out=places).astype(np.intp)


def _thresholds(
    low: FloatArray, high: FloatArray, dtype: np.dtype[np.generic]
) -> tuple[NDArray[np.generic], NDArray[np.bool_]]:
    """Return the least value in each window and the least above it, alternating.

    And which of them values can reach: an integer beyond int64 stands as the largest, unreached.
    """
    if dtype.kind == "i":
        return _whole_thresholds(low, high)
    narrow = dtype == np.float32
    first, last = (float32(low), float32(high)) if narrow else (low, high)
    with np.errstate(over="ignore"):  # nothing is above the largest number
        above = np.nextafter(last, last.dtype.type(np.inf))
    return np.column_stack((first, above)).ravel(), np.ones(2 * len(low), bool)


def _whole_thresholds(low: FloatArray, high: FloatArray) -> tuple[IntArray, NDArray[np.bool_]]:
    """Compare as integers: an int64 beyond 2**53 has no float64 of its own."""
    wanted = np.column_stack((np.ceil(low), np.floor(high))).ravel()
    whole = np.clip(wanted, -(2.0**63), np.nextafter(2.0**63, 0)).astype(np.int64)
    whole[1::2] += 1
    whole[wanted < -(2.0**63)] = np.iinfo(np.int64).min
    reached = wanted < 2.0**63
    whole[~reached] = np.iinfo(np.int64).max
    return whole, reached


_KNOWN: WeakKeyDictionary[Windows, dict[np.dtype[np.generic], Cells]] = WeakKeyDictionary()
"""Cells that were made, as long as their windows are in use: a log has many batches."""


def cells_of(windows: Windows, dtype: np.dtype[np.generic]) -> Cells:
    """Return the cells of windows for values of a type, made once."""
    known = _KNOWN.setdefault(windows, {})
    if dtype not in known:
        known[dtype] = Cells.of(windows, dtype)
    return known[dtype]
