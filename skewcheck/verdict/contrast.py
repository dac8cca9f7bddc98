"""Tell a set of segments from the other segments of a log.

That one set is skew and the others are not is no difference between them: they may have fewer rows.
The set is named only where a test of the difference itself is significant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import kolmogorov

from skewcheck.catalogue.spec import Kind
from skewcheck.catalogue.tests import TESTS
from skewcheck.features.types import IntArray
from skewcheck.results.tests import Measurement, Outcome
from skewcheck.statistics import two_sample
from skewcheck.verdict.part_counts import Parted, Reference

COUNTED = frozenset({Kind.SHARE, Kind.PROOF})
"""Kinds of tests whose statistic is a share of rows."""


@dataclass(frozen=True, slots=True)
class Side:
    """Some parts of a log together, and what they are compared with."""

    parted: Parted
    parts: IntArray
    reference: Reference | None
    """The whole reference, or that of the same parts elsewhere."""

    @property
    def rows(self) -> int:
        """Return how many rows the parts have."""
        return self.parted.counts(self.parts).rows

    def tests(self) -> Mapping[str, Outcome]:
        """Return the tests of the parts against the reference."""
        return self.parted.tests(self.parts, self.reference)

    def hits(self, code: str, test: Measurement) -> tuple[int, int]:
        """Return the rows that a share is of, as counts: those that have it, and all."""
        if TESTS[code].kind is Kind.PROOF:
            rows = int(self.parted.tables["compared"][self.parts].sum())
        else:
            rows = round((test.rows or 0.0) * self.parted.deff)
        return round((test.statistic or 0.0) * rows), rows


def p_value(inside: Side, outside: Side, codes: Iterable[str], *, own: bool) -> float:
    """Return the p-value that both sides fail the tests of these codes alike; 1 without any.

    `own`: each side has a reference of its own, from which both may have moved alike. Bonferroni
    over the tests that were done.
    """
    specs = [TESTS[code] for code in codes]
    counted = [spec.code for spec in specs if spec.kind in COUNTED]
    p = list(_of_shares(inside, outside, counted, own=own))
    if any(spec.kind not in COUNTED for spec in specs):
        p += _of_distances(inside, outside) if own else _of_distribution(inside, outside)
    return min(min(p, default=1.0) * len(p), 1.0)


def _of_shares(inside: Side, outside: Side, codes: list[str], *, own: bool) -> Iterator[float]:
    """Yield the p-value of each share, one-sided: Fisher's exact test of inside against outside.

    Where each side has a reference of its own, their shares differ by nature: then that of the
    differences from it, as of distances. Parity has no reference.
    """
    both = inside.tests(), outside.tests()
    for code in codes:
        here, there = (tests.get(code) for tests in both)
        if not (isinstance(here, Measurement) and isinstance(there, Measurement)):
            continue
        if own and TESTS[code].kind is not Kind.PROOF:
            yield _of_effects(inside, outside, here, there)
            continue
        (hits, n), (others, m) = inside.hits(code, here), outside.hits(code, there)
        # A design effect leaves fewer independent rows on either side.
        deff = inside.parted.deff
        yield two_sample.excess(round(others / deff), max(round(m / deff), 1), hits, n, deff)


def _of_distribution(inside: Side, outside: Side) -> Iterator[float]:
    """Yield the p-values of the tests of distance between both sides.

    Rows of both depend on each other: the variance is that of 1/n + 1/m times the design effect.
    """
    deff = inside.parted.deff
    deff += (deff - 1) * inside.rows / max(outside.rows, 1)
    parted = replace(inside.parted, deff=deff)
    reference = outside.parted.baseline(outside.parts)
    for code, test in parted.distribution_tests(inside.parts, reference).items():
        if isinstance(test, Measurement) and test.p_value is not None and TESTS[code].moved:
            yield test.p_value


def _of_distances(inside: Side, outside: Side) -> Iterator[float]:
    """Yield the p-value that the usual distance of both sides, each from its own, is the same."""
    both = inside.tests(), outside.tests()
    for code, here in both[0].items():
        there = both[1].get(code)
        if isinstance(here, Measurement) and isinstance(there, Measurement) and TESTS[code].usual:
            yield _of_effects(inside, outside, here, there)


def _of_effects(inside: Side, outside: Side, here: Measurement, there: Measurement) -> float:
    """Return a bound of the p-value that both sides have the same effect.

    An effect is a difference of shares, or the largest of many: Kolmogorov's distribution of four
    samples is an upper bound for both (Smirnov, Annals of Mathematical Statistics 19 (1948)).
    """
    variance = 0.0
    for side in (inside, outside):
        if side.reference is None or not side.reference.rows or not side.rows:
            return 1.0
        variance += 1 / side.reference.rows + side.parted.deff / side.rows
    more = (here.effect or 0.0) - (there.effect or 0.0)
    return float(kolmogorov(max(more, 0.0) / np.sqrt(variance)))
