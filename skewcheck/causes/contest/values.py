"""Both samples of the contest on the raw scale: training's values, weighted, and the log's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.undoing import undone
from skewcheck.features.steps import Step, forward, is_affine
from skewcheck.features.types import FloatArray, IntArray, NumericReference

POINTS = 2000
"""Points that stand for the rows between training's edges: twice the edges that `fit` keeps."""
MAX_POINTS_OF_INTERVAL = 100
"""Points of an interval: of few edges each holds much, and a line is all that is known of it."""
RELATIVE_NOISE = 1e-7
"""Of a logged value: twice what float32 loses, as a raw column may have been written in it."""
MIN_ATOM = 0.2
"""Share of the rows from which a value is set aside."""
MAX_ATOM_RATIO = 1.5
"""Ratio of its shares on both sides, either way, up to which it is as frequent."""
MIN_SEEN = 0.9
"""Share of the values that must be undone: those at the bound of a clip show nothing."""
MAX_NOISE = 0.05
"""Noise of a value over the standard deviation: beyond it, steps hide what was done before them."""


@dataclass(frozen=True, slots=True)
class Training:
    """Training's raw values in ascending order, as points of some weight."""

    values: FloatArray
    weights: FloatArray
    """Share of the rows that a point stands for; they add up to 1."""
    rows: int
    step: float | None
    """Grid of the raw values; None without one."""
    complete: bool
    """Whether these are all distinct values that training had."""

    @classmethod
    def of(cls, reference: NumericReference) -> Training | None:
        """Return the points of a reference: its edges, and others on lines between them."""
        histogram = reference.histogram
        if not histogram.total:
            return None
        inner, inner_weights = _between(histogram.edges, histogram.between[1:-1])
        if reference.step is not None:
            inner = np.round(inner / reference.step) * reference.step
        ends = histogram.between[[0, -1]]
        outer = np.divide(histogram.sums[[0, -1]], ends, where=ends > 0, out=np.zeros(2))
        values = np.concatenate((histogram.edges, inner, outer))
        weights: FloatArray = np.concatenate((histogram.at, inner_weights, ends)).astype(np.float64)
        order = np.argsort(values, kind="stable")
        order = order[weights[order] > 0]
        return cls(
            values[order], weights[order] / histogram.total, histogram.total, reference.step,
            not histogram.between.any(),
        )  # fmt: skip

    def normalized(self, steps: tuple[Step, ...]) -> Training:
        """Return the values after training's steps, as they are served."""
        values = forward(steps, self.values)
        seen = np.isfinite(values)
        order = np.argsort(values[seen], kind="stable")
        weights = self.weights[seen][order]
        return Training(
            values[seen][order], weights / weights.sum(), self.rows, None, self.complete
        )

    def quantiles(self, probabilities: FloatArray) -> FloatArray:
        """Return the values at which these shares of the rows are reached."""
        cumulated = np.minimum(np.cumsum(self.weights), 1.0)
        places = np.minimum(np.searchsorted(cumulated, probabilities), len(cumulated) - 1)
        quantiles: FloatArray = self.values[places]
        return quantiles

    def heaviest(self) -> tuple[float, float]:
        """Return the most frequent value and its share of the rows."""
        i = int(np.argmax(self.weights))
        return float(self.values[i]), float(self.weights[i])

    def only(self, mask: NDArray[np.bool_]) -> Training:
        """Return the masked values, as all rows that there were."""
        weights = self.weights[mask]
        rows = round(self.rows * float(weights.sum()))
        return Training(self.values[mask], weights / weights.sum(), rows, self.step, self.complete)


def _between(edges: FloatArray, rows: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return points at equal distances in the intervals between edges, and the rows of each."""
    if not rows.any():
        return np.empty(0), np.empty(0)
    wanted = np.ceil(rows * (POINTS / rows.sum())).astype(np.int64)
    counts = np.minimum(wanted, MAX_POINTS_OF_INTERVAL)
    interval = np.repeat(np.arange(len(counts)), counts)
    rank = np.arange(len(interval)) - np.repeat(np.cumsum(counts) - counts, counts)
    part = (rank + 0.5) / counts[interval]
    points = edges[interval] + part * (edges[interval + 1] - edges[interval])
    return points, rows[interval] / counts[interval]


@dataclass(frozen=True)
class Logged:
    """Values of a log in ascending order, on the raw scale."""

    values: FloatArray
    noise: FloatArray
    """What arithmetic and digits lose of each."""
    steps: tuple[Step, ...]
    """The steps that were undone; none for a raw column."""
    aside: float | None = None
    """A value that is set aside: see `without_atom`."""
    share_aside: float = 0.0
    """The share of the rows that have it."""

    @cached_property
    def usual_noise(self) -> float:
        """The median of the noise."""
        return float(np.median(self.noise))

    @classmethod
    def of(
        cls, logged: FloatArray, steps: tuple[Step, ...], tolerance: FloatArray | float
    ) -> Logged | None:
        """Return finite values with the steps undone; None where these hide them."""
        if steps:
            values, noise = undone(logged, steps, tolerance)
        else:
            values = logged
            noise = np.broadcast_to(np.asarray(tolerance, np.float64), logged.shape)
        seen = np.isfinite(values) & np.isfinite(noise)
        if seen.mean() < MIN_SEEN:
            return None
        values, noise = values[seen], noise[seen] + RELATIVE_NOISE * np.abs(values[seen])
        order = np.argsort(values, kind="stable")
        values, noise = values[order], noise[order]
        made = cls(values, noise, steps)
        return made if made.usual_noise <= MAX_NOISE * float(values.std()) else None

    def at(self, value: float) -> NDArray[np.bool_]:
        """Return which values are this one, within their noise."""
        at: NDArray[np.bool_] = np.abs(self.values - value) <= 2 * self.noise + 1e-9 * abs(value)
        return at

    def share_on(self, step: float) -> float | None:
        """Return the share of values on a grid; None where noise hides it."""
        if self.usual_noise > step / 16:
            return None
        off = np.abs(self.values - step * np.round(self.values / step))
        return float((off <= np.minimum(2 * self.noise + 1e-9, step / 8)).mean())

    def only(self, mask: NDArray[np.bool_]) -> Logged:
        """Return the masked values."""
        return replace(self, values=self.values[mask], noise=self.noise[mask])

    def shown(self, values: FloatArray) -> FloatArray:
        """Return raw values as such a log shows them, without those that its steps hide."""
        if self.steps and not is_affine(self.steps):
            values = undone(forward(self.steps, values), self.steps)[0]
        if self.aside is None:
            return values
        near = 2 * self.usual_noise + 1e-9 * abs(self.aside)
        return np.where(np.abs(values - self.aside) <= near, np.nan, values)


def without_atom(training: Training, logged: Logged) -> tuple[Training, Logged]:
    """Return both sides without a value of very many rows that is as frequent as it was.

    It says nothing of a function that leaves it where it is, as most leave 0, and hides what the
    other values say.
    """
    value, share = training.heaviest()
    at = logged.at(value)
    kept = float(at.mean())
    if share < MIN_ATOM or not share / MAX_ATOM_RATIO <= kept <= min(share * MAX_ATOM_RATIO, 0.999):
        return training, logged
    rest = training.values != value
    if not rest.any():
        return training, logged
    others = replace(logged.only(~at), aside=value, share_aside=kept)
    return training.only(rest), others
