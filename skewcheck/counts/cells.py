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
CROWDED = 0.02
"""Share of the thresholds, beside the outer ones, in buckets of more than the steps look through:
values in there are looked up by a search that branches."""


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
        """The thresholds as float64; None where float64 does not hold them."""
        wide = self.thresholds.astype(np.float64)
        all_exact = self.valid == len(wide) and np.abs(wide).max(initial=0.0) <= EXACT
        return wide if self.thresholds.dtype != np.int64 or all_exact else None

    @cached_property
    def buckets(self) -> Buckets | None:
        """Buckets from which a value's cell is a few steps away; None as for `exact`."""
        if self.exact is None:
            return None
        whole = Buckets.of_whole(self.exact) if self.thresholds.dtype == np.int64 else None
        return whole or Buckets.of(self.exact)

    @cached_property
    def bucket(self) -> Buckets | None:
        """A single bucket, quickly made, for few values; None as for `exact`."""
        return None if self.exact is None else Buckets.single(self.exact)


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """n buckets of a value by (value - low) * scale; what lies outside is in the first or last."""

    thresholds: FloatArray
    """m that ascend, and 2**steps infinities."""
    low: float
    scale: float
    first: NDArray[np.uint16]
    """For each bucket a number of thresholds that are at most its values; n."""
    steps: int
    """Halvings that find a value's cell among the 2**steps - 1 thresholds behind those; beyond
    these, in crowded buckets, it is searched for."""

    @classmethod
    def of(cls, thresholds: FloatArray) -> Buckets:
        """Return buckets of equal width of thresholds that ascend; one of them for none."""
        m = len(thresholds)
        cut = int(OUTER * m)
        low, high = (thresholds[cut], thresholds[m - 1 - cut]) if m else (0.0, 0.0)
        count = min(BUCKETS_PER_THRESHOLD * max(m, 1), MOST_BUCKETS)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            scale = np.float64(count) / (high - low)
        if not (np.isfinite(scale) and scale > 0):
            return cls.single(thresholds)
        places = _places(thresholds, float(low), float(scale), count)
        first = np.searchsorted(places, np.arange(count))
        of_threshold = np.bincount(places, minlength=count)[places[cut : m - cut]]
        # The least 2**steps - 1 that reaches as far as the thresholds in most buckets.
        enough = int(np.quantile(of_threshold, 1 - CROWDED, method="inverted_cdf"))
        steps = enough.bit_length()
        padded = np.append(thresholds, np.full(1 << steps, np.inf))
        return cls(padded, float(low), float(scale), first.astype(np.uint16), steps)

    @classmethod
    def of_whole(cls, thresholds: FloatArray) -> Buckets | None:
        """Return a bucket for each whole number, of whole thresholds; None where they are many."""
        if not len(thresholds) or thresholds[-1] - thresholds[0] > MOST_BUCKETS - 2:
            return None
        low = float(thresholds[0]) - 1
        numbers = low + np.arange(thresholds[-1] - low + 1)
        first = np.searchsorted(thresholds, numbers, "right").astype(np.uint16)
        return cls(np.append(thresholds, np.inf), low, 1.0, first, 0)

    @classmethod
    def single(cls, thresholds: FloatArray) -> Buckets:
        """Return one bucket of all values."""
        return cls(np.append(thresholds, np.inf), 0.0, 0.0, np.zeros(1, np.uint16), 0)

    def cell_of(self, values: FloatArray) -> IntArray:
        """Return the cell of each finite value, as the kernel does."""
        cell = self.first[_places(values, self.low, self.scale, len(self.first))].astype(np.intp)
        for step in reversed(range(self.steps)):
            half = 1 << step
            cell += half * (values >= self.thresholds[cell + (half - 1)])
        more = np.flatnonzero(values >= self.thresholds[cell])
        cell[more] = np.searchsorted(self.thresholds, values[more], "right")
        return cell


def _places(values: FloatArray, low: float, scale: float, count: int) -> IntArray:
    """Return the bucket of each finite value; the same arithmetic as the kernel's, to the bit.

    Both operations keep the order of values, also where they round.
    """
    with np.errstate(over="ignore"):
        places = (values - low) * scale
    return np.clip(places, 0, count - 1, out=places).astype(np.intp)


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
