"""Which of many simulated logs may fail, or fail surely, by figures of all of them at once.

A test is no alarm whose effect is below its threshold, whatever its p-value: a log in which that
holds for every test need not be judged. Effects of all logs, or upper bounds of them, are a few
operations on arrays. What is near a limit is left open, so that rounding decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import kolmogorov, ndtr

from skewcheck.catalogue.tests import KS, MANNWHITNEY, NONFINITE, NULLS, PSI, RANGE
from skewcheck.features.types import FloatArray, IntArray, NumericReference
from skewcheck.statistics import two_sample

Mask = NDArray[np.bool_]
_NEAR = 1e-6
"""Relative, of a limit: what is nearer to it is left open. Sums in another order differ by less."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of many logs of a numeric feature, an item each; NaN for a log without a value."""

    logs: int
    effects: Mapping[str, FloatArray]
    """By the code of each test that is measured in parts and gates of itself; or upper bounds."""
    p_values: Mapping[str, FloatArray]
    """Of some of these tests."""

    @classmethod
    def of(cls, reference: NumericReference, drawn: IntArray) -> Figures:
        """Return the figures of logs beside a reference.

        `drawn` are rows by cell, a log a row: those of the reference's cells, nulls, infinities.
        """
        training, cells = reference.histogram.interleaved, drawn[:, :-2]
        m, n, rows = float(training.sum()), cells.sum(1), drawn.sum(1)
        nulls, nonfinite = drawn[:, -2], drawn[:, -1]
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.cumsum(training) / m - np.cumsum(cells, 1) / n[:, None]
            d = np.abs(steps).max(1)
            location, p_of_location = _mannwhitney(training, cells)
            effects = {
                KS.code: d,
                MANNWHITNEY.code: location,
                PSI.code: _psi(training, reference.nulls, cells, nulls),
                NULLS.code: nulls / rows - reference.nulls / reference.rows,
                NONFINITE.code: nonfinite / rows - reference.nonfinite / reference.rows,
                RANGE.code: (cells[:, 0] + cells[:, -1]) / n,
            }
            p_of_d = kolmogorov(d * np.sqrt(n * m / (n + m)))
        return cls(len(drawn), effects, {KS.code: p_of_d, MANNWHITNEY.code: p_of_location})

    def open(self, limits: Mapping[str, float]) -> Mask:
        """Return which logs have an effect that reaches its limit, as far as can be told.

        `limits` are by the codes of tests, of which figures of all are needed: else all are open.
        """
        known = [self.effects.get(code) for code in limits]
        least = [limit * (1 - _NEAR) for limit in limits.values()]
        below = [e < limit for e, limit in zip(known, least, strict=True) if e is not None]
        if len(below) < len(limits):
            return np.ones(self.logs, bool)
        return ~np.logical_and.reduce(below, axis=0) if below else np.zeros(self.logs, bool)

    def sure(self, limits: Mapping[str, float], alpha: float) -> Mask:
        """Return which logs have such an effect with a p-value below `alpha`, surely."""
        sure = np.zeros(self.logs, bool)
        for code in limits.keys() & self.p_values.keys():
            large = self.effects[code] > limits[code] * (1 + _NEAR)
            sure |= large & (self.p_values[code] < alpha * (1 - _NEAR))
        return sure


def _mannwhitney(training: IntArray, cells: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return effects and p-values as `two_sample.mannwhitney` has them."""
    m, n = float(training.sum()), cells.sum(1).astype(np.float64)
    middles = np.cumsum(training) - training / 2.0
    location = cells @ middles / (n * m) - 0.5
    ties, total = (training + cells).astype(np.float64), n + m
    tied = (ties**3).sum(1) - total
    variance = n * m / 12 * (total + 1 - tied / (total * (total - 1)))
    z = location * n * m / np.sqrt(variance)
    return np.abs(location), np.where(variance > 0, 2 * ndtr(-np.abs(z)), 1.0)


def _psi(training: IntArray, of_training: int, cells: IntArray, nulls: IntArray) -> FloatArray:
    """Return the population stability indices, none of which is less than its effect."""
    bins = two_sample.quantile_bins(training)
    starts = np.flatnonzero(np.diff(bins, prepend=-1))
    known = np.append(np.add.reduceat(training, starts), of_training)
    serving = np.column_stack((np.add.reduceat(cells, starts, axis=1), nulls))
    filled = known + serving > 0
    each = two_sample.PSEUDOCOUNT * filled.sum(1, keepdims=True)
    p = (known + two_sample.PSEUDOCOUNT) / (known.sum() + each)
    q = (serving + two_sample.PSEUDOCOUNT) / (serving.sum(1, keepdims=True) + each)
    indices: FloatArray = np.where(filled, (q - p) * two_sample.log_ratio(p, q), 0.0).sum(1)
    return indices
