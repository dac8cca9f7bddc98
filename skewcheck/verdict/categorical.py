"""One side of a categorical feature: its counts against the reference, level by level."""

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


@dataclass(frozen=True, eq=False)
class CategoricalSample:
    """What the tests of a categorical feature are computed from; derived counts are kept."""

    counts: CategoricalCounts
    """The counts of the log."""
    levels: Levels
    known: CategoricalReference | None
    """What training had."""
    deff: float = 1.0
    """Design effect: how many rows of the log are worth one independent row."""
    part: bool = False
    """Of a part of a log."""

    def function(self, spec: TestSpec) -> str | None:
        """Return the dotted name of a test's function for levels."""
        return spec.categorical

    @cached_property
    def reference(self) -> CategoricalReference:
        """Return what training had; empty where nothing is known."""
        return self.known or CategoricalReference(0)

    @cached_property
    def training(self) -> IntArray:
        """Return training's rows in the order of the levels, all others last."""
        return aligned(self.levels, self.reference)

    @cached_property
    def untested(self) -> Reason | None:
        """Return why no distribution can be compared."""
        if not self.training.sum():
            return NO_DISTRIBUTION
        return None if self.counts.present else NO_VALUE

    @cached_property
    def single(self) -> bool:
        """Return whether training and log have one level in all, the same."""
        others = self.reference.other, self.counts.unseen
        listed = int((self.training[:-1] + self.counts.counts > 0).sum())
        return self.few and listed + any(others) < 2

    @property
    def few(self) -> bool:
        """Return whether rows are so few that all levels are pooled into one cell."""
        return len(self.pooled[0]) < 2

    @cached_property
    def pooled(self) -> tuple[IntArray, IntArray]:
        """Return training's and the log's rows of the levels that are not pooled, and the rest."""
        unlisted = self.reference.other, self.counts.unseen
        return two_sample.pooled(self.training[:-1], self.counts.counts, unlisted, self.deff)

    @cached_property
    def bins(self) -> tuple[IntArray, IntArray]:
        """Return the same with a bin for nulls."""
        p, q = self.pooled
        return np.append(p, self.reference.nulls), np.append(q, self.counts.nulls)

    @cached_property
    def homogeneity(self) -> two_sample.Result:
        """Return the chi-square test of homogeneity of the pooled levels.

        Nulls are left out of it, as it is of levels.
        """
        return two_sample.chi2(*self.pooled, self.deff)

    @cached_property
    def every(self) -> tuple[IntArray, IntArray, int]:
        """Return training's and the log's rows of each level, and training's rows of all.

        Unseen levels whose names were kept come last: training had no more rows of one of these
        than of any that is listed.
        """
        reference, counts = self.reference, self.counts
        unseen = np.array(list(counts.names.values()), np.int64)
        least = min((rows for rows in reference.counts.values() if rows), default=reference.other)
        few = np.full(len(unseen), min(least, reference.other))
        m = reference.other + sum(reference.counts.values())
        training = np.append(self.training[:-1], few)
        return training, np.append(counts.counts, unseen), m

    @cached_property
    def p_value(self) -> float:
        """Return the p-value of chi-square, or that of the level which has grown most surely.

        Pooling hides a rare level that is stuck: Bonferroni over all that occur, and a hundredth
        of the error for all of them.
        """
        (training, serving, m), counts = self.every, self.counts
        occur = int((training + serving > 0).sum()) + self.reference.other + counts.unseen
        # A listed level without a training row may be the code that all unseen ones are served as.
        alone = (training > 0) | (np.arange(len(training)) >= len(self.levels.names))
        least = growth(training[alone], serving[alone], m, counts.present, self.deff)
        p = self.homogeneity.p_value
        return min(100 * occur * least, 1.0 if p is None else p, 1.0)


def categorical_tests(sample: CategoricalSample) -> dict[str, Outcome]:
    """Test one side of a categorical feature.

    Each test that applies is there whatever the data: with its figures, or with the reason why
    there are none.
    """
    return measured(sample)


def aligned(levels: Levels, reference: CategoricalReference) -> IntArray:
    """Return the training counts in the order of the levels, all others last."""
    listed = [reference.counts.get(name, 0) for name in levels.names]
    return np.array([*listed, reference.other], np.int64)
