"""Segments of which training is not known: what of their difference cannot be there by nature.

Customers of one country pay other fares than those of another, in training as in production: that
a segment differs from the whole of training is no skew. But training held the segment, so that no
more of its rows can be of any kind than all of training had: with P the distribution of training
and w the segment's share of it, P(A | segment) <= P(A) / w for every set A of values. What lies
beyond that, in a segment that has grown no more than `GROWTH` times, was not there in training.

Tested are the values below and above each edge, or each level, and nulls, infinities, values out
of range and unseen levels, each by the number of rows that are of the segment and in A, against
those of training in A: two Poisson rates, of which given their sum the first is binomial
(Przyborowski and Wilenski, Biometrika 31 (1940), p. 313). Bonferroni over the sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import betainc

from skewcheck.features import FloatArray, IntArray
from skewcheck.judging.rows import Parted, Reference, reference_cells
from skewcheck.profile.coarse import CoarseNumbers
from skewcheck.verdict import FACTS, PROOFS, SHARES, Test

GROWTH = 2.0
"""Times the share that a segment had in training: by so much it may have grown."""
_DISTANCES = {True: "ks", False: "linf"}
"""The distance of numbers, and of levels."""


@dataclass(frozen=True, slots=True)
class _Rates:
    """Rows of a segment and of training, and the rates at which they fall into sets."""

    n: float
    """Rows of the segment that are looked at, those that are independent."""
    log: float
    """Rows of the log, likewise."""
    training: float

    def beyond(self, found: FloatArray, known: FloatArray, of: float) -> tuple[float, float]:
        """Return the largest share of `of` rows beyond what nature allows, and its p-value.

        `found` rows of the segment and `known` of training are in each set.
        """
        if not of or not self.training or not len(found):
            return 0.0, 1.0
        allowed = np.minimum(GROWTH * self.log / of * known / self.training, 1.0)
        excess = found / of - allowed
        worst = int(np.argmax(excess))
        rate = GROWTH * self.log / (GROWTH * self.log + self.training)
        p = float(betainc(found[worst], known[worst] + 1, rate)) if found[worst] else 1.0
        return max(float(excess[worst]), 0.0), min(len(found) * p, 1.0)


def beyond_nature(
    tests: Sequence[Test], parted: Parted, group: IntArray, reference: Reference | None, rows: int
) -> list[Test]:
    """Return a segment's tests with what cannot be there by nature as their effects.

    `tests` are those of the parts `group` against the whole `reference`, `rows` those of the log.
    Facts and proofs stand. The figures of the others stay, and what has no such bound gates
    nothing.
    """
    if reference is None:
        return [t if t.name in FACTS | PROOFS else _told(t) for t in tests]
    deff = min(parted.deff, max(rows, 1))
    cells = parted.cells()[group].sum(0) / deff
    known = reference_cells(parted.coarse, reference).astype(np.float64)
    rates = _Rates(float(cells.sum()), rows / deff, float(reference.rows))
    ordered = isinstance(parted.coarse, CoarseNumbers)
    return [_bounded(test, rates, cells, known, ordered) for test in tests]


def _bounded(
    test: Test, rates: _Rates, cells: FloatArray, known: FloatArray, ordered: bool
) -> Test:
    if test.name in FACTS | PROOFS:
        return test
    if test.name == _DISTANCES[ordered]:
        sets = (_ends(cells), _ends(known)) if ordered else (cells, known)
        effect, p = rates.beyond(*sets, rates.n)
        return replace(test, effect=effect, p_value=p, interval=None)
    if test.name in SHARES and test.p_value is not None and test.rows:
        found = np.array([(test.statistic or 0.0) * test.rows])
        had = np.array([(test.expected or 0.0) * rates.training])
        effect, p = rates.beyond(found, had, test.rows)
        return replace(test, effect=effect, p_value=p, interval=None)
    return _told(test)


def _told(test: Test) -> Test:
    return replace(test, effect=None, p_value=None, interval=None)


def _ends(cells: FloatArray) -> FloatArray:
    """Return the rows below each edge, and above it."""
    below = np.cumsum(cells)[:-1]
    return np.concatenate((below, cells.sum() - below))
