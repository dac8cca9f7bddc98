"""Some rows of a part of a log as counts of a feature: what tests and change points are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from skewcheck.catalogue.tests import PARITY
from skewcheck.counts.categorical import CategoricalCounts
from skewcheck.counts.coarse import Coarse, CoarseLevels, CoarseNumbers
from skewcheck.counts.feature_profile import Counts
from skewcheck.counts.moments import Moments
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.parts import Table
from skewcheck.features.histogram import Histogram, interleaved
from skewcheck.features.types import CategoricalReference, FloatArray, IntArray, NumericReference
from skewcheck.results.tests import Measurement, Outcome
from skewcheck.statistics import two_sample
from skewcheck.verdict.categorical import CategoricalSample, categorical_tests
from skewcheck.verdict.numeric import NumericSample, numeric_tests

LEVELS = 15
"""Levels with a bin of their own where changes are looked for."""
Reference = NumericReference | CategoricalReference


@dataclass(frozen=True, slots=True)
class Parted:
    """A feature in the p parts of a dimension: tables with a row per part."""

    name: str
    coarse: Coarse
    tables: Mapping[str, Table]
    served: bool
    low: FloatArray
    high: FloatArray
    """The widest window [low, high] of each kept edge; empty for levels."""
    deff: float = 1.0
    """That of the whole log: a part has fewer rows of each cluster, and so a smaller one."""

    @classmethod
    def of(cls, name: str, coarse: Coarse, tables: Mapping[str, Table], served: bool,
           whole: Counts | None, deff: float = 1.0) -> Parted:  # fmt: skip
        """Return a feature whose whole column was counted as `whole`."""
        low = high = np.empty(0)
        if isinstance(coarse, CoarseNumbers):
            low, high = coarse.windows.low[coarse.kept], coarse.windows.high[coarse.kept]
            if isinstance(whole, NumericCounts) and len(whole.low):
                low, high = whole.low[coarse.kept], whole.high[coarse.kept]
        return cls(name, coarse, tables, served, low, high, deff)

    @property
    def reference(self) -> Reference | None:
        """What training knew, as coarse as the parts."""
        return self.coarse.reference

    def pooled(self, groups: Sequence[IntArray]) -> Parted:
        """Return the same with groups of parts as parts."""
        tables = {
            name: np.array([table[group].sum(0) for group in groups])
            for name, table in self.tables.items()
        }
        return replace(self, tables=tables)

    def counts(self, parts: IntArray) -> Counts:
        """Return the counts of some parts together."""
        sums = {name: table[parts].sum(0) for name, table in self.tables.items()}
        if isinstance(self.coarse, CoarseNumbers):
            return _numeric(sums, self.coarse, self.low, self.high)
        levels = sums["levels"].astype(np.int64)
        rows, strangers, nulls = int(levels.sum()), int(levels[-2]), int(levels[-1])
        return CategoricalCounts(rows, nulls, 0, levels[:-2], strangers, {})

    def baseline(self, parts: IntArray) -> Reference:
        """Return some parts together as something to compare others with."""
        return baseline(self.coarse, self.counts(parts))

    def tests(self, parts: IntArray, reference: Reference | None) -> dict[str, Outcome]:
        """Test some parts together against a reference."""
        return self.distribution_tests(parts, reference) | self.parity(parts)

    def distribution_tests(
        self, parts: IntArray, reference: Reference | None
    ) -> dict[str, Outcome]:
        """Test the distribution of some parts together; those of parts alone, without parity."""
        sample = self.sample(parts, reference)
        if sample is None:
            return {}
        found = (
            numeric_tests(sample) if isinstance(sample, NumericSample)
            else categorical_tests(sample)
        )  # fmt: skip
        # Too few rows in a part are no reason to doubt: nobody asks what a test could have shown.
        return {
            code: replace(test, power=None) if isinstance(test, Measurement) else test
            for code, test in found.items()
        }

    def sample(
        self, parts: IntArray, reference: Reference | None
    ) -> NumericSample | CategoricalSample | None:
        """Return some parts together beside a reference; None where nothing is counted."""
        counts = self.counts(parts)
        deff = min(self.deff, max(counts.rows, 1))
        if isinstance(counts, NumericCounts):
            known = reference if isinstance(reference, NumericReference) else None
            return NumericSample(counts, known, (), self.served, deff, part=True)
        if isinstance(self.coarse, CoarseLevels):
            levels = reference if isinstance(reference, CategoricalReference) else None
            return CategoricalSample(counts, self.coarse.known, levels, deff, part=True)
        return None

    def parity(self, parts: IntArray) -> dict[str, Outcome]:
        """Test parity of some parts together, where there is anything to compare."""
        compared = int(self.tables["compared"][parts].sum()) if "compared" in self.tables else 0
        if not compared:
            return {}
        share = int(self.tables["mismatched"][parts].sum()) / compared
        return {PARITY.code: Measurement(share, share)}

    def cells(self) -> IntArray:
        """Return the distribution of each part, p x cells: in order for numbers; without nulls."""
        if isinstance(self.coarse, CoarseLevels):
            return self.tables["levels"][:, :-1].astype(np.int64)
        return interleaved(self.tables["at"], self.tables["between"])

    def absent(self) -> IntArray:
        """Return the rows of each part without a (finite) value."""
        if isinstance(self.coarse, CoarseLevels):
            return self.tables["levels"][:, -1].astype(np.int64)
        return (self.tables["nulls"] + self.tables["infinite"]).astype(np.int64)

    def bin_of(self, reference: Reference) -> IntArray:
        """Return the bin of each cell: reference deciles, or the most frequent levels."""
        cells = reference_cells(self.coarse, reference)
        if isinstance(self.coarse, CoarseNumbers):
            return two_sample.quantile_bins(cells)
        listed = len(cells) - 1
        heaviest = np.argsort(-cells[:listed], kind="stable")[:LEVELS]
        bins = np.full(len(cells), len(heaviest))
        bins[heaviest] = np.arange(len(heaviest))
        bins[-1] = len(heaviest) + 1  # strangers
        return bins


def binned(cells: IntArray, bins: IntArray, absent: IntArray) -> IntArray:
    """Add up cells by bin, part by part; rows without a value have the last."""
    found = np.zeros((len(cells), int(bins.max(initial=0)) + 2), np.int64)
    np.add.at(found.T, bins, cells.T)
    found[:, -1] = absent
    return found


def reference_cells(coarse: Coarse, reference: Reference) -> IntArray:
    """Return the reference's rows in the cells of `Parted.cells`."""
    if isinstance(reference, NumericReference):
        return reference.histogram.interleaved
    names = coarse.names if isinstance(coarse, CoarseLevels) else ()
    return np.array([*(reference.counts.get(n, 0) for n in names), reference.other], np.int64)


