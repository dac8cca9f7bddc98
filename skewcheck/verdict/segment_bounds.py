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

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from skewcheck.catalogue.tests import KS, LINF, NONFINITE, NULLS, RANGE, UNSEEN
from skewcheck.counts.coarse import CoarseNumbers
from skewcheck.features.types import CategoricalReference, FloatArray, IntArray, NumericReference
from skewcheck.results.tests import Measurement, Outcome
from skewcheck.statistics.rare_levels import rare
from skewcheck.verdict.part_counts import Parted, Reference, reference_cells

GROWTH = 2.0
"""Times the share that a segment had in training: by so much it may have grown."""


@dataclass(frozen=True, slots=True)
class _Rates:
    """How many rows the log and training have, all of them; those that are independent."""

    log: float
    training: float
    deff: float

    def tested(
        self, statistic: float, sets: tuple[FloatArray, FloatArray], rows: float
    ) -> Measurement:
        """Measure the largest share of `rows` beyond what nature allows, as the effect.

        `sets` are the rows of the segment in each set of values, and those of training.
        """
        found, known = sets[0] / self.deff, sets[1]
        n = rows / self.deff
        allowed = np.minimum(GROWTH * self.log / n * known / self.training, 1.0)
        excess = found / n - allowed
        worst = int(np.argmax(excess))
        rate = GROWTH * self.log / (GROWTH * self.log + self.training)
        p = float(betainc(found[worst], known[worst] + 1, rate)) if found[worst] else 1.0
        effect = max(float(excess[worst]), 0.0)
        p = min(len(found) * p, 1.0)
        return Measurement(statistic, effect, p_value=p, rows=n)


def tests(
    parted: Parted, group: IntArray, reference: Reference | None, rows: int
) -> dict[str, Outcome]:
    """Test the parts `group`, a segment, against the whole `reference`; `rows` are the log's.

    Statistics are those of any other test of these names. What has no such bound is left out.
    """
    cells = parted.cells()[group].sum(0)
    found = parted.parity(group)
    n = int(cells.sum()) + int(parted.absent()[group].sum())
    if reference is None or not reference.rows or not n:
        return found
    deff = min(parted.deff, n)
    rates = _Rates(rows / deff, float(reference.rows), deff)
    known = reference_cells(parted.coarse, reference)
    if cells.sum() and known.sum():
        found |= _distance(rates, cells, known, isinstance(parted.coarse, CoarseNumbers))
    shares = _of_numbers if isinstance(reference, NumericReference) else _of_levels
    for code, some, had, of in shares(parted, group, cells, reference):
        if of:
            sets = np.array([some], np.float64), np.array([had], np.float64)
            found[code] = rates.tested(some / of, sets, of)
    return found


def _distance(rates: _Rates, cells: IntArray, known: IntArray, ordered: bool) -> dict[str, Outcome]:
    apart = cells / cells.sum() - known / known.sum()
    if not ordered:
        sets = cells.astype(np.float64), known.astype(np.float64)
        return {LINF.code: rates.tested(float(np.abs(apart).max()), sets, float(cells.sum()))}
    distance = float(np.abs(np.cumsum(apart)).max())
    sets = _ends(cells), _ends(known)
    return {KS.code: rates.tested(distance, sets, float(cells.sum()))}


def _ends(cells: IntArray) -> FloatArray:
    """Return the rows below each edge, and above it."""
    below = np.cumsum(cells, dtype=np.float64)[:-1]
    return np.concatenate((below, cells.sum() - below))


def _of_numbers(
    parted: Parted, group: IntArray, cells: IntArray, reference: Reference
) -> Iterator[tuple[str, float, float, float]]:
    """Yield a test's code, its rows in the segment, those in training, and of how many."""
    if not isinstance(reference, NumericReference):
        return
    rows = float(cells.sum() + parted.absent()[group].sum())
    nulls, infinite = (float(parted.tables[name][group].sum()) for name in ("nulls", "infinite"))
    lost, odd = float(reference.nulls), float(reference.nonfinite)
    if parted.served and odd:
        # As in `numeric_tests`: many a log has no other way to write what the steps made of them.
        nulls, infinite, lost, odd = nulls + infinite, 0.0, lost + odd, 0.0
    yield NULLS.code, nulls, lost, rows
    yield NONFINITE.code, infinite, odd, rows
    edges = reference.histogram.edges
    if len(edges) and reference.min == edges[0] and reference.max == edges[-1]:
        # Of a sample of m rows, about two of m more lie outside.
        yield RANGE.code, float(cells[0] + cells[-1]), 2.0, float(cells.sum())


def _of_levels(
    parted: Parted, group: IntArray, cells: IntArray, reference: Reference
) -> Iterator[tuple[str, float, float, float]]:
    if not isinstance(reference, CategoricalReference):
        return
    nulls, present = float(parted.absent()[group].sum()), float(cells.sum())
    yield NULLS.code, nulls, float(reference.nulls), present + nulls
    listed = np.array([rows for rows in reference.counts.values() if rows], np.int64)
    if listed.sum() + reference.other:
        yield UNSEEN.code, float(cells[-1]), float(rare(listed, reference.other)[0]), present
