"""Which places of a grid values take, by their remainders: what rules out multiples of a spacing.

Where training takes odd and even places, values on even ones alone are those of a grid twice as
wide. Where it takes every third place only, values on all places are not on the same grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from skewcheck.features.types import FloatArray, NumericReference

MODULI = tuple(
    sorted(p**k for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 73) for k in range(1, 8) if p**k <= 128)
)
"""Prime powers: two factors differ in how often one of them divides each."""
EXPECTED_LEFT = 0.8
"""Of the expected share of other remainders: what the world, moving, may leave of it."""
MAX_P = 1e-4
"""Probability of the remainders, up to which they contradict training's."""
MIN_RATIO = 3.0
"""Ratio of the shares of other remainders from which they contradict: worlds move by less."""


@dataclass(frozen=True, slots=True)
class Residues:
    """For each of MODULI the share of the rows without the most frequent remainder."""

    others: FloatArray
    rows: float
    """Rows, or rows that know as much where only some of them are counted by value."""

    @classmethod
    def of(cls, places: FloatArray, weights: FloatArray, rows: float) -> Residues:
        """Return the remainders of whole places, which stand for so many rows each."""
        total = max(float(weights.sum()), 1e-300)
        # Weights are whole or half rows: their sums are exact in any order.
        whole, place = np.unique(places.astype(np.int64), return_inverse=True)
        rows_of = np.bincount(place, weights, minlength=len(whole))
        others = [
            1 - float(np.bincount(whole % m, rows_of, minlength=1).max()) / total for m in MODULI
        ]
        return cls(np.array(others), rows)

    @classmethod
    def of_training(cls, reference: NumericReference, step: float) -> Residues:
        """Return the remainders of training's raw values on the grid of that step.

        Rows between two edges are counted half with each: edges are quantiles of the values.
        """
        histogram = reference.histogram
        between = histogram.between.astype(np.float64)
        weights = histogram.at + (between[:-1] + between[1:]) / 2
        in_steps = histogram.edges / step
        on = np.abs(in_steps - np.round(in_steps)) < 1e-3
        rows = float(len(histogram)) if between.any() else float(histogram.total)
        return cls.of(np.round(in_steps[on]), weights[on], rows)

    def lack(self, training: Residues) -> bool:
        """Return whether these rows leave out remainders that training's take."""
        return any(map(self._fewer, self.others, training.others))

    def contradict(self, training: Residues) -> bool:
        """Return whether training's rows rule these out: some remainder is missing, or is new."""
        return self.lack(training) or training.lack(self)

    def _fewer(self, share: float, expected: float) -> bool:
        """Return whether a share of these rows is far less than the expected one.

        By the binomial tail, as the regularized incomplete beta function, at MAX_P.
        """
        if MIN_RATIO * share >= expected:
            return False
        seen = math.floor(share * self.rows + 0.5)
        return bool(betainc(self.rows - seen, seen + 1, 1 - EXPECTED_LEFT * expected) <= MAX_P)
