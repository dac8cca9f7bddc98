"""How far values on a grid lie from training's, wherever the offset puts them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skewcheck.causes.distributions import (
    KS_CRITICAL_01_PERCENT,
    MIN_CRITICAL_DISTANCE,
)
from skewcheck.causes.residues import Residues
from skewcheck.causes.training_quantiles import PROBABILITIES, quantiles
from skewcheck.features.types import FloatArray, NumericReference

MAX_SPREAD_RATIO = 4.0
"""Ratio of the spreads of two distributions, beyond which no drift makes them alike."""
MIN_ATOM_SHARE = 0.2
"""Share of the rows from which a value is an atom."""
SLACK = 0.25
"""Of a step: values on the grid lie at one of its places, those between two at none."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far values lie from training's."""

    distance: float
    """KS D."""
    limit: float
    """KS D that noise exceeds in 0.1 % of logs."""

    @property
    def within_noise(self) -> bool:
        """Whether noise explains the distance."""
        return self.distance <= self.limit


@dataclass(frozen=True, slots=True)
class TrainingPlaces:
    """Training's raw values on the grid, in steps, without the most frequent one if it is an atom.

    An atom says nothing about the scale, and hides what the other values say.
    """

    below: FloatArray
    """Share of the values less than each edge."""
    up_to: FloatArray
    """Share of the values less than or equal to each edge."""
    edges: FloatArray
    rows: int
    atom: float | None
    """The most frequent value, of which rows are left out."""
    quantiles: FloatArray
    residues: Residues

    @classmethod
    def of(cls, reference: NumericReference, step: float) -> TrainingPlaces:
        """Return what the reference says of raw values on a grid of that step."""
        histogram = reference.histogram
        edges, below, up_to = histogram.edges / step, histogram.below, histogram.up_to
        heaviest, rows, atom = int(np.argmax(histogram.at)), histogram.total, None
        if MIN_ATOM_SHARE * rows < histogram.at[heaviest] < rows:
            at, atom = histogram.at[heaviest], float(edges[heaviest])
            below, up_to = below - at * (edges > atom), up_to - at * (edges >= atom)
            rows -= int(at)
        total = max(rows, 1)
        residues = Residues.of_training(reference, step)
        return cls(
            below / total, up_to / total, edges, rows, atom, quantiles(reference) / step, residues
        )

    def compared(self, values: FloatArray) -> Comparison:
        """Return the distance of ascending values, in steps, from training's."""
        if self.atom is not None:
            values = values[np.abs(values - self.atom) > SLACK]
        n = len(values)
        if not n:
            return Comparison(1.0, 1.0)
        below = np.searchsorted(values, self.edges - SLACK, "left") / n
        up_to = np.searchsorted(values, self.edges + SLACK, "right") / n
        distance = max(np.abs(below - self.below).max(), np.abs(up_to - self.up_to).max())
        noise = KS_CRITICAL_01_PERCENT * math.sqrt(1 / n + 1 / max(self.rows, 1))
        return Comparison(float(distance), max(noise, MIN_CRITICAL_DISTANCE))

    def shifted(self, places: Places, factor: float) -> Comparison:
        """Return the distance of places times a factor, with the whole steps that make it least."""
        moved = (self.quantiles - places.quantiles * factor)[4:15]
        shifts = {float(np.round(moved.mean())), float(np.round(np.median(moved)))}
        if self.atom is not None:
            shifts.add(float(np.round(self.atom - places.heaviest * factor)))
        steps = places.ordered * factor
        return min((self.compared(steps + shift) for shift in shifts), key=lambda c: c.distance)

    def has_like_spread(self, places: Places, factor: float) -> bool:
        """Return whether places times a factor spread MAX_SPREAD_RATIO as far at most.

        True where quantiles do not show it, as those of an atom.
        """
        spread, expected = (
            float(q[-1] - q[0]) for q in (places.quantiles * factor, self.quantiles)
        )
        least, most = min(spread, expected), max(spread, expected)
        return least <= 0 or most <= MAX_SPREAD_RATIO * least


@dataclass(frozen=True, slots=True)
class Places:
    """Served values in spacings."""

    ordered: FloatArray
    quantiles: FloatArray
    heaviest: float
    """The most frequent."""

    @classmethod
    def of(cls, ordered: FloatArray) -> Places:
        """Return what is known of ascending places."""
        values, counts = np.unique(np.round(ordered), return_counts=True)
        heaviest = float(values[int(np.argmax(counts))])
        return cls(ordered, np.quantile(ordered, PROBABILITIES), heaviest)
