"""What a world that moves is charged: its distribution is free, or a line, or tilted smoothly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skewcheck.causes.contest.fit import BINS, Fit, effective_rows, fitted, predicted
from skewcheck.causes.contest.values import Logged, Training
from skewcheck.features.types import FloatArray, IntArray

USUAL_STRETCH, USUAL_MOVE = 0.3, 0.5
"""Standard deviations of what worlds do: of the logarithm of a spread's ratio, and of a location
over the spread."""
MAX_MOVE_CHARGE = 30.0
"""Logarithm of likelihood that a move is charged at most: now and then everything is another."""
MIN_ATOM, ATOM_CHARGE = 0.05, 15.0
"""Share of a value that worlds leave where it is, as a zero, and what moving it is charged."""
MAX_COUNTED, MIN_NEW = 31, 0.03
"""Whole numbers, as days of a month, and share of values beyond them, that are no line of others:
their line is charged as that of a frequent value."""
MAX_TILTS = 4
"""Terms of a smooth change: location, spread, skewness and tails of the ranks (Neyman, Skandinavisk
Aktuarietidskrift 20 (1937))."""
MAX_TILT = 30.0
"""Logarithm of the ratio of densities: of a larger one nothing is left."""
NEWTON_STEPS = 12
"""Enough for coefficients that are no larger than MAX_TILT."""
QUANTILES = np.arange(1, 20) / 20


@dataclass(frozen=True, slots=True)
class World:
    """Logarithms of likelihood of the ways in which training's distribution may have moved."""

    rows: float
    unmoved: Fit
    moved: float
    """What the move of location and spread is charged."""
    line: float
    tilted: float

    def likelihood(self, bins: int) -> float:
        """Return that of the best of them; a free distribution has so many bins."""
        free = -(bins - 1) / 2 * math.log(max(self.rows / (2 * math.pi), 2.0)) - self.moved
        return max(free, self.line, self.tilted, -self.unmoved.misfit)

    @classmethod
    def of(cls, training: Training, logged: Logged, unmoved: Fit) -> World:
        """Return how likely values of a log are as those of a world that moved."""
        rows = effective_rows(len(logged.values), training.rows)
        x, y = training.quantiles(QUANTILES), np.quantile(logged.values, QUANTILES)
        widths = float(x[-1] - x[0]), float(y[-1] - y[0])
        moved = MAX_MOVE_CHARGE
        if min(widths) > 0:
            stretch = math.log(widths[1] / widths[0]) / USUAL_STRETCH
            move = float(np.median(y - x)) / min(widths) / USUAL_MOVE
            moved = min((stretch**2 + move**2) / 2, MAX_MOVE_CHARGE)
        line = _line(training, logged, x, y) - math.log(rows) - moved
        tilted = max(_tilted(training, logged, rows, k) for k in range(1, MAX_TILTS + 1))
        return cls(
            rows,
            unmoved,
            moved,
            line - ATOM_CHARGE * (leaves_atom(training, logged) or counts_beyond(training, logged)),
            tilted,
        )


def _line(training: Training, logged: Logged, x: FloatArray, y: FloatArray) -> float:
    """Return the likelihood of the line through quantiles, by least squares, on training's grid."""
    spread = float(((x - x.mean()) ** 2).sum())
    slope = float(((x - x.mean()) * (y - y.mean())).sum()) / spread if spread else 0.0
    if slope <= 0:
        return -math.inf
    values = y.mean() + slope * (training.values - x.mean())
    if training.step is not None:
        values = np.round(values / training.step) * training.step
    prediction = predicted(values, training.weights, logged)
    return -math.inf if prediction is None else -fitted(prediction, logged, training).misfit


def leaves_atom(training: Training, logged: Logged) -> bool:
    """Return whether the most frequent value of training, one of many rows, is nearly gone."""
    value, share = training.heaviest()
    return share >= MIN_ATOM and bool(float(logged.at(value).mean()) < share / 5)


def counts_beyond(training: Training, logged: Logged) -> bool:
    """Return whether training counts a few whole numbers, and the log goes on beyond them."""
    few = training.complete and len(training.values) <= MAX_COUNTED
    whole = few and bool((training.values == np.round(training.values)).all())
    return whole and beyond(training, logged) >= MIN_NEW


def _tilted(training: Training, logged: Logged, rows: float, terms: int) -> float:
    """Return the likelihood of training's shares times exp of a polynomial of the ranks.

    By Newton's method on bins of training, with half a logarithm of the rows for each term. Values
    beyond training's ends are as rare in such a world as in training.
    """
    cumulated = np.cumsum(training.weights)
    ranks = 2 * (cumulated - training.weights / 2) - 1
    basis: FloatArray = np.polynomial.legendre.legvander(ranks, terms)[:, 1:].astype(np.float64)
    ends = np.unique(np.searchsorted(cumulated, np.arange(1, BINS) / BINS - 1e-9))
    ends = ends[ends < len(cumulated) - 1]
    near = 2 * np.interp(training.values[ends], logged.values, logged.noise)
    up_to = np.searchsorted(logged.values, training.values[ends] + near, "right")
    shares = np.diff(np.concatenate(([0], up_to, [len(logged.values)]))) / len(logged.values)
    theta = _newton(training.weights, basis, np.concatenate(([0], ends + 1)), shares)
    weights = training.weights * np.exp(np.clip(basis @ theta, -MAX_TILT, MAX_TILT))
    prediction = predicted(training.values, weights, logged)
    if prediction is None:
        return -math.inf
    misfit = fitted(prediction, logged, training).misfit
    return -misfit - _beyond(training, logged, rows) - terms / 2 * math.log(rows)


def _newton(
    weights: FloatArray, basis: FloatArray, starts: IntArray, shares: FloatArray
) -> FloatArray:
    """Return the coefficients that make the mean of each term that of the bins' shares."""
    totals = np.add.reduceat(weights, starts)
    means = np.add.reduceat(weights[:, None] * basis, starts) / totals[:, None]
    theta = np.zeros(basis.shape[1])
    for _ in range(NEWTON_STEPS):
        tilted = totals * np.exp(np.clip(means @ theta, -MAX_TILT, MAX_TILT))
        tilted /= tilted.sum()
        centred = means - tilted @ means
        hessian = (centred * tilted[:, None]).T @ centred + 1e-6 * np.eye(len(theta))
        theta = theta + np.clip(np.linalg.solve(hessian, means.T @ (shares - tilted)), -2, 2)
    return theta


def _beyond(training: Training, logged: Logged, rows: float) -> float:
    """Return what a smooth change is charged for values beyond training's ends."""
    share, usual = beyond(training, logged), 2 / training.rows
    return rows * share * math.log(share / usual) if share > usual else 0.0


def beyond(training: Training, logged: Logged) -> float:
    """Return the share of values beyond training's ends."""
    low, high = training.values[0], training.values[-1]
    outside = (logged.values < low - 2 * logged.noise) | (logged.values > high + 2 * logged.noise)
    return float(outside.mean())
