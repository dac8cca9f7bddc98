"""Edges that rounding cannot tell apart: counted as one, on both sides alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skewcheck.features.histogram import Histogram
from skewcheck.features.types import FloatArray, IntArray

BLUR = 0.025
"""A quarter of the KS distance that is skew: two cells part only where rounding could carry no
more than this share of training from one to the other."""
HIDDEN = 0.05
"""Half of that distance: a cell must not hide more than this share beside its heaviest value."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Neighbouring edges that are one cell."""

    first: IntArray
    """The first edge of each group; g of them, ascending from 0."""
    edges: FloatArray
    """The edge that stands for each group: the heaviest in training."""
    hidden: float
    """The largest share of training that stands in one cell beside its heaviest edge."""

    @classmethod
    def of(cls, training: Histogram, low: FloatArray, high: FloatArray) -> Groups:
        """Group edges with rows in training whose windows [low, high] meet.

        Two neighbours part nevertheless where few rows of training could have been rounded across
        the middle between them: most edges of a feature without heavy values do.
        """
        edges, at, below = training.edges, training.at, training.below
        if (high[:-1] < low[1:]).all():
            return cls(np.arange(len(edges)), edges, 0.0)
        low, high = np.minimum.accumulate(low[::-1])[::-1], np.maximum.accumulate(high)
        total = max(training.total, 1)
        middle = edges[:-1] + np.diff(edges) / 2
        i = np.arange(len(edges) - 1)
        left = np.minimum(np.searchsorted(high, middle, "left"), i)
        right = np.maximum(np.searchsorted(low, middle, "right") - 1, i + 1)
        blurred = (below[right] + at[right] - below[left]) / total
        parts = (high[:-1] < low[1:]) | (blurred <= BLUR)
        first = np.flatnonzero(np.append(True, parts))
        last = np.append(first[1:], len(edges)) - 1
        heaviest = np.maximum.reduceat(at, first)
        # The first edge of a group that is as heavy as the group's heaviest.
        heavy = np.flatnonzero(at == np.repeat(heaviest, last - first + 1))
        stands = heavy[np.searchsorted(heavy, first)]
        mass = below[last] + at[last] - below[first]
        hidden = float(((mass - heaviest) / total).max())
        return cls(first, edges[stands], hidden)

    def merged(self, counts: Histogram) -> Histogram:
        """Return counts at the same edges with each group as one edge; all rows are kept."""
        return counts if self.edges is counts.edges else counts.merged(self.first, self.edges)