def baseline(coarse: Coarse, counts: Counts) -> Reference:
    """Return coarse counts as what parts are compared with.

    Whatever that is, shifts are in standard deviations of training.
    """
    if isinstance(counts, NumericCounts):
        reference = coarse.reference
        return NumericReference(
            rows=counts.rows, nulls=counts.nulls, nonfinite=counts.nonfinite,
            mean=counts.moments.mean,
            std=reference.std if isinstance(reference, NumericReference) else None,
            histogram=counts.histogram,
        )  # fmt: skip
    names = coarse.names if isinstance(coarse, CoarseLevels) else ()
    own = dict(zip(names, counts.counts.tolist(), strict=True))
    return CategoricalReference(counts.rows, counts.nulls, own, counts.unseen)


def _numeric(
    sums: Mapping[str, Table], coarse: CoarseNumbers, low: FloatArray, high: FloatArray
) -> NumericCounts:
    at, between = sums["at"].astype(np.int64), sums["between"].astype(np.int64)
    histogram = Histogram(coarse.edges, at, between, np.zeros(len(between)))
    n = histogram.total
    nulls, infinite = int(sums["nulls"]), int(sums["infinite"])
    # The spread and the range of a part are not known: no test that is kept is of them.
    moments = Moments(n, coarse.centre + float(sums["total"]) / max(n, 1), 0.0, -np.inf, np.inf)
    moments = moments if n else Moments()
    rows = n + nulls + infinite
    return NumericCounts(rows, nulls, 0, infinite, moments, histogram, low, high)
