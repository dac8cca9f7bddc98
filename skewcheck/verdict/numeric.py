"""One side of a numeric feature: its counts against the reference at the same edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from skewcheck.catalogue.spec import TestSpec
from skewcheck.catalogue.tests import TESTS
from skewcheck.counts.numeric import NumericCounts
from skewcheck.features.histogram import Histogram
from skewcheck.features.steps import Step
from skewcheck.features.types import IntArray, NumericReference
from skewcheck.results.tests import Outcome, Reason
from skewcheck.statistics import two_sample
from skewcheck.verdict.measures import effect_of, measured, of_distribution
from skewcheck.verdict.merged_edges import HIDDEN, Groups
from skewcheck.verdict.normalized import Normalized, normalized

NO_DISTRIBUTION = Reason("no_distribution")
NO_FINITE_VALUE = Reason("no_finite_value")
CONSTANTS = Reason("constants")
LOWERED_ERRORS = 4.0
"""Standard errors by which an effect is lowered where there is no p-value: one-sided, 3e-5, about
the level of a single test of a whole audit."""


@dataclass(frozen=True, eq=False)
class NumericSample:
    """What the tests of a numeric feature are computed from; derived counts are computed once.

    Served, infinities that the steps make of training rows count as nulls as well: many a log has
    no other way to write them.
    """

    logged: NumericCounts
    """The counts of the log, in the units of this side."""
    known: NumericReference | None
    """What training had, in the same units."""
    steps: Sequence[Step]
    """The training normalization."""
    served: bool
    deff: float = 1.0
    """Design effect: how many rows of the log are worth one independent row."""
    part: bool = False
    """Of a part of a log: without intervals, which nobody reads of a thousand windows."""
    fitted: bool = False
    """The numbers of the steps were computed on the training data."""

    def function(self, spec: TestSpec) -> str | None:
        """Return the dotted name of a test's function for numbers."""
        return spec.numeric

    @cached_property
    def reference(self) -> NumericReference:
        """Return what training had; empty where nothing is known."""
        known = self.known or NumericReference(0)
        if not (self.served and known.nonfinite):
            return known
        return replace(known, nulls=known.nulls + known.nonfinite, nonfinite=0)

    @cached_property
    def counts(self) -> NumericCounts:
        """Return the counts of the log, to be compared with `reference`."""
        logged = self.logged
        if not (self.served and self.known is not None and self.known.nonfinite):
            return logged
        return replace(logged, nulls=logged.nulls + logged.nonfinite, nonfinite=0)

    @cached_property
    def untested(self) -> Reason | None:
        """Return why no distribution can be compared."""
        if not self.reference.histogram.total:
            return NO_DISTRIBUTION
        return None if self.counts.finite else NO_FINITE_VALUE

    @cached_property
    def groups(self) -> Groups:
        """Return which edges rounding cannot tell apart."""
        return Groups.of(self.reference.histogram, self.counts.low, self.counts.high)

    @cached_property
    def training(self) -> Histogram:
        """Return training's counts at the edges that can be told apart."""
        return self.groups.merged(self.reference.histogram)

    @cached_property
    def serving(self) -> Histogram:
        """Return the log's counts at these edges."""
        return self.groups.merged(self.counts.histogram)

    @cached_property
    def cells(self) -> tuple[IntArray, IntArray]:
        """Return training's and the log's rows by cell, in ascending order."""
        return self.training.interleaved, self.serving.interleaved

    @cached_property
    def rows(self) -> float:
        """Return the rows with a finite value, as independent ones."""
        return float(self.cells[1].sum() / self.deff)

    @cached_property
    def bins(self) -> tuple[IntArray, IntArray]:
        """Return training's and the log's rows by reference quantile.

        The nulls are a bin of their own: 0 to 60 % of them must not pass.
        """
        training, serving = self.cells
        bins = two_sample.quantile_bins(training)
        return (
            np.append(two_sample.binned(training, bins), self.reference.nulls),
            np.append(two_sample.binned(serving, bins), self.counts.nulls),
        )

    @cached_property
    def normalized(self) -> Normalized | Reason:
        """Return both sides after the training normalization, or why they cannot be compared."""
        sides = self.counts.gaps.refined(self.training, self.serving, self.groups.first)
        training = replace(self.reference, histogram=sides[0])
        steps = () if self.served else self.steps
        return normalized(training, sides[1], self.counts.moments, steps)


def numeric_tests(sample: NumericSample) -> dict[str, Outcome]:
    """Test one side of a numeric feature against the reference in that side's units.

    Each test that applies is there whatever the data: with its figures, or with the reason why
    there are none.
    """
    outcomes = measured(sample)
    if sample.untested is not None or sample.groups.hidden <= HIDDEN:
        return outcomes
    # What is seen in spite of it stands; that nothing is seen means nothing.
    if any(_shows(TESTS[code], outcome) for code, outcome in outcomes.items()):
        return outcomes
    reason = Reason("rounding_hides", {"share": sample.groups.hidden})
    return {
        code: reason if of_distribution(spec := TESTS[code]) and not spec.by_moments else outcome
        for code, outcome in outcomes.items()
    }


def _shows(spec: TestSpec, outcome: Outcome) -> bool:
    limit = spec.threshold
    return spec.moved and limit is not None and effect_of(outcome) >= limit / 2
