"""Columns of known distributions, counted as training and logs are, without any file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from skewcheck.counts.categorical import CategoricalCounts, Levels
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.windows import Windows
from skewcheck.features.types import CategoricalReference, FloatArray, NumericReference
from skewcheck.results.tests import Outcome
from skewcheck.training import binning
from skewcheck.verdict.categorical import CategoricalSample, categorical_tests
from skewcheck.verdict.numeric import NumericSample, numeric_tests

TRAINING = 20_000
SHAPES = ("normal", "lognormal", "uniform", "integers", "half zeros")
LEVELS = (5, 10, 30, 80, 200)


def shaped(shape: str, z: FloatArray) -> FloatArray:
    """Return a column of that shape from a standard normal one."""
    if shape == "lognormal":
        return np.exp(z)
    if shape == "uniform":
        return np.asarray(ndtr(z))
    if shape == "integers":
        return np.floor(np.exp(0.8 * z + 1))
    return np.maximum(z, 0.0) if shape == "half zeros" else z


def zipf(levels: int) -> FloatArray:
    """Return the cumulated shares of Zipf levels."""
    weights = 1 / np.arange(1, levels + 1)
    return np.asarray(np.cumsum(weights / weights.sum()))


@dataclass(frozen=True)
class Numeric:
    """A numeric feature as training knew it."""

    reference: NumericReference

    @classmethod
    def of(cls, x: FloatArray) -> Numeric:
        """Count training values as `fit` does; NaN are nulls."""
        finite = x[~np.isnan(x)]
        distinct = np.unique(finite)
        few = distinct if len(distinct) <= 1000 else None
        cuts = binning.choose_edges(few, finite, (float(distinct[0]), float(distinct[-1])), ())
        c = NumericCounts.of(x, Windows.exact(cuts))
        return cls(
            NumericReference(
                rows=c.rows, nulls=c.nulls, mean=c.moments.mean, std=c.moments.std,
                min=c.moments.min, max=c.moments.max, histogram=c.histogram,
            )
        )  # fmt: skip

    def tests(self, x: FloatArray) -> dict[str, Outcome]:
        """Test a column of a log."""
        counts = NumericCounts.of(x, Windows.exact(self.reference.histogram.edges))
        return numeric_tests(NumericSample(counts, self.reference, (), served=False))


@dataclass(frozen=True)
class Categorical:
    """A categorical feature as training knew it."""

    levels: Levels
    reference: CategoricalReference

    @classmethod
    def of(cls, codes: FloatArray) -> Categorical:
        """Count the training codes."""
        counts = np.bincount(codes.astype(np.int64))
        names = {f"k{i}": int(rows) for i, rows in enumerate(counts) if rows}
        return cls(Levels.text(tuple(names)), CategoricalReference(len(codes), counts=names))

    def tests(self, codes: FloatArray) -> dict[str, Outcome]:
        """Test a column of a log."""
        found, codes_of = np.unique(codes.astype(np.int64), return_inverse=True)
        names = [f"k{i}" for i in found]
        counts = CategoricalCounts.of_text(codes_of.astype(np.int32), names, self.levels)
        return categorical_tests(CategoricalSample(counts, self.levels, self.reference))


Column = Numeric | Categorical


def drawn(rng: np.random.Generator, rows: int, correlation: float) -> list[FloatArray]:
    """Draw 20 numeric columns of five shapes, and 5 categorical ones."""
    common = rng.normal(size=rows)
    z = [
        np.sqrt(correlation) * common + np.sqrt(1 - correlation) * rng.normal(size=rows)
        for _ in range(25)
    ]
    numeric = [shaped(SHAPES[i % 5], z[i]) for i in range(20)]
    codes = [np.searchsorted(zipf(k), ndtr(z[20 + i])) for i, k in enumerate(LEVELS)]
    return [*numeric, *(np.asarray(c, np.float64) for c in codes)]


def training(rng: np.random.Generator, correlation: float = 0.0) -> list[Column]:
    """Draw training, and count it."""
    columns = drawn(rng, TRAINING, correlation)
    return [Numeric.of(x) if i < 20 else Categorical.of(x) for i, x in enumerate(columns)]
