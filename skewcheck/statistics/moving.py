"""Statistics of rows that a server has seen, per row: windows, batches, all so far, decaying ones.

Series are stretches of a sequence: `start` and `end` are, per place, where its series begins and
where the next one does. NaN is a row without a value: it counts in the length of a window or batch,
and in no statistic. Sums are of values around their mean, in units of their deviation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Method = Literal["zscore", "minmax"]


@dataclass(frozen=True, slots=True)
class Rule:
    """How a value is normalized by statistics: y = low + (x - offset) / divisor * (high - low)."""

    method: Method
    ddof: int = 0
    epsilon: float = 0.0
    epsilon_in: str = "scale"
    range: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Statistics of some rows, of one shape; NaN where there are none."""

    n: FloatArray
    mean: FloatArray
    variance: FloatArray
    """Around the mean, with ddof 0."""
    least: FloatArray
    most: FloatArray

    def line(self, rule: Rule) -> tuple[FloatArray, FloatArray]:
        """Return offset and divisor of y = (x - offset) / divisor by a rule; NaN without rows."""
        if rule.method == "minmax":
            spread = self.most - self.least
        else:
            spread = np.sqrt(np.maximum(self.variance, 0.0))
            if rule.ddof:
                spread = spread * np.sqrt(self.n / np.maximum(self.n - rule.ddof, 1e-300))
        if rule.epsilon_in == "floor":
            divisor = np.maximum(spread, rule.epsilon)
        elif rule.epsilon_in == "variance":
            divisor = np.sqrt(spread**2 + rule.epsilon)
        else:
            divisor = spread + rule.epsilon
        if rule.method == "zscore":
            return self.mean, divisor
        low, high = rule.range
        divisor = divisor / (high - low)
        return self.least - low * divisor, divisor

    def before(self, start: IntArray) -> Statistics:
        """Return the statistics of the place before each; none at the start of a series."""
        at = np.arange(len(start))
        return self.take(at - 1).without(at == start)

    def without(self, none: NDArray[np.bool_]) -> Statistics:
        """Return the same with NaN in these places."""
        parts = (self.n, self.mean, self.variance, self.least, self.most)
        return Statistics(*(np.where(none, np.nan, part) for part in parts))

    def take(self, places: IntArray) -> Statistics:
        """Return the statistics of some places."""
        parts = (self.n, self.mean, self.variance, self.least, self.most)
        return Statistics(*(part[places] for part in parts))


