"""How well a predicted distribution fits the values of a log."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skewcheck.causes.contest.values import Logged, Training
from skewcheck.causes.distributions import KS_CRITICAL_01_PERCENT, MIN_CRITICAL_DISTANCE
from skewcheck.features.types import FloatArray

BINS = 32
"""Bins of equal predicted mass: enough to tell shapes, with rows enough in each of 500."""
MAX_ROWS = 3000
"""Rows that count as evidence of a distribution, at most: worlds always move a little."""

FEW = 16
"""Predicted values that are compared before all of them."""
MIN_FINITE = 0.5
"""Share of the predicted values that a function must have: the others are nulls in the log."""
USUAL_DEVIATIONS = 3.7
"""Standard deviations that G exceeds in one of 10,000 logs."""
MAX_MISFIT = 1.5
"""Of that G: points between training's edges are on lines, and worlds move a little."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Values that a mechanism gives, in ascending order, and their cumulated shares."""

    values: FloatArray
    cumulated: FloatArray
    """One longer: the share of the values before each."""


def predicted(values: FloatArray, weights: FloatArray, logged: Logged) -> Prediction | None:
    """Return the prediction of weighted raw values, as the log shows them.

    None where half of them are not finite, without those that are set aside.
    """
    shown = logged.shown(values)
    finite = np.isfinite(shown)
    total = float(weights[finite].sum())
    if total < MIN_FINITE * (1 - logged.share_aside) * float(weights.sum()):
        return None
    order = np.argsort(shown[finite], kind="stable")
    cumulated = np.concatenate(([0.0], np.cumsum(weights[finite][order]))) / total
    return Prediction(shown[finite][order], cumulated)


@dataclass(frozen=True, slots=True)
class Fit:
    """A prediction beside the values of a log."""

    distance: float
    """KS D."""
    limit: float
    """KS D that noise exceeds in 0.1 % of logs."""
    misfit: float
    """Half of the likelihood ratio statistic G of the bins: natural logarithms of likelihood."""
    bins: int

    @property
    def within_noise(self) -> bool:
        """Whether noise explains the distance, and how the bins differ.

        By the chi-squared distribution of 2 G / 2 (Wilson and Hilferty, Proceedings of the National
        Academy of Sciences 17 (1931), 684).
        """
        free = max(self.bins - 1, 1)
        usual = free * (1 - 2 / (9 * free) + USUAL_DEVIATIONS * math.sqrt(2 / (9 * free))) ** 3
        return self.distance <= self.limit and 2 * self.misfit <= MAX_MISFIT * usual


def may_fit(prediction: Prediction, logged: Logged, training: Training) -> bool:
    """Return whether a few of the predicted values are near enough: else `fitted` is not, either.

    It is quick, and most hypotheses are far off.
    """
    values = prediction.values
    few = values[:: max(len(values) // FEW, 1)]
    distance = _shares(few, prediction, logged)[0]
    return distance <= _limit(len(logged.values), training.rows)


def fitted(prediction: Prediction, logged: Logged, training: Training) -> Fit:
    """Return how well values of a log have a predicted distribution.

    Values within their noise of a predicted one count as that one.
    """
    points = prediction.values[np.flatnonzero(np.diff(prediction.values, append=np.inf) > 0)]
    n, m = len(logged.values), training.rows
    distance, up_to, expected = _shares(points, prediction, logged)
    misfit, bins = _misfit(up_to, expected, n, m)
    return Fit(distance, _limit(n, m), misfit, bins)


def _shares(
    points: FloatArray, prediction: Prediction, logged: Logged
) -> tuple[float, FloatArray, FloatArray]:
    """Return KS D at predicted values, and the shares of values up to each, logged and predicted.

    Those of a distribution function below a value and up to it are compared.
    """
    near = 2 * np.interp(points, logged.values, logged.noise) + 1e-9 * np.abs(points)
    n = len(logged.values)
    below = np.searchsorted(logged.values, points - near, "left") / n
    up_to = np.searchsorted(logged.values, points + near, "right") / n
    expected_below = prediction.cumulated[np.searchsorted(prediction.values, points - near, "left")]
    expected = prediction.cumulated[np.searchsorted(prediction.values, points + near, "right")]
    distance = max(
        float(np.abs(below - expected_below).max()), float(np.abs(up_to - expected).max())
    )
    return distance, up_to, expected


def _limit(n: int, m: int) -> float:
    """Return KS D of samples of these sizes that noise exceeds in 0.1 % of logs."""
    return max(KS_CRITICAL_01_PERCENT * math.sqrt((n + m) / (n * m)), MIN_CRITICAL_DISTANCE)


def effective_rows(n: int, m: int) -> float:
    """Return the rows of a log that say as much about a distribution that is itself of m rows."""
    return min(n * m / (n + m), MAX_ROWS)


def _misfit(up_to: FloatArray, expected: FloatArray, n: int, m: int) -> tuple[float, int]:
    """Return G / 2 of the bins that end at points, and the number of bins that are not empty.

    Both shares are smoothed by half a row, as few rows of training show no share.
    """
    ends = np.unique(np.searchsorted(expected, np.arange(1, BINS) / BINS - 1e-9))
    ends = ends[ends < len(expected) - 1]
    p = np.diff(np.concatenate(([0.0], expected[ends], [1.0])))
    q = np.diff(np.concatenate(([0.0], up_to[ends], [1.0])))
    rows = effective_rows(n, m)
    p = (p * m + 0.5) / (m + 0.5 * len(p))
    positive = q > 0
    misfit = rows * float((q[positive] * np.log(q[positive] / p[positive])).sum())
    return max(misfit, 0.0), len(p)
