"""One side of a categorical feature: counts by level beside the reference, and its tests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skewcheck.catalogue.spec import TestSpec
from skewcheck.counts.categorical import CategoricalCounts, Levels
from skewcheck.features.types import CategoricalReference, IntArray
from skewcheck.results.tests import Outcome, Reason
from skewcheck.statistics import two_sample
from skewcheck.statistics.rare_levels import growth
from skewcheck.verdict.measures import measured
from skewcheck.verdict.numeric import NO_DISTRIBUTION

NO_VALUE = Reason("no_value")
GROWTH_FACTOR = 100
"""Times the p-value of the growth of a single level, beside that of chi-square: growth then takes a
hundredth of alpha, and stuck rare levels have p-values far below that."""


@dataclass(frozen=True, eq=False)
class CategoricalSample:
    """Counts of a categorical feature and its reference; what is derived is computed once.

    Arrays of rows by level are int64, in the order of `levels`.
    """

    counts: CategoricalCounts
    """The counts of the log."""
    levels: Levels
    """The listed levels."""
    stored: CategoricalReference | None
    """The reference in the parameter file; None without any."""
    deff: float = 1.0
    """Design effect: rows of the log that are worth one independent row."""
    part: bool = False
    """Of a window or segment."""

    def function(self, spec: TestSpec) -> str | None:
        """Return the dotted name of a test's measure function for levels."""
        return spec.categorical

    @cached_property
    def reference(self) -> CategoricalReference:
        """The stored reference, or one without rows."""
        return self.stored or CategoricalReference(0)

    @cached_property
    def training(self) -> IntArray:
        """Training's rows by level, those of all other levels last."""
        return aligned(self.levels, self.reference)

    @cached_property
    def untested(self) -> Reason | None:
        """Why no distribution can be compared; None where it can."""
        if not self.training.sum():
            return NO_DISTRIBUTION
        return None if self.counts.present else NO_VALUE

    @cached_property
    def single(self) -> bool:
        """Whether training and log have one level in all, the same."""
        others = self.reference.other, self.counts.unseen
        listed = int((self.training[:-1] + self.counts.counts > 0).sum())
        return self.few and listed + any(others) < 2

    @property
    def few(self) -> bool:
        """Whether rows are so few that all levels are pooled into one cell."""
        return len(self.pooled[0]) < 2

    @cached_property
    def pooled(self) -> tuple[IntArray, IntArray]:
        """Training's and the log's rows of the levels that are not pooled, the rest last."""
        unlisted = self.reference.other, self.counts.unseen
        return two_sample.pooled(self.training[:-1], self.counts.counts, unlisted, self.deff)

    @cached_property
    def bins(self) -> tuple[IntArray, IntArray]:
        """The pooled rows of both with a bin for nulls, last."""
        p, q = self.pooled
        return np.append(p, self.reference.nulls), np.append(q, self.counts.nulls)

    @cached_property
    def cells(self) -> tuple[IntArray, IntArray]:
        """Training's and the log's rows of each level that either has, none pooled.

        Levels whose names were not kept form one cell, and so do all unseen ones where training
        does not list all of its own.
        """
        names = () if self.reference.other else self.counts.names.values()
        named = np.array([*names], np.int64)
        rest = self.counts.unseen - named.sum()
        training = np.concatenate((self.training[:-1], np.zeros_like(named), self.training[-1:]))
        serving = np.concatenate((self.counts.counts, named, [rest]))
        filled = training + serving > 0
        return training[filled], serving[filled]

    @cached_property
    def homogeneity(self) -> two_sample.Result:
        """The chi-square test of homogeneity of the pooled levels, without nulls."""
        return two_sample.chi2(*self.pooled, self.deff)

    @cached_property
    def unpooled(self) -> tuple[IntArray, IntArray, int]:
        """Training's and the log's rows of each level, and training's rows of all levels.

        Unseen levels whose names were kept come last, with the most rows that training may have
        had of one: not more than of any that is listed.
        """
        reference, counts = self.reference, self.counts
        unseen = np.array(list(counts.names.values()), np.int64)
        least = min((rows for rows in reference.counts.values() if rows), default=reference.other)
        upper_bound = np.full(len(unseen), min(least, reference.other))
        m = reference.other + sum(reference.counts.values())
        training = np.append(self.training[:-1], upper_bound)
        return training, np.append(counts.counts, unseen), m

    @cached_property
    def p_value(self) -> float:
        """The p-value of chi-square, or if less that of the growth of a single level.

        Pooling hides growth of a rare level (a stuck value). Its p-value is corrected for all
        levels that occur (Bonferroni), and multiplied by `GROWTH_FACTOR`, so that both tests
        together keep their level nearly.
        """
        (training, serving, m), counts = self.unpooled, self.counts
        levels = int((training + serving > 0).sum()) + self.reference.other + counts.unseen
        # A listed level without a training row may be the code that all unseen ones are served as.
        tested = (training > 0) | (np.arange(len(training)) >= len(self.levels.names))
        least = growth(training[tested], serving[tested], m, counts.present, self.deff)
        p = self.homogeneity.p_value
        return min(GROWTH_FACTOR * levels * least, 1.0 if p is None else p, 1.0)


def categorical_tests(sample: CategoricalSample) -> dict[str, Outcome]:
    """Return the outcomes of the tests of one side of a categorical feature, by code.

    Each test that applies is there whatever the data: with its measurement or the reason for none.
    """
    return measured(sample)


def aligned(levels: Levels, reference: CategoricalReference) -> IntArray:
    """Return the reference's rows in the order of the levels, those of all others last."""
    listed = [reference.counts.get(name, 0) for name in levels.names]
    return np.array([*listed, reference.other], np.int64)