@dataclass(frozen=True)
class Sequence:
    """Values in the order of their series."""

    x: FloatArray
    start: IntArray
    end: IntArray

    @cached_property
    def centre(self) -> float:
        """The mean of the values."""
        return float(np.nanmean(self.x))

    @cached_property
    def scale(self) -> float:
        """Their deviation; 1 of equal values."""
        return float(np.nanstd(self.x)) or 1.0

    @cached_property
    def sums(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return counts, sums and sums of squares before each place, and of all at the end."""
        known = np.isfinite(self.x)
        t = np.where(known, (self.x - self.centre) / self.scale, 0.0)
        counts, first, second = (np.append(0.0, np.cumsum(v)) for v in (known, t, t * t))
        return counts, first, second

    def between(self, low: IntArray, high: IntArray) -> Statistics:
        """Return the statistics of places from low up to high; ends are NaN: see `with_ends`."""
        n, first, second = (sums[high] - sums[low] for sums in self.sums)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = first / n
            variance = second / n - mean**2
        none = np.full(n.shape, np.nan)
        return Statistics(n, mean * self.scale + self.centre, variance * self.scale**2, none, none)

    @cached_property
    def ends(self) -> FloatArray:
        """The values and their negatives (2 x places), of which the least are ends; else inf."""
        known = np.isfinite(self.x)
        return np.array([np.where(known, sign * self.x, np.inf) for sign in (1.0, -1.0)])

    @cached_property
    def tables(self) -> FloatArray:
        """The least of each 1, 2, 4 ... values from each place on, and of their negatives.

        A sparse table (2 x levels x places): Bender and Farach-Colton, LATIN 2000, section 3.
        """
        count = len(self.x)
        levels = max(count.bit_length(), 1)
        made = np.full((2, levels, count), np.inf)
        for i in range(2):
            made[i, 0] = self.ends[i]
            for level in range(1, levels):
                half = 2 ** (level - 1)
                left = made[i, level - 1]
                made[i, level, : count - half] = np.minimum(left[: count - half], left[half:])
        return made

    def with_ends(self, of: Statistics, low: IntArray, high: IntArray) -> Statistics:
        """Return statistics with the least and the largest value of the places as well."""
        some = high > low
        first = np.where(some, low, 0)
        levels = np.frexp(np.where(some, high - low, 1))[1] - 1
        last = np.where(some, high - 2**levels, 0)
        ends = [
            np.where(some, sign * np.minimum(table[levels, first], table[levels, last]), np.nan)
            for sign, table in zip((1.0, -1.0), self.tables, strict=True)
        ]
        return Statistics(of.n, of.mean, of.variance, ends[0], ends[1])

    def with_ends_around(
        self, of: Statistics, place: int, low: IntArray, high: IntArray
    ) -> Statistics:
        """Return the same where all of many stretches, from low up to high, hold one place.

        Each end is that of a part before and of one behind the place, which all share.
        """
        before = np.minimum.accumulate(self.ends[:, int(low.min()) : place + 1][:, ::-1], axis=1)
        behind = np.minimum.accumulate(self.ends[:, place : int(high.max())], axis=1)
        least, most = np.minimum(before[:, place - low], behind[:, high - 1 - place])
        return Statistics(of.n, of.mean, of.variance, least, -most)

    def window(self, length: int) -> tuple[IntArray, IntArray]:
        """Return the first place of each window of so many rows, and the one behind its last."""
        at = np.arange(len(self.x))
        return np.maximum(at + 1 - length, self.start), at + 1

    def batch(self, length: int) -> tuple[IntArray, IntArray]:
        """Return likewise of the batch of each place; the last of a series may be shorter."""
        at = np.arange(len(self.x))
        low = at - (at - self.start) % length
        return low, np.minimum(low + length, self.end)


def decaying(x: FloatArray, kept: float, mean: float, variance: float, around: float) -> Statistics:
    """Return exponentially weighted statistics of one series, with each row counted in its own.

    mean_i = kept mean_(i-1) + (1 - kept) x_i, and variance_i likewise of `around` (x_i -
    mean_(i-1))^2: `kept` gives the variance of the weighted rows (Finch, Incremental calculation of
    weighted mean and variance, 2009, section 9), 1 that around the mean before the row, kept^2 that
    around the mean after it. `n` is (sum w)^2 / sum w^2 of the weights w of rows of which the first
    stands for all before it. Values are finite.
    """
    of = _filtered(x, kept, mean)
    earlier = np.append(mean, of[:-1])
    spread = _filtered(around * (x - earlier) ** 2, kept, variance)
    none = np.full(len(x), np.nan)
    left = kept ** (2.0 * np.arange(len(x)))
    n = 1 / (left + (1 - kept) / (1 + kept) * (1 - left))
    return Statistics(n, of, spread, none, none)


def weighted(x: FloatArray, kept: float) -> Statistics:
    """Return the statistics of rows with the weights kept^age, as `pandas.ewm(adjust=True)`.

    `n` is (sum w)^2 / sum w^2, which ddof is taken of. Values are finite.
    """
    ones = np.ones(len(x))
    centre = float(x.mean())
    total, first, second = _filtered(np.array([ones, x - centre, (x - centre) ** 2]), kept, 0.0)
    of, square = first / total, second / total
    none = np.full(len(x), np.nan)
    n = (total / (1 - kept)) ** 2 / (_filtered(ones, kept**2, 0.0) / (1 - kept**2))
    return Statistics(n, of + centre, np.maximum(square - of**2, 0.0), none, none)


def decaying_at(
    x: FloatArray, kept: float, begins: list[tuple[float, float]], arounds: list[float],
    places: IntArray,
) -> Statistics:  # fmt: skip
    """Return statistics as `decaying` gives them, and last as `weighted`, of some places of rows.

    Of each beginning (mean, variance) with each of `arounds`: the first axis; then that of places.
    Recursions with the same decay run together, with the same operations as one by one.
    """
    means = np.array([mean for mean, _ in begins])
    centre, ones = float(x.mean()), np.ones(len(x))
    of = _filtered(np.broadcast_to(x, (len(begins), len(x))), kept, means)
    total, first, second = _filtered(np.array([ones, x - centre, (x - centre) ** 2]), kept, 0.0)
    earlier = np.column_stack((means, of[:, :-1]))
    deviations = (np.array(arounds)[:, None] * ((x - earlier) ** 2)[:, None]).reshape(-1, len(x))
    variances = np.repeat([variance for _, variance in begins], len(arounds))
    spread = _filtered(deviations, kept, variances)[:, places]
    left = kept ** (2.0 * np.arange(len(x))[places])
    n = np.broadcast_to(1 / (left + (1 - kept) / (1 + kept) * (1 - left)), spread.shape)
    total, first, second = total[places], (first / total)[places], (second / total)[places]
    squares = _filtered(ones, kept**2, 0.0)[places]
    of_weights = (total / (1 - kept)) ** 2 / (squares / (1 - kept**2))
    none = np.full((len(spread) + 1, *places.shape), np.nan)
    return Statistics(
        np.concatenate((n, of_weights[None])),
        np.concatenate((np.repeat(of[:, places], len(arounds), axis=0), first[None] + centre)),
        np.concatenate((spread, np.maximum(second - first**2, 0.0)[None])),
        none, none,
    )  # fmt: skip


def _filtered(values: FloatArray, kept: float, initial: FloatArray | float) -> FloatArray:
    """Return y_i = kept y_(i-1) + (1 - kept) x_i, with y_(-1) = `initial`, along the last axis."""
    from scipy.signal import lfilter  # takes long to import

    begin = np.empty((*values.shape[:-1], 1))
    begin[..., 0] = kept * initial
    made: FloatArray = lfilter([1 - kept], [1.0, -kept], values, zi=begin)[0]
    return made
