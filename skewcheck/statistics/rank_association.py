"""Rank association of two variables: the correlation of their normal scores, and its variance.

Ranks alone count, so that a strictly monotone change of either variable changes nothing: what is
compared is the copula. A row's score is the quantile of the normal distribution at its rank (van
der Waerden, Indagationes Mathematicae 14, 1952, p. 453-458); tied rows share the mean of the normal
distribution over the ranks that they take. For normal dependence no estimate of the correlation is
more efficient: its variance is (1 - r**2)**2 / n, as if the margins were known (Klaassen and
Wellner, Bernoulli 3, 1997, p. 55-77, theorem 2.1). For other dependence, and for ties, the variance
is that of its influence function (Ruymgaart, Shorack and van Zwet, Annals of Mathematical
Statistics 43, 1972, p. 1122-1135), whose terms for the ranks are sums by parts over the ties.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from skewcheck.features.types import FloatArray, IntArray

MAX_CORRELATION = 0.995
"""Correlations beyond this are taken for it: two spellings of one quantity, whose last digits say
nothing of dependence. A hundredth of the rows of such a pair with another partner is 0.3 below."""
DIGITS = 10
"""Decimals of a correlation: the same rows give the same one, in whatever order they were read."""
MIN_UNIT_VARIANCE = 1.0
"""Of Fisher's z, times rows: that of normal dependence. Where a sample shows less, as between a few
levels, it may not after a change of margins."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Normal scores of a variable by row, and the ties that they come from."""

    values: FloatArray
    """By row, in the order of the variable; NaN for a row without a value."""
    spread: float
    """Their variance: 1 without ties, less the coarser the ties; 0 for a constant."""
    order: IntArray
    """The rows with a value, in ascending order of it."""
    starts: IntArray
    """Where in `order` each group of ties begins."""

    @classmethod
    def of(cls, variable: FloatArray) -> Scores:
        """Score a variable (n numbers); NaN and infinities are no values. Empty for no rows."""
        present = np.flatnonzero(np.isfinite(variable))
        order = present[np.argsort(variable[present], kind="stable")]
        ordered = variable[order]
        starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(order)])
        values = np.full(len(variable), np.nan)
        if not len(order):
            return cls(values, 0.0, order, starts)
        counts = np.diff(starts, append=len(order))
        density = np.concatenate(([0.0], _density(_ends(starts, len(order))), [0.0]))
        level = (density[:-1] - density[1:]) * len(order) / counts
        values[order] = np.repeat(level, counts)
        spread = float((counts * level**2).sum() / len(order)) if len(starts) > 1 else 0.0
        return cls(values, spread, order, starts)

    @property
    def complete(self) -> bool:
        """Whether each row has a value."""
        return len(self.order) == len(self.values)


def spread_error(scores: Scores) -> float:
    """Return the standard deviation of a row's influence on the spread, over the spread.

    Divided by the root of the rows it is the relative standard error; 0 for a constant.
    """
    if not scores.spread > 0:
        return 0.0
    changes = _of_spread(scores)[scores.order]
    return float(changes.std()) / scores.spread


def correlation(a: Scores, b: Scores) -> tuple[float, int]:
    """Return the correlation of two variables' scores (n rows each), and the rows with both values.

    NaN where either is constant in these rows, or fewer than two have both.
    """
    if a.complete and b.complete:
        rows, product = len(a.values), _product(a.values, b.values)
        spread = a.spread * b.spread
        return (_clipped(product / rows / spread**0.5) if spread > 0 else np.nan), rows
    return of_rows(a.values, b.values)


def of_rows(a: FloatArray, b: FloatArray) -> tuple[float, int]:
    """Return the correlation of scores in some rows, n of both, and the rows with both values.

    NaN where either is constant in these rows, or fewer than two have both.
    """
    both = ~(np.isnan(a) | np.isnan(b))
    x, y = a[both], b[both]
    if len(x) < 2:
        return np.nan, len(x)
    x, y = x - x.mean(), y - y.mean()
    spread = _product(x, x) * _product(y, y)
    return (_clipped(_product(x, y) / spread**0.5) if spread > 0 else np.nan), len(x)


def _product(x: FloatArray, y: FloatArray) -> float:
    """Return the sum of products, which BLAS would share among threads and sum in another order."""
    return float(np.einsum("i,i->", x, y))


def _clipped(r: float) -> float:
    """Return a correlation without its last digits, in which sums in another order differ."""
    return round(min(max(r, -1.0), 1.0), DIGITS)


def unit_variance(a: Scores, b: Scores) -> float:
    """Return the variance of Fisher's z of the correlation, times the rows, of two variables.

    At least `MIN_UNIT_VARIANCE`. Rows (n of both) without either value are left out, and the others
    ranked anew; NaN where a variable is constant in these.
    """
    if not (a.complete and b.complete):
        both = ~(np.isnan(a.values) | np.isnan(b.values))
        a, b = Scores.of(a.values[both]), Scores.of(b.values[both])
    scale = float(np.sqrt(a.spread * b.spread))
    if not scale > 0:
        return np.nan
    product = a.values * b.values
    r = float(product.mean()) / scale
    influence = (product + _of_ranks(a, b.values) + _of_ranks(b, a.values)) / scale
    influence -= r / 2 * (_of_spread(a) / a.spread + _of_spread(b) / b.spread)
    r = min(abs(r), MAX_CORRELATION)
    return max(float(influence.var()) / (1 - r * r) ** 2, MIN_UNIT_VARIANCE)


def fisher_z(r: float) -> float:
    """Return Fisher's z of a correlation (Metron 1, 1921, p. 3-32), at most that of the largest."""
    return float(np.arctanh(min(max(r, -MAX_CORRELATION), MAX_CORRELATION)))


def _of_ranks(a: Scores, b: FloatArray) -> FloatArray:
    """Return what a row changes of the mean of a * b through the ranks of `a`, up to a constant.

    With ties k of n_k rows, of mean score a_k and mean b_k, and z_k the normal quantile of the
    share of rows up to k, the mean is the sum of (density(z_k-1) - density(z_k)) * b_k, whose
    derivative by the share of rows up to j is z_j * (b_j - b_j+1).
    """
    counts = np.diff(a.starts, append=len(a.order))
    mean = np.add.reduceat(b[a.order], a.starts) / counts
    level = a.values[a.order[a.starts]]
    return _by_row(a, _tail(a, mean) - level * mean)


def _of_spread(a: Scores) -> FloatArray:
    """Return what a row changes of the variance of the scores themselves, centred."""
    level = a.values[a.order[a.starts]]
    changes = _by_row(a, 2 * _tail(a, level) - level**2)
    centred: FloatArray = changes - changes[a.order].mean()
    return centred


def _tail(a: Scores, level: FloatArray) -> FloatArray:
    """Return, per tie, the sum over the ends j from it on of z_j * (level_j - level_j+1)."""
    terms = ndtri(_ends(a.starts, len(a.order))) * (level[:-1] - level[1:])
    return np.concatenate((np.cumsum(terms[::-1])[::-1], [0.0]))


def _by_row(a: Scores, level: FloatArray) -> FloatArray:
    values = np.full(len(a.values), np.nan)
    values[a.order] = np.repeat(level, np.diff(a.starts, append=len(a.order)))
    return values


def _ends(starts: IntArray, rows: int) -> FloatArray:
    """Return the shares of rows up to the end of each tie but the last."""
    shares: FloatArray = starts[1:] / rows
    return shares


def _density(shares: FloatArray) -> NDArray[np.float64]:
    """Return the density of the normal distribution at its quantiles."""
    z = ndtri(shares)
    density: NDArray[np.float64] = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return density
